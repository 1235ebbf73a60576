// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who comes while the gate goes down is seen, or at the gate. Which family the socket
 * is of makes no difference.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib.h"

static uint32_t no_end;

static int require(int fd)
{
	return setsockopt(fd, IPPROTO_IP, SEAL_SO_REQUIRE, &no_end, sizeof(no_end)) ?
	       -errno : 0;
}

static volatile bool stop;

static volatile bool go;

static ssize_t do_recv_then(int fd, int turns)
{
	volatile int i;

	while (!go)
		;
	for (i = 0; i < turns; i++)
		;
	return do_recv(fd, 0);
}

FIXTURE(comer)
{
	int fd[2];
};

FIXTURE_SETUP(comer)
{
	ASSERT_EQ(0, netns_new());
}

FIXTURE_TEARDOWN(comer)
{
}

/* In its call most of the time, and never asleep there: who slipped in has the bytes. */
static ssize_t do_recv_again(int fd, int arg)
{
	ssize_t got = -EAGAIN;

	while (!stop && got == -EAGAIN) {
		got = do_recv(fd, MSG_DONTWAIT);
		if (got < 0)
			got = -errno;
	}
	return got == -EAGAIN ? 0 : got;
}

#define COMERS	12	/* at most */

/* While the gate goes down: true if one of them read what was sent after that. */
static bool slips_in(struct __test_metadata *_metadata, int fd[2], int comers, int wait_us)
{
	struct call comer[COMERS];
	bool slipped = false;
	int i;

	stop = false;
	for (i = 0; i < comers; i++)
		call_start(&comer[i], do_recv_again, fd[0], 0);
	usleep(wait_us);
	EXPECT_EQ(0, require(fd[0]));
	EXPECT_EQ(5, send(fd[1], "plain", 5, MSG_NOSIGNAL));
	msleep(20);
	stop = true;
	for (i = 0; i < comers; i++) {
		EXPECT_TRUE(call_end(&comer[i], 60000));
		slipped |= comer[i].result;
	}
	return slipped;
}

/* Nobody comes past the gate once it is there, however many were on their way. */
TEST_F_TIMEOUT(comer, is_not_between, 600)
{
	int round, slipped = 0;

	for (round = 0; round < 25; round++) {
		ASSERT_EQ(0, pair_open(V4, self->fd));
		slipped += slips_in(_metadata, self->fd, 4, 3000 + round * 160);
		pair_close(self->fd);
	}
	EXPECT_EQ(0, slipped);
}

/* Then the references to the file say nothing of who is inside. */
TEST_F_TIMEOUT(comer, is_not_between_with_another_descriptor, 600)
{
	int round, other, slipped = 0;

	for (round = 0; round < 4; round++) {
		ASSERT_EQ(0, pair_open(V4, self->fd));
		other = dup(self->fd[0]);
		slipped += slips_in(_metadata, self->fd, COMERS, 3000 + round * 160);
		close(other);
		pair_close(self->fd);
	}
	EXPECT_EQ(0, slipped);
}

static int rounds_with_a_comer(struct __test_metadata *_metadata, int fd[2], int *before)
{
	int round, err, sent, slipped = 0;
	struct call reader;

	for (round = 0; round < 150; round++) {
		ASSERT_EQ(0, pair_open(V4, fd));
		go = false;
		call_start(&reader, do_recv_then, fd[0], round * 100);
		msleep(1);
		go = true;
		err = require(fd[0]);
		EXPECT_TRUE(!err || err == -EBUSY);
		/* Refused before the gate was down, or rejected with it. */
		if (err) {
			EXPECT_NE(SEAL_STATE_PENDING, state_of(fd[0]));
		}
		/* If it was refused when the gate was down the connection is reset. */
		sent = send(fd[1], "plain", 5, MSG_NOSIGNAL);
		if (!err) {
			EXPECT_EQ(5, sent);
			msleep(1);
			slipped += reader.returned;
			EXPECT_EQ(0, setsockopt(fd[0], IPPROTO_IP, SEAL_SO_REVOKE,
						&(uint32_t){ 0 }, 4));
		}
		*before += !!err;
		ASSERT_TRUE(call_end(&reader, 30000));
		EXPECT_TRUE(reader.result == -EKEYREJECTED || reader.result == 5);
		pair_close(fd);
	}
	return slipped;
}

/* Who comes while the gate goes down is at the gate, or the requirement fails. */
TEST_F_TIMEOUT(comer, is_seen_or_at_the_gate, 600)
{
	int before = 0, slipped;

	slipped = rounds_with_a_comer(_metadata, self->fd, &before);
	TH_LOG("%d were inside, %d slipped in", before, slipped);
	EXPECT_EQ(0, slipped);
}

TEST_HARNESS_MAIN
