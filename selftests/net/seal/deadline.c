// SPDX-License-Identifier: GPL-2.0-only
/* The deadline: kept by the kernel alone, brought forward by the owner. */

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

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

TEST_HARNESS_MAIN
