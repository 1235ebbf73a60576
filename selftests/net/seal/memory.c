// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an attested socket takes beyond one of kTLS, and who pays: the control
 * group of its owner, not that of the agent.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "handshake.h"
#include "kselftest_harness.h"
#include "lib.h"

#define PAIRS		400
/* In bytes, as Documentation/userspace-api/seal.rst says. */
#define SOCKET_MAX	1536
#define LONGEST_MAX	2304
#define SOCKET_MIN	256	/* less was not charged at all */
#define ROOT		"/sys/fs/cgroup/"
#define OWNER		ROOT "seal-owner/"
#define AGENT		ROOT "seal-agent/"

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	ssize_t done = write(fd, text, strlen(text));

	close(fd);
	return done < 0 ? -errno : 0;
}

static int enter(const char *procs)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", getpid());
	return put(procs, text);
}

static long kernel_bytes(const char *path)
{
	FILE *file = fopen(path, "r");
	char word[64];
	long value, result = -1;

	while (file && fscanf(file, "%63s %ld", word, &value) == 2)
		if (!strcmp(word, "kernel"))
			result = value;
	if (file)
		fclose(file);
	return result;
}

/* What is kept of a peer, and what his name was when he was asked for. */
struct texts {
	char peer[SEAL_PEER_MAX];
	char policy[SEAL_POLICY_MAX];
	char claims[SEAL_CLAIMS_MAX];
	char name[SEAL_PEER_MAX];
};

/* As seald has them. */
static const struct texts usual = {
	.peer = "dns:server.example.org",
	.policy = "servers",
	.claims = "key=tpm consumer=user clock=safe mode=interactive appraised=1796000000",
	.name = "server.example.org",
};

static struct texts longest(void)
{
	struct texts texts = {};

	memset(texts.peer, 'p', sizeof(texts.peer) - 1);
	memset(texts.policy, 'p', sizeof(texts.policy) - 1);
	memset(texts.claims, 'c', sizeof(texts.claims) - 1);
	memset(texts.name, 'n', sizeof(texts.name) - 1);
	return texts;
}

static int attach_texts(struct nl *nl, int fd, const struct texts *texts)
{
	struct tls12_crypto_info_aes_gcm_128 key = key_make(1);
	uint8_t bytes[SEAL_AK_NAME_MAX] = {};
	struct msg msg;

	msg_init(&msg, SEAL_CMD_ATTACH);
	msg_u32(&msg, SEAL_A_SOCKET_SOCKFD, fd);
	msg_u64(&msg, SEAL_A_SOCKET_DEADLINE, boottime() + 3600 * SEC);
	msg_str(&msg, SEAL_A_SOCKET_PEER, texts->peer);
	msg_str(&msg, SEAL_A_SOCKET_POLICY, texts->policy);
	msg_put(&msg, SEAL_A_SOCKET_AK_NAME, bytes, SEAL_AK_NAME_MAX);
	msg_put(&msg, SEAL_A_SOCKET_CONNECTION_ID, bytes, SEAL_CONNECTION_ID_LEN);
	msg_put(&msg, SEAL_A_SOCKET_PCR_DIGEST, bytes, SEAL_PCR_DIGEST_MAX);
	msg_str(&msg, SEAL_A_SOCKET_CLAIMS, texts->claims);
	msg_put(&msg, SEAL_A_SOCKET_TX_INFO, &key, sizeof(key));
	msg_put(&msg, SEAL_A_SOCKET_RX_INFO, &key, sizeof(key));
	return nl_call(nl, &msg);
}

FIXTURE(memory)
{
	struct nl nl;
	struct nl hs;
	struct texts texts;
	int fd[PAIRS][2];
	pid_t owner;	/* who has them alone, if anybody asks; or 0 */
};

FIXTURE_SETUP(memory)
{
	struct rlimit limit = { 4 * PAIRS, 4 * PAIRS };
	int i;

	put(ROOT "cgroup.subtree_control", "+memory");
	mkdir(OWNER, 0755);
	mkdir(AGENT, 0755);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	ASSERT_EQ(0, enter(OWNER "cgroup.procs"));
	ASSERT_EQ(0, netns_new());
	for (i = 0; i < PAIRS; i++)
		ASSERT_EQ(0, pair_open(V4, self->fd[i]));
	ASSERT_EQ(0, enter(AGENT "cgroup.procs"));
	ASSERT_EQ(0, nl_open(&self->nl, "seal", NULL));
	ASSERT_EQ(0, nl_open(&self->hs, "handshake", "tlshd"));
	ASSERT_EQ(0, nl_subscribe(&self->hs));
	self->texts = usual;
}

static void close_all(FIXTURE_DATA(memory) *self)
{
	int i;

	for (i = 0; i < PAIRS; i++)
		pair_close(self->fd[i]);
}

FIXTURE_TEARDOWN(memory)
{
	if (self->owner) {
		kill(self->owner, SIGKILL);
		waitpid(self->owner, NULL, 0);
	} else {
		close_all(self);
	}
	nl_close(&self->nl);
	nl_close(&self->hs);
	enter(ROOT "cgroup.procs");
	rmdir(OWNER);
	rmdir(AGENT);
}

/* The owner, one socket after the other; then they are there until he is ended. */
static void ask_for_all(FIXTURE_DATA(memory) *self, int done)
{
	struct seal_request req = { .size = sizeof(req), .role = SEAL_ROLE_CLIENT };
	int i;

	memcpy(req.peername, self->texts.name, sizeof(req.peername));
	for (i = 0; i < 2 * PAIRS; i++)
		if (setsockopt(self->fd[i / 2][i % 2], IPPROTO_IP, SEAL_SO_REQUEST,
			       &req, sizeof(req)))
			_exit(1);
	if (write(done, "", 1) != 1)
		_exit(1);
	pause();
	_exit(0);
}

static int answer(FIXTURE_DATA(memory) *self)
{
	uint64_t end = boottime() + 60 * SEC;
	int fd, err;

	/* The event of one may be passed over by who waits for the answer to another. */
	do {
		nl_event(&self->hs, 10);
		fd = hs_accept(&self->hs);
	} while (fd == -EAGAIN && boottime() < end);
	if (fd < 0)
		return fd;
	err = claim(&self->nl, fd) ?: attach_texts(&self->nl, fd, &self->texts) ?:
	      hs_done(&self->hs, fd, 0);
	close(fd);
	return err;
}

/* Who asks for a socket that another has, too, waits for all tasks of the machine. */
static int attach_asked(FIXTURE_DATA(memory) *self)
{
	int done[2], i, err = 0;
	char c;

	if (pipe(done))
		return -errno;
	self->owner = fork();
	if (self->owner < 0) {
		self->owner = 0;
		return -EAGAIN;
	}
	if (!self->owner) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(done[0]);
		if (enter(OWNER "cgroup.procs"))
			_exit(2);
		ask_for_all(self, done[1]);
	}
	close(done[1]);
	close_all(self);
	for (i = 0; !err && i < 2 * PAIRS; i++)
		err = answer(self);
	if (read(done[0], &c, 1) != 1)
		err = err ?: -EPROTO;
	close(done[0]);
	return err;
}

static int attach_all(FIXTURE_DATA(memory) *self)
{
	int i, err = 0;

	for (i = 0; !err && i < 2 * PAIRS; i++)
		err = attach_texts(&self->nl, self->fd[i / 2][i % 2], &self->texts);
	return err;
}

static long bytes_each(long before)
{
	return (kernel_bytes(OWNER "memory.stat") - before) / (2 * PAIRS);
}

/* What requests took is given back a second after their ends, or after two. */
static void costs(struct __test_metadata *_metadata, long before, long most)
{
	uint64_t end = boottime() + 10 * SEC;
	long each = bytes_each(before);

	while (each > most && boottime() < end) {
		msleep(100);
		each = bytes_each(before);
	}
	TH_LOG("%ld bytes a socket", each);
	EXPECT_LE(SOCKET_MIN, each);
	EXPECT_GE(most, each);
}

TEST_F_TIMEOUT(memory, the_owner_pays, 300)
{
	long before = kernel_bytes(OWNER "memory.stat");

	ASSERT_EQ(0, attach_all(self));
	costs(_metadata, before, SOCKET_MAX);
}

TEST_F_TIMEOUT(memory, who_asked_pays_no_more, 300)
{
	long before = kernel_bytes(OWNER "memory.stat");

	ASSERT_EQ(0, attach_asked(self));
	costs(_metadata, before, SOCKET_MAX);
}

TEST_F_TIMEOUT(memory, the_longest_texts_have_an_end, 300)
{
	long before = kernel_bytes(OWNER "memory.stat");

	self->texts = longest();
	ASSERT_EQ(0, attach_asked(self));
	costs(_metadata, before, LONGEST_MAX);
}

/* As much as there is, and a page. What was reserved before comes from that first. */
static int limit_now(void)
{
	char text[32];
	long used = 0;
	FILE *file = fopen(OWNER "memory.current", "r");

	if (!file || fscanf(file, "%ld", &used) != 1)
		used = -EIO;
	if (file)
		fclose(file);
	snprintf(text, sizeof(text), "%ld", used + 4096);
	return used < 0 ? used : put(OWNER "memory.max", text);
}

TEST_F_TIMEOUT(memory, whose_owner_is_at_his_limit_stays_as_it_was, 300)
{
	const uint32_t ms = 20000;
	int i, err = 0, fd, other = -1;

	ASSERT_EQ(0, limit_now());
	for (i = 0; !err && i < 2 * PAIRS; i++)
		err = attach_texts(&self->nl, self->fd[i / 2][i % 2], &self->texts);
	ASSERT_EQ(-ENOMEM, err);
	TH_LOG("after %d", i - 1);
	fd = self->fd[(i - 1) / 2][(i - 1) % 2];
	EXPECT_EQ(SEAL_STATE_NONE, state_of(fd));
	/* That takes less, of which there may be some. */
	for (err = 0; !err && i < 2 * PAIRS; i++) {
		other = self->fd[i / 2][i % 2];
		err = setsockopt(other, IPPROTO_IP, SEAL_SO_REQUIRE, &ms, sizeof(ms)) ? -errno : 0;
	}
	EXPECT_EQ(-ENOMEM, err);
	EXPECT_EQ(SEAL_STATE_NONE, state_of(other));
	ASSERT_EQ(0, put(OWNER "memory.max", "max"));
	EXPECT_EQ(0, attach_texts(&self->nl, fd, &self->texts));
}

TEST_HARNESS_MAIN
