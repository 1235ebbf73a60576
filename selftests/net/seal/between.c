// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who asked the table of the socket before the gate was there, and has not come to the
 * lock: nobody sees him, and he would go on as if nothing had been required. A probe
 * holds him in that place (comers.c leaves it to chance, on kernels without probes too);
 * who requires waits until he is out. And who comes in other moments that are too short to
 * be met by chance.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hostile.h"
#include "insider/insider.h"
#include "kselftest_harness.h"
#include "lib.h"
#include "stage.h"
#include "uring.h"

static uint32_t no_end;

static int require(int fd)
{
	return setsockopt(fd, IPPROTO_IP, SEAL_SO_REQUIRE, &no_end, sizeof(no_end)) ?
	       -errno : 0;
}

FIXTURE(between)
{
	int insider;
	int fd[2];
};

FIXTURE_SETUP(between)
{
	ASSERT_EQ(0, netns_new());
	self->insider = insider_open();
	ASSERT_LE(0, self->insider);
	ASSERT_EQ(0, pair_open(V4, self->fd));
	ASSERT_EQ(0, insider_stand(self->insider, self->fd[0], NULL, 0));
}

FIXTURE_TEARDOWN(between)
{
	pair_close(self->fd);
	insider_close(self->insider);
}

/* What is sent after that is not for him. */
static void required(struct __test_metadata *_metadata, const int fd[2], struct call *reader)
{
	EXPECT_EQ(0, require(fd[0]));
	EXPECT_EQ(5, send(fd[1], "plain", 5, MSG_NOSIGNAL));
	ASSERT_TRUE(call_end(reader, 30000));
	EXPECT_EQ(-EAGAIN, reader->result);
}

/* The reference that the call took to the file tells of him. */
TEST_F(between, is_a_thread)
{
	struct call reader;

	call_start(&reader, do_recv, self->fd[0], MSG_DONTWAIT);
	ASSERT_EQ(0, insider_op(self->insider, INSIDER_STANDS, self->fd[1]));
	required(_metadata, self->fd, &reader);
}

/* Then references tell nothing. */
TEST_F(between, has_another_descriptor)
{
	int other = dup(self->fd[0]);
	struct call reader;

	call_start(&reader, do_recv, other, MSG_DONTWAIT);
	ASSERT_EQ(0, insider_op(self->insider, INSIDER_STANDS, self->fd[1]));
	required(_metadata, self->fd, &reader);
	close(other);
}

static ssize_t do_require(int fd, int arg)
{
	return require(fd);
}

/* Who requires has the gate down, and waits for one who keeps the lock from then on. */
static void waits_for_him(struct __test_metadata *_metadata, const FIXTURE_DATA(between) *self,
			  struct hostiles *reader, struct call *requires)
{
	EXPECT_EQ(5, send(self->fd[1], "plain", 5, MSG_NOSIGNAL));
	ASSERT_EQ(0, insider_stand(self->insider, self->fd[0], NULL, 3000));
	ASSERT_EQ(0, hostile_reads(reader, self->fd[0]));
	ASSERT_EQ(0, insider_op(self->insider, INSIDER_STANDS, self->fd[1]));
	call_start(requires, do_require, self->fd[0], 0);
	msleep(1000);
	EXPECT_FALSE(requires->returned);
}

/* He sleeps with the lock, and the one who requires waits; the agent does not for long. */
TEST_F_TIMEOUT(between, keeps_the_lock, 60)
{
	struct hostiles reader;
	struct call requires;
	struct seal_status st;
	uint64_t began;
	struct nl nl;

	ASSERT_EQ(0, nl_open(&nl, "seal", NULL));
	waits_for_him(_metadata, self, &reader, &requires);
	began = boottime();
	EXPECT_EQ(-ETIMEDOUT, attach(&nl, self->fd[0], true, boottime() + 100 * SEC, NULL));
	EXPECT_LE(began + 4 * SEC, boottime());
	EXPECT_STREQ("a requirement, or another attach, is not through yet", nl.extack);
	EXPECT_EQ(0, status_get(self->fd[0], &st));
	EXPECT_EQ(SEAL_STATE_REJECTED, st.state);
	EXPECT_FALSE(requires.returned);
	EXPECT_LE(-1, hostile_lets_go(&reader));
	EXPECT_TRUE(call_end(&requires, 20000));
	EXPECT_EQ(-1, do_send(self->fd[0], 0));
	EXPECT_EQ(EKEYREJECTED, errno);
	nl_close(&nl);
}

/* One that attaches, and is killed while it waits for the same: the socket stays shut. */
TEST_F_TIMEOUT(between, keeps_the_lock_until_the_agent_is_killed, 60)
{
	struct hostiles reader;
	struct call requires;
	struct seal_status st;
	uint64_t began;
	int status;
	pid_t agent;

	waits_for_him(_metadata, self, &reader, &requires);
	began = boottime();
	agent = fork();
	if (!agent) {
		struct nl nl;

		if (nl_open(&nl, "seal", NULL))
			_exit(1);
		attach(&nl, self->fd[0], true, boottime() + 100 * SEC, NULL);
		_exit(0);
	}
	msleep(1000);
	EXPECT_EQ(0, waitpid(agent, &status, WNOHANG));
	kill(agent, SIGKILL);
	EXPECT_EQ(agent, waitpid(agent, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_GT(began + 4 * SEC, boottime());
	EXPECT_EQ(0, status_get(self->fd[0], &st));
	EXPECT_EQ(SEAL_STATE_REJECTED, st.state);
	EXPECT_LE(-1, hostile_lets_go(&reader));
	EXPECT_TRUE(call_end(&requires, 20000));
	EXPECT_EQ(-1, do_send(self->fd[0], 0));
	EXPECT_EQ(EKEYREJECTED, errno);
}

/*
 * He does not come to sleep, nor out of the kernel: a task that others keep from the
 * processor is as good. Who waits for him may be killed.
 */
TEST_F(between, does_not_keep_who_is_killed)
{
	struct seal_status st;
	struct call reader;
	uint64_t began;
	int status;
	pid_t pid;

	ASSERT_EQ(0, insider_stand(self->insider, self->fd[0], NULL, 5000));
	call_start(&reader, do_recv, self->fd[0], MSG_DONTWAIT);
	ASSERT_EQ(0, insider_op(self->insider, INSIDER_STANDS, self->fd[1]));
	pid = fork();
	if (!pid)
		_exit(require(self->fd[0]));
	msleep(1000);
	EXPECT_EQ(0, waitpid(pid, &status, WNOHANG));
	began = boottime();
	kill(pid, SIGKILL);
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_GT(2 * SEC, boottime() - began);
	EXPECT_FALSE(reader.returned);
	EXPECT_EQ(0, status_get(self->fd[0], &st));
	EXPECT_EQ(SEAL_STATE_REJECTED, st.state);
	ASSERT_TRUE(call_end(&reader, 30000));
}

static int received(int fd)
{
	char buf[5];

	return recv(fd, buf, sizeof(buf), MSG_DONTWAIT) < 0 && errno == EAGAIN ? 0 : 1;
}

/* His descriptors are his own: no call of his takes a reference. */
TEST_F(between, is_another_process)
{
	int status = -1;
	pid_t reader;

	reader = fork();
	if (!reader)
		_exit(received(self->fd[0]));
	ASSERT_EQ(0, insider_op(self->insider, INSIDER_STANDS, self->fd[1]));
	EXPECT_EQ(0, require(self->fd[0]));
	EXPECT_EQ(5, send(self->fd[1], "plain", 5, MSG_NOSIGNAL));
	ASSERT_EQ(reader, waitpid(reader, &status, 0));
	EXPECT_EQ(0, status);
}

#define READ	1
#define REQUIRE	2

/* By a worker of the ring, for the file that it was told of once. */
static void submit(struct io_uring *ring, struct io_uring_sqe *sqe, uint64_t what)
{
	io_uring_sqe_set_data64(sqe, what);
	io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE | IOSQE_ASYNC);
	io_uring_submit(ring);
}

/* What ended next, and how. */
static uint64_t next(struct io_uring *ring, int *result)
{
	struct __kernel_timespec patience = { .tv_sec = 30 };
	struct io_uring_cqe *cqe;
	uint64_t what;

	if (io_uring_wait_cqe_timeout(ring, &cqe, &patience))
		return 0;
	what = io_uring_cqe_get_data64(cqe);
	*result = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	return what;
}

/*
 * Neither takes a reference, and he who requires is a task of the ring's, whose
 * descriptors are not looked at.
 */
TEST_F(between, is_a_worker_of_a_ring)
{
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	int result = 0;
	char buf[5];

	ASSERT_EQ(0, io_uring_queue_init(8, &ring, 0));
	ASSERT_EQ(0, io_uring_register_files(&ring, self->fd, 1));
	close(self->fd[0]);
	self->fd[0] = -1;
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_recv(sqe, 0, buf, sizeof(buf), MSG_DONTWAIT);
	submit(&ring, sqe, READ);
	ASSERT_EQ(0, insider_op(self->insider, INSIDER_STANDS, self->fd[1]));
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_cmd_sock(sqe, SOCKET_URING_OP_SETSOCKOPT, 0, IPPROTO_IP,
			       SEAL_SO_REQUIRE, &no_end, sizeof(no_end));
	submit(&ring, sqe, REQUIRE);
	EXPECT_EQ(READ, next(&ring, &result));
	EXPECT_EQ(-EAGAIN, result);
	EXPECT_EQ(REQUIRE, next(&ring, &result));
	EXPECT_EQ(0, result);
	io_uring_queue_exit(&ring);
}

FIXTURE(moment)
{
	int insider;
	int fd[2];
};

FIXTURE_SETUP(moment)
{
	ASSERT_EQ(0, netns_new());
	self->insider = insider_open();
	ASSERT_LE(0, self->insider);
	ASSERT_EQ(0, pair_open(V4, self->fd));
	ASSERT_EQ(0, require(self->fd[0]));
}

FIXTURE_TEARDOWN(moment)
{
	pair_close(self->fd);
	insider_close(self->insider);
}

static ssize_t do_revoke(int fd, int arg)
{
	return setsockopt(fd, IPPROTO_IP, SEAL_SO_REVOKE, &no_end, sizeof(no_end)) ?
	       -errno : 0;
}

/*
 * The worker wakes all there are to wake, and one of them is back before it is done, to
 * sleep with the lock: what is still to do is done without sleeping for him.
 */
TEST_F_TIMEOUT(moment, when_all_are_woken_keeps_no_worker, 60)
{
	struct hostiles comer;
	struct call revoke;

	ASSERT_EQ(0, insider_stand(self->insider, self->fd[0], "sk_error_report", 3000));
	call_start(&revoke, do_revoke, self->fd[0], 0);
	ASSERT_EQ(0, insider_op(self->insider, INSIDER_STANDS, self->fd[1]));
	ASSERT_EQ(0, hostile_holds(&comer, self->fd[0]));
	EXPECT_TRUE(call_end(&revoke, 20000));
	/* On a busy machine he stood there longer than a revoke waits. */
	if (revoke.result == -EINPROGRESS)
		revoke.result = do_revoke(self->fd[0], 0);
	EXPECT_EQ(0, revoke.result);
	EXPECT_EQ(0, hostile_lets_go(&comer));
}

static ssize_t do_attach_for(int fd, int seconds)
{
	struct nl nl;
	int err = nl_open(&nl, "seal", NULL);

	if (err)
		return err;
	err = attach(&nl, fd, true, boottime() + seconds * SEC, NULL);
	nl_close(&nl);
	errno = -err;
	return err;
}

/* Who attaches is held up on the way to the timer, until it should have fired. */
TEST_F_TIMEOUT(moment, without_a_timer_it_is_not_open, 60)
{
	struct pollfd pfd = { .fd = self->fd[0], .events = POLLOUT };
	struct call attaches;

	ASSERT_EQ(0, insider_stand(self->insider, self->fd[0], "*seal_deadline_set", 9000));
	call_start(&attaches, do_attach_for, self->fd[0], 3);
	ASSERT_EQ(0, insider_op(self->insider, INSIDER_STANDS, self->fd[1]));
	msleep(4000);
	EXPECT_EQ(0, poll(&pfd, 1, 0));
	EXPECT_TRUE(call_end(&attaches, 20000));
	EXPECT_EQ(0, attaches.result);
	EXPECT_EQ(SEAL_STATE_EXPIRED, wait_state(self->fd[0], SEAL_STATE_EXPIRED));
}

TEST_HARNESS_MAIN
