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
#include <sys/mman.h>
#include <sys/sendfile.h>
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

/* As a consumer in the kernel does it. */
static ssize_t do_kernel_read(int fd, int arg)
{
	struct insider_call call = { .fd = fd, .op = INSIDER_RECV };
	ssize_t len = call_insider(&call);

	memcpy(got, call.data, sizeof(got));
	return len;
}

/* Of a file that is shorter than was asked for, which leaves a record open until its end. */
static ssize_t do_sendfile(int fd, int arg)
{
	int file = memfd_create("parked", MFD_CLOEXEC), err;
	ssize_t sent = -1;

	if (!ftruncate(file, INSIDER_LEN))
		sent = sendfile(fd, file, NULL, arg);
	err = errno;
	close(file);
	errno = err;
	return sent;
}

static ssize_t do_revoke(int fd, int arg)
{
	return setsockopt(fd, IPPROTO_IP, SEAL_SO_REVOKE, &(uint32_t){ 0 }, 4);
}

/* Then the revoke has nothing to close, and waits for those inside as ever. */
static ssize_t do_expire(int fd, int arg)
{
	if (setsockopt(fd, IPPROTO_IP, SEAL_SO_TIGHTEN, &(uint64_t){ 1 }, 8))
		return -1;
	return wait_state(fd, SEAL_STATE_EXPIRED) == SEAL_STATE_EXPIRED ? do_revoke(fd, 0) : -1;
}

/* Of the kernel's own, as far as seal can see, or a program's; and how it ends. */
struct parked {
	struct nl nl;
	int fd[2];
	uint64_t received;
	enum family family;
	bool owned;
	bool expires;
};

static int parked_error(const struct parked *s)
{
	if (s->owned)
		return ECONNRESET;
	return s->expires ? EKEYREVOKED : EKEYREJECTED;
}

/* Attested, with a stamped record on its way. */
static void parked_open(struct __test_metadata *_metadata, struct parked *s)
{
	char text[INSIDER_LEN];
	uint64_t id[2];

	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&s->nl, "seal", NULL));
	insider = insider_open();
	ASSERT_LE(0, insider);
	ASSERT_EQ(0, pair_open(s->family, s->fd));
	if (s->owned) {
		ASSERT_EQ(0, insider_op(insider, INSIDER_OWN, s->fd[0]));
	}
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

/*
 * inside: with something in hand that a revoke waits for; taken: what the call is told was
 * sent, though it stays in the record that is open
 */
FIXTURE_VARIANT(parked)
{
	const char *at;
	ssize_t (*call)(int fd, int arg);
	int arg;
	bool inside;
	ssize_t taken;
	enum family family;
	bool owned;
	bool expires;
};

FIXTURE_VARIANT_ADD(parked, reads) {
	.at = "tls_sw_recvmsg", .call = do_read,
};
FIXTURE_VARIANT_ADD(parked, splices) {
	.at = "tls_sw_splice_read", .call = do_splice,
};
FIXTURE_VARIANT_ADD(parked, writes) {
	.at = "tls_sw_sendmsg", .call = do_send,
};
FIXTURE_VARIANT_ADD(parked, reads_and_has_no_lock) {
	.at = "lock_sock_nested", .call = do_read,
};
FIXTURE_VARIANT_ADD(parked, splices_and_has_no_lock) {
	.at = "lock_sock_nested", .call = do_splice,
};
FIXTURE_VARIANT_ADD(parked, writes_with_the_lock_of_ktls) {
	.at = "lock_sock_nested", .call = do_send, .inside = true,
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

FIXTURE_VARIANT_ADD(parked, peeks) {
	.at = "tls_sw_recvmsg", .call = do_read, .arg = MSG_PEEK,
};
FIXTURE_VARIANT_ADD(parked, peeks_before_the_switch) {
	.at = "tls_rx_reader_acquire", .call = do_read, .arg = MSG_PEEK, .inside = true,
};
FIXTURE_VARIANT_ADD(parked, writes_by_reference) {
	.at = "tls_sw_sendmsg", .call = do_sendfile, .arg = INSIDER_LEN,
};
FIXTURE_VARIANT_ADD(parked, ends_a_file) {
	.at = "tls_sw_splice_eof", .call = do_sendfile, .arg = 4096, .taken = INSIDER_LEN,
};
FIXTURE_VARIANT_ADD(parked, reads_v6) {
	.at = "tls_rx_reader_acquire", .call = do_read, .inside = true, .family = V6,
};
FIXTURE_VARIANT_ADD(parked, writes_v6) {
	.at = "tls_sw_sendmsg", .call = do_send, .family = V6,
};
FIXTURE_VARIANT_ADD(parked, reads_and_it_expires) {
	.at = "tls_rx_reader_acquire", .call = do_read, .inside = true, .expires = true,
};
FIXTURE_VARIANT_ADD(parked, writes_and_it_expires) {
	.at = "tls_sw_sendmsg", .call = do_send, .expires = true,
};
FIXTURE_VARIANT_ADD(parked, reads_in_the_kernel) {
	.at = "tls_sw_recvmsg", .call = do_kernel_read, .owned = true,
};
FIXTURE_VARIANT_ADD(parked, reads_locked_in_the_kernel) {
	.at = "tls_rx_reader_acquire", .call = do_read_sock, .inside = true, .family = V6,
	.owned = true, .expires = true,
};

FIXTURE_SETUP(parked)
{
	self->s.family = variant->family;
	self->s.owned = variant->owned;
	self->s.expires = variant->expires;
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
static void nothing_moved(struct __test_metadata *_metadata, const struct parked *s)
{
	static const char nothing[sizeof(got)];

	EXPECT_EQ(0, memcmp(nothing, got, sizeof(got)));
	EXPECT_EQ(s->received, stream_received(s->fd[1]));
	EXPECT_EQ(-1, do_recv(s->fd[1], MSG_DONTWAIT));
	EXPECT_EQ(ECONNRESET, errno);
	EXPECT_EQ(-1, do_recv(s->fd[0], MSG_DONTWAIT));
	EXPECT_EQ(parked_error(s), errno);
}

/* He stands there, and the socket is closed; who revokes is back already, or waits for him. */
static void revoked_meanwhile(struct __test_metadata *_metadata, const struct parked *s,
			      const struct call *caller, struct call *revoker, bool inside)
{
	enum seal_state end = s->expires ? SEAL_STATE_EXPIRED : SEAL_STATE_REVOKED;
	int fd = s->fd[0];

	ASSERT_EQ(0, insider_op(insider, INSIDER_STANDS, fd));
	call_start(revoker, s->expires ? do_expire : do_revoke, fd, 0);
	ASSERT_EQ(end, wait_state(fd, end));
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
	call_start(&caller, variant->call, self->s.fd[0], variant->arg);
	revoked_meanwhile(_metadata, &self->s, &caller, &revoker, variant->inside);
	ASSERT_EQ(0, insider_op(insider, INSIDER_LET_GO, self->s.fd[0]));
	ASSERT_TRUE(call_end(&caller, STAND_MS));
	EXPECT_EQ(variant->taken ?: -parked_error(&self->s), caller.result);
	if (variant->inside) {
		ASSERT_TRUE(call_end(&revoker, STAND_MS));
		EXPECT_EQ(0, revoker.result);
	}
	nothing_moved(_metadata, &self->s);
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
	revoked_meanwhile(_metadata, &self->s, &caller, &revoker, false);
	EXPECT_EQ(0, getsockopt(self->s.fd[0], SOL_SOCKET, SO_ERROR, &error, &len));
	EXPECT_EQ(EKEYREJECTED, error);
	ASSERT_EQ(0, insider_op(insider, INSIDER_LET_GO, self->s.fd[0]));
	ASSERT_TRUE(call_end(&caller, STAND_MS));
	if (!variant->sends || caller.result <= 0) {
		EXPECT_EQ(variant->sends ? -EPIPE : -EKEYREJECTED, caller.result);
	}
	nothing_moved(_metadata, &self->s);
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
	revoked_meanwhile(_metadata, &self->s, &caller, &revoker, true);
	msleep(500);
	EXPECT_FALSE(caller.returned);
	ASSERT_EQ(0, insider_op(insider, INSIDER_LET_GO, self->s.fd[0]));
	ASSERT_TRUE(call_end(&caller, STAND_MS));
	EXPECT_EQ(-EBADMSG, caller.result);
	ASSERT_TRUE(call_end(&revoker, STAND_MS));
	EXPECT_EQ(0, revoker.result);
	nothing_moved(_metadata, &self->s);
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
	revoked_meanwhile(_metadata, &self->s, &caller, &revoker, true);
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
