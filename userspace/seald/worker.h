/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the worker share.
 */
#ifndef SEALD_WORKER_H
#define SEALD_WORKER_H

#include "seald/attester_channel.h"
#include "seald/ipc.h"
#include "seald/messages.h"
#include "seald/tls.h"
#include "verify/ea.h"
#include "verify/reason.h"
#include "wire/frame.h"
#include "wire/hello.h"
#include "wire/log.h"
#include "wire/authenticator.h"
#include "wire/request.h"

/* Frames of one side, as they went over the wire, headers included. */
struct frame_log {
	uint8_t *data;
	size_t len;
	size_t size;
};

/**
 * struct exchange - SEAL/1 on one connection
 * @turn: whose turn it is
 * @log: frames by side (index SEAL_SIDE_*), the two SealDone excluded
 * @hello_at: by side: where SealHello is in @log, behind what was ignored
 * @hello_len: by side
 * @request: body of our AuthRequest, empty when we do not ask
 * @asked: body of the peer's AuthRequest
 * @log_ask: the piece of our logs that the peer asked for
 * @valid_for: seconds, for SealResult, after the verifier accepted
 * @ended: by a SealError of the peer, which is not answered
 */
struct exchange {
	struct seal_turn turn;
	struct frame_log log[3];
	size_t hello_at[3];
	size_t hello_len[3];
	uint8_t request[SEAL_REQUEST_MAX];
	size_t request_len;
	uint8_t asked[SEAL_REQUEST_MAX];
	size_t asked_len;
	struct seal_log_ask log_ask;
	uint32_t valid_for;
	bool ended;
};

enum proof_state {
	PROOF_NONE = 0,		/* nobody asked */
	PROOF_CLAIMED,		/* the quote is under way */
	PROOF_SIGNING,		/* evidence is in the certificate, the signature is due */
	PROOF_READY,
	PROOF_FAILED,
};

/**
 * struct proof - our own authenticator, in the making
 * @ask: what the peer asked for, views of its AuthRequest
 * @err: a negative errno, and @what failed, in PROOF_FAILED
 * @keys: exporters of our side, until it is ready
 * @out: of @len octets when it is ready; @certificate of them come first
 * @cmw: room for the evidence
 */
struct proof {
	enum proof_state state;
	struct seal_ask ask;
	int err;
	const char *what;
	struct seal_ea_keys keys;
	uint8_t out[SEAL_AUTHENTICATOR_MAX];
	size_t len;
	size_t certificate;
	uint8_t cmw[ATT_MAX_EVIDENCE];
};

/**
 * struct worker - one handshake
 * @patience: of @tls and @attester
 * @no_identity: a negative errno, why the attester did not tell ours
 * @refused: the verifier said no: it told the monitor why, and us what to say
 * @refuse: what to say to the peer
 * @failed: set by worker_fail(), the first one counts
 * @body: room for the frame being sent or received
 */
struct worker {
	struct ipc_worker job;
	struct ipc_channel monitor;
	struct ipc_channel verifier;
	struct patience patience;
	struct attester_channel attester;
	int no_identity;
	struct tls tls;
	struct ipc_offer offer;
	struct ipc_plan plan;
	struct exchange ex;
	struct proof proof;
	bool refused;
	struct ipc_refuse refuse;
	bool has_failed;
	struct ipc_failed failed;
	struct ipc_message msg;
	uint8_t body[SEAL_FRAME_HEADER_LEN + SEAL_FRAME_MAX];
	uint8_t ipc[IPC_MAX];
};

/** worker_fail - note why this handshake ends; always returns -1 */
int worker_fail(struct worker *w, enum seal_reason reason, bool transient,
		const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/** worker_fail_tls - the same for an error of GnuTLS */
int worker_fail_tls(struct worker *w, int err);

/**
 * worker_ask - send a message to the verifier and wait for its answer
 * @expect: the answer; IPC_REFUSE is always possible and gives -1
 *
 * Returns 0 with the answer in @w->msg, or -1 after worker_fail() or with
 * @w->refused set.
 */
int worker_ask(struct worker *w, enum ipc_type type, struct seal_bytes body,
	       enum ipc_type expect);

/** worker_expect - wait for an answer of the verifier; see worker_ask() */
int worker_expect(struct worker *w, enum ipc_type expect);

/**
 * exchange_run - all frames from SealHello to SealDone
 *
 * 0 when both sides are done, else -1 and SealError was sent, unless it was the
 * peer's.
 */
int exchange_run(struct worker *w);

/** exchange_hello - the whole SealHello frame of a side, once it was there */
struct seal_bytes exchange_hello(const struct worker *w, enum seal_side side);

/**
 * exchange_log - have a piece of a log of the peer
 * @ask: body of a LogRequest frame
 * @data_ret: body of the LogData frame, in @w->body
 */
int exchange_log(struct worker *w, struct seal_bytes ask,
		 struct seal_bytes *data_ret);

/** judge - let the verifier judge the Authenticator in @body, logs included */
int judge(struct worker *w, struct seal_bytes body);

/** exchange_error - send SealError, shut down writing and drain for a while */
void exchange_error(struct worker *w, enum seal_code code);

/** prove_asked - the AuthRequest in @w->ex.asked came: 0, or -1 after worker_fail() */
int prove_asked(struct worker *w);

/**
 * prove_begin - let the attester begin with the answer to it
 *
 * Quote and signature are made while the peer makes its own or we judge them.
 */
void prove_begin(struct worker *w);

/**
 * prove - the answer to it
 * @out: receives the body of an Authenticator frame
 *
 * Returns its length, or 0 after worker_fail().
 */
size_t prove(struct worker *w, uint8_t *out, size_t size);

/** prove_log - the piece in @w->ex.log_ask, as body of a LogData frame */
size_t prove_log(struct worker *w, uint8_t *out, size_t size);

#endif /* SEALD_WORKER_H */
