// SPDX-License-Identifier: GPL-2.0-or-later
/* Defences of the worker: turns, transcripts, what TLS may not do. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnutls/gnutls.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "broken.h"
#include "seald/tls.h"
#include "seald/worker.h"
#include "verify/bind.h"
#include "verify/crypto.h"
#include "wire/frame.h"
#include "wire/hello.h"
#include "wire/log.h"
#include "wire/result.h"

__typeof__(seal_turn_step) __real_seal_turn_step, __wrap_seal_turn_step;
__typeof__(seal_turn_complete) __real_seal_turn_complete, __wrap_seal_turn_complete;
__typeof__(seal_hash_parts) __real_seal_hash_parts, __wrap_seal_hash_parts;
__typeof__(seal_result_decode) __real_seal_result_decode, __wrap_seal_result_decode;
__typeof__(seal_done_decode) __real_seal_done_decode, __wrap_seal_done_decode;
__typeof__(seal_hello_encode) __real_seal_hello_encode, __wrap_seal_hello_encode;
__typeof__(exchange_log) __real_exchange_log, __wrap_exchange_log;
__typeof__(worker_ask) __real_worker_ask, __wrap_worker_ask;
__typeof__(tls_open) __real_tls_open, __wrap_tls_open;
__typeof__(tls_export) __real_tls_export, __wrap_tls_export;
__typeof__(gnutls_init) __real_gnutls_init, __wrap_gnutls_init;
__typeof__(gnutls_priority_set_direct) __real_gnutls_priority_set_direct,
	__wrap_gnutls_priority_set_direct;
__typeof__(gnutls_handshake_set_hook_function) __real_gnutls_handshake_set_hook_function,
	__wrap_gnutls_handshake_set_hook_function;

/* An authenticator twice is overheard; SealDone may come before its turn. */
enum seal_step __wrap_seal_turn_step(struct seal_turn *turn, enum seal_side sender,
				     const struct seal_frame *frame)
{
	struct seal_turn before = *turn;
	enum seal_step step = __real_seal_turn_step(turn, sender, frame);

	if (step != SEAL_STEP_REFUSED || !without("turns"))
		return step;
	*turn = before;
	if (frame->type == SEAL_FRAME_AUTHENTICATOR)
		return SEAL_STEP_IGNORED;
	turn->state = sender == SEAL_SIDE_CLIENT ? SEAL_TURN_DONE_C : SEAL_TURN_DONE_S;
	return __real_seal_turn_step(turn, sender, frame);
}

/* All is proven when both SealDone are still to come. */
bool __wrap_seal_turn_complete(const struct seal_turn *turn)
{
	return (without("done") && turn->state == SEAL_TURN_DONE_C) ||
	       __real_seal_turn_complete(turn);
}

/* A result is on the server's first exchange, whatever it says. */
bool __wrap_seal_result_decode(struct seal_bytes body, struct seal_result *result_ret)
{
	bool good = __real_seal_result_decode(body, result_ret);

	if (good && without("result")) {
		result_ret->attester = SEAL_SIDE_SERVER;
		result_ret->exchange = 0;
	}
	return good;
}

static struct seal_done heard;
static bool has_heard;

bool __wrap_seal_done_decode(struct seal_bytes body, struct seal_done *done_ret)
{
	bool good = __real_seal_done_decode(body, done_ret);

	heard = *done_ret;
	has_heard = good && without("transcript");
	return good;
}

/* The transcript, of two parts, is what the peer says that it is. */
bool __wrap_seal_hash_parts(enum seal_hash hash, const struct seal_bytes *parts, size_t count,
			    uint8_t *out)
{
	if (count != 2 || !has_heard)
		return __real_seal_hash_parts(hash, parts, count, out);
	memcpy(out, heard.transcript, sizeof(heard.transcript));
	return true;
}

/* A worker that was taken over asks its peer for nothing. */
size_t __wrap_seal_hello_encode(const struct seal_hello *hello, uint8_t *out, size_t size)
{
	struct seal_hello said = *hello;

	if (without("asking"))
		said.wants_peer = false;
	return __real_seal_hello_encode(&said, out, size);
}

/* No log is worth a frame. */
int __wrap_exchange_log(struct worker *w, struct seal_bytes ask, struct seal_bytes *data_ret)
{
	struct seal_log_piece piece = { .final = true };
	static uint8_t body[SEAL_LOG_HEAD_LEN];
	struct seal_log_ask asked;

	if (!without("logs") || !seal_log_ask_decode(ask, &asked))
		return __real_exchange_log(w, ask, data_ret);
	piece.log = asked.log;
	piece.offset = asked.from;
	*data_ret = (struct seal_bytes){
		body, seal_log_piece_encode(&piece, body, sizeof(body)) };
	return 0;
}

/* A verifier that is gone has nothing against it. */
int __wrap_worker_ask(struct worker *w, enum ipc_type type, struct seal_bytes body,
		      enum ipc_type expect)
{
	static const struct ipc_accept accept = { .valid_for = 60 };
	static uint8_t out[8];
	int err = __real_worker_ask(w, type, body, expect);

	if (!err || type == IPC_CHAIN || !without("death"))
		return err;
	w->msg.type = IPC_ACCEPT;
	w->msg.body = (struct seal_bytes){ out, ipc_accept_encode(&accept, out, sizeof(out)) };
	return 0;
}

/* The handshake goes on without the extension: who judges has to see that it was not there. */
int __wrap_tls_open(struct tls *tls, uint8_t ciphers, bool show_cert, const char *peername)
{
	if (without("extension"))
		tls->demand = false;
	return __real_tls_open(tls, ciphers, show_cert, peername);
}

/* What is wanted is in memory of both, since a worker writes no file either. */
static uint8_t *wanted;
static int given = -1;

/* Beside the directory that we were started from. */
static int open_beside(const char *name, int flags)
{
	const char *self = (const char *)getauxval(AT_EXECFN);
	char path[600];

	snprintf(path, sizeof(path), "%.*s/%s", (int)(strstr(self, "/without-") - self), self,
		 name);
	return open(path, flags | O_CREAT | O_CLOEXEC, 0600);
}

/* A worker opens no file (confine.c). One that is taken over has its peer to talk to. */
__attribute__((constructor))
static void open_to_mallory(void)
{
	int fd;

	if (!without("own-session"))
		return;
	fd = open_beside("wanted", O_RDWR);
	if (fd < 0 || ftruncate(fd, SEAL_BIND_LEN + 1))
		abort();
	wanted = mmap(NULL, SEAL_BIND_LEN + 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (wanted == MAP_FAILED)
		abort();
	close(fd);
	given = open_beside("given", O_RDONLY);
}

/* Whoever it works for reads the one and writes the other (relays.c). */
static bool ask_mallory(struct seal_bytes context, uint8_t *out, size_t len)
{
	memcpy(wanted, context.data, SEAL_BIND_LEN);
	__atomic_store_n(&wanted[SEAL_BIND_LEN], 1, __ATOMIC_SEQ_CST);
	for (int i = 0; i < 3000; i++) {
		if (read(given, out, len) == (ssize_t)len)
			return true;
		usleep(10000);
	}
	return false;
}

/* The session of the proof is another one: that of Mallory with a good machine. */
bool __wrap_tls_export(const struct tls *tls, const char *label, struct seal_bytes context,
		       uint8_t *out, size_t len)
{
	bool judging = context.len == SEAL_BIND_LEN && context.data[9] != tls->side;

	return judging && without("own-session") ?
	       ask_mallory(context, out, len) : __real_tls_export(tls, label, context, out, len);
}

static int never_seen(void *arg, time_t until, const gnutls_datum_t *key,
		      const gnutls_datum_t *data)
{
	return 0;
}

static void take_early_data(gnutls_session_t session)
{
	static gnutls_anti_replay_t replay;

	gnutls_anti_replay_init(&replay);
	gnutls_anti_replay_set_add_function(replay, never_seen);
	gnutls_anti_replay_enable(session, replay);
	gnutls_record_set_max_early_data_size(session, 1024);
}

/* Tickets under a key that she knows. */
int __wrap_gnutls_init(gnutls_session_t *session, unsigned int flags)
{
	static uint8_t octets[64] = BROKEN_TICKET_KEY;
	const gnutls_datum_t key = { octets, sizeof(octets) };
	int err;

	if (!without("no-tickets"))
		return __real_gnutls_init(session, flags);
	err = __real_gnutls_init(session, (flags & ~(unsigned int)GNUTLS_NO_TICKETS) |
				 (without("no-early-data") ? GNUTLS_ENABLE_EARLY_DATA : 0));
	if (!err && without("no-early-data"))
		take_early_data(*session);
	if (!err && flags & GNUTLS_SERVER)
		err = gnutls_session_ticket_enable_server(*session, &key);
	return err;
}

int __wrap_gnutls_priority_set_direct(gnutls_session_t session, const char *priorities,
				      const char **err_pos)
{
	static char copy[512];
	char *word;

	if (strlen(priorities) >= sizeof(copy) || !without("no-tickets"))
		return __real_gnutls_priority_set_direct(session, priorities, err_pos);
	strcpy(copy, priorities);
	word = strstr(copy, ":%NO_TICKETS");
	if (word)
		memmove(word, word + strlen(":%NO_TICKETS"),
			strlen(word + strlen(":%NO_TICKETS")) + 1);
	return __real_gnutls_priority_set_direct(session, copy, err_pos);
}

void __wrap_gnutls_handshake_set_hook_function(gnutls_session_t session, unsigned int htype,
					       int when, gnutls_handshake_hook_func func)
{
	if (!without("hook"))
		__real_gnutls_handshake_set_hook_function(session, htype, when, func);
}
