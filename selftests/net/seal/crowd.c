// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many sockets whose owner keeps a caller in a page fault, with the socket
 * locked: they may delay themselves, and nobody else.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "hostile.h"

#define HOSTILE	600	/* more than a workqueue of 6.12 runs at once */

FIXTURE(crowd)
{
	struct nl nl;
	struct hostiles hostiles;
};

static int revoke_policy(struct nl *nl)
{
	struct msg msg;

	msg_init(&msg, SEAL_CMD_REVOKE);
	msg_str(&msg, SEAL_A_SOCKET_POLICY, "test");
	return nl_call(nl, &msg);
}

FIXTURE_SETUP(crowd)
{
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", NULL));
	ASSERT_EQ(0, hostiles_start(&self->hostiles, &self->nl, HOSTILE));
	ASSERT_EQ(0, revoke_policy(&self->nl));
	EXPECT_EQ(HOSTILE, nl_u32(&self->nl, SEAL_A_SOCKET_COUNT, 0));
	EXPECT_EQ(HOSTILE, nl_u32(&self->nl, SEAL_A_SOCKET_DRAINING, 0));
}

FIXTURE_TEARDOWN(crowd)
{
	int tries;

	EXPECT_EQ(0, hostiles_wake(&self->hostiles));
	for (tries = 0; tries < 20; tries++) {
		ASSERT_EQ(0, revoke_policy(&self->nl));
		if (!nl_u32(&self->nl, SEAL_A_SOCKET_DRAINING, 99))
			break;
	}
	EXPECT_EQ(0, nl_u32(&self->nl, SEAL_A_SOCKET_DRAINING, 99));
	EXPECT_EQ(0, hostiles_end(&self->hostiles));
	nl_close(&self->nl);
}

/* All of them are in the hands of workers that cannot go on. */
TEST_F_TIMEOUT(crowd, others_are_revoked_at_once, 300)
{
	struct call reader;
	uint64_t id[2], began;
	int fd[2], i;

	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, pair_open(V4, fd));
		ASSERT_EQ(0, pair_attach(&self->nl, fd, id));
		call_start(&reader, do_recv, fd[0], 0);
		msleep(20);
		began = boottime();
		ASSERT_EQ(0, revoke_id(&self->nl, id[0]));
		/* The kernel says draining after five seconds. */
		ASSERT_EQ(0, nl_u32(&self->nl, SEAL_A_SOCKET_DRAINING, 99));
		EXPECT_GT(4 * SEC, boottime() - began);
		ASSERT_TRUE(call_end(&reader, 5000));
		EXPECT_EQ(-EKEYREJECTED, reader.result);
		pair_close(fd);
	}
}

/* The end of a namespace waits for the sockets that live in it only. */
TEST_F_TIMEOUT(crowd, other_namespaces_end, 300)
{
	char command[128];
	int hold[2], tries;
	pid_t pid;
	char c;

	ASSERT_EQ(0, pipe(hold));
	pid = fork();
	if (!pid) {
		int err = netns_new();

		if (write(hold[1], "", 1) != 1)
			_exit(2);
		pause();
		_exit(err);
	}
	ASSERT_EQ(1, read(hold[0], &c, 1));
	snprintf(command, sizeof(command),
		 "ip link add seal0 type veth peer name seal1 netns %d", pid);
	ASSERT_EQ(0, system(command));
	ASSERT_NE(0, if_nametoindex("seal0"));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	/* One end goes with the namespace, and the other with it. */
	for (tries = 0; if_nametoindex("seal0") && tries < 3000; tries++)
		msleep(10);
	EXPECT_EQ(0, if_nametoindex("seal0"));
}

TEST_HARNESS_MAIN
