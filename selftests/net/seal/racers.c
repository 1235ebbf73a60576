// SPDX-License-Identifier: GPL-2.0-only

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "handshake.h"
#include "racers.h"

#define CALLS		16	/* of a reader or writer that does not wait */
#define RECORD		100	/* bytes */
#define PATIENCE	(60 * SEC)	/* a busy machine stops for seconds */

void wrong(struct arena *arena, const char *format, ...)
{
	va_list args;

	if (__atomic_exchange_n(&arena->complained, true, __ATOMIC_SEQ_CST))
		return;
	va_start(args, format);
	vsnprintf(arena->wrong, sizeof(arena->wrong), format, args);
	va_end(args);
}

bool status_closed(const struct seal_status *st)
{
	return st->state == SEAL_STATE_EXPIRED || st->state == SEAL_STATE_REVOKED ||
	       st->state == SEAL_STATE_REJECTED;
}

/* An agent whose death closes what it attested. */
static int agent_open(struct nl *nl)
{
	return nl_open(nl, "seal", NULL) ?: nl_register(nl, SEAL_ON_DEATH_CLOSE);
}

static int listen_open(struct nl *nl)
{
	return nl_open(nl, "handshake", "tlshd") ?: nl_subscribe(nl);
}

void arena_forget(struct arena *arena)
{
	int i;

	arena->agent.fd = -1;
	for (i = 0; i < 2; i++) {
		arena->nl[i].fd = -1;
		arena->handshake[i].fd = -1;
	}
}

int arena_open(struct arena *arena, const struct racer * const racer[2], bool asked)
{
	bool listens = asked || (racer[0]->needs | racer[1]->needs) & LISTENS;
	int i, err;

	arena_forget(arena);
	err = agent_open(&arena->agent);
	arena->port = nl_port(&arena->agent);
	for (i = 0; i < 2; i++) {
		if (!err && racer[i]->needs & TALKS)
			err = agent_open(&arena->nl[i]);
		/* The first answers whoever is left. */
		if (!err && (i ? racer[i]->needs & LISTENS : listens))
			err = listen_open(&arena->handshake[i]);
	}
	return err;
}

/* Once, whoever comes first. */
static void nl_end(struct nl *nl)
{
	int fd = __atomic_exchange_n(&nl->fd, -1, __ATOMIC_SEQ_CST);

	if (fd >= 0)
		close(fd);
}

void arena_close(struct arena *arena)
{
	int i;

	nl_end(&arena->agent);
	for (i = 0; i < 2; i++) {
		nl_end(&arena->nl[i]);
		nl_end(&arena->handshake[i]);
	}
}

/* Who closed the socket has returned: what begins now moves nothing. */
static void note_shut(struct arena *arena)
{
	struct seal_status st;

	if (!status_get(arena->fd[0], &st) && status_closed(&st))
		__atomic_store_n(&arena->shut, true, __ATOMIC_SEQ_CST);
}

/* Asked five seconds each time. */
static void run_revoke(struct arena *arena, int me)
{
	uint64_t began = boottime();
	struct msg msg;

	msg_init(&msg, SEAL_CMD_REVOKE);
	if (arena->id)
		msg_u64(&msg, SEAL_A_SOCKET_ID, arena->id);
	else
		msg_put(&msg, SEAL_A_SOCKET_ALL, NULL, 0);
	while (!nl_call(&arena->nl[me], &msg) &&
	       nl_u32(&arena->nl[me], SEAL_A_SOCKET_DRAINING, 99))
		if (boottime() > began + PATIENCE) {
			wrong(arena, "revoke did not get them out");
			break;
		}
	note_shut(arena);
}

static void run_revoke_own(struct arena *arena, int me)
{
	uint64_t began = boottime();
	uint32_t zero = 0;

	while (setsockopt(arena->fd[0], IPPROTO_IP, SEAL_SO_REVOKE, &zero, sizeof(zero)) &&
	       errno == EINPROGRESS)
		if (boottime() > began + PATIENCE) {
			wrong(arena, "its owner's revoke did not get them out");
			break;
		}
	note_shut(arena);
}

static void run_expire(struct arena *arena, int me)
{
	uint64_t end = 1, began = boottime();
	struct seal_status st;

	if (setsockopt(arena->fd[0], IPPROTO_IP, SEAL_SO_TIGHTEN, &end, sizeof(end)))
		return;
	while (!status_get(arena->fd[0], &st) && st.state == SEAL_STATE_ATTESTED)
		if (boottime() > began + PATIENCE) {
			wrong(arena, "the deadline passed and nothing happened");
			break;
		}
	note_shut(arena);
}

/* In its own name, or as part of an agent, as seald's monitor does. */
static int attach_either(struct arena *arena, struct nl *nl)
{
	uint64_t deadline = boottime() + 100 * SEC;

	if (arena->coin & COIN_FOR)
		return attach_for(nl, arena->port, arena->fd[0], true, deadline);
	return attach(nl, arena->fd[0], true, deadline, NULL);
}

static void run_attach(struct arena *arena, int me)
{
	if (!attach_either(arena, &arena->nl[me]))
		__atomic_add_fetch(&arena->attached, 1, __ATOMIC_SEQ_CST);
}

static void run_rekey(struct arena *arena, int me)
{
	struct tls12_crypto_info_aes_gcm_128 key = key_make(9);
	int direction = arena->coin & COIN_KEY ? TLS_TX : TLS_RX;

	if (!setsockopt(arena->fd[0], SOL_TLS, direction, &key, sizeof(key)))
		arena->keyed = true;
}

static void run_submit(struct arena *arena, int me)
{
	struct seal_request req = {
		.size = sizeof(req),
		.role = SEAL_ROLE_CLIENT,
		.timeout_ms = arena->ask_ms,
		.peername = "server.example.org",
	};
	struct seal_status st;

	if (setsockopt(arena->fd[0], IPPROTO_IP, SEAL_SO_REQUEST, &req, sizeof(req))) {
		if (errno == EINPROGRESS)
			__atomic_add_fetch(&arena->asked, 1, __ATOMIC_SEQ_CST);
		else if (errno != EALREADY)
			arena->refused = errno;
	} else if (!status_get(arena->fd[0], &st) && st.state < SEAL_STATE_ATTESTED) {
		wrong(arena, "a request succeeded in state %u", st.state);
	}
}

static void run_claim(struct arena *arena, int me)
{
	struct msg msg;

	msg_init(&msg, SEAL_CMD_CLAIM);
	msg_u32(&msg, SEAL_A_SOCKET_SOCKFD, arena->fd[0]);
	msg_u32(&msg, SEAL_A_SOCKET_PIDFD, arena->pidfd[!!(arena->coin & COIN_WORKER)]);
	if (!nl_call(&arena->nl[me], &msg))
		__atomic_add_fetch(&arena->claimed, 1, __ATOMIC_SEQ_CST);
	else if (arena->dead)
		arena->claim_lost = true;
}

static void run_answer(struct arena *arena, int me)
{
	struct nl *nl = &arena->handshake[me];
	int fd = hs_accept(nl);

	if (fd < 0)
		return;
	hs_done(nl, fd, EACCES);
	close(fd);
}

static void run_close(struct arena *arena, int me)
{
	if (!__atomic_exchange_n(&arena->gone, true, __ATOMIC_SEQ_CST))
		close(arena->fd[0]);
}

/*
 * The last descriptor may be that of the child. It has a copy of the descriptors, but
 * not of the memory, which would take longer than all others.
 */
static void run_fork(struct arena *arena, int me)
{
	pid_t pid = vfork();

	if (!pid) {
		char c;

		recv(arena->fd[0], &c, 1, MSG_DONTWAIT);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		wrong(arena, "cannot fork: %s", strerror(errno));
}

/* All that holds the namespace of the round, but for calls that are under way. */
static void run_netns(struct arena *arena, int me)
{
	if (__atomic_exchange_n(&arena->peer_gone, true, __ATOMIC_SEQ_CST))
		return;
	arena->dead = true;
	arena_close(arena);
	run_close(arena, me);
	close(arena->fd[1]);
}

static void run_module(struct arena *arena, int me)
{
	if (!syscall(SYS_delete_module, "seal", O_NONBLOCK))
		arena->unloaded = true;
}

/* For all sockets there are; what comes while it lasts is not attested. */
static void run_drain(struct arena *arena, int me)
{
	if (module_drain(true) == -EBUSY)
		wrong(arena, "the drain did not get them out");
	note_shut(arena);
	module_drain(false);
}

/* Whoever attaches: in his own name he dies, too. */
static void run_death(struct arena *arena, int me)
{
	arena->dead = true;
	nl_end(&arena->agent);
	if (!(arena->coin & COIN_FOR))
		nl_end(&arena->nl[!me]);
	note_shut(arena);
}

ssize_t record_send(int fd, int flags)
{
	char buf[RECORD] = {};

	return send(fd, buf, sizeof(buf), flags | MSG_NOSIGNAL);
}

typedef ssize_t move_fn(struct arena *arena, int me, bool wait);

/* False if nothing more is to be had of it. */
static bool moved(struct arena *arena, const char *what, move_fn *move, int me, bool wait)
{
	bool shut = __atomic_load_n(&arena->shut, __ATOMIC_SEQ_CST);
	ssize_t n = move(arena, me, wait);

	if (n > 0 && shut)
		wrong(arena, "%s: %zd bytes after the socket was closed", what, n);
	if (!n)
		wrong(arena, "%s: the end of the stream", what);
	return n > 0 || (n < 0 && errno == EAGAIN);
}

/* Somebody is sure to close the socket, or the time that we wait for it ends. */
static void move_waiting(struct arena *arena, const char *what, move_fn *move, int me)
{
	uint64_t began;
	bool more;

	do {
		began = boottime();
		more = moved(arena, what, move, me, true);
		if (more && boottime() > began + WAIT_SEC / 2 * SEC) {
			wrong(arena, "%s: nobody woke it", what);
			more = false;
		}
	} while (more);
}

/* Until the other has done what it wanted, and once more. */
static void move_now(struct arena *arena, const char *what, move_fn *move, int me)
{
	bool last;
	int calls = 0;

	do {
		last = ++calls == CALLS ||
		       __atomic_load_n(&arena->ended[!me], __ATOMIC_SEQ_CST);
	} while (moved(arena, what, move, me, false) && !last);
}

static void move_all(struct arena *arena, const char *what, move_fn *move, int me)
{
	if (arena->certain && arena->coin & COIN_WAIT)
		move_waiting(arena, what, move, me);
	else
		move_now(arena, what, move, me);
}

static ssize_t move_read(struct arena *arena, int me, bool wait)
{
	return do_recv(arena->fd[0], wait ? 0 : MSG_DONTWAIT);
}

static ssize_t move_write(struct arena *arena, int me, bool wait)
{
	return record_send(arena->fd[0], wait ? 0 : MSG_DONTWAIT);
}

static ssize_t move_splice(struct arena *arena, int me, bool wait)
{
	return splice(arena->fd[0], NULL, arena->pipe[me][1], NULL, 4096,
		      wait ? 0 : SPLICE_F_NONBLOCK);
}

static void run_read(struct arena *arena, int me)
{
	move_all(arena, "read", move_read, me);
}

static void run_write(struct arena *arena, int me)
{
	move_all(arena, "write", move_write, me);
}

/* The pipe has room for all that the other end sent. */
static void run_splice(struct arena *arena, int me)
{
	if (pipe(arena->pipe[me])) {
		wrong(arena, "no pipe: %s", strerror(errno));
		return;
	}
	move_all(arena, "splice", move_splice, me);
	close(arena->pipe[me][0]);
	close(arena->pipe[me][1]);
}

#define PENDING	(AT(REQUIRED) | AT(ASKED))
#define OURS	(PENDING | AT(ATTESTED))
#define ANY	(AT(BARE) | OURS)

const struct racer racers[] = {
	{ "revoke",	OURS,			OURS,		TALKS,	1, 1,	run_revoke },
	{ "revoke_own",	OURS,			OURS,		0,	1, 16,	run_revoke_own },
	{ "expire",	AT(ATTESTED),		AT(ATTESTED),	0,	1, 1,	run_expire },
	{ "attach",	AT(BARE) | PENDING,	0,		TALKS,	1, 1,	run_attach },
	{ "rekey",	ANY,			0,		0,	1, 1,	run_rekey },
	{ "submit",	AT(BARE) | AT(REQUIRED),0,		LISTENS,1, 1,	run_submit },
	{ "claim",	PENDING,		0,		TALKS,	1, 1,	run_claim },
	{ "answer",	AT(ASKED),		0,		LISTENS,1, 16,	run_answer },
	{ "close",	ANY,			0,		0,	1, 1,	run_close },
	{ "fork",	ANY,			0,		0,	2, 1,	run_fork },
	{ "netns",	ANY,			0,		0,	14, 1,	run_netns },
	{ "module",	ANY,			0,		0,	2, 16,	run_module },
	{ "drain",	OURS,			OURS,		0,	4, 1,	run_drain },
	{ "death",	AT(ATTESTED),		AT(ATTESTED),	0,	3, 1,	run_death },
	{ "read",	OURS,			0,		0,	1, 1,	run_read },
	{ "splice",	OURS,			0,		0,	1, 16,	run_splice },
	{ "write",	OURS,			0,		0,	1, 1,	run_write },
};

const unsigned int racers_len = sizeof(racers) / sizeof(*racers);
