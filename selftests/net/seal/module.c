// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module stays as long as a socket of it lives, whatever became of the
 * socket, and goes when the last one is closed. SEAL_KO names the file,
 * SEAL_ROUNDS says how often it comes and goes. A drain makes way for that.
 */

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "insider/insider.h"
#include "kselftest_harness.h"
#include "lib.h"
#include "stage.h"

/* References of closed sockets are given back by deferred work. */
static int module_remove_soon(void)
{
	int err = -1, tries;

	for (tries = 0; err && tries < 300; tries++) {
		err = module_remove();
		if (err)
			msleep(10);
	}
	return err;
}

FIXTURE(module)
{
	struct nl nl;
	int fd[2];
	uint64_t id[2];
};

FIXTURE_SETUP(module)
{
	if (!getenv("SEAL_KO"))
		SKIP(return, "SEAL_KO is not set");
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", "status"));
	ASSERT_EQ(0, pair_open(V6, self->fd));
	ASSERT_EQ(0, pair_attach(&self->nl, self->fd, self->id));
}

FIXTURE_TEARDOWN(module)
{
	nl_close(&self->nl);
}

TEST_F(module, stays_with_an_attested_socket)
{
	EXPECT_EQ(-EWOULDBLOCK, module_remove());
	EXPECT_EQ(4096, do_send(self->fd[0], 0));
	pair_close(self->fd);
	EXPECT_EQ(0, module_remove_soon());
	EXPECT_EQ(0, module_insert());
}

TEST_F(module, stays_with_a_revoked_socket)
{
	EXPECT_EQ(0, revoke_id(&self->nl, self->id[0]));
	close(self->fd[1]);
	EXPECT_EQ(-EWOULDBLOCK, module_remove());
	close(self->fd[0]);
	EXPECT_EQ(0, module_remove_soon());
	EXPECT_EQ(0, module_insert());
}

/* kTLS without seal, which must notice nothing. */
struct traffic {
	pthread_t thread[2];
	int fd[2];
	volatile bool stop;
	volatile uint64_t bytes;
	volatile int error;
};

static void *traffic_out(void *arg)
{
	struct traffic *t = arg;

	while (!t->stop)
		if (do_send(t->fd[0], 0) < 0)
			t->error = errno;
	shutdown(t->fd[0], SHUT_WR);
	return NULL;
}

static void *traffic_in(void *arg)
{
	struct traffic *t = arg;
	ssize_t got;

	while ((got = do_recv(t->fd[1], 0)) > 0)
		t->bytes += got;
	if (got < 0)
		t->error = errno;
	return NULL;
}

static int traffic_start(struct traffic *t)
{
	memset(t, 0, sizeof(*t));
	if (pair_open(V4, t->fd) || pair_plain_tls(t->fd))
		return -errno;
	pthread_create(&t->thread[0], NULL, traffic_out, t);
	pthread_create(&t->thread[1], NULL, traffic_in, t);
	return 0;
}

static void traffic_stop(struct traffic *t)
{
	t->stop = true;
	pthread_join(t->thread[0], NULL);
	pthread_join(t->thread[1], NULL);
	pair_close(t->fd);
}

TEST_F_TIMEOUT(module, comes_and_goes, 86400)
{
	int i, rounds = atoi(getenv("SEAL_ROUNDS") ?: "10");
	struct traffic traffic;
	uint64_t before;

	pair_close(self->fd);
	nl_close(&self->nl);
	ASSERT_EQ(0, traffic_start(&traffic));
	for (i = 0; i < rounds; i++) {
		before = traffic.bytes;
		ASSERT_EQ(0, module_remove_soon());
		ASSERT_EQ(0, module_insert());
		ASSERT_EQ(0, nl_open(&self->nl, "seal", "status"));
		ASSERT_EQ(0, pair_open(i & 1 ? V4 : V6, self->fd));
		ASSERT_EQ(0, pair_attach(&self->nl, self->fd, self->id));
		EXPECT_EQ(-EWOULDBLOCK, module_remove());
		EXPECT_EQ(4096, do_send(self->fd[0], 0));
		if (i & 2) {
			EXPECT_EQ(0, revoke_id(&self->nl, self->id[1]));
		}
		pair_close(self->fd);
		nl_close(&self->nl);
		EXPECT_EQ(0, traffic.error);
		while (traffic.bytes == before)
			msleep(1);
	}
	traffic_stop(&traffic);
	EXPECT_EQ(0, traffic.error);
	ASSERT_EQ(0, nl_open(&self->nl, "seal", "status"));
}

/* All sockets in all network namespaces, and no new ones. */
TEST_F_TIMEOUT(module, drains, 300)
{
	struct seal_status st;
	uint64_t id[2];
	uint32_t ms = 0;
	struct nl nl;
	int fd[2];

	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&nl, "seal", NULL));
	ASSERT_EQ(0, pair_open(V4, fd));
	ASSERT_EQ(0, pair_attach(&nl, fd, id));
	ASSERT_EQ(0, module_drain(true));
	EXPECT_EQ(-1, do_send(fd[0], 0));
	EXPECT_EQ(EKEYREJECTED, errno);
	EXPECT_EQ(-1, do_recv(self->fd[0], 0));
	EXPECT_EQ(EKEYREJECTED, errno);
	ASSERT_EQ(0, status_get(self->fd[0], &st));
	EXPECT_EQ(SEAL_STATE_REVOKED, st.state);
	EXPECT_STREQ("the module is drained", st.reason);
	pair_close(fd);

	ASSERT_EQ(0, pair_open(V4, fd));
	EXPECT_EQ(-ENODEV, pair_attach(&nl, fd, id));
	EXPECT_STREQ("the module is about to be removed", nl.extack);
	EXPECT_EQ(-1, setsockopt(fd[0], IPPROTO_IP, SEAL_SO_REQUIRE, &ms, sizeof(ms)));
	EXPECT_EQ(ENODEV, errno);
	/* It did nothing to the socket. */
	EXPECT_EQ(4096, do_send(fd[0], 0));
	EXPECT_EQ(4096, do_recv(fd[1], 0));
	EXPECT_EQ(-EWOULDBLOCK, module_remove());
	pair_close(self->fd);
	EXPECT_EQ(0, module_remove_soon());
	nl_close(&nl);

	ASSERT_EQ(0, module_insert());
	ASSERT_EQ(0, nl_open(&nl, "seal", NULL));
	EXPECT_EQ(0, module_drain(true));
	EXPECT_EQ(0, module_drain(false));
	EXPECT_EQ(0, pair_attach(&nl, fd, id));
	pair_close(fd);
	nl_close(&nl);
}

static ssize_t do_drain(int fd, int arg)
{
	return module_drain(true);
}

/* An attach that it comes upon is told why, or closed with the others. */
TEST_F_TIMEOUT(module, drains_beside_an_attach, 300)
{
	struct seal_status st;
	struct call drain;
	int i, fd[2], err;
	struct nl nl;

	ASSERT_EQ(0, nl_open(&nl, "seal", NULL));
	for (i = 0; i < 60; i++) {
		ASSERT_EQ(0, pair_open(V4, fd));
		call_start(&drain, do_drain, -1, 0);
		usleep(i * 5);
		err = attach(&nl, fd[0], true, boottime() + 100 * SEC, NULL);
		ASSERT_TRUE(call_end(&drain, 60000));
		EXPECT_EQ(0, drain.result);
		EXPECT_TRUE(!err || err == -ENODEV || err == -EEXIST) {
			TH_LOG("%s, %s", strerror(-err), nl.extack);
		}
		ASSERT_EQ(0, status_get(fd[0], &st));
		EXPECT_NE(SEAL_STATE_ATTESTED, st.state);
		EXPECT_EQ(0, module_drain(false));
		pair_close(fd);
	}
	pair_close(self->fd);
	nl_close(&nl);
}

/* With callers inside, each time; nobody takes it for the end of the stream. */
TEST_F_TIMEOUT(module, drains_under_traffic, 86400)
{
	int i, k, rounds = atoi(getenv("SEAL_ROUNDS") ?: "10");
	struct call call[4];

	for (i = 0; i < rounds; i++) {
		call_start(&call[0], do_recv, self->fd[0], 0);
		call_start(&call[1], do_splice, self->fd[0], 0);
		call_start(&call[2], do_send_all, self->fd[0], 64 << 20);
		call_start(&call[3], do_send_all, self->fd[1], 64 << 20);
		msleep(i % 50);
		ASSERT_EQ(0, module_drain(true));
		for (k = 0; k < 4; k++) {
			ASSERT_TRUE(call_end(&call[k], 60000));
			EXPECT_NE(0, call[k].result);
		}
		pair_close(self->fd);
		ASSERT_EQ(0, module_remove_soon());
		nl_close(&self->nl);
		ASSERT_EQ(0, module_insert());
		ASSERT_EQ(0, nl_open(&self->nl, "seal", "status"));
		ASSERT_EQ(0, pair_open(i & 1 ? V4 : V6, self->fd));
		ASSERT_EQ(0, pair_attach(&self->nl, self->fd, self->id));
	}
	pair_close(self->fd);
}

/* kTLS stays as long as a socket of ours; without any it may go before us. */
TEST_F_TIMEOUT(module, tls_goes_and_comes, 300)
{
	int tries, err = -1;

	EXPECT_NE(0, syscall(SYS_delete_module, "tls", O_NONBLOCK));
	EXPECT_EQ(4096, do_send(self->fd[0], 0));
	pair_close(self->fd);
	for (tries = 0; err && tries < 300; tries++) {
		err = syscall(SYS_delete_module, "tls", O_NONBLOCK);
		if (err && errno == ENOENT)
			break;	/* it is part of this kernel */
		msleep(10);
	}
	EXPECT_TRUE(!err || errno == ENOENT);
	ASSERT_EQ(0, pair_open(V6, self->fd));
	ASSERT_EQ(0, pair_attach(&self->nl, self->fd, self->id));
	EXPECT_EQ(4096, do_send(self->fd[0], 0));
	EXPECT_EQ(4096, do_recv(self->fd[1], 0));
	pair_close(self->fd);
}

/*
 * A module that cannot revoke does not load: the promise stands on how kTLS treats an
 * error, and TCP who has the lock, so each way in which a kernel may forget it must be
 * found out.
 */
TEST_F_TIMEOUT(module, does_not_load_where_it_cannot_revoke, 120)
{
	static const char * const functions[] = {
		"tls_sw_recvmsg", "tls_sw_splice_read", "tls_sw_read_sock",
		"tls_sw_sendmsg", "tcp_abort",
	};
	struct insider_call call = { .op = INSIDER_BREAK };
	int i, insider;

	nl_close(&self->nl);
	pair_close(self->fd);
	ASSERT_EQ(0, module_remove_soon());
	call.fd = socket(AF_INET, SOCK_STREAM, 0);
	for (i = 0; i < 5; i++) {
		insider = insider_open();
		ASSERT_LE(0, insider);
		strcpy((char *)call.data, functions[i]);
		ASSERT_EQ(0, ioctl(insider, INSIDER_CALL, &call)) {
			TH_LOG("%s: %s", functions[i], strerror(errno));
		}
		EXPECT_EQ(-EOPNOTSUPP, module_insert()) {
			TH_LOG("%s", functions[i]);
		}
		insider_close(insider);
	}
	close(call.fd);
	EXPECT_EQ(0, module_insert());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", "status"));
}

static int insider_ask(int insider, struct insider_call *call, uint32_t op)
{
	call->op = op;
	return ioctl(insider, INSIDER_CALL, call);
}

/* In a namespace of its own, which ends with this process. */
static int kernel_pair_attached(int insider, struct insider_call *call)
{
	struct nl nl;
	int fd;

	if (netns_new() || nl_open(&nl, "seal", NULL))
		return 1;
	fd = insider_ask(insider, call, INSIDER_PAIR);
	if (fd < 0)
		return 2;
	if (attach(&nl, fd, true, boottime() + 3600 * SEC, NULL))
		return 3;
	if (insider_ask(insider, call, INSIDER_PAIR_READ))
		return 4;
	msleep(100);
	return 0;
}

/*
 * Sockets of the kernel do not hold their namespace. Its end revokes them, and waits: to a
 * module that was there before ours it comes when nobody is inside any more.
 */
TEST_F_TIMEOUT(module, namespace_of_the_kernels_own_ends, 120)
{
	struct insider_call call = { .fd = socket(AF_INET, SOCK_STREAM, 0) };
	long result[2] = {};
	int insider, status;
	pid_t pid;

	nl_close(&self->nl);
	pair_close(self->fd);
	ASSERT_EQ(0, module_remove_soon());
	insider = insider_open();
	ASSERT_LE(0, insider);
	ASSERT_EQ(0, module_insert());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", "status"));
	pid = fork();
	if (!pid)
		_exit(kernel_pair_attached(insider, &call));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);
	ASSERT_EQ(0, insider_ask(insider, &call, INSIDER_PAIR_ENDED));
	memcpy(result, call.data, sizeof(result));
	EXPECT_EQ(-ECONNRESET, result[0]);
	EXPECT_EQ(-ECONNRESET, result[1]);
	close(call.fd);
	insider_close(insider);
}

TEST_HARNESS_MAIN
