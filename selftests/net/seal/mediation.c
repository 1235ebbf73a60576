// SPDX-License-Identifier: GPL-2.0-only
/*
 * Complete mediation: every entry point of a socket in every state, blocking
 * and not. What must come out is in one table; an open socket without seal is
 * in it, too, so that an entry that never works cannot pass for a closed one. What
 * kTLS itself refuses or does not do is seen to work without it, in a table of its own.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "agent.h"
#include "entries.h"
#include "handshake.h"
#include "lib.h"
#include "stage.h"

enum kind { OUT, IN, ASK, SIDE };

/*
 * One letter for each of: kTLS without seal, pending, attested, closed.
 *
 * +  it works: bytes arrive, of IN and OUT those of the stamp
 * w  waits as long as the caller would, then EAGAIN; EAGAIN at once if it does not
 * a  EAGAIN at once
 * x  the errno of the state: EKEYREVOKED, EKEYREJECTED; for the kernel ECONNRESET
 * p  EPERM               o  EOPNOTSUPP          i  EINVAL
 * b  EBUSY               e  EEXIST              c  EISCONN
 * n  ENOTCONN
 * 0  zero, or no event
 * r  can be read and written
 * !  an error, and for a program that it may write, but nothing to read
 * *  not our business    /  not asked there
 */
struct row {
	const char *name;
	enum kind kind;
	entry_fn *entry;
	const char *expect;
};

static const struct row rows[] = {
	{ "send",			OUT,  out_send,			"+w+x" },
	{ "sendto",			OUT,  out_sendto,		"+w+x" },
	{ "sendmsg",			OUT,  out_sendmsg,		"+w+x" },
	{ "sendmmsg",			OUT,  out_sendmmsg,		"+w+x" },
	{ "sendmmsg of two",		SIDE, out_sendmmsg_two,		"owox" },
	{ "write",			OUT,  out_write,		"+w+x" },
	{ "writev",			OUT,  out_writev,		"+w+x" },
	{ "sendfile",			OUT,  out_sendfile,		"+w+x" },
	{ "splice from a pipe",		OUT,  out_splice,		"+w+x" },
	{ "vmsplice, splice",		OUT,  out_vmsplice,		"+w+x" },
	{ "MSG_ZEROCOPY",		SIDE, out_zerocopy,		"owox" },
	{ "MSG_OOB",			SIDE, out_oob,			"owox" },
	{ "MSG_MORE",			OUT,  out_more,			"+w+x" },
	{ "an alert record",		OUT,  out_alert,		"+w+x" },
	{ "a handshake record",		OUT,  out_handshake,		"+w+x" },
	{ "aio write",			OUT,  out_aio,			"+w+x" },
	{ "send after dup",		OUT,  out_dup,			"+w+x" },
	{ "send after fork",		OUT,  out_fork,			"+w+x" },
	{ "send after SCM_RIGHTS",	OUT,  out_scm,			"+w+x" },
	{ "send after pidfd_getfd",	OUT,  out_pidfd,		"+w+x" },
	{ "uring send",			OUT,  out_uring_send,		"+w+x" },
	{ "uring sendmsg",		OUT,  out_uring_sendmsg,	"+w+x" },
	{ "uring write",		OUT,  out_uring_write,		"+w+x" },
	{ "uring send_zc",		SIDE, out_uring_zc,		"oooo" },
	{ "uring splice in",		OUT,  out_uring_splice,		"+w+x" },
	{ "kernel_sendmsg",		OUT,  kernel_out,		"+w+x" },
	{ "MSG_SPLICE_PAGES",		OUT,  kernel_out_pages,		"+w+x" },
	{ "sendmsg_locked",		SIDE, kernel_sendmsg_locked,	"/ooo" },

	{ "recv",			IN,   in_recv,			"+w+x" },
	{ "recvfrom",			IN,   in_recvfrom,		"+w+x" },
	{ "recvmsg",			IN,   in_recvmsg,		"+w+x" },
	{ "recvmmsg",			IN,   in_recvmmsg,		"+w+x" },
	{ "read",			IN,   in_read,			"+w+x" },
	{ "readv",			IN,   in_readv,			"+w+x" },
	{ "MSG_PEEK",			IN,   in_peek,			"+w+x" },
	{ "MSG_WAITALL",		IN,   in_waitall,		"+w+x" },
	{ "MSG_ERRQUEUE",		SIDE, in_errqueue,		"awax" },
	{ "splice to a pipe",		IN,   in_splice,		"+w+x" },
	{ "sendfile to a pipe",		IN,   in_sendfile,		"+w+x" },
	{ "aio read",			IN,   in_aio,			"+w+x" },
	{ "uring recv",			IN,   in_uring_recv,		"+w+x" },
	{ "uring recvmsg",		IN,   in_uring_recvmsg,		"+w+x" },
	{ "uring read",			IN,   in_uring_read,		"+w+x" },
	{ "uring splice out",		IN,   in_uring_splice,		"+w+x" },
	{ "kernel_recvmsg",		IN,   kernel_in,		"+w+x" },
	{ "read_sock",			IN,   kernel_read_sock,		"+a+x" },
	{ "read_skb",			SIDE, kernel_read_skb,		"/ooo" },

	{ "poll",			ASK,  ask_poll,			"r0r!" },
	{ "select",			ASK,  ask_select,		"r0rr" },
	{ "epoll, level",		ASK,  ask_epoll_lt,		"r0r!" },
	{ "epoll, edge",		ASK,  ask_epoll_et,		"r0r!" },
	{ "uring poll",			ASK,  ask_uring_poll,		"r0r!" },
	{ "poll of the kernel",		ASK,  kernel_poll,		"r0r!" },
	{ "peek_len",			SIDE, kernel_peek_len,		"*0*0" },

	{ "SO_ERROR",			SIDE, side_error,		"0000" },
	{ "SEAL_SO_STATUS",		SIDE, side_status,		"0000" },
	{ "get TLS_TX",			SIDE, side_keys_get_tx,		"0ppx" },
	{ "get TLS_RX",			SIDE, side_keys_get_rx,		"0ppx" },
	{ "get version and cipher",	SIDE, side_cipher_get,		"0b0x" },
	{ "set TLS_TX",			SIDE, side_keys_set_tx,		"*ppx" },
	{ "set TLS_RX",			SIDE, side_keys_set_rx,		"*ppx" },
	{ "uring get TLS_TX",		SIDE, side_keys_get_uring,	"oooo" },
	{ "uring set TLS_TX",		SIDE, side_keys_set_uring,	"*ppx" },
	{ "uring SIOCINQ",		SIDE, side_inq_uring,		"0000" },
	{ "uring SIOCOUTQ",		SIDE, side_outq_uring,		"0000" },
	{ "TCP_ULP",			SIDE, side_ulp,			"eeex" },
	{ "TCP_REPAIR",			SIDE, side_repair,		"0ppx" },
	{ "TCP_ZEROCOPY_RECEIVE",	SIDE, side_zerocopy,		"*oox" },
	{ "mmap",			SIDE, side_mmap,		"*ooo" },
	{ "SIOCINQ",			SIDE, side_inq,			"000x" },
	{ "SIOCOUTQ",			SIDE, side_outq,		"000x" },
	{ "SIOCATMARK",			SIDE, side_atmark,		"000x" },
	{ "connect",			SIDE, side_connect,		"cccx" },
	{ "connect, AF_UNSPEC",		SIDE, side_unconnect,		"ooox" },
	{ "bind",			SIDE, side_bind,		"iiix" },
	{ "listen",			SIDE, side_listen,		"iiix" },
	{ "accept",			SIDE, side_accept,		"iiix" },
	{ "shutdown",			SIDE, side_shutdown,		"0/0n" },

	/* The error was taken off the socket above: nothing may pass now either. */
	{ "send, once more",		OUT,  out_send,			"+w+x" },
	{ "recv, once more",		IN,   in_recv,			"+w+x" },
};

/* On a TCP socket with something to read; with kTLS, but no keys yet, for keys. */
static const struct {
	const char *name;
	entry_fn *entry;
	bool sends;
	bool ulp;
	ssize_t result;
} controls[] = {
	{ "sendmmsg of two",		out_sendmmsg_two,	true,  false, STAMP_LEN },
	{ "MSG_ZEROCOPY",		out_zerocopy,		true,  false, STAMP_LEN },
	{ "MSG_OOB",			out_oob,		true,  false, STAMP_LEN },
	{ "uring send_zc",		out_uring_zc,		true,  false, STAMP_LEN },
	{ "sendmsg_locked",		kernel_sendmsg_locked,	true,  false, STAMP_LEN },
	{ "MSG_ERRQUEUE",		in_told_of_sent,	true,  false, 0 },
	{ "read_skb",			kernel_read_skb,	false, false, STAMP_LEN },
	{ "TCP_ZEROCOPY_RECEIVE",	side_zerocopy,		false, false, 0 },
	{ "mmap",			side_mmap,		false, false, 0 },
	{ "set TLS_TX",			side_keys_set_tx,	false, true,  0 },
	{ "set TLS_RX",			side_keys_set_rx,	false, true,  0 },
	{ "uring get SO_TYPE",		side_type_get_uring,	false, false, sizeof(int) },
	{ "uring set TLS_TX",		side_keys_set_uring,	false, true,  0 },
};

static const char letters[] = "aopibecn";
static const int letter_errnos[] = {
	EAGAIN, EOPNOTSUPP, EPERM, EINVAL, EBUSY, EEXIST, EISCONN, ENOTCONN,
};

FIXTURE(mediation)
{
	struct agent agent;
	struct stage stage;
};

FIXTURE_VARIANT(mediation)
{
	enum family family;
	bool owned;		/* by the kernel, as far as seal can see */
};

FIXTURE_VARIANT_ADD(mediation, v4) { .family = V4 };
FIXTURE_VARIANT_ADD(mediation, v6) { .family = V6 };
FIXTURE_VARIANT_ADD(mediation, mapped) { .family = MAPPED };
FIXTURE_VARIANT_ADD(mediation, kernel) { .family = V6, .owned = true };

FIXTURE_SETUP(mediation)
{
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, stage_open(&self->stage));
	self->stage.family = variant->family;
	self->stage.owned = variant->owned;
}

FIXTURE_TEARDOWN(mediation)
{
	stage_close(&self->stage);
}

/* The same of programs' sockets: the kernel's own are never pending. */
FIXTURE(programs)
{
	struct agent agent;
	struct stage stage;
};

FIXTURE_VARIANT(programs)
{
	enum family family;
};

FIXTURE_VARIANT_ADD(programs, v4) { .family = V4 };
FIXTURE_VARIANT_ADD(programs, v6) { .family = V6 };
FIXTURE_VARIANT_ADD(programs, mapped) { .family = MAPPED };

FIXTURE_SETUP(programs)
{
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, stage_open(&self->stage));
	self->stage.family = variant->family;
}

FIXTURE_TEARDOWN(programs)
{
	stage_close(&self->stage);
}

/* All bytes of the stamp, whatever they were wrapped in. */
static bool peer_got_stamp(int peer)
{
	struct timeval tv = { .tv_sec = 10 };
	char control[64], text[STAMP_LEN];
	struct iovec iov = { text, sizeof(text) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t got;

	setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	do {
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		got = recvmsg(peer, &msg, 0);
		if (got > 0) {
			iov.iov_base += got;
			iov.iov_len -= got;
		}
	} while (got > 0 && iov.iov_len);
	return !iov.iov_len && stamped(text, 'S');
}

static bool is_errno(char letter, ssize_t result, int state_errno)
{
	const char *at = strchr(letters, letter);

	if (letter == 'x')
		return result == -state_errno;
	return at && result == -letter_errnos[at - letters];
}

static bool is_error_event(ssize_t events)
{
	return events > 0 && events & POLLERR && !(events & (POLLIN | POLLRDNORM));
}

/* Did the entry do what its letter says? */
static bool as_expected(struct stage *stage, const struct row *row, char letter,
			ssize_t result, bool slept, int state_errno)
{
	const char *page = stage->scene.page;

	/* Where nothing may come in nothing came. */
	if (row->kind == IN && letter != '+' && !stamped(page, 'S'))
		return false;
	switch (letter) {
	case '*':
		return true;
	case '0':
		return row->kind == ASK || row->entry == kernel_peek_len ?
		       result == 0 : result >= 0;
	case 'r':
		return (result & (POLLIN | POLLOUT)) == (POLLIN | POLLOUT) &&
		       !(result & POLLERR);
	case '!':
		return is_error_event(result);
	case 'w':
		return result == -EAGAIN && (!stage->scene.block || slept);
	case '+':
		if (result != STAMP_LEN)
			return false;
		return row->kind == IN ? stamped(page, 'P') : peer_got_stamp(stage->peer);
	}
	return is_errno(letter, result, state_errno);
}

static int state_errno(const struct stage *stage, enum seal_state state)
{
	if (stage->owned)
		return ECONNRESET;
	return state == SEAL_STATE_EXPIRED ? EKEYREVOKED : EKEYREJECTED;
}

static int column(enum seal_state state)
{
	return state > SEAL_STATE_ATTESTED ? 3 : state;
}

/*
 * How often this thread gave the CPU away, or a child that was waited for, which may be
 * through before that: a clock would depend on the machine.
 */
static long sleeps(void)
{
	struct rusage usage = {}, children = {};

	getrusage(RUSAGE_THREAD, &usage);
	getrusage(RUSAGE_CHILDREN, &children);
	return usage.ru_nvcsw + children.ru_nvcsw;
}

static bool try_row(struct stage *stage, const struct row *row, enum seal_state state)
{
	char letter = row->expect[column(state)];
	ssize_t result;
	long slept;
	bool good;

	if (letter == '/')
		return true;
	stamp(stage->scene.page, 'S');
	stage_patience(stage);
	stage->scene.patience_ms = letter == 'w' ? PATIENCE_MS : 10000;
	/* What io_uring leaves to a task interrupts the next call of it. */
	do {
		slept = sleeps();
		result = row->entry(&stage->scene);
	} while (result == -EINTR);
	slept = sleeps() - slept;
	good = as_expected(stage, row, letter, result, slept > 0,
			   state_errno(stage, state));
	if (!good)
		ksft_print_msg("%s, state %d, %s: expected %c of %s, came %zd after %ld sleeps\n",
		       row->name, state, stage->scene.block ? "blocking" : "not blocking",
		       letter, row->expect, result, slept);
	return good;
}

/* Open states: a connection for each row. Returns how many rows failed. */
static int each_row_alone(struct stage *stage, enum seal_state state)
{
	int failed = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		int err = stage_reach(stage, state);

		if (err)
			ksft_print_msg("%s: no connection (%d)\n", rows[i].name, err);
		failed += err || !try_row(stage, &rows[i], state);
		stage_leave(stage);
	}
	return failed;
}

/* Closed and pending: one connection, from which nothing comes in all the time. */
static int all_rows_at_once(struct stage *stage, enum seal_state state)
{
	struct seal_status st;
	int failed = 0, err;
	uint64_t before;
	size_t i;

	err = stage_reach(stage, state);
	if (err) {
		ksft_print_msg("cannot reach state %d (%d)\n", state, err);
		stage_leave(stage);
		return 1;
	}
	before = stream_received(stage->peer);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		failed += !try_row(stage, &rows[i], state);
	status_get(stage->scene.fd, &st);
	if (st.state != state) {
		ksft_print_msg("state %d became %d: %s\n", state, st.state, st.reason);
		failed++;
	}
	if (stream_received(stage->peer) != before) {
		ksft_print_msg("the peer received something in state %d\n", state);
		failed++;
	}
	stage_leave(stage);
	return failed;
}

static int blocking_and_not(struct stage *stage,
			    enum seal_state state)
{
	int failed = 0, block;

	for (block = 0; block < 2; block++) {
		stage->scene.block = block;
		if (state == SEAL_STATE_NONE || state == SEAL_STATE_ATTESTED)
			failed += each_row_alone(stage, state);
		else
			failed += all_rows_at_once(stage, state);
	}
	return failed;
}

TEST_F_TIMEOUT(mediation, none, 300)
{
	EXPECT_EQ(0, blocking_and_not(&self->stage, SEAL_STATE_NONE));
}

TEST_F_TIMEOUT(programs, pending, 300)
{
	for (self->stage.scene.block = 0;; self->stage.scene.block = 1) {
		ASSERT_EQ(0, agent_hold_start(&self->agent));
		EXPECT_EQ(0, all_rows_at_once(&self->stage, SEAL_STATE_PENDING));
		agent_hold_stop(&self->agent);
		if (self->stage.scene.block)
			break;
	}
}

TEST_F_TIMEOUT(mediation, attested, 300)
{
	EXPECT_EQ(0, blocking_and_not(&self->stage, SEAL_STATE_ATTESTED));
}

TEST_F_TIMEOUT(mediation, expired, 300)
{
	EXPECT_EQ(0, blocking_and_not(&self->stage, SEAL_STATE_EXPIRED));
}

TEST_F_TIMEOUT(mediation, revoked, 300)
{
	EXPECT_EQ(0, blocking_and_not(&self->stage, SEAL_STATE_REVOKED));
}

TEST_F_TIMEOUT(mediation, rejected, 300)
{
	EXPECT_EQ(0, blocking_and_not(&self->stage, SEAL_STATE_REJECTED));
}

TEST_F_TIMEOUT(programs, works_without_ktls, 60)
{
	struct scene *scene = &self->stage.scene;
	int one = 1, fd[2];
	size_t i;

	scene->patience_ms = 10000;
	for (i = 0; i < ARRAY_SIZE(controls); i++) {
		ASSERT_EQ(0, pair_open(variant->family, fd));
		setsockopt(fd[1], SOL_SOCKET, SO_OOBINLINE, &one, sizeof(one));
		if (controls[i].ulp) {
			ASSERT_EQ(0, setsockopt(fd[0], IPPROTO_TCP, TCP_ULP, "tls", 3));
		}
		stamp(scene->page, 'S');
		ASSERT_EQ(STAMP_LEN, send(fd[1], scene->page, STAMP_LEN, 0));
		scene->fd = fd[0];
		EXPECT_EQ(controls[i].result, controls[i].entry(scene)) {
			TH_LOG("%s", controls[i].name);
		}
		if (controls[i].sends) {
			EXPECT_TRUE(peer_got_stamp(fd[1])) {
				TH_LOG("%s", controls[i].name);
			}
		}
		pair_close(fd);
	}
}

/* What it says of its own end reaches the peer, and opens nothing. */
TEST_F_TIMEOUT(programs, shutdown_while_pending, 60)
{
	uint64_t told;
	char c;

	ASSERT_EQ(0, agent_hold_start(&self->agent));
	ASSERT_EQ(0, stage_reach(&self->stage, SEAL_STATE_PENDING));
	self->stage.scene.patience_ms = 10000;
	EXPECT_EQ(0, shutdown(self->stage.scene.fd, SHUT_WR));
	EXPECT_EQ(0, recv(self->stage.peer, &c, 1, 0));
	told = stream_received(self->stage.peer);
	EXPECT_EQ(SEAL_STATE_PENDING, state_of(self->stage.scene.fd));
	stage_patience(&self->stage);
	EXPECT_EQ(-EAGAIN, in_recv(&self->stage.scene));
	EXPECT_EQ(-EAGAIN, out_send(&self->stage.scene));
	EXPECT_EQ(told, stream_received(self->stage.peer));
	EXPECT_EQ(0, shutdown(self->stage.scene.fd, SHUT_RD));
	EXPECT_EQ(-EAGAIN, in_recv(&self->stage.scene));
	EXPECT_EQ(SEAL_STATE_PENDING, state_of(self->stage.scene.fd));
	stage_leave(&self->stage);
	agent_hold_stop(&self->agent);
}

/* Attested, and its handshake not answered yet: what then comes of it may be a refusal. */
static int reach_unanswered(struct stage *stage, struct nl *hs, int *asked)
{
	int fd[2], err = pair_open(stage->family, fd);

	stage->scene.fd = fd[0];
	stage->peer = fd[1];
	err = err ?: nl_open(hs, "handshake", "tlshd") ?: nl_subscribe(hs) ?:
	      agent_ask(fd[0], 30000);
	if (err)
		return err;
	*asked = hs_accept(hs);
	return *asked < 0 ? *asked :
	       attach(&stage->nl, *asked, true, boottime() + 3600 * SEC, NULL) ?:
	       attach(&stage->nl, fd[1], false, boottime() + 3600 * SEC, NULL);
}

/*
 * More than the peer has room for; what it has when no more comes. The kernel's own come by
 * calls of the kernel, by copy and by reference.
 */
static uint64_t queue_records(struct stage *stage)
{
	ssize_t sent = STAMP_LEN;

	stage->scene.block = 0;
	stage_patience(stage);
	while (stage->owned && sent == STAMP_LEN) {
		sent = kernel_out(&stage->scene);
		if (sent == STAMP_LEN)
			sent = kernel_out_pages(&stage->scene);
	}
	while (!stage->owned && sent > 0)
		sent = do_send(stage->scene.fd, MSG_DONTWAIT);
	return stream_settled(stage->peer);
}

static int end_in(struct nl *hs, int fd, int asked, enum seal_state state)
{
	uint64_t past = 1;
	uint32_t zero = 0;

	switch (state) {
	case SEAL_STATE_EXPIRED:
		return setsockopt(fd, IPPROTO_IP, SEAL_SO_TIGHTEN, &past, sizeof(past));
	case SEAL_STATE_REVOKED:
		return setsockopt(fd, IPPROTO_IP, SEAL_SO_REVOKE, &zero, sizeof(zero));
	default:
		return hs_done(hs, asked, EACCES);
	}
}

/* About to end in @state; what nobody read would be answered by a reset at the close. */
static int reach_before(struct stage *stage, int state, struct nl *hs, int *asked)
{
	if (state == SEAL_STATE_REJECTED)
		return reach_unanswered(stage, hs, asked);
	return stage_reach(stage, SEAL_STATE_ATTESTED) ?:
	       (do_recv(stage->scene.fd, MSG_WAITALL) == 4096 ? 0 : -EIO);
}

/* Who answers a handshake does not wait for the second phase. */
static int end_and_drain(struct nl *hs, int fd, int asked, int state)
{
	int drained = stat_counter("SealDrained");
	int err = end_in(hs, fd, asked, state);

	if (err || wait_state(fd, state) != state)
		return err ?: -EIO;
	while (stat_counter("SealDrained") == drained)
		msleep(1);
	return 0;
}

/* A record that is still open goes with it, too, whatever ends it. */
TEST_F_TIMEOUT(mediation, close_with_an_open_record, 60)
{
	struct timeval tv = { .tv_sec = 10 };
	struct stage *stage = &self->stage;
	int state, asked = -1;
	uint64_t before;
	struct nl hs;

	for (state = SEAL_STATE_EXPIRED; state <= SEAL_STATE_REJECTED; state++) {
		if (state == SEAL_STATE_REJECTED && variant->owned)
			break;
		ASSERT_EQ(0, reach_before(stage, state, &hs, &asked));
		before = stream_received(stage->peer);
		ASSERT_EQ(4096, do_send(stage->scene.fd, MSG_MORE));
		ASSERT_EQ(0, end_and_drain(&hs, stage->scene.fd, asked, state));
		close(asked);
		close(stage->scene.fd);
		setsockopt(stage->peer, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
		EXPECT_EQ(-1, do_recv(stage->peer, 0));
		EXPECT_EQ(ECONNRESET, errno);
		EXPECT_EQ(before, stream_received(stage->peer)) TH_LOG("state %d", state);
		close(stage->peer);
	}
	if (asked >= 0)
		nl_close(&hs);
}

/* Records that the peer's window had no room for stay where they are, and go with it. */
TEST_F_TIMEOUT(mediation, close_with_queued_records, 60)
{
	struct timeval tv = { .tv_sec = 10 };
	struct stage *stage = &self->stage;
	int state, asked = -1;
	uint64_t before;
	struct nl hs;
	ssize_t got;

	for (state = SEAL_STATE_EXPIRED; state <= SEAL_STATE_REJECTED; state++) {
		/* The kernel's own are not asked for through us. */
		if (state == SEAL_STATE_REJECTED && variant->owned)
			break;
		ASSERT_EQ(0, reach_before(stage, state, &hs, &asked));
		before = queue_records(stage);
		ASSERT_EQ(0, end_and_drain(&hs, stage->scene.fd, asked, state));
		close(asked);
		/* While it is still there, as one of the kernel's own may be for long. */
		setsockopt(stage->peer, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
		do {
			got = do_recv(stage->peer, 0);
		} while (got > 0);
		EXPECT_EQ(-1, got);
		EXPECT_EQ(ECONNRESET, errno);
		EXPECT_EQ(before, stream_received(stage->peer)) {
			TH_LOG("state %d", state);
		}
		close(stage->scene.fd);
		EXPECT_EQ(before, stream_settled(stage->peer));
		close(stage->peer);
	}
	if (asked >= 0)
		nl_close(&hs);
}

TEST_HARNESS_MAIN
