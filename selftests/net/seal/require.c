// SPDX-License-Identifier: GPL-2.0-only
/* Nothing may pass until it is attested, says its owner. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/handshake.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "hostile.h"
#include "lib.h"
#include "waits.h"

static int require(int fd, uint32_t timeout_ms)
{
	return setsockopt(fd, IPPROTO_IP, SEAL_SO_REQUIRE, &timeout_ms,
			  sizeof(timeout_ms)) ? -errno : 0;
}

static int ask(int fd, uint32_t timeout_ms)
{
	struct seal_request req = {
		.size = sizeof(req),
		.role = SEAL_ROLE_CLIENT,
		.timeout_ms = timeout_ms,
		.peername = "server.example.org",
	};

	return setsockopt(fd, IPPROTO_IP, SEAL_SO_REQUEST, &req, sizeof(req)) ? -errno : 0;
}

static int peer_keys(int fd)
{
	struct tls12_crypto_info_aes_gcm_128 tx = key_make(2), rx = key_make(1);

	if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 3) ||
	    setsockopt(fd, SOL_TLS, TLS_TX, &tx, sizeof(tx)) ||
	    setsockopt(fd, SOL_TLS, TLS_RX, &rx, sizeof(rx)))
		return -errno;
	return 0;
}

FIXTURE(require)
{
	struct nl nl;
	int fd[2];
};

FIXTURE_VARIANT(require)
{
	enum family family;
};

FIXTURE_VARIANT_ADD(require, v4) { .family = V4 };
FIXTURE_VARIANT_ADD(require, v6) { .family = V6 };
FIXTURE_VARIANT_ADD(require, mapped) { .family = MAPPED };

FIXTURE_SETUP(require)
{
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", NULL));
	ASSERT_EQ(0, pair_open(variant->family, self->fd));
}

FIXTURE_TEARDOWN(require)
{
	pair_close(self->fd);
	nl_close(&self->nl);
}

TEST_F_TIMEOUT(require, nothing_passes_until_attested, 120)
{
	struct tls12_crypto_info_aes_gcm_128 key = key_make(1);
	struct pollfd pfd = { .fd = self->fd[0], .events = POLLIN | POLLOUT };
	struct call reader, writer;
	char buf[4096];

	ASSERT_EQ(0, require(self->fd[0], 0));
	EXPECT_EQ(SEAL_STATE_PENDING, state_of(self->fd[0]));
	EXPECT_EQ(0, stat_counter("SealRequested"));
	EXPECT_EQ(0, stat_counter("SealCurrQueued"));
	ASSERT_EQ(0, peer_keys(self->fd[1]));
	EXPECT_EQ(100, send(self->fd[1], buf, 100, 0));
	EXPECT_EQ(0, poll(&pfd, 1, 50));
	EXPECT_EQ(-1, do_recv(self->fd[0], MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(-1, do_send(self->fd[0], MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(-1, do_splice(self->fd[0], SPLICE_F_NONBLOCK));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(-1, setsockopt(self->fd[0], SOL_TLS, TLS_TX, &key, sizeof(key)));
	EXPECT_EQ(EPERM, errno);
	call_start(&reader, do_recv, self->fd[0], 0);
	call_start(&writer, do_send, self->fd[0], 0);
	msleep(50);
	EXPECT_FALSE(reader.returned || writer.returned);
	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, boottime() + 100 * SEC, NULL));
	ASSERT_TRUE(call_end(&reader, 10000));
	EXPECT_EQ(100, reader.result);
	ASSERT_TRUE(call_end(&writer, 10000));
	EXPECT_EQ(4096, writer.result);
	EXPECT_EQ(4096, recv(self->fd[1], buf, sizeof(buf), MSG_WAITALL));
	EXPECT_EQ(-EISCONN, require(self->fd[0], 0));
	/* The time of the requirement is over with it. */
	EXPECT_EQ(SEAL_STATE_ATTESTED, state_of(self->fd[0]));
}

TEST_F_TIMEOUT(require, is_notified, 120)
{
	struct nl events;

	ASSERT_EQ(0, nl_open(&events, "seal", "status"));
	ASSERT_EQ(0, nl_subscribe(&events));
	ASSERT_EQ(0, require(self->fd[0], 0));
	ASSERT_EQ(SEAL_CMD_STATUS_NTF, nl_event(&events, 30000));
	EXPECT_EQ(SEAL_STATE_PENDING, nl_u32(&events, SEAL_A_SOCKET_STATE, 99));
	EXPECT_EQ(SEAL_CONSUMER_USER, nl_u32(&events, SEAL_A_SOCKET_CONSUMER, 99));
	nl_close(&events);
}

TEST_F_TIMEOUT(require, its_time_ends_with_the_attach, 120)
{
	ASSERT_EQ(0, require(self->fd[0], 2000));
	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, boottime() + 100 * SEC, NULL));
	msleep(2300);
	EXPECT_EQ(SEAL_STATE_ATTESTED, state_of(self->fd[0]));
}

TEST_F_TIMEOUT(require, anybody_may, 120)
{
	struct seal_status st;

	ASSERT_EQ(0, seteuid(1000));
	EXPECT_EQ(0, require(self->fd[0], 0));
	ASSERT_EQ(0, status_get(self->fd[0], &st));
	EXPECT_EQ(1000, st.uid);
	/* To ask is another matter; to be refused changes nothing. */
	EXPECT_EQ(-EPERM, ask(self->fd[0], 50));
	EXPECT_EQ(SEAL_STATE_PENDING, state_of(self->fd[0]));
	ASSERT_EQ(0, seteuid(0));
}

TEST_F_TIMEOUT(require, times_out, 120)
{
	struct seal_status st;
	struct call reader;
	uint64_t began = boottime();

	ASSERT_EQ(0, require(self->fd[0], 200));
	call_start(&reader, do_recv, self->fd[0], 0);
	ASSERT_TRUE(call_end(&reader, 10000));
	EXPECT_EQ(-EKEYREJECTED, reader.result);
	EXPECT_LE(began + 200 * MS, reader.when);
	ASSERT_EQ(0, status_get(self->fd[0], &st));
	EXPECT_EQ(SEAL_STATE_REJECTED, st.state);
	EXPECT_STREQ("nobody attested it in time", st.reason);
	EXPECT_EQ(-EKEYREJECTED, require(self->fd[0], 0));
}

TEST_F_TIMEOUT(require, a_request_goes_on_from_there, 120)
{
	struct nl hs;

	ASSERT_EQ(0, nl_open(&hs, "handshake", "tlshd"));
	ASSERT_EQ(0, nl_subscribe(&hs));
	fcntl(self->fd[0], F_SETFL, O_NONBLOCK);
	ASSERT_EQ(0, require(self->fd[0], 0));
	EXPECT_EQ(-EINPROGRESS, ask(self->fd[0], 2000));
	EXPECT_EQ(-EALREADY, ask(self->fd[0], 2000));
	EXPECT_EQ(1, stat_counter("SealRequested"));
	EXPECT_EQ(1, stat_counter("SealCurrQueued"));
	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, boottime() + 100 * SEC, NULL));
	EXPECT_EQ(0, ask(self->fd[0], 2000));
	EXPECT_EQ(-EISCONN, ask(self->fd[0], 2000));
	nl_close(&hs);
}

TEST_F_TIMEOUT(require, a_request_that_fails_ends_it, 120)
{
	ASSERT_EQ(0, require(self->fd[0], 0));
	EXPECT_EQ(-ESRCH, ask(self->fd[0], 2000));
	EXPECT_EQ(SEAL_STATE_REJECTED, state_of(self->fd[0]));
	EXPECT_EQ(-1, do_send(self->fd[0], 0));
	EXPECT_EQ(EKEYREJECTED, errno);
}

TEST_F_TIMEOUT(require, revoke_all_ends_it, 120)
{
	struct call reader;
	struct msg msg;

	ASSERT_EQ(0, require(self->fd[0], 0));
	call_start(&reader, do_recv, self->fd[0], 0);
	msleep(50);
	msg_init(&msg, SEAL_CMD_REVOKE);
	msg_put(&msg, SEAL_A_SOCKET_ALL, NULL, 0);
	EXPECT_EQ(0, nl_call(&self->nl, &msg));
	EXPECT_EQ(1, nl_u32(&self->nl, SEAL_A_SOCKET_COUNT, 99));
	ASSERT_TRUE(call_end(&reader, 10000));
	EXPECT_EQ(-EKEYREJECTED, reader.result);
	EXPECT_EQ(SEAL_STATE_REVOKED, state_of(self->fd[0]));
	EXPECT_GT(0, attach(&self->nl, self->fd[0], true, boottime() + 100 * SEC, NULL));
	EXPECT_EQ(SEAL_STATE_REVOKED, state_of(self->fd[0]));
}

static void on_signal(int number)
{
}

/* Comes out of its call with this, though the signal may come before the call. */
static ssize_t interrupted(struct call *call)
{
	int tries;

	for (tries = 0; !call->returned && tries < 3000; tries++) {
		pthread_kill(call->thread, SIGUSR1);
		msleep(10);
	}
	return call_end(call, 1) ? call->result : -ETIMEDOUT;
}

/* Who waits at the gate waits as at any socket. */
TEST_F_TIMEOUT(require, signals_and_timeouts_are_kept, 120)
{
	ssize_t (*calls[])(int, int) = { do_recv, do_send, do_splice };
	struct timeval tv = { .tv_usec = 50000 };
	struct sigaction action = { .sa_handler = on_signal };
	struct call call;
	int i;

	sigaction(SIGUSR1, &action, NULL);
	ASSERT_EQ(0, require(self->fd[0], 100000));
	for (i = 0; i < 3; i++) {
		call_start(&call, calls[i], self->fd[0], 0);
		EXPECT_EQ(-EINTR, interrupted(&call));
	}
	setsockopt(self->fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(self->fd[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	for (i = 0; i < 3; i++) {
		call_start(&call, calls[i], self->fd[0], 0);
		ASSERT_TRUE(call_end(&call, 30000));
		EXPECT_EQ(-EAGAIN, call.result);
	}
	EXPECT_EQ(SEAL_STATE_PENDING, state_of(self->fd[0]));
}

/* One errno for each mistake, and the socket stays as it was. */
TEST_F_TIMEOUT(require, mistakes, 120)
{
	uint32_t value = 0;
	struct call reader;
	int fd;

	EXPECT_EQ(-EINVAL, require(self->fd[0], SEAL_REQUIRE_MAX_MS + 1));
	EXPECT_EQ(-1, setsockopt(self->fd[0], IPPROTO_IP, SEAL_SO_REQUIRE, &value, 3));
	EXPECT_EQ(EINVAL, errno);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	EXPECT_EQ(-ENOTCONN, require(fd, 0));
	close(fd);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	EXPECT_EQ(-EPROTONOSUPPORT, require(fd, 0));
	close(fd);
	call_start(&reader, do_recv, self->fd[0], 0);
	msleep(200);
	EXPECT_EQ(-EBUSY, require(self->fd[0], 0));
	EXPECT_EQ(SEAL_STATE_NONE, state_of(self->fd[0]));
	EXPECT_EQ(5, send(self->fd[1], "hello", 5, 0));
	ASSERT_TRUE(call_end(&reader, 10000));
	EXPECT_EQ(0, require(self->fd[0], 0));
	EXPECT_EQ(-EALREADY, require(self->fd[0], 0));
	ASSERT_EQ(0, setsockopt(self->fd[1], IPPROTO_TCP, TCP_ULP, "tls", 3));
	EXPECT_EQ(-EEXIST, require(self->fd[1], 0));
}

/* Bytes that TCP has for who comes to read, cipher text and all. */
static int queued(int fd)
{
	uint32_t info[SK_MEMINFO_VARS];
	socklen_t len = sizeof(info);

	return getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &len) ? -errno :
	       (int)info[SK_MEMINFO_RMEM_ALLOC];
}

/* Nor is it there for a call that came past the gate before, and comes to the lock late. */
TEST_F_TIMEOUT(require, what_was_received_goes_with_it, 120)
{
	uint32_t zero = 0;
	int i;

	ASSERT_EQ(0, require(self->fd[0], 20000));
	ASSERT_EQ(4096, do_send(self->fd[1], 0));
	ASSERT_EQ(1, send(self->fd[1], "!", 1, MSG_OOB));
	for (i = 0; i < 1000 && !queued(self->fd[0]); i++)
		msleep(1);
	EXPECT_LT(0, queued(self->fd[0]));
	EXPECT_EQ(0, setsockopt(self->fd[0], IPPROTO_IP, SEAL_SO_REVOKE, &zero, sizeof(zero)));
	EXPECT_EQ(0, queued(self->fd[0]));
}

TEST_F_TIMEOUT(require, close_ends_it, 120)
{
	ASSERT_EQ(0, require(self->fd[0], 0));
	EXPECT_EQ(1, stat_counter("SealCurrPending"));
	close(self->fd[0]);
	EXPECT_EQ(0, stat_counter("SealCurrPending"));
	EXPECT_EQ(0, do_recv(self->fd[1], 0));
	self->fd[0] = -1;
}

/* Events that epoll was asked for and that an open socket has: once, also by edge. */
TEST_F_TIMEOUT(require, opening_wakes_who_can_go_on, 120)
{
	uint32_t wanted[] = { EPOLLOUT, EPOLLOUT | EPOLLET, EPOLLIN, EPOLLIN | EPOLLET };
	int ep[4], i, expected;
	struct epoll_event ev;

	ASSERT_EQ(0, require(self->fd[0], 0));
	for (i = 0; i < 4; i++) {
		ep[i] = epoll_create1(0);
		ev.events = wanted[i];
		ASSERT_EQ(0, epoll_ctl(ep[i], EPOLL_CTL_ADD, self->fd[0], &ev));
		EXPECT_EQ(0, epoll_wait(ep[i], &ev, 1, 0));
	}
	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, boottime() + 100 * SEC, NULL));
	for (i = 0; i < 4; i++) {
		expected = !!(wanted[i] & EPOLLOUT);
		EXPECT_EQ(expected, epoll_wait(ep[i], &ev, 1, expected ? 10000 : 100));
		if (expected) {
			EXPECT_EQ(EPOLLOUT, ev.events);
			EXPECT_EQ(!(wanted[i] & EPOLLET), epoll_wait(ep[i], &ev, 1, 0));
		}
	}
	ASSERT_EQ(0, peer_keys(self->fd[1]));
	EXPECT_EQ(1, send(self->fd[1], "x", 1, 0));
	EXPECT_EQ(1, epoll_wait(ep[2], &ev, 1, 10000));
	EXPECT_EQ(1, epoll_wait(ep[3], &ev, 1, 10000));
	for (i = 0; i < 4; i++)
		close(ep[i]);
}

/* A ring that was armed before waits on with the verdict, or ends without one. */
TEST_F(require, armed_rings_wait_for_the_verdict)
{
	uint32_t zero = 0;
	struct call call[2];
	uint64_t id[2];
	int fd[2], end;

	for (end = 0; end < 2; end++) {
		ASSERT_EQ(0, pair_open(variant->family, fd));
		ASSERT_EQ(0, require(fd[0], 0));
		call_start(&call[0], wait_uring_recv, fd[0], 0);
		call_start(&call[1], wait_uring_poll, fd[0], POLLIN);
		msleep(50);
		EXPECT_FALSE(call[0].returned || call[1].returned);
		if (end) {
			ASSERT_EQ(0, setsockopt(fd[0], IPPROTO_IP, SEAL_SO_REVOKE, &zero,
						sizeof(zero)));
		} else {
			ASSERT_EQ(0, pair_attach(&self->nl, fd, id));
			msleep(50);
			EXPECT_FALSE(call[0].returned || call[1].returned);
			/* Another for who polls, if the first was read before he looks. */
			ASSERT_EQ(4096, do_send(fd[1], 0));
			ASSERT_EQ(4096, do_send(fd[1], 0));
		}
		ASSERT_TRUE(call_end(&call[0], 10000));
		ASSERT_TRUE(call_end(&call[1], 10000));
		EXPECT_EQ(end ? -EKEYREJECTED : 4096, call[0].result);
		EXPECT_EQ(end ? POLLERR : POLLIN, call[1].result & (POLLIN | POLLERR));
		pair_close(fd);
	}
}

/* A record that was there before the keys makes it readable when it opens. */
TEST_F_TIMEOUT(require, opening_wakes_readers_with_data, 120)
{
	struct call poller;

	ASSERT_EQ(0, require(self->fd[0], 0));
	ASSERT_EQ(0, peer_keys(self->fd[1]));
	EXPECT_EQ(1, send(self->fd[1], "x", 1, 0));
	call_start(&poller, do_poll, self->fd[0], POLLIN);
	msleep(100);
	EXPECT_FALSE(poller.returned);
	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, boottime() + 100 * SEC, NULL));
	ASSERT_TRUE(call_end(&poller, 9000));
	EXPECT_EQ(POLLIN, poller.result);
}

/* Reads and polls as fast as it can; what comes is what was sent, or nothing. */
static volatile bool stop;

static ssize_t do_hammer(int fd, int arg)
{
	char buf[256];
	ssize_t got = 0;

	while (!stop && !got) {
		struct pollfd pfd = { .fd = fd, .events = POLLOUT };

		if (arg && poll(&pfd, 1, 0) && state_of(fd) == SEAL_STATE_PENDING)
			return 1000;
		got = arg ? 0 : recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (got < 0 && errno != EAGAIN)
			return -1;
		if (got < 0)
			got = 0;
	}
	if (got && (got != 64 || memcmp(buf, "plain text", 10)))
		return 2000;
	return got;
}

TEST_F_TIMEOUT(require, nobody_slips_in_while_keys_come, 240)
{
	static char text[64] = "plain text";
	struct call reader, poller;
	int round, fd[2];

	for (round = 0; round < 50; round++) {
		stop = false;
		ASSERT_EQ(0, pair_open(variant->family, fd));
		ASSERT_EQ(0, require(fd[0], 0));
		ASSERT_EQ(0, peer_keys(fd[1]));
		ASSERT_EQ(64, send(fd[1], text, 64, 0));
		call_start(&reader, do_hammer, fd[0], 0);
		call_start(&poller, do_hammer, fd[0], 1);
		usleep(round * 20);
		ASSERT_EQ(0, attach(&self->nl, fd[0], true, boottime() + 100 * SEC, NULL));
		ASSERT_TRUE(call_end(&reader, 20000));
		EXPECT_EQ(64, reader.result);
		stop = true;
		ASSERT_TRUE(call_end(&poller, 20000));
		EXPECT_EQ(0, poller.result);
		pair_close(fd);
	}
}

/* What others are told while the first one is not done. */
FIXTURE(together)
{
	struct nl nl;
	int fd[2];
};

FIXTURE_SETUP(together)
{
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", NULL));
}

FIXTURE_TEARDOWN(together)
{
	nl_close(&self->nl);
}

static volatile bool go;

static ssize_t do_require_at_once(int fd, int arg)
{
	int err;

	while (!go)
		sched_yield();
	err = require(fd, 0);
	errno = -err;
	return err;
}

TEST_F_TIMEOUT(together, only_one_requires, 120)
{
	uint64_t end = boottime() + 5 * SEC;
	int round, i, first;
	struct call call[4];

	for (round = 0; round < 500 && boottime() < end; round++) {
		ASSERT_EQ(0, pair_open(V4, self->fd));
		go = false;
		for (i = 0; i < 4; i++)
			call_start(&call[i], do_require_at_once, self->fd[0], 0);
		usleep(500);
		go = true;
		for (i = 0, first = 0; i < 4; i++) {
			ASSERT_TRUE(call_end(&call[i], 20000));
			first += !call[i].result;
			/* Busy: the other has it, and may come to give it up. */
			EXPECT_TRUE(!call[i].result || call[i].result == -EALREADY ||
				    call[i].result == -EBUSY) {
				TH_LOG("told %zd", call[i].result);
			}
		}
		EXPECT_EQ(1, first);
		pair_close(self->fd);
	}
}

/* Who comes when it is open did not come before the gate. */
TEST_F_TIMEOUT(together, an_attach_waits_for_it, 120)
{
	struct call first, reader;
	struct seal_status st;
	int other, tries;

	ASSERT_EQ(0, pair_open(V4, self->fd));
	/* With another descriptor it takes longer. */
	other = dup(self->fd[0]);
	go = true;
	call_start(&first, do_require_at_once, self->fd[0], 0);
	for (tries = 0; tries < 100000 && state_of(other) != SEAL_STATE_PENDING; tries++)
		sched_yield();
	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, boottime() + 100 * SEC, NULL));
	call_start(&reader, do_recv, self->fd[0], 0);
	ASSERT_TRUE(call_end(&first, 20000));
	EXPECT_EQ(0, first.result);
	ASSERT_EQ(0, status_get(other, &st));
	EXPECT_EQ(SEAL_STATE_ATTESTED, st.state) {
		TH_LOG("%s", st.reason);
	}
	shutdown(other, SHUT_RDWR);
	EXPECT_TRUE(call_end(&reader, 10000));
	close(other);
	pair_close(self->fd);
}

/* How often it was neither a socket like others nor one that is pending. */
static ssize_t do_look(int fd, int arg)
{
	uint64_t deadline = 1;
	struct seal_status st;
	ssize_t wrong = 0;

	while (!stop) {
		if (!setsockopt(fd, IPPROTO_IP, SEAL_SO_TIGHTEN, &deadline, sizeof(deadline)) ||
		    (errno != ENOENT && errno != EAGAIN))
			wrong++;
		if (status_get(fd, &st) || (st.state == SEAL_STATE_NONE && (st.error || st.id)))
			wrong++;
	}
	return wrong;
}

TEST_F_TIMEOUT(together, a_socket_is_not_ours_until_it_is_pending, 120)
{
	uint64_t end = boottime() + 5 * SEC;
	struct call call;
	int round;

	for (round = 0; round < 500 && boottime() < end; round++) {
		ASSERT_EQ(0, pair_open(V4, self->fd));
		stop = false;
		call_start(&call, do_look, self->fd[0], 0);
		usleep(round % 100);
		EXPECT_EQ(0, require(self->fd[0], 0));
		stop = true;
		ASSERT_TRUE(call_end(&call, 20000));
		EXPECT_EQ(0, call.result);
		pair_close(self->fd);
	}
}

static ssize_t do_ask(int fd, int ms)
{
	return ask(fd, ms);
}

static ssize_t do_require(int fd, int ms)
{
	return require(fd, ms);
}

/* A place in the queue has its time also where who asks waits for the lock. */
TEST_F(require, who_waits_for_the_lock_keeps_no_place_in_the_queue)
{
	struct hostiles holder;
	struct call asks;

	ASSERT_EQ(0, hostile_comes(&holder, self->fd[0]));
	call_start(&asks, do_ask, self->fd[0], 1000);
	EXPECT_EQ(SEAL_STATE_PENDING, wait_state(self->fd[0], SEAL_STATE_PENDING));
	ASSERT_EQ(0, hostile_goes_on(&holder));
	EXPECT_EQ(1, stat_counter("SealCurrQueued"));
	EXPECT_EQ(SEAL_STATE_REJECTED, wait_state(self->fd[0], SEAL_STATE_REJECTED));
	msleep(50);
	EXPECT_EQ(0, stat_counter("SealCurrQueued"));
	EXPECT_FALSE(asks.returned);
	hostile_lets_go(&holder);
	ASSERT_TRUE(call_end(&asks, 20000));
	EXPECT_EQ(-ETIMEDOUT, asks.result);
	EXPECT_EQ(0, stat_counter("SealCurrQueued"));
}

TEST_F(require, who_waits_for_the_lock_does_not_put_the_end_off)
{
	struct hostiles holder;
	struct call requires;

	ASSERT_EQ(0, hostile_comes(&holder, self->fd[0]));
	call_start(&requires, do_require, self->fd[0], 1000);
	EXPECT_EQ(SEAL_STATE_PENDING, wait_state(self->fd[0], SEAL_STATE_PENDING));
	ASSERT_EQ(0, hostile_goes_on(&holder));
	EXPECT_EQ(SEAL_STATE_REJECTED, wait_state(self->fd[0], SEAL_STATE_REJECTED));
	EXPECT_FALSE(requires.returned);
	hostile_lets_go(&holder);
	ASSERT_TRUE(call_end(&requires, 20000));
}

TEST_HARNESS_MAIN
