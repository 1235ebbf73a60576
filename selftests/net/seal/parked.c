// SPDX-License-Identifier: GPL-2.0-only
/*
 * Callers that stand still on their way into kTLS while the socket is revoked, each held
 * by a probe at one step of that way: past the table, with a lock or without. None of them
 * moves a byte afterwards, though a record lies there decrypted and another as it came.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "insider/insider.h"
#include "kselftest_harness.h"
#include "lib.h"
#include "stage.h"

#define STAND_MS	10000	/* longer than a test takes, shorter than a watchdog */

static int insider;
static char got[INSIDER_LEN];

static ssize_t call_insider(struct insider_call *call)
{
	return ioctl(insider, INSIDER_CALL, call);
}

static ssize_t do_read(int fd, int flags)
{
	return recv(fd, got, sizeof(got), flags);
}

/* With the socket locked, as NVMe does it. */
static ssize_t do_read_sock(int fd, int arg)
{
	struct insider_call call = { .fd = fd, .op = INSIDER_READ_SOCK };
	ssize_t len = call_insider(&call);

	memcpy(got, call.data, sizeof(got));
	return len;
}

static ssize_t do_revoke(int fd, int arg)
{
	return setsockopt(fd, IPPROTO_IP, SEAL_SO_REVOKE, &(uint32_t){ 0 }, 4);
}

struct parked {
	struct nl nl;
	int fd[2];
	uint64_t received;
};

/* Attested, with a stamped record on its way. */
static void parked_open(struct __test_metadata *_metadata, struct parked *s)
{
	char text[INSIDER_LEN];
	uint64_t id[2];

	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&s->nl, "seal", NULL));
	insider = insider_open();
	ASSERT_LE(0, insider);
	ASSERT_EQ(0, pair_open(V4, s->fd));
	ASSERT_EQ(0, pair_attach(&s->nl, s->fd, id));
	stamp(text, 'P');
	ASSERT_EQ(sizeof(text), send(s->fd[1], text, sizeof(text), 0));
	s->received = stream_received(s->fd[1]);
	memset(got, 0, sizeof(got));
}

/* And another one, of which the first is decrypted. */
static void parked_peek(struct __test_metadata *_metadata, struct parked *s)
{
	char text[INSIDER_LEN], peeked[INSIDER_LEN];

	parked_open(_metadata, s);
	stamp(text, 'P');
	ASSERT_EQ(sizeof(text), send(s->fd[1], text, sizeof(text), 0));
	ASSERT_EQ(sizeof(text), recv(s->fd[0], peeked, sizeof(peeked), MSG_PEEK));
	stamp(text, 'O');
	ASSERT_EQ(sizeof(text), send(s->fd[0], text, sizeof(text), 0));
	ASSERT_EQ(sizeof(text), recv(s->fd[1], peeked, sizeof(peeked), MSG_WAITALL));
	s->received = stream_received(s->fd[1]);
}

static void parked_close(struct parked *s)
{
	pair_close(s->fd);
	insider_close(insider);
	nl_close(&s->nl);
}

FIXTURE(parked)
{
	struct parked s;
};

/* inside: with something in hand that a revoke waits for */
FIXTURE_VARIANT(parked)
{
	const char *at;
	ssize_t (*call)(int fd, int arg);
	bool inside;
	bool sends;
};

FIXTURE_VARIANT_ADD(parked, reads) {
	.at = "tls_sw_recvmsg", .call = do_read,
};
FIXTURE_VARIANT_ADD(parked, splices) {
	.at = "tls_sw_splice_read", .call = do_splice,
};
FIXTURE_VARIANT_ADD(parked, writes) {
	.at = "tls_sw_sendmsg", .call = do_send, .sends = true,
};
FIXTURE_VARIANT_ADD(parked, reads_and_has_no_lock) {
	.at = "lock_sock_nested", .call = do_read,
};
FIXTURE_VARIANT_ADD(parked, splices_and_has_no_lock) {
	.at = "lock_sock_nested", .call = do_splice,
};
FIXTURE_VARIANT_ADD(parked, writes_with_the_lock_of_ktls) {
	.at = "lock_sock_nested", .call = do_send, .inside = true, .sends = true,
};
FIXTURE_VARIANT_ADD(parked, reads_locked) {
	.at = "tls_sw_read_sock", .call = do_read_sock, .inside = true,
};
/* Nothing but the switch is between this one and the record. */
FIXTURE_VARIANT_ADD(parked, reads_before_the_switch) {
	.at = "tls_rx_reader_acquire", .call = do_read, .inside = true,
};
FIXTURE_VARIANT_ADD(parked, splices_before_the_switch) {
	.at = "tls_rx_reader_acquire", .call = do_splice, .inside = true,
};
FIXTURE_VARIANT_ADD(parked, reads_locked_before_the_switch) {
	.at = "tls_rx_reader_acquire", .call = do_read_sock, .inside = true,
};

FIXTURE_SETUP(parked)
{
	parked_peek(_metadata, &self->s);
}

FIXTURE_TEARDOWN(parked)
{
	parked_close(&self->s);
}

/* Those that have nothing in hand: for the others the kick puts the error back. */
FIXTURE(empty_handed)
{
	struct parked s;
};

FIXTURE_VARIANT(empty_handed)
{
	const char *at;
	ssize_t (*call)(int fd, int arg);
	bool sends;
};

FIXTURE_VARIANT_ADD(empty_handed, reads) {
	.at = "tls_sw_recvmsg", .call = do_read,
};
FIXTURE_VARIANT_ADD(empty_handed, splices) {
	.at = "tls_sw_splice_read", .call = do_splice,
};
FIXTURE_VARIANT_ADD(empty_handed, writes) {
	.at = "tls_sw_sendmsg", .call = do_send, .sends = true,
};
FIXTURE_VARIANT_ADD(empty_handed, reads_and_has_no_lock) {
	.at = "lock_sock_nested", .call = do_read,
};
FIXTURE_VARIANT_ADD(empty_handed, splices_and_has_no_lock) {
	.at = "lock_sock_nested", .call = do_splice,
};
FIXTURE_SETUP(empty_handed)
{
	parked_peek(_metadata, &self->s);
}

FIXTURE_TEARDOWN(empty_handed)
{
	parked_close(&self->s);
}

/* Nothing came out of the queue of the one, and nothing to the other. */
static void nothing_moved(struct __test_metadata *_metadata, const int fd[2], uint64_t received)
{
	static const char nothing[sizeof(got)];

	EXPECT_EQ(0, memcmp(nothing, got, sizeof(got)));
	EXPECT_EQ(received, stream_received(fd[1]));
	EXPECT_EQ(-1, do_recv(fd[1], MSG_DONTWAIT));
	EXPECT_EQ(ECONNRESET, errno);
	EXPECT_EQ(-1, do_recv(fd[0], MSG_DONTWAIT));
	EXPECT_EQ(EKEYREJECTED, errno);
}

/* He stands there, and the socket is closed; who revokes is back already, or waits for him. */
static void revoked_meanwhile(struct __test_metadata *_metadata, int fd,
			      const struct call *caller, struct call *revoker, bool inside)
{
	ASSERT_EQ(0, insider_op(insider, INSIDER_STANDS, fd));
	call_start(revoker, do_revoke, fd, 0);
	ASSERT_EQ(SEAL_STATE_REVOKED, wait_state(fd, SEAL_STATE_REVOKED));
	if (inside) {
		msleep(100);
		EXPECT_FALSE(revoker->returned);
	} else {
		ASSERT_TRUE(call_end(revoker, STAND_MS / 2));
		EXPECT_EQ(0, revoker->result);
	}
	EXPECT_FALSE(caller->returned);
}

TEST_F(parked, moves_nothing)
{
	struct call caller, revoker;

	ASSERT_EQ(0, insider_stand(insider, self->s.fd[0], variant->at, STAND_MS));
	call_start(&caller, variant->call, self->s.fd[0], 0);
	revoked_meanwhile(_metadata, self->s.fd[0], &caller, &revoker, variant->inside);
	ASSERT_EQ(0, insider_op(insider, INSIDER_LET_GO, self->s.fd[0]));
	ASSERT_TRUE(call_end(&caller, STAND_MS));
	EXPECT_EQ(-EKEYREJECTED, caller.result);
	if (variant->inside) {
		ASSERT_TRUE(call_end(&revoker, STAND_MS));
		EXPECT_EQ(0, revoker.result);
	}
	nothing_moved(_metadata, self->s.fd, self->s.received);
}

/*
 * A reader has the switch. A writer finds a connection that is shut down, which kTLS may
 * find out when it counted the record already.
 */
TEST_F(empty_handed, moves_nothing_without_the_error)
{
	struct call caller, revoker;
	socklen_t len = sizeof(int);
	int error = 0;

	ASSERT_EQ(0, insider_stand(insider, self->s.fd[0], variant->at, STAND_MS));
	call_start(&caller, variant->call, self->s.fd[0], 0);
	revoked_meanwhile(_metadata, self->s.fd[0], &caller, &revoker, false);
	EXPECT_EQ(0, getsockopt(self->s.fd[0], SOL_SOCKET, SO_ERROR, &error, &len));
	EXPECT_EQ(EKEYREJECTED, error);
	ASSERT_EQ(0, insider_op(insider, INSIDER_LET_GO, self->s.fd[0]));
	ASSERT_TRUE(call_end(&caller, STAND_MS));
	if (!variant->sends || caller.result <= 0) {
		EXPECT_EQ(variant->sends ? -EPIPE : -EKEYREJECTED, caller.result);
	}
	nothing_moved(_metadata, self->s.fd, self->s.received);
}

FIXTURE(past)
{
	struct parked s;
};

FIXTURE_SETUP(past)
{
	parked_open(_metadata, &self->s);
}

FIXTURE_TEARDOWN(past)
{
	parked_close(&self->s);
}

/*
 * Past the switch, with the socket locked, and so long that its nonce is another: he is
 * told of a bad message.
 */
TEST_F(past, the_switch_a_record_does_not_fit)
{
	struct call caller, revoker;

	ASSERT_EQ(0, insider_stand(insider, self->s.fd[0], "tls_rx_rec_wait", STAND_MS));
	call_start(&caller, do_read, self->s.fd[0], 0);
	revoked_meanwhile(_metadata, self->s.fd[0], &caller, &revoker, true);
	msleep(500);
	EXPECT_FALSE(caller.returned);
	ASSERT_EQ(0, insider_op(insider, INSIDER_LET_GO, self->s.fd[0]));
	ASSERT_TRUE(call_end(&caller, STAND_MS));
	EXPECT_EQ(-EBADMSG, caller.result);
	ASSERT_TRUE(call_end(&revoker, STAND_MS));
	EXPECT_EQ(0, revoker.result);
	nothing_moved(_metadata, self->s.fd, self->s.received);
}

/* Takes the error, and the next one as soon as the kick has put it there. */
static bool error_is_taken(int fd)
{
	int error, i, taken = 0;

	for (i = 0; i < STAND_MS / 2 && taken < 2; i++) {
		socklen_t len = sizeof(error);

		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len))
			return false;
		taken += error == EKEYREJECTED;
		if (taken < 2)
			msleep(1);
	}
	return taken == 2;
}

/* With nothing taken from him yet, the same time long, and nobody left him the error. */
TEST_F(past, the_close_a_pipe_is_broken)
{
	struct call caller, revoker;

	while (do_send(self->s.fd[0], MSG_DONTWAIT) > 0)
		;
	ASSERT_EQ(EAGAIN, errno);
	self->s.received = stream_settled(self->s.fd[1]);
	ASSERT_EQ(0, insider_stand(insider, self->s.fd[0], "lock_sock_nested", STAND_MS));
	call_start(&caller, do_send, self->s.fd[0], 0);
	revoked_meanwhile(_metadata, self->s.fd[0], &caller, &revoker, true);
	msleep(500);
	ASSERT_TRUE(error_is_taken(self->s.fd[0]));
	ASSERT_EQ(0, insider_op(insider, INSIDER_LET_GO, self->s.fd[0]));
	ASSERT_TRUE(call_end(&caller, STAND_MS));
	/* Or kTLS found room for the record, and counts it before it is refused. */
	if (caller.result <= 0 && caller.result != -EKEYREJECTED) {
		EXPECT_EQ(-EPIPE, caller.result) TH_LOG("and no kick came before him");
	}
	ASSERT_TRUE(call_end(&revoker, STAND_MS));
	EXPECT_EQ(0, revoker.result);
	EXPECT_EQ(self->s.received, stream_received(self->s.fd[1]));
}

TEST_HARNESS_MAIN
