// SPDX-License-Identifier: GPL-2.0-only
/*
 * What net/handshake and kTLS leave to their callers: names that are pointers,
 * a cancel beside an accept, tables that all sockets of the host share.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/handshake.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "handshake.h"
#include "kselftest_harness.h"
#include "lib.h"
#include "uring.h"

static int ask(int fd, const char *name, uint32_t timeout_ms)
{
	struct seal_request req = {
		.size = sizeof(req),
		.role = SEAL_ROLE_CLIENT,
		.timeout_ms = timeout_ms,
	};

	snprintf(req.peername, sizeof(req.peername), "%s", name);
	return setsockopt(fd, IPPROTO_IP, SEAL_SO_REQUEST, &req, sizeof(req)) ? -errno : 0;
}

static int require(int fd)
{
	return setsockopt(fd, IPPROTO_IP, SEAL_SO_REQUIRE, &(uint32_t){ 20000 }, 4) ? -errno : 0;
}

FIXTURE(traps)
{
	struct nl nl;
	struct nl hs;
	int fd[2];
};

FIXTURE_VARIANT(traps)
{
	enum family family;
};

FIXTURE_VARIANT_ADD(traps, v4) { .family = V4 };
FIXTURE_VARIANT_ADD(traps, v6) { .family = V6 };

FIXTURE_SETUP(traps)
{
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", NULL));
	ASSERT_EQ(0, nl_open(&self->hs, "handshake", "tlshd"));
	ASSERT_EQ(0, nl_subscribe(&self->hs));
	ASSERT_EQ(0, pair_open(variant->family, self->fd));
	fcntl(self->fd[0], F_SETFL, O_NONBLOCK);
}

FIXTURE_TEARDOWN(traps)
{
	pair_close(self->fd);
	EXPECT_EQ(0, hs_refuse_all(&self->hs));
	nl_close(&self->nl);
	nl_close(&self->hs);
}

/* The asker is gone, and with it the stack and the memory that the name was in. */
TEST_F_TIMEOUT(traps, a_name_outlives_its_asker, 60)
{
	char name[256];
	int status, fd;
	pid_t pid;

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	pid = fork();
	if (!pid)
		_exit(ask(self->fd[0], name, 20000) == -EINPROGRESS ? 0 : 1);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);
	close(self->fd[0]);
	fd = hs_accept(&self->hs);
	ASSERT_LE(0, fd);
	EXPECT_STREQ(name, nl_str(&self->hs, HANDSHAKE_A_ACCEPT_PEERNAME));
	self->fd[0] = fd;
	EXPECT_EQ(0, hs_done(&self->hs, fd, EACCES));
}

/* Role and flags of a request in the words of net/handshake. */
TEST_F_TIMEOUT(traps, the_agent_is_told_what_was_asked, 60)
{
	static const struct {
		struct seal_request req;
		uint32_t type, auth;
	} asked[] = {
		{ { .role = SEAL_ROLE_CLIENT, .peername = "a.example" },
		  HANDSHAKE_MSG_TYPE_CLIENTHELLO, HANDSHAKE_AUTH_X509 },
		{ { .role = SEAL_ROLE_CLIENT, .peername = "a.example",
		    .flags = SEAL_REQUEST_ANONYMOUS },
		  HANDSHAKE_MSG_TYPE_CLIENTHELLO, HANDSHAKE_AUTH_UNAUTH },
		{ { .role = SEAL_ROLE_SERVER },
		  HANDSHAKE_MSG_TYPE_SERVERHELLO, HANDSHAKE_AUTH_X509 },
	};
	struct seal_request req;
	int i, fd, pair[2];

	for (i = 0; i < 3; i++) {
		req = asked[i].req;
		req.size = sizeof(req);
		ASSERT_EQ(0, pair_open(variant->family, pair));
		fcntl(pair[0], F_SETFL, O_NONBLOCK);
		EXPECT_EQ(-1, setsockopt(pair[0], IPPROTO_IP, SEAL_SO_REQUEST, &req,
					 sizeof(req)));
		EXPECT_EQ(EINPROGRESS, errno);
		fd = hs_accept(&self->hs);
		ASSERT_LE(0, fd);
		EXPECT_EQ(asked[i].type, nl_u32(&self->hs, HANDSHAKE_A_ACCEPT_MESSAGE_TYPE, 99));
		EXPECT_EQ(asked[i].auth, nl_u32(&self->hs, HANDSHAKE_A_ACCEPT_AUTH_MODE, 99));
		EXPECT_EQ(0, hs_done(&self->hs, fd, EACCES));
		close(fd);
		pair_close(pair);
	}
}

/* Takes what there is as fast as it can, until the other end of @stop is closed. */
static pid_t taker_start(int stop[2])
{
	struct nl hs;
	pid_t pid;

	if (nl_open(&hs, "handshake", "tlshd") || nl_subscribe(&hs))
		return -1;
	fcntl(stop[0], F_SETFL, O_NONBLOCK);
	pid = fork();
	if (!pid) {
		char c;

		close(stop[1]);
		while (read(stop[0], &c, 1) < 0) {
			int fd = hs_accept(&hs);

			if (fd >= 0)
				hs_done(&hs, fd, EACCES);
			close(fd);
		}
		_exit(0);
	}
	nl_close(&hs);
	return pid;
}

/*
 * A request that times out is cancelled while an agent takes it: what both look at
 * is there until the last has looked. Kernels with checkers would tell.
 */
TEST_F_TIMEOUT(traps, timeouts_beside_an_agent, 120)
{
	int stop[2], fd[2], round, err;
	pid_t pid;

	ASSERT_EQ(0, pipe(stop));
	pid = taker_start(stop);
	ASSERT_LT(0, pid);
	for (round = 0; round < 300; round++) {
		ASSERT_EQ(0, pair_open(variant->family, fd));
		fcntl(fd[0], F_SETFL, O_NONBLOCK);
		err = ask(fd[0], "server.example.org", 1 + round % 4);
		/* Where memory is small so is the queue. */
		EXPECT_TRUE(err == -EINPROGRESS || err == -EAGAIN);
		pair_close(fd);
	}
	/* Every place comes back: what stays taken is taken from NFS. */
	while (stat_counter("SealCurrQueued"))
		msleep(5);
	close(stop[1]);
	EXPECT_EQ(pid, waitpid(pid, NULL, 0));
	close(stop[0]);
}

/*
 * kTLS makes its tables for all sockets anew when one comes with another protocol than the
 * last: with that of a sockmap, and then with TCP's. Whoever comes next decides what they
 * are made of. The map, or a negative errno.
 */
static int tables_of_another(enum family family)
{
	int fd[2], map;

	if (pair_open(family, fd))
		return -errno;
	map = sockmap_add(fd[0]);
	if (map >= 0 && setsockopt(fd[0], IPPROTO_TCP, TCP_ULP, "tls", 3))
		map = -errno;
	pair_close(fd);
	return map;
}

static void plain_pair_is_plain(struct __test_metadata *_metadata, enum family family)
{
	struct tls12_crypto_info_aes_gcm_128 key;
	char buf[100] = "text";
	struct seal_status st;
	socklen_t len = sizeof(key);
	int fd[2];

	ASSERT_EQ(0, pair_open(family, fd));
	ASSERT_EQ(0, pair_plain_tls(fd));
	ASSERT_EQ(0, status_get(fd[0], &st));
	EXPECT_EQ(SEAL_STATE_NONE, st.state);
	/* In our tables a read would wait, and fdinfo tell whose it is. */
	EXPECT_EQ(4, send(fd[0], buf, 4, 0));
	EXPECT_EQ(4, recv(fd[1], buf, sizeof(buf), 0));
	EXPECT_EQ(-1, recv(fd[1], buf, 1, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	/* Keys may be read back, as without us. */
	EXPECT_EQ(0, getsockopt(fd[0], SOL_TLS, TLS_TX, &key, &len));
	pair_close(fd);
}

/* It must never find ours: sockets made while there are some of ours are plain. */
TEST_F_TIMEOUT(traps, the_tables_of_others_are_theirs, 60)
{
	int held[2], map;

	ASSERT_EQ(0, pair_open(variant->family, held));
	map = tables_of_another(variant->family);
	ASSERT_LE(0, map);
	ASSERT_EQ(0, require(held[0]));
	plain_pair_is_plain(_metadata, variant->family);
	/* And kTLS on the other end, whose table is none of ours. */
	ASSERT_EQ(0, setsockopt(held[1], IPPROTO_TCP, TCP_ULP, "tls", 3));
	pair_close(held);
	/* An attach of its own accord. */
	close(map);
	ASSERT_EQ(0, pair_open(variant->family, held));
	map = tables_of_another(variant->family);
	ASSERT_LE(0, map);
	ASSERT_EQ(0, attach(&self->nl, held[0], true, boottime() + 100 * SEC, NULL));
	plain_pair_is_plain(_metadata, variant->family);
	pair_close(held);
	close(map);
}

/* Those that hang under attested and pending ones are made anew with the others. */
TEST_F_TIMEOUT(traps, tables_change_under_sockets_of_ours, 60)
{
	int held[2], open[2], i, map;
	uint64_t id[2], late;
	char c = 0;

	ASSERT_EQ(0, pair_open(variant->family, open));
	ASSERT_EQ(0, pair_attach(&self->nl, open, id));
	ASSERT_EQ(0, pair_open(variant->family, held));
	ASSERT_EQ(0, require(held[0]));
	for (i = 0; i < 2; i++) {
		if (i)
			plain_pair_is_plain(_metadata, variant->family);
		else
			map = tables_of_another(variant->family);
		ASSERT_LE(0, map);
		EXPECT_EQ(4096, do_send(open[i], 0));
		EXPECT_EQ(4096, do_recv(open[!i], MSG_WAITALL));
		ASSERT_EQ(1, send(held[1], &c, 1, 0));
		EXPECT_EQ(-1, recv(held[0], &c, 1, MSG_DONTWAIT));
		EXPECT_EQ(EAGAIN, errno);
	}
	ASSERT_EQ(0, revoke_id(&self->nl, id[0]));
	EXPECT_EQ(-1, do_send(open[0], 0));
	EXPECT_EQ(EKEYREJECTED, errno);
	pair_close(held);
	/* One that is attached while they are the others'. */
	ASSERT_EQ(0, pair_open(variant->family, held));
	ASSERT_EQ(0, require(held[0]));
	close(map);
	map = tables_of_another(variant->family);
	ASSERT_LE(0, map);
	ASSERT_EQ(0, attach(&self->nl, held[0], true, boottime() + 100 * SEC, &late));
	ASSERT_EQ(0, attach(&self->nl, held[1], false, boottime() + 100 * SEC, NULL));
	EXPECT_EQ(4096, do_send(held[1], 0));
	EXPECT_EQ(4096, do_recv(held[0], MSG_WAITALL));
	ASSERT_EQ(0, revoke_id(&self->nl, late));
	EXPECT_EQ(-1, do_recv(held[0], 0));
	EXPECT_EQ(EKEYREJECTED, errno);
	pair_close(held);
	pair_close(open);
	close(map);
}

static int bring(struct nl *nl, int fd, enum seal_state state)
{
	uint64_t id;
	int err;

	if (state == SEAL_STATE_NONE)
		return 0;
	if (state == SEAL_STATE_PENDING)
		return require(fd);
	err = attach(nl, fd, true, boottime() + 100 * SEC, &id);
	if (!err && state == SEAL_STATE_REVOKED)
		err = revoke_id(nl, id);
	return err;
}

static bool same_name(int (*get)(int fd, struct sockaddr *addr, socklen_t *len), int fd,
		      const struct sockaddr_storage *name)
{
	struct sockaddr_storage now = {};
	socklen_t len = sizeof(now);

	return !get(fd, (void *)&now, &len) && !memcmp(&now, name, sizeof(now));
}

static int set_and_get(int fd, int option, int value)
{
	socklen_t len = sizeof(value);

	if (setsockopt(fd, SOL_SOCKET, option, &value, sizeof(value)))
		return -errno;
	value = -1;
	return getsockopt(fd, SOL_SOCKET, option, &value, &len) ? -errno : value;
}

static void moves_no_byte(struct __test_metadata *_metadata, struct nl *nl, int fd,
			  enum seal_state state)
{
	struct sockaddr_storage own = {}, peer = {};
	socklen_t len = sizeof(own);
	long stamp[2];

	ASSERT_EQ(0, getsockname(fd, (void *)&own, &len));
	len = sizeof(peer);
	ASSERT_EQ(0, getpeername(fd, (void *)&peer, &len));
	ASSERT_EQ(0, bring(nl, fd, state));
	ASSERT_EQ(state, state_of(fd));
	EXPECT_TRUE(same_name(getsockname, fd, &own));
	EXPECT_TRUE(same_name(getpeername, fd, &peer));
	/* Nothing was received that has one. */
	EXPECT_EQ(-1, ioctl(fd, SIOCGSTAMP_OLD, stamp));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(2, set_and_get(fd, SO_RCVLOWAT, 2));
	EXPECT_EQ(3, set_and_get(fd, SO_PEEK_OFF, 3));
	/* The connection of a closed one is gone. */
	errno = 0;
	EXPECT_EQ(state == SEAL_STATE_REVOKED ? -1 : 0, shutdown(fd, SHUT_WR));
	EXPECT_EQ(state == SEAL_STATE_REVOKED ? ENOTCONN : 0, errno);
}

TEST_F_TIMEOUT(traps, what_moves_no_byte_is_as_it_was, 60)
{
	static const enum seal_state states[] = {
		SEAL_STATE_NONE, SEAL_STATE_PENDING, SEAL_STATE_ATTESTED, SEAL_STATE_REVOKED,
	};
	int fd[2], i;

	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, pair_open(variant->family, fd));
		moves_no_byte(_metadata, &self->nl, fd[0], states[i]);
		pair_close(fd);
	}
}

/* The third number of its row in /proc/net/protocols, or -1. */
static int protocol_sockets(enum family family)
{
	const char *wanted = family == V4 ? "TCP" : "TCPv6";
	FILE *file = fopen("/proc/net/protocols", "r");
	char line[256], name[64];
	int sockets, result = -1;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%63s %*d %d", name, &sockets) == 2 && !strcmp(name, wanted))
			result = sockets;
	if (file)
		fclose(file);
	return result;
}

static bool protocol_has(enum family family, int sockets)
{
	int tries;

	for (tries = 0; tries < 1000 && protocol_sockets(family) != sockets; tries++)
		msleep(10);
	return protocol_sockets(family) == sockets;
}

/* By whatever copy of TCP's protocol they have at the moment. */
TEST_F_TIMEOUT(traps, protocols_count_them_as_before, 60)
{
	static const enum seal_state states[] = { SEAL_STATE_PENDING, SEAL_STATE_ATTESTED };
	const int before = protocol_sockets(variant->family);
	int fd[2], i;

	ASSERT_LE(2, before);
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, pair_open(variant->family, fd));
		ASSERT_TRUE(protocol_has(variant->family, before + 2));
		ASSERT_EQ(0, bring(&self->nl, fd[0], states[i]));
		EXPECT_EQ(before + 2, protocol_sockets(variant->family));
		/* The reset ends the other one, too. */
		EXPECT_EQ(0, setsockopt(fd[0], IPPROTO_IP, SEAL_SO_REVOKE, &(uint32_t){ 0 }, 4));
		EXPECT_TRUE(protocol_has(variant->family, before));
		pair_close(fd);
	}
}

/* Another program's descriptor of the same socket is no way around the gate. */
static ssize_t do_read_fd(int fd, int arg)
{
	char c;

	return read(fd, &c, 1);
}

TEST_F_TIMEOUT(traps, not_through_another_descriptor, 60)
{
	char path[64];
	int copy = dup(self->fd[0]);
	struct call reader;

	ASSERT_EQ(0, require(self->fd[0]));
	ASSERT_EQ(1, send(self->fd[1], "x", 1, 0));
	EXPECT_EQ(-1, do_read_fd(copy, 0));
	EXPECT_EQ(EAGAIN, errno);
	/* Sockets cannot be opened anew. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", copy);
	EXPECT_EQ(-1, open(path, O_RDONLY));
	EXPECT_EQ(ENXIO, errno);
	fcntl(copy, F_SETFL, 0);
	call_start(&reader, do_read_fd, copy, 0);
	msleep(50);
	EXPECT_FALSE(reader.returned);
	close(self->fd[0]);
	/* The other one holds it; revoked, the reader is told. */
	EXPECT_EQ(0, setsockopt(copy, IPPROTO_IP, SEAL_SO_REVOKE, &(uint32_t){ 0 }, 4));
	ASSERT_TRUE(call_end(&reader, 10000));
	EXPECT_EQ(-EKEYREJECTED, reader.result);
	self->fd[0] = copy;
}

/* Once asked for a socket is asked for: after a failure, too, and by whomever. */
TEST_F_TIMEOUT(traps, one_request_in_a_life, 60)
{
	int fd;

	ASSERT_EQ(0, require(self->fd[0]));
	ASSERT_EQ(-EINPROGRESS, ask(self->fd[0], "server.example.org", 20000));
	EXPECT_EQ(-EALREADY, ask(self->fd[0], "server.example.org", 20000));
	fd = hs_accept(&self->hs);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EALREADY, ask(fd, "server.example.org", 20000));
	EXPECT_EQ(0, hs_done(&self->hs, fd, EHOSTUNREACH));
	EXPECT_EQ(-EHOSTUNREACH, ask(fd, "server.example.org", 20000));
	EXPECT_EQ(-EKEYREJECTED, ask(fd, "server.example.org", 20000));
	EXPECT_EQ(-EAGAIN, hs_accept(&self->hs));
	EXPECT_EQ(1, stat_counter("SealRequested"));
	close(fd);
}

/* What a blocking call waits for: the agent's verdict, and its answer. */
static int verdict(struct nl *nl, struct nl *hs)
{
	int fd = hs_accept(hs), err = fd < 0 ? fd : 0;

	err = err ?: attach(nl, fd, true, boottime() + 100 * SEC, NULL) ?: hs_done(hs, fd, 0);
	close(fd);
	return err;
}

static void on_signal(int number)
{
}

/* Those that come before it waits as well. */
static void signal_often(struct call *call, int times)
{
	int i;

	for (i = 0; i < times && !call->returned; i++) {
		pthread_kill(call->thread, SIGUSR1);
		msleep(10);
	}
}

static ssize_t do_ask(int fd, int arg)
{
	int err = ask(fd, "server.example.org", 20000);

	errno = -err;
	return err ? -1 : 0;
}

/* Where handlers start calls again this one waits on by itself, for the same request. */
TEST_F_TIMEOUT(traps, a_request_is_started_again, 60)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	struct call call;

	sigaction(SIGUSR1, &action, NULL);
	fcntl(self->fd[0], F_SETFL, 0);
	call_start(&call, do_ask, self->fd[0], 0);
	signal_often(&call, 20);
	EXPECT_FALSE(call.returned);
	nl_event(&self->hs, 10000);
	ASSERT_EQ(0, verdict(&self->nl, &self->hs));
	ASSERT_TRUE(call_end(&call, 10000));
	EXPECT_EQ(0, call.result);
	EXPECT_EQ(1, stat_counter("SealRequested"));
	EXPECT_EQ(0, stat_counter("SealRequestRefused"));
}

/* The same option by a ring. */
static ssize_t do_ask_ring(int fd, int flags)
{
	struct seal_request req = {
		.size = sizeof(req),
		.role = SEAL_ROLE_CLIENT,
		.timeout_ms = 20000,
		.peername = "server.example.org",
	};
	struct io_uring ring;
	struct io_uring_sqe *sqe = uring_begin(&ring);
	ssize_t result;

	if (!sqe)
		return -1;
	io_uring_prep_cmd_sock(sqe, SOCKET_URING_OP_SETSOCKOPT, fd, IPPROTO_IP,
			       SEAL_SO_REQUEST, &req, sizeof(req));
	sqe->flags |= flags;
	result = uring_end(&ring, 20000);
	errno = result < 0 ? -result : 0;
	return result < 0 ? -1 : result;
}

TEST_F_TIMEOUT(traps, a_ring_may_ask, 60)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	struct call call;

	sigaction(SIGUSR1, &action, NULL);
	EXPECT_EQ(-1, do_ask_ring(self->fd[0], 0));
	EXPECT_EQ(EINPROGRESS, errno);
	EXPECT_EQ(-1, do_ask_ring(self->fd[0], 0));
	EXPECT_EQ(EALREADY, errno);
	fcntl(self->fd[0], F_SETFL, 0);
	/* Who submits waits himself; what would start a call again starts no request again. */
	call_start(&call, do_ask_ring, self->fd[0], 0);
	signal_often(&call, 1000);
	ASSERT_TRUE(call_end(&call, 10000));
	EXPECT_EQ(-EINTR, call.result);
	/* A worker of the ring. */
	call_start(&call, do_ask_ring, self->fd[0], IOSQE_ASYNC);
	msleep(50);
	EXPECT_FALSE(call.returned);
	ASSERT_EQ(0, verdict(&self->nl, &self->hs));
	ASSERT_TRUE(call_end(&call, 10000));
	EXPECT_EQ(0, call.result);
	EXPECT_EQ(-1, do_ask_ring(self->fd[0], 0));
	EXPECT_EQ(EISCONN, errno);
	EXPECT_EQ(1, stat_counter("SealRequested"));
	EXPECT_EQ(0, stat_counter("SealRequestRefused"));
}

TEST_HARNESS_MAIN
