// SPDX-License-Identifier: GPL-2.0-only
/*
 * A machine that slept: the deadlines that came meanwhile hold. A guest is not sent to
 * sleep, its clock is told as at a resume that it stood still.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "insider/insider.h"
#include "kselftest_harness.h"
#include "lib.h"
#include "stage.h"

/* Longer than a busy machine takes for a test, and longer by as much again. */
#define SHORT	150
#define LONG	300

FIXTURE(sleep)
{
	struct nl nl;
	int insider;
	int fd[2];
};

FIXTURE_SETUP(sleep)
{
	ASSERT_EQ(0, netns_new());
	self->insider = insider_open();
	ASSERT_LE(0, self->insider);
	ASSERT_EQ(0, nl_open(&self->nl, "seal", NULL));
	ASSERT_EQ(0, pair_open(V4, self->fd));
}

FIXTURE_TEARDOWN(sleep)
{
	pair_close(self->fd);
	nl_close(&self->nl);
	insider_close(self->insider);
}

static uint64_t awake(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SEC + ts.tv_nsec;
}

static int sleep_for(int insider, int fd, uint64_t seconds)
{
	struct insider_call call = { .fd = fd, .op = INSIDER_SLEEP };

	memcpy(call.data, &seconds, sizeof(seconds));
	return ioctl(insider, INSIDER_CALL, &call) ? -errno : 0;
}

static int extend(struct nl *nl, int fd, uint64_t deadline)
{
	struct msg msg;

	msg_init(&msg, SEAL_CMD_EXTEND);
	msg_u32(&msg, SEAL_A_SOCKET_SOCKFD, fd);
	msg_u64(&msg, SEAL_A_SOCKET_DEADLINE, deadline);
	return nl_call(nl, &msg);
}

TEST_F_TIMEOUT(sleep, deadlines_come_meanwhile, 120)
{
	uint64_t began = boottime(), woke = awake();
	struct call reader, poller;

	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, began + SHORT * SEC, NULL));
	ASSERT_EQ(0, attach(&self->nl, self->fd[1], false, began + 10 * LONG * SEC, NULL));
	call_start(&reader, do_recv, self->fd[0], 0);
	call_start(&poller, do_poll, self->fd[0], POLLIN);
	msleep(100);
	EXPECT_FALSE(reader.returned || poller.returned);
	ASSERT_EQ(0, sleep_for(self->insider, self->fd[0], LONG));
	ASSERT_LE(began + LONG * SEC, boottime());
	ASSERT_GT(woke + SHORT * SEC, awake());
	/* Nobody has to call for that. */
	ASSERT_TRUE(call_end(&reader, 30000));
	EXPECT_EQ(-EKEYREVOKED, reader.result);
	ASSERT_TRUE(call_end(&poller, 30000));
	EXPECT_TRUE(poller.result & POLLERR);
	EXPECT_EQ(SEAL_STATE_EXPIRED, state_of(self->fd[0]));
	/* What comes later has not come; and what has passed is no new deadline. */
	EXPECT_EQ(SEAL_STATE_ATTESTED, state_of(self->fd[1]));
	EXPECT_EQ(-ETIME, extend(&self->nl, self->fd[1], began + SHORT * SEC));
	EXPECT_EQ(0, extend(&self->nl, self->fd[1], boottime() + SHORT * SEC));
	ASSERT_EQ(0, sleep_for(self->insider, self->fd[1], LONG));
	EXPECT_EQ(SEAL_STATE_EXPIRED, wait_state(self->fd[1], SEAL_STATE_EXPIRED));
}

/* Where it was told before, it came too late. */
TEST_F_TIMEOUT(sleep, an_attach_may_be_too_late, 120)
{
	uint64_t deadline = boottime() + SHORT * SEC;

	ASSERT_EQ(0, sleep_for(self->insider, self->fd[0], LONG));
	EXPECT_EQ(-ETIME, attach(&self->nl, self->fd[0], true, deadline, NULL));
	EXPECT_EQ(0, attach(&self->nl, self->fd[0], true, boottime() + SHORT * SEC, NULL));
	EXPECT_EQ(SEAL_STATE_ATTESTED, state_of(self->fd[0]));
}

TEST_F_TIMEOUT(sleep, what_is_required_is_rejected, 120)
{
	uint32_t ms = SHORT * 1000;
	struct call reader;

	ASSERT_EQ(0, setsockopt(self->fd[0], IPPROTO_IP, SEAL_SO_REQUIRE, &ms, sizeof(ms)));
	call_start(&reader, do_recv, self->fd[0], 0);
	msleep(100);
	EXPECT_FALSE(reader.returned);
	ASSERT_EQ(0, sleep_for(self->insider, self->fd[0], LONG));
	ASSERT_TRUE(call_end(&reader, 30000));
	EXPECT_EQ(-EKEYREJECTED, reader.result);
	EXPECT_EQ(SEAL_STATE_REJECTED, state_of(self->fd[0]));
}

TEST_HARNESS_MAIN
