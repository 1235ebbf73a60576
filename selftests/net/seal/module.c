// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module stays as long as a socket of it lives, whatever became of the
 * socket, and goes when the last one is closed. SEAL_KO names the file,
 * SEAL_ROUNDS says how often it comes and goes.
 */

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib.h"

static int module_remove(void)
{
	return syscall(SYS_delete_module, "seal", O_NONBLOCK) ? -errno : 0;
}

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

static int module_insert(void)
{
	int fd = open(getenv("SEAL_KO") ?: "", O_RDONLY), err;

	err = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
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

TEST_F_TIMEOUT(module, comes_and_goes, 7200)
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

TEST_HARNESS_MAIN
