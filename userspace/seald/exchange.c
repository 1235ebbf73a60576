// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The frames of SEAL/1 as the worker sees them: what to send when it is our
 * turn, what to do with what comes when it is the peer's. wire/frame.c says
 * whose turn it is; the verifier says whether what came is good.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "verify/bind.h"
#include "wire/result.h"
#include "worker.h"

/* How long the peer gets to read a SealError before the socket is closed. */
#define DRAIN_NS	300000000u

static enum seal_side peer_side(const struct worker *w)
{
	return seal_side_other(w->job.side);
}

static int log_append(struct frame_log *log, const void *data, size_t len)
{
	if (log->len + len > log->size) {
		size_t size = (log->len + len) * 2;
		uint8_t *more = realloc(log->data, size);

		if (!more)
			return -1;
		log->data = more;
		log->size = size;
	}
	memcpy(log->data + log->len, data, len);
	log->len += len;
	return 0;
}

static int log_frame(struct worker *w, enum seal_side side, uint8_t type,
		     size_t len)
{
	if (type == SEAL_FRAME_DONE || seal_frame_is_log(type))
		return 0;
	if (type == SEAL_FRAME_HELLO) {
		w->ex.hello_at[side] = w->ex.log[side].len;
		w->ex.hello_len[side] = len;
	}
	if (log_append(&w->ex.log[side], w->body, len))
		return worker_fail(w, SEAL_REASON_INTERNAL, true, "out of memory");
	return 0;
}

/* The body is in @w->body already, after the room for the header. */
static int frame_send(struct worker *w, enum seal_frame_type type, size_t len)
{
	struct seal_frame frame = { .type = type, .length = (uint32_t)len };
	enum seal_step step;
	int err;

	step = seal_turn_step(&w->ex.turn, w->job.side, &frame);
	if (step != SEAL_STEP_TAKEN)
		return worker_fail(w, SEAL_REASON_INTERNAL, false,
				   "sending %s out of turn", seal_frame_name(type));
	seal_frame_encode(&frame, w->body);
	len += SEAL_FRAME_HEADER_LEN;
	if (log_frame(w, w->job.side, type, len))
		return -1;
	err = tls_send(&w->tls, w->body, len);
	return err ? worker_fail_tls(w, err) : 0;
}

/* Not stepped: after a frame out of turn no step is legal any more. */
void exchange_error(struct worker *w, enum seal_code code)
{
	struct seal_frame frame = {
		.type = SEAL_FRAME_ERROR, .length = SEAL_ERROR_LEN,
	};
	struct seal_error error = { .code = code };
	uint8_t out[SEAL_FRAME_HEADER_LEN + SEAL_ERROR_LEN];
	uint64_t until = ipc_now() + DRAIN_NS;

	seal_frame_encode(&frame, out);
	seal_error_encode(&error, out + SEAL_FRAME_HEADER_LEN);
	w->tls.deadline = until;
	w->tls.refused = w->refused;
	if (!w->tls.misuse && !w->tls.cut)
		tls_send(&w->tls, out, sizeof(out));
	shutdown(w->tls.fd, SHUT_WR);
	tls_drain(&w->tls, until);
}

/* 0 with the body after the header in @w->body. */
static int frame_receive(struct worker *w, struct seal_frame *frame,
			 enum seal_step *step)
{
	uint8_t *body = w->body + SEAL_FRAME_HEADER_LEN;
	int err;

	if (seal_turn_frame(&w->ex.turn) == SEAL_FRAME_DONE &&
	    gnutls_record_check_pending(w->tls.session))
		return worker_fail(w, SEAL_REASON_OUT_OF_TURN, false,
				   "done is not alone in its record");
	err = tls_recv(&w->tls, w->body, SEAL_FRAME_HEADER_LEN);
	if (err)
		return worker_fail_tls(w, err);
	if (!seal_frame_decode(w->body, frame))
		return worker_fail(w, SEAL_REASON_FRAME_BAD, false,
				   "type 0x%02x, length %02x%02x%02x%02x",
				   w->body[0], w->body[1], w->body[2],
				   w->body[3], w->body[4]);
	*step = seal_turn_step(&w->ex.turn, peer_side(w), frame);
	if (*step == SEAL_STEP_REFUSED)
		return worker_fail(w, SEAL_REASON_OUT_OF_TURN, false,
				   "%s of %u octets",
				   seal_frame_name(frame->type), frame->length);
	err = tls_recv(&w->tls, body, frame->length);
	if (err)
		return worker_fail_tls(w, err);
	return log_frame(w, peer_side(w), frame->type,
			 SEAL_FRAME_HEADER_LEN + frame->length);
}

struct seal_bytes exchange_hello(const struct worker *w, enum seal_side side)
{
	return (struct seal_bytes){ w->ex.log[side].data + w->ex.hello_at[side],
				    w->ex.hello_len[side] };
}

static bool transcript(const struct worker *w, uint8_t out[SEAL_SHA256_LEN])
{
	struct seal_bytes parts[2] = {
		{ w->ex.log[SEAL_SIDE_CLIENT].data, w->ex.log[SEAL_SIDE_CLIENT].len },
		{ w->ex.log[SEAL_SIDE_SERVER].data, w->ex.log[SEAL_SIDE_SERVER].len },
	};

	return seal_hash_parts(SEAL_HASH_SHA256, parts, 2, out);
}

/* What we send, by frame type. Each returns the length of the body, 0: failed. */

static bool can_attest(const struct worker *w)
{
	return w->plan.attest && w->attester.identity.modes && w->attester.cert_count;
}

static size_t send_hello(struct worker *w, uint8_t *out, size_t size)
{
	struct seal_hello hello = {
		.can_attest = can_attest(w),
		.wants_peer = w->plan.wants_peer,
		/* One who shows nothing says what everybody can. */
		.modes = can_attest(w) ? w->attester.identity.modes : SEAL_HELLO_EVIDENCE,
		.profile = w->plan.profile,
		.consumer = w->job.class,
		.uid = w->job.uid,
		.media_count = w->plan.media_count,
	};
	size_t len;

	memcpy(hello.media_types, w->plan.media_types, sizeof(hello.media_types));
	if (getrandom(hello.random, sizeof(hello.random), 0) !=
	    sizeof(hello.random))
		return 0;
	len = seal_hello_encode(&hello, out, size);
	if (!len)
		worker_fail(w, SEAL_REASON_INTERNAL, false, "hello not encodable");
	return len;
}

static size_t send_request(struct worker *w, uint8_t *out, size_t size)
{
	memcpy(out, w->ex.request, w->ex.request_len);
	return w->ex.request_len;
}

static size_t send_result(struct worker *w, uint8_t *out, size_t size)
{
	struct seal_result result = {
		.attester = peer_side(w), .valid_for = w->ex.valid_for,
	};

	seal_result_encode(&result, out);
	return SEAL_RESULT_LEN;
}

static size_t send_done(struct worker *w, uint8_t *out, size_t size)
{
	struct seal_done done;

	if (!transcript(w, done.transcript))
		return 0;
	seal_done_encode(&done, out);
	return SEAL_DONE_LEN;
}

/* What the peer sends, by frame type. Each returns 0, or -1 after a failure. */

static int take_hello(struct worker *w, struct seal_bytes body)
{
	struct seal_hello hello;

	if (!seal_hello_decode(body, &hello))
		return worker_fail(w, SEAL_REASON_HELLO_BAD, false, "%zu octets",
				   body.len);
	return 0;
}

static int take_request(struct worker *w, struct seal_bytes body)
{
	if (body.len > sizeof(w->ex.asked))
		return worker_fail(w, SEAL_REASON_REQUEST_BAD, false, "%zu octets",
				   body.len);
	memcpy(w->ex.asked, body.data, body.len);
	w->ex.asked_len = body.len;
	if (prove_asked(w))
		return -1;
	if (seal_turn_frame(&w->ex.turn) != SEAL_FRAME_REQUEST)
		prove_begin(w);
	return 0;
}

/* In the place of a result; only what the peer's AuthRequest spoke of. */
static int take_log_request(struct worker *w, struct seal_bytes body)
{
	struct seal_bytes request = { w->ex.asked, w->ex.asked_len };
	struct seal_ask ask;

	if (!seal_log_ask_decode(body, &w->ex.log_ask) ||
	    !seal_ask_decode(request, &ask) ||
	    !(ask.want_logs & SEAL_WANT_LOG(w->ex.log_ask.log)))
		return worker_fail(w, SEAL_REASON_REQUEST_BAD, false, "log");
	return 0;
}

static int take_result(struct worker *w, struct seal_bytes body)
{
	struct seal_result result;

	if (!seal_result_decode(body, &result) ||
	    result.attester != w->job.side || result.exchange != 0)
		return worker_fail(w, SEAL_REASON_RESULT_BAD, false, "result");
	return 0;
}

static int take_done(struct worker *w, struct seal_bytes body)
{
	uint8_t ours[SEAL_SHA256_LEN];
	struct seal_done done;

	if (!seal_done_decode(body, &done))
		return worker_fail(w, SEAL_REASON_RESULT_BAD, false, "done");
	if (!transcript(w, ours))
		return worker_fail(w, SEAL_REASON_INTERNAL, false, "hash");
	if (memcmp(ours, done.transcript, sizeof(ours)))
		return worker_fail(w, SEAL_REASON_TRANSCRIPT, false, "done");
	/* It must be alone in its record: what follows belongs to the kernel. */
	if (gnutls_record_check_pending(w->tls.session))
		return worker_fail(w, SEAL_REASON_OUT_OF_TURN, false,
				   "octets after done");
	return 0;
}

static const struct handler {
	size_t (*send)(struct worker *w, uint8_t *out, size_t size);
	int (*take)(struct worker *w, struct seal_bytes body);
} handlers[] = {
	[SEAL_FRAME_HELLO] = { send_hello, take_hello },
	[SEAL_FRAME_REQUEST] = { send_request, take_request },
	[SEAL_FRAME_AUTHENTICATOR] = { prove, judge },
	[SEAL_FRAME_LOG_REQUEST] = { NULL, take_log_request },
	[SEAL_FRAME_LOG_DATA] = { prove_log, NULL },
	[SEAL_FRAME_RESULT] = { send_result, take_result },
	[SEAL_FRAME_DONE] = { send_done, take_done },
};

static int exchange_send(struct worker *w)
{
	enum seal_frame_type type = seal_turn_frame(&w->ex.turn);
	size_t len = handlers[type].send(w, w->body + SEAL_FRAME_HEADER_LEN,
					 sizeof(w->body) - SEAL_FRAME_HEADER_LEN);

	if (!len)
		return worker_fail(w, SEAL_REASON_INTERNAL, false, "no %s to send",
				   seal_frame_name(type));
	if (frame_send(w, type, len))
		return -1;
	/* Not before: the peer waits for this frame, and ours is shown after its own is judged. */
	if (type == SEAL_FRAME_REQUEST && w->ex.asked_len)
		prove_begin(w);
	return 0;
}

static int take_error(struct worker *w, struct seal_bytes body)
{
	struct seal_error error;

	w->ex.ended = true;
	if (!seal_error_decode(body, &error))
		return worker_fail(w, SEAL_REASON_RESULT_BAD, false, "error");
	return worker_fail(w, seal_reason_of_code(error.code),
			   seal_code_transient(error.code), "peer says %s",
			   seal_code_name(error.code));
}

/* The next frame that counts, in its turn. */
static int receive_due(struct worker *w, struct seal_frame *frame,
		       struct seal_bytes *body)
{
	enum seal_step step = SEAL_STEP_IGNORED;

	while (step == SEAL_STEP_IGNORED)
		if (frame_receive(w, frame, &step))
			return -1;
	*body = (struct seal_bytes){ w->body + SEAL_FRAME_HEADER_LEN, frame->length };
	return step == SEAL_STEP_ENDED ? take_error(w, *body) : 0;
}

static int exchange_receive(struct worker *w)
{
	struct seal_frame frame;
	struct seal_bytes body;

	if (receive_due(w, &frame, &body))
		return -1;
	return handlers[frame.type].take(w, body);
}

int exchange_log(struct worker *w, struct seal_bytes ask,
		 struct seal_bytes *data_ret)
{
	struct seal_frame frame;

	if (ask.len != SEAL_LOG_REQUEST_MAX)
		return worker_fail(w, SEAL_REASON_VERIFIER, true, "log");
	memcpy(w->body + SEAL_FRAME_HEADER_LEN, ask.data, ask.len);
	if (frame_send(w, SEAL_FRAME_LOG_REQUEST, ask.len))
		return -1;
	return receive_due(w, &frame, data_ret);
}

static bool hello_of(const struct worker *w, enum seal_side side,
		     struct seal_hello *hello)
{
	struct seal_bytes frame = exchange_hello(w, side);

	frame.data += SEAL_FRAME_HEADER_LEN;
	frame.len -= SEAL_FRAME_HEADER_LEN;
	return seal_hello_decode(frame, hello);
}

/* Both hellos are there: who asks whom, and what do we ask? */
static int exchange_agree(struct worker *w)
{
	struct ipc_hellos m = {
		.client = exchange_hello(w, SEAL_SIDE_CLIENT),
		.server = exchange_hello(w, SEAL_SIDE_SERVER),
	};
	struct seal_hello client, server;
	size_t len = ipc_hellos_encode(&m, w->ipc, sizeof(w->ipc));

	if (worker_ask(w, IPC_HELLOS, (struct seal_bytes){ w->ipc, len },
		       IPC_REQUEST))
		return -1;
	if (w->msg.body.len > sizeof(w->ex.request))
		return worker_fail(w, SEAL_REASON_VERIFIER, true, "request");
	w->ex.request_len = w->msg.body.len;
	if (w->ex.request_len)
		memcpy(w->ex.request, w->msg.body.data, w->ex.request_len);
	if (!hello_of(w, SEAL_SIDE_CLIENT, &client) ||
	    !hello_of(w, SEAL_SIDE_SERVER, &server) ||
	    !seal_turn_agree(&w->ex.turn, &client, &server))
		return worker_fail(w, SEAL_REASON_INTERNAL, false, "agree");
	return 0;
}

static int exchange_step(struct worker *w)
{
	if (w->ex.turn.state == SEAL_TURN_AGREE)
		return exchange_agree(w);
	if (seal_turn_sender(&w->ex.turn) == w->job.side)
		return exchange_send(w);
	return exchange_receive(w);
}

int exchange_run(struct worker *w)
{
	seal_turn_start(&w->ex.turn);
	while (!seal_turn_complete(&w->ex.turn)) {
		if (!exchange_step(w))
			continue;
		if (w->refused)
			exchange_error(w, (enum seal_code)w->refuse.code);
		else if (!w->ex.ended && w->failed.reason != SEAL_REASON_TLS)
			exchange_error(w, seal_reason_code(w->failed.reason));
		return -1;
	}
	return 0;
}
