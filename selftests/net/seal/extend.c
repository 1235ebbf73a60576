// SPDX-License-Identifier: GPL-2.0-only
/* The agent puts the deadline off; and what becomes of its sockets without it. */

#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib.h"

static int extend(struct nl *nl, int fd, uint64_t id, uint64_t deadline)
{
	struct msg msg;

	msg_init(&msg, SEAL_CMD_EXTEND);
	if (id)
		msg_u64(&msg, SEAL_A_SOCKET_ID, id);
	if (fd >= 0)
		msg_u32(&msg, SEAL_A_SOCKET_SOCKFD, fd);
	if (deadline)
		msg_u64(&msg, SEAL_A_SOCKET_DEADLINE, deadline);
	return nl_call(nl, &msg);
}

static int tighten(int fd, uint64_t deadline)
{
	return setsockopt(fd, IPPROTO_IP, SEAL_SO_TIGHTEN, &deadline, sizeof(deadline)) ?
	       -errno : 0;
}

FIXTURE(extend)
{
	struct nl nl;
	int fd[2];
	uint64_t id;
};

FIXTURE_SETUP(extend)
{
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", NULL));
	ASSERT_EQ(0, pair_open(V4, self->fd));
}

FIXTURE_TEARDOWN(extend)
{
	pair_close(self->fd);
	nl_close(&self->nl);
}

TEST_F_TIMEOUT(extend, by_id_and_by_descriptor, 120)
{
	uint64_t deadline = boottime() + 2 * SEC, later = boottime() + 100 * SEC;
	struct seal_status st;

	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, deadline, &self->id));
	EXPECT_EQ(0, extend(&self->nl, -1, self->id, later));
	EXPECT_EQ(self->id, nl_u64(&self->nl, SEAL_A_SOCKET_ID));
	EXPECT_EQ(later, nl_u64(&self->nl, SEAL_A_SOCKET_DEADLINE));
	ASSERT_EQ(0, status_get(self->fd[0], &st));
	EXPECT_EQ(later, st.deadline);
	EXPECT_EQ(0, extend(&self->nl, self->fd[0], 0, later + SEC));
	ASSERT_EQ(0, status_get(self->fd[0], &st));
	EXPECT_EQ(later + SEC, st.deadline);
	EXPECT_EQ(2, stat_counter("SealExtended"));
	while (boottime() < deadline + 200 * MS)
		msleep(10);
	EXPECT_EQ(SEAL_STATE_ATTESTED, state_of(self->fd[0]));
	EXPECT_EQ(4096, do_send(self->fd[0], 0));
}

/* The agent may also find that the verdict holds less long. */
TEST_F_TIMEOUT(extend, to_an_earlier_time, 120)
{
	uint64_t early;

	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, boottime() + 100 * SEC, &self->id));
	early = boottime() + 200 * MS;
	EXPECT_EQ(0, extend(&self->nl, -1, self->id, early));
	EXPECT_EQ(SEAL_STATE_EXPIRED, wait_state(self->fd[0], SEAL_STATE_EXPIRED));
	EXPECT_LE(early, boottime());
}

/* What the owner said holds, whatever the agent says later. */
TEST_F_TIMEOUT(extend, not_beyond_what_the_owner_wants, 120)
{
	uint64_t want = boottime() + 3 * SEC;

	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, boottime() + 100 * SEC, &self->id));
	EXPECT_EQ(0, tighten(self->fd[0], want));
	EXPECT_EQ(0, extend(&self->nl, -1, self->id, boottime() + 50 * SEC));
	EXPECT_EQ(want, nl_u64(&self->nl, SEAL_A_SOCKET_DEADLINE));
	EXPECT_EQ(-EINVAL, tighten(self->fd[0], want));
	EXPECT_EQ(SEAL_STATE_EXPIRED, wait_state(self->fd[0], SEAL_STATE_EXPIRED));
}

TEST_F_TIMEOUT(extend, mistakes, 120)
{
	uint64_t later = boottime() + 100 * SEC;
	uint32_t ms = 0;

	EXPECT_EQ(-ENOENT, extend(&self->nl, self->fd[0], 0, later));
	EXPECT_EQ(-ENOENT, extend(&self->nl, -1, 1ull << 60, later));
	EXPECT_EQ(-EINVAL, extend(&self->nl, -1, 0, later));
	EXPECT_EQ(0, setsockopt(self->fd[1], IPPROTO_IP, SEAL_SO_REQUIRE, &ms, sizeof(ms)));
	EXPECT_EQ(-EAGAIN, extend(&self->nl, self->fd[1], 0, later));
	EXPECT_EQ(-EAGAIN, extend(&self->nl, self->fd[1], 0, 1));
	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, later, &self->id));
	EXPECT_EQ(-EINVAL, extend(&self->nl, self->fd[0], self->id, later));
	EXPECT_EQ(-EINVAL, extend(&self->nl, self->fd[0], 0, 0));
	EXPECT_EQ(-ETIME, extend(&self->nl, self->fd[0], 0, 1));
	EXPECT_EQ(-EBADF, extend(&self->nl, 999, 0, later));
	ASSERT_EQ(0, seteuid(1000));
	EXPECT_EQ(-EPERM, extend(&self->nl, self->fd[0], 0, later));
	ASSERT_EQ(0, seteuid(0));
	EXPECT_EQ(0, extend(&self->nl, self->fd[0], 0, boottime() + 50 * MS));
	EXPECT_EQ(SEAL_STATE_EXPIRED, wait_state(self->fd[0], SEAL_STATE_EXPIRED));
	EXPECT_EQ(-EKEYREVOKED, extend(&self->nl, self->fd[0], 0, later));
	EXPECT_EQ(-EKEYREVOKED, extend(&self->nl, self->fd[0], 0, 1));
	EXPECT_EQ(0, stat_counter("SealCurrAttested"));
}

/*
 * Who is told that it holds longer has it longer, and who is late is told that: also if
 * the timer fires at that moment, on another processor.
 */
TEST_F_TIMEOUT(extend, at_the_last_moment, 240)
{
	uint64_t id, deadline, before;
	int round, err, fd[2];
	bool late;

	for (round = 0; round < 100; round++) {
		ASSERT_EQ(0, pair_open(V4, fd));
		deadline = boottime() + 50 * MS;
		/* Or the machine was busy. */
		err = attach(&self->nl, fd[0], true, deadline, &id);
		ASSERT_TRUE(!err || err == -ETIME);
		before = deadline - (round % 25) * MS / 50;
		while (boottime() < before)
			;
		late = boottime() >= deadline;
		if (!err)
			err = extend(&self->nl, -1, id, deadline + 100 * SEC);
		if (!err) {
			EXPECT_FALSE(late);
			msleep(1);
			EXPECT_EQ(SEAL_STATE_ATTESTED, state_of(fd[0])) {
				TH_LOG("round %d", round);
			}
		} else {
			EXPECT_TRUE(err == -EKEYREVOKED || err == -ETIME) {
				TH_LOG("%d in round %d", err, round);
			}
		}
		pair_close(fd);
	}
}

TEST_F_TIMEOUT(extend, not_a_revoked_one, 120)
{
	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, boottime() + 100 * SEC, &self->id));
	EXPECT_EQ(0, revoke_id(&self->nl, self->id));
	EXPECT_EQ(-EKEYREJECTED, extend(&self->nl, -1, self->id, boottime() + 100 * SEC));
	EXPECT_EQ(-EKEYREJECTED, extend(&self->nl, self->fd[0], 0, boottime() + 100 * SEC));
}

#define UNREGISTERED	99

/* An agent that attaches and is killed. */
static int agent_attach_and_die(int fd, uint32_t on_death, bool change)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		struct nl nl;

		if (nl_open(&nl, "seal", NULL))
			_exit(1);
		if (on_death != UNREGISTERED && nl_register(&nl, on_death))
			_exit(2);
		if (attach(&nl, fd, true, boottime() + 100 * SEC, NULL))
			_exit(3);
		if (change && nl_register(&nl, SEAL_ON_DEATH_KEEP))
			_exit(4);
		kill(getpid(), SIGKILL);
	}
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSIGNALED(status) ? 0 : WEXITSTATUS(status);
}

TEST_F_TIMEOUT(extend, death_closes_if_it_said_so, 120)
{
	struct seal_status st;
	struct call reader;

	call_start(&reader, do_poll, self->fd[1], POLLIN);
	ASSERT_EQ(0, agent_attach_and_die(self->fd[0], SEAL_ON_DEATH_CLOSE, false));
	EXPECT_EQ(SEAL_STATE_REVOKED, wait_state(self->fd[0], SEAL_STATE_REVOKED));
	ASSERT_EQ(0, status_get(self->fd[0], &st));
	EXPECT_STREQ("the agent died", st.reason);
	EXPECT_EQ(-1, do_send(self->fd[0], 0));
	EXPECT_EQ(EKEYREJECTED, errno);
	/* The peer hears of it. */
	ASSERT_TRUE(call_end(&reader, 9000));
	EXPECT_NE(0, reader.result);
}

TEST_F_TIMEOUT(extend, death_changes_nothing_otherwise, 120)
{
	uint32_t before[] = { UNREGISTERED, SEAL_ON_DEATH_KEEP, SEAL_ON_DEATH_CLOSE };
	int i, fd[2];

	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, pair_open(V4, fd));
		/* The last one changed its mind. */
		ASSERT_EQ(0, agent_attach_and_die(fd[0], before[i], i == 2));
		EXPECT_EQ(SEAL_STATE_ATTESTED, state_of(fd[0]));
		EXPECT_EQ(4096, do_send(fd[0], 0));
		pair_close(fd);
	}
}

/* Numbers of netlink sockets are those of a family: often that of the process. */
TEST_F_TIMEOUT(extend, death_of_a_socket_with_its_number, 120)
{
	struct sockaddr_nl addr = {};
	socklen_t len = sizeof(addr);
	int other = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	ASSERT_EQ(0, nl_register(&self->nl, SEAL_ON_DEATH_CLOSE));
	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, boottime() + 100 * SEC, NULL));
	ASSERT_EQ(0, getsockname(self->nl.fd, (void *)&addr, &len));
	ASSERT_EQ(0, bind(other, (void *)&addr, len));
	close(other);
	msleep(100);
	EXPECT_EQ(SEAL_STATE_ATTESTED, state_of(self->fd[0]));
	/* And it is still known by it. */
	nl_close(&self->nl);
	EXPECT_EQ(SEAL_STATE_REVOKED, wait_state(self->fd[0], SEAL_STATE_REVOKED));
	ASSERT_EQ(0, nl_open(&self->nl, "seal", NULL));
}

TEST_F_TIMEOUT(extend, an_agent_that_is_none, 120)
{
	struct nl other;

	ASSERT_EQ(0, nl_open(&other, "seal", NULL));
	EXPECT_EQ(-ERANGE, attach_for(&self->nl, 0, self->fd[0], true, boottime() + 100 * SEC));
	/* Only who said what his death means is one. */
	EXPECT_EQ(-ESRCH, attach_for(&self->nl, nl_port(&other), self->fd[0], true,
				     boottime() + 100 * SEC));
	EXPECT_STREQ("no agent is registered by that number", self->nl.extack);
	ASSERT_EQ(0, nl_register(&other, SEAL_ON_DEATH_KEEP));
	EXPECT_EQ(0, attach_for(&self->nl, nl_port(&other), self->fd[0], true,
				boottime() + 100 * SEC));
	EXPECT_EQ(SEAL_STATE_ATTESTED, state_of(self->fd[0]));
	nl_close(&other);
}

TEST_F_TIMEOUT(extend, death_of_another_agent, 120)
{
	ASSERT_EQ(0, nl_register(&self->nl, SEAL_ON_DEATH_CLOSE));
	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, boottime() + 100 * SEC, NULL));
	ASSERT_EQ(0, agent_attach_and_die(self->fd[1], SEAL_ON_DEATH_CLOSE, false));
	EXPECT_EQ(SEAL_STATE_REVOKED, wait_state(self->fd[1], SEAL_STATE_REVOKED));
	EXPECT_EQ(SEAL_STATE_ATTESTED, state_of(self->fd[0]));
	EXPECT_EQ(-ERANGE, nl_register(&self->nl, 2));
}

TEST_HARNESS_MAIN
