// SPDX-License-Identifier: GPL-2.0-only
/*
 * KCM reads messages from a socket of a program, and writes some, by itself. What it has
 * is not attested; what is attested it may have, and the gate holds for it as for others.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/kcm.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent.h"
#include "handshake.h"
#include "insider/insider.h"
#include "kselftest_harness.h"
#include "lib.h"
#include "stage.h"

#ifndef AF_KCM
#define AF_KCM 41
#endif

#define MESSAGE	64	/* bytes, all of the same letter */

FIXTURE(kcm)
{
	struct nl nl;
	int fd[2];
	int kcm;
	int prog;
};

FIXTURE_VARIANT(kcm)
{
	enum family family;
	bool expires;		/* or is revoked */
};

FIXTURE_VARIANT_ADD(kcm, v4_revoked) { .family = V4 };
FIXTURE_VARIANT_ADD(kcm, v6_expired) { .family = V6, .expires = true };

/* Says where a message ends: all have one length. */
static int parser(void)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = MESSAGE },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (unsigned long)insns,
		.insn_cnt = 2,
		.license = (unsigned long)"GPL",
	};

	return syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

FIXTURE_SETUP(kcm)
{
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", NULL));
	ASSERT_EQ(0, pair_open(variant->family, self->fd));
	self->prog = parser();
	ASSERT_LE(0, self->prog);
	self->kcm = socket(AF_KCM, SOCK_DGRAM | SOCK_NONBLOCK, KCMPROTO_CONNECTED);
	ASSERT_LE(0, self->kcm);
}

FIXTURE_TEARDOWN(kcm)
{
	close(self->kcm);
	close(self->prog);
	pair_close(self->fd);
	nl_close(&self->nl);
}

static int give(const FIXTURE_DATA(kcm) *self, int fd)
{
	struct kcm_attach arg = { .fd = fd, .bpf_fd = self->prog };

	return ioctl(self->kcm, SIOCKCMATTACH, &arg) ? -errno : 0;
}

static int take_back(const FIXTURE_DATA(kcm) *self, int fd)
{
	struct kcm_unattach arg = { .fd = fd };

	return ioctl(self->kcm, SIOCKCMUNATTACH, &arg) ? -errno : 0;
}

static ssize_t say(int fd, char letter, size_t len)
{
	char text[MESSAGE];

	memset(text, letter, sizeof(text));
	return send(fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)len ? 0 : -errno;
}

/* The letter of the next message, if one comes in time, or a negative errno. */
static int hear(int fd, int timeout_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	char text[MESSAGE + 1], whole[MESSAGE];
	ssize_t got;

	if (poll(&pfd, 1, timeout_ms) != 1)
		return -ETIMEDOUT;
	got = recv(fd, text, sizeof(text), MSG_DONTWAIT);
	if (got < 0)
		return -errno;
	memset(whole, text[0], sizeof(whole));
	return got == MESSAGE && !memcmp(text, whole, MESSAGE) ? text[0] : -EBADMSG;
}

/* What KCM has read from sockets of this namespace, in bytes. */
static uint64_t was_read(void)
{
	FILE *file = fopen("/proc/thread-self/net/kcm_stats", "r");
	unsigned long long messages, bytes = 0;
	char line[512];
	int i;

	/* Two lines of its sockets, and the names of the counters of ours. */
	for (i = 0; file && i < 4; i++)
		if (!fgets(line, sizeof(line), file))
			break;
	if (i != 4 || sscanf(line, "%llu %llu", &messages, &bytes) != 2)
		bytes = 0;
	if (file)
		fclose(file);
	return bytes;
}

static int request(int fd)
{
	struct seal_request req = {
		.size = sizeof(req),
		.role = SEAL_ROLE_CLIENT,
		.peername = "server.example.org",
	};

	return setsockopt(fd, IPPROTO_IP, SEAL_SO_REQUEST, &req, sizeof(req)) ? -errno : 0;
}

static int require(int fd)
{
	return setsockopt(fd, IPPROTO_IP, SEAL_SO_REQUIRE, &(uint32_t){ 20000 }, 4) ? -errno : 0;
}

static int revoke_own(int fd)
{
	return setsockopt(fd, IPPROTO_IP, SEAL_SO_REVOKE, &(uint32_t){ 0 }, 4) ? -errno : 0;
}

static int attach_now(FIXTURE_DATA(kcm) *self, int i, uint64_t *id)
{
	return attach(&self->nl, self->fd[i], !i, boottime() + 3600 * SEC, id);
}

/* Nor asked for, nor held: it has what came in the clear, and would hand it out later. */
TEST_F_TIMEOUT(kcm, what_it_has_is_not_attested, 60)
{
	ASSERT_EQ(0, say(self->fd[1], 'A', MESSAGE));
	ASSERT_EQ(0, give(self, self->fd[0]));
	EXPECT_EQ(-EBUSY, attach_now(self, 0, NULL));
	EXPECT_STREQ("the kernel uses the socket, KCM for instance", self->nl.extack);
	EXPECT_EQ(-EBUSY, request(self->fd[0]));
	EXPECT_EQ(-EBUSY, require(self->fd[0]));
	EXPECT_EQ(SEAL_STATE_NONE, state_of(self->fd[0]));
	/* It is as it was. */
	EXPECT_EQ('A', hear(self->kcm, 10000));
	EXPECT_EQ(0, say(self->kcm, 'B', MESSAGE));
	EXPECT_EQ('B', hear(self->fd[1], 10000));
	/* Given back it is like any other. */
	ASSERT_EQ(0, take_back(self, self->fd[0]));
	ASSERT_EQ(0, attach_now(self, 0, NULL)) TH_LOG("%s", self->nl.extack);
	ASSERT_EQ(0, attach_now(self, 1, NULL));
	EXPECT_EQ(0, say(self->fd[1], 'C', MESSAGE));
	EXPECT_EQ('C', hear(self->fd[0], 10000));
}

static struct nl *agent;

static ssize_t do_attach(int fd, int arg)
{
	errno = -attach(agent, fd, true, boottime() + 3600 * SEC, NULL);
	return errno ? -1 : 0;
}

/* An attach is read first, and done later: the socket was nobody's when it was looked at. */
TEST_F_TIMEOUT(kcm, what_it_takes_from_an_attach_under_way_is_rejected, 60)
{
	int insider = insider_open();
	struct call attaches;

	ASSERT_LE(0, insider);
	agent = &self->nl;
	ASSERT_EQ(0, say(self->fd[1], 'A', MESSAGE));
	ASSERT_EQ(0, insider_stand(insider, self->fd[0], "seal_sock_attach", 20000));
	call_start(&attaches, do_attach, self->fd[0], 0);
	ASSERT_EQ(0, insider_op(insider, INSIDER_STANDS, self->fd[0]));
	EXPECT_EQ(0, give(self, self->fd[0]));
	ASSERT_EQ(0, insider_op(insider, INSIDER_LET_GO, self->fd[0]));
	ASSERT_TRUE(call_end(&attaches, 20000));
	EXPECT_EQ(-EBUSY, attaches.result);
	EXPECT_STREQ("the kernel uses the socket by now, KCM for instance", self->nl.extack);
	EXPECT_EQ(SEAL_STATE_REJECTED, state_of(self->fd[0]));
	insider_close(insider);
}

/* KCM does not ask us. It gets nothing, and the attach will not have it. */
TEST_F_TIMEOUT(kcm, what_it_takes_while_pending_is_not_attested, 60)
{
	char c;

	ASSERT_EQ(0, require(self->fd[0]));
	ASSERT_EQ(0, say(self->fd[1], 'A', MESSAGE));
	ASSERT_EQ(0, give(self, self->fd[0]));
	EXPECT_EQ(-ETIMEDOUT, hear(self->kcm, 500));
	say(self->kcm, 'B', MESSAGE);
	EXPECT_EQ(0, stream_settled(self->fd[1]));
	EXPECT_EQ(-EBUSY, attach_now(self, 0, NULL));
	EXPECT_EQ(SEAL_STATE_PENDING, state_of(self->fd[0]));
	EXPECT_EQ(0, revoke_own(self->fd[0]));
	EXPECT_GT(0, hear(self->kcm, 500));
	EXPECT_GT(0, recv(self->fd[1], &c, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
	EXPECT_EQ(0, stream_received(self->fd[1]));
	EXPECT_EQ(0, was_read());
}

/* The same with a handshake under way, which looks like that of the kernel's own. */
TEST_F_TIMEOUT(kcm, what_it_takes_while_asked_for_is_rejected, 60)
{
	struct nl hs;
	int asked;

	ASSERT_EQ(0, nl_open(&hs, "handshake", "tlshd"));
	ASSERT_EQ(0, nl_subscribe(&hs));
	ASSERT_EQ(0, agent_ask(self->fd[0], 30000));
	asked = hs_accept(&hs);
	ASSERT_LE(0, asked);
	ASSERT_EQ(0, say(self->fd[1], 'A', MESSAGE));
	ASSERT_EQ(0, give(self, asked));
	EXPECT_EQ(-EBUSY, attach(&self->nl, asked, true, boottime() + 3600 * SEC, NULL));
	EXPECT_STREQ("the kernel uses the socket by now, KCM for instance", self->nl.extack);
	EXPECT_EQ(SEAL_STATE_REJECTED, state_of(asked));
	say(self->kcm, 'B', MESSAGE);
	EXPECT_GT(0, hear(self->kcm, 500));
	EXPECT_EQ(0, stream_received(self->fd[1]));
	EXPECT_EQ(0, was_read());
	EXPECT_EQ(0, hs_done(&hs, asked, EACCES));
	close(asked);
	nl_close(&hs);
}

static int end(FIXTURE_DATA(kcm) *self, const FIXTURE_VARIANT(kcm) *variant, uint64_t id)
{
	uint64_t past = 1;
	int err = 0;

	if (variant->expires) {
		if (setsockopt(self->fd[0], IPPROTO_IP, SEAL_SO_TIGHTEN, &past, sizeof(past)))
			return -errno;
		err = wait_state(self->fd[0], SEAL_STATE_EXPIRED);
		err = err == SEAL_STATE_EXPIRED ? 0 : -EPROTO;
	}
	/* Of one that has expired it waits for those inside. */
	return err ?: revoke_id(&self->nl, id);
}

/* Over keys it reads and writes as kTLS does; then as a closed socket does. */
TEST_F_TIMEOUT(kcm, nothing_passes_it_any_more, 60)
{
	uint64_t id, told, before;
	char c;

	ASSERT_EQ(0, attach_now(self, 0, &id));
	ASSERT_EQ(0, attach_now(self, 1, NULL));
	/* Before it has the socket, and after. */
	ASSERT_EQ(0, say(self->fd[1], 'A', MESSAGE));
	ASSERT_EQ(0, give(self, self->fd[0]));
	EXPECT_EQ('A', hear(self->kcm, 10000));
	ASSERT_EQ(0, say(self->fd[1], 'B', MESSAGE));
	EXPECT_EQ('B', hear(self->kcm, 10000));
	EXPECT_EQ(0, say(self->kcm, 'C', MESSAGE));
	EXPECT_EQ('C', hear(self->fd[1], 10000));
	/* Told before that it was attached, and it stays so. */
	EXPECT_EQ(-EBUSY, attach_now(self, 0, NULL));
	EXPECT_STREQ("the kernel uses the socket, KCM for instance", self->nl.extack);
	EXPECT_EQ(SEAL_STATE_ATTESTED, state_of(self->fd[0]));

	/* One message and a half: the whole one lies in its queue as in a pipe. */
	ASSERT_EQ(0, say(self->fd[1], 'D', MESSAGE));
	ASSERT_EQ(0, say(self->fd[1], 'E', MESSAGE / 2));
	stream_settled(self->fd[0]);
	told = stream_settled(self->fd[1]);
	before = was_read();
	ASSERT_EQ(0, end(self, variant, id));
	say(self->fd[1], 'E', MESSAGE / 2);
	say(self->kcm, 'F', MESSAGE);
	EXPECT_EQ('D', hear(self->kcm, 10000));
	EXPECT_GT(0, hear(self->kcm, 500));
	EXPECT_EQ(before, was_read());
	EXPECT_GT(0, recv(self->fd[1], &c, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
	EXPECT_EQ(told, stream_received(self->fd[1]));
	/* Nor does it get another life: what is closed KCM itself does not take. */
	ASSERT_EQ(0, take_back(self, self->fd[0]));
	EXPECT_EQ(-EOPNOTSUPP, give(self, self->fd[0]));
}

/* A full queue holds back what the socket has: it stays there. */
TEST_F_TIMEOUT(kcm, what_it_had_no_room_for_stays_behind, 120)
{
	int small = 4096, sent = 0, heard = 0;
	uint64_t id, before;

	setsockopt(self->kcm, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	setsockopt(self->fd[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	ASSERT_EQ(0, attach_now(self, 0, &id));
	ASSERT_EQ(0, attach_now(self, 1, NULL));
	ASSERT_EQ(0, give(self, self->fd[0]));
	for (sent = 0; sent < 1000 && !say(self->fd[1], 'a' + sent % 26, MESSAGE); sent++)
		;
	stream_settled(self->fd[0]);
	before = was_read();
	EXPECT_LT(0, before);
	ASSERT_GT(sent * MESSAGE, before);
	ASSERT_EQ(0, end(self, variant, id));
	while (hear(self->kcm, 500) == 'a' + heard % 26)
		heard++;
	EXPECT_EQ(before, was_read());
	EXPECT_LT(0, heard);
	EXPECT_GE(before, heard * MESSAGE);
}

TEST_HARNESS_MAIN
