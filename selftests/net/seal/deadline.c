// SPDX-License-Identifier: GPL-2.0-only
/* The deadline: kept by the kernel alone, brought forward by the owner. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib.h"

FIXTURE(deadline)
{
	struct nl nl;
	int fd[2];
	uint64_t end;
};

FIXTURE_VARIANT(deadline)
{
	enum family family;
};

FIXTURE_VARIANT_ADD(deadline, v4) { .family = V4 };
FIXTURE_VARIANT_ADD(deadline, v6) { .family = V6 };

FIXTURE_SETUP(deadline)
{
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", "status"));
	ASSERT_EQ(0, pair_open(variant->family, self->fd));
	self->end = boottime() + SEC;
	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, self->end, NULL));
	ASSERT_EQ(0, attach(&self->nl, self->fd[1], false, self->end + 1000 * SEC, NULL));
}

FIXTURE_TEARDOWN(deadline)
{
	pair_close(self->fd);
	nl_close(&self->nl);
}

TEST_F(deadline, ends_calls)
{
	struct call reader, splicer, poller;
	struct seal_status st;

	call_start(&reader, do_recv, self->fd[0], 0);
	call_start(&splicer, do_splice, self->fd[0], 0);
	call_start(&poller, do_poll, self->fd[0], POLLIN);
	ASSERT_TRUE(call_end(&reader, 10000));
	ASSERT_TRUE(call_end(&splicer, 10000));
	ASSERT_TRUE(call_end(&poller, 10000));
	EXPECT_EQ(-EKEYREVOKED, reader.result);
	EXPECT_EQ(-EKEYREVOKED, splicer.result);
	EXPECT_TRUE(poller.result & POLLERR);
	EXPECT_LE(self->end, reader.when);
	EXPECT_GT(self->end + 5 * SEC, reader.when);

	EXPECT_EQ(-1, do_send(self->fd[0], 0));
	EXPECT_EQ(EKEYREVOKED, errno);
	ASSERT_EQ(0, status_get(self->fd[0], &st));
	EXPECT_EQ(SEAL_STATE_EXPIRED, st.state);
	EXPECT_EQ(EKEYREVOKED, st.error);
	EXPECT_STREQ("deadline", st.reason);
	EXPECT_EQ(1, stat_counter("SealExpired"));
}

TEST_F(deadline, is_notified)
{
	ASSERT_EQ(0, nl_subscribe(&self->nl));
	ASSERT_EQ(SEAL_CMD_STATUS_NTF, nl_event(&self->nl, 3000));
	EXPECT_EQ(SEAL_STATE_EXPIRED, nl_u32(&self->nl, SEAL_A_SOCKET_STATE, 99));
}

TEST_F(deadline, can_be_brought_forward)
{
	uint64_t end = boottime() + 200 * MS;
	struct seal_status st;
	struct call reader;
	int fd = self->fd[1];

	EXPECT_EQ(0, setsockopt(fd, IPPROTO_IP, SEAL_SO_TIGHTEN, &end, sizeof(end)));
	ASSERT_EQ(0, status_get(fd, &st));
	EXPECT_EQ(end, st.deadline);
	call_start(&reader, do_recv, fd, 0);
	ASSERT_TRUE(call_end(&reader, 10000));
	EXPECT_EQ(-EKEYREVOKED, reader.result);
	EXPECT_LE(end, reader.when);
	EXPECT_EQ(-1, setsockopt(fd, IPPROTO_IP, SEAL_SO_TIGHTEN, &end, sizeof(end)));
	EXPECT_EQ(EKEYREVOKED, errno);
}

TEST_F(deadline, cannot_be_put_off)
{
	uint64_t end = self->end + 1;
	struct seal_status st;
	int fd = self->fd[0];

	EXPECT_EQ(-1, setsockopt(fd, IPPROTO_IP, SEAL_SO_TIGHTEN, &end, sizeof(end)));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, setsockopt(fd, IPPROTO_IP, SEAL_SO_TIGHTEN, &end, 4));
	EXPECT_EQ(EINVAL, errno);
	ASSERT_EQ(0, status_get(fd, &st));
	EXPECT_EQ(self->end, st.deadline);
}

TEST_F(deadline, in_the_past_is_now)
{
	uint64_t end = 1;

	EXPECT_EQ(0, setsockopt(self->fd[1], IPPROTO_IP, SEAL_SO_TIGHTEN, &end,
				sizeof(end)));
	msleep(50);
	EXPECT_EQ(-1, do_recv(self->fd[1], MSG_DONTWAIT));
	EXPECT_EQ(EKEYREVOKED, errno);
}

/* In a time namespace whose clock is so far from the machine's. */
FIXTURE(elsewhere)
{
	struct nl nl;
	int fd[2];
};

FIXTURE_VARIANT(elsewhere)
{
	int seconds;
};

FIXTURE_VARIANT_ADD(elsewhere, ahead) { .seconds = 100000 };
FIXTURE_VARIANT_ADD(elsewhere, behind) { .seconds = -10 };

FIXTURE_SETUP(elsewhere)
{
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", "status"));
	ASSERT_EQ(0, pair_open(V4, self->fd));
}

FIXTURE_TEARDOWN(elsewhere)
{
	pair_close(self->fd);
	nl_close(&self->nl);
}

static int timens_new(int seconds)
{
	char text[64];
	int fd, err = 0;

	if (unshare(CLONE_NEWTIME))
		return -errno;
	fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	snprintf(text, sizeof(text), "boottime %d 0\n", seconds);
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

static int tighten(int fd, uint64_t deadline)
{
	return setsockopt(fd, IPPROTO_IP, SEAL_SO_TIGHTEN, &deadline, sizeof(deadline)) ?
	       -errno : 0;
}

static uint64_t deadline_of(int fd)
{
	struct seal_status st;

	return status_get(fd, &st) ? 0 : st.deadline;
}

/* Also as the agent is told. */
static uint64_t deadline_got(struct nl *nl, int fd, bool dump)
{
	struct msg msg;

	msg_init(&msg, SEAL_CMD_GET);
	if (dump)
		msg.hdr.nlmsg_flags |= NLM_F_DUMP;
	else
		msg_u32(&msg, SEAL_A_SOCKET_SOCKFD, fd);
	return nl_call(nl, &msg) ? 0 : nl_u64(nl, SEAL_A_SOCKET_DEADLINE);
}

static int extend(struct nl *nl, int fd, uint64_t deadline)
{
	struct msg msg;

	msg_init(&msg, SEAL_CMD_EXTEND);
	msg_u32(&msg, SEAL_A_SOCKET_SOCKFD, fd);
	msg_u64(&msg, SEAL_A_SOCKET_DEADLINE, deadline);
	return nl_call(nl, &msg);
}

/* The machine's clock in @machine, when this began. */
static int in_timens(struct nl *nl, int fd[2], int seconds, uint64_t machine)
{
	uint64_t end = boottime() + 100 * SEC;

	if (end - machine - seconds * SEC < 100 * SEC || end - machine - seconds * SEC > 130 * SEC)
		return 1;
	if (attach(nl, fd[0], true, boottime() - 1, NULL) != -ETIME)
		return 2;
	if (attach(nl, fd[0], true, end, NULL) || deadline_of(fd[0]) != end)
		return 3;
	if (deadline_got(nl, fd[0], false) != end || deadline_got(nl, fd[0], true) != end)
		return 4;
	end += 100 * SEC;
	if (extend(nl, fd[0], boottime() - 1) != -ETIME || extend(nl, fd[0], end) ||
	    nl_u64(nl, SEAL_A_SOCKET_DEADLINE) != end || deadline_of(fd[0]) != end)
		return 5;
	if (attach(nl, fd[1], false, ~0ull, NULL) || tighten(fd[1], ~0ull) != -EINVAL)
		return 6;
	if (tighten(fd[1], boottime() - 1) || wait_state(fd[1], SEAL_STATE_EXPIRED) !=
	    SEAL_STATE_EXPIRED)
		return 7;
	return 0;
}

TEST_F(elsewhere, the_clock_is_the_callers)
{
	uint64_t end = boottime() + 200 * SEC, began = boottime();
	struct nl events;
	int status = -1;
	pid_t pid;

	ASSERT_EQ(0, nl_open(&events, "seal", "status"));
	ASSERT_EQ(0, nl_subscribe(&events));
	ASSERT_EQ(0, timens_new(variant->seconds));
	pid = fork();
	if (!pid)
		_exit(in_timens(&self->nl, self->fd, variant->seconds, began));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, WEXITSTATUS(status));
	/* Here it is ours, and the same moment; for whoever listens the machine's. */
	EXPECT_LE(end, deadline_of(self->fd[0]));
	EXPECT_GT(end + 30 * SEC, deadline_of(self->fd[0]));
	ASSERT_EQ(SEAL_CMD_STATUS_NTF, nl_event(&events, 1000));
	EXPECT_LE(end - 100 * SEC, nl_u64(&events, SEAL_A_SOCKET_DEADLINE));
	EXPECT_GT(end - 70 * SEC, nl_u64(&events, SEAL_A_SOCKET_DEADLINE));
	nl_close(&events);
}

TEST_HARNESS_MAIN
