/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How an exchange ends: SealResult, SealDone, SealError.
 * Documentation/protocol.rst, "Results and errors".
 *
 * A SealResult always says yes. A side that refuses sends SealError in its
 * place, shuts down writing, drains for a bounded time and closes.
 */
#ifndef SEAL_WIRE_RESULT_H
#define SEAL_WIRE_RESULT_H

#include "wire/buf.h"
#include "wire/frame.h"

/* What the peer is told; the exact reason stays in the local log. */
enum seal_code {
	SEAL_CODE_OK = 0,
	SEAL_CODE_ATTESTATION_REQUIRED = 1,
	SEAL_CODE_UNSUPPORTED = 2,
	SEAL_CODE_MALFORMED = 3,
	SEAL_CODE_REJECTED = 4,		/* stands for 4 to 10 of the draft: no oracle */
	SEAL_CODE_STALE = 11,
	SEAL_CODE_VERIFIER_UNAVAILABLE = 12,
	SEAL_CODE_REFUSED = 13,		/* the peer answered with an empty authenticator */
	SEAL_CODE_TIMEOUT = 14,
	SEAL_CODE_INTERNAL = 15,
	SEAL_CODE_EXPIRED = 16,
	SEAL_CODE_BUSY = 17,
	SEAL_CODE_COUNT
};

/* "rejected" ...; "unknown" for every other value. */
const char *seal_code_name(unsigned int code);
/* True when trying again later can help without anybody changing anything. */
bool seal_code_transient(unsigned int code);

#define SEAL_RESULT_LEN	17u	/* with an empty ar_cmw */

struct seal_result {
	enum seal_side attester;	/* whose evidence was accepted */
	uint64_t exchange;
	uint32_t valid_for;		/* seconds, more than 0 */
};

#define SEAL_DONE_LEN	33u
#define SEAL_DONE_READY	1u

struct seal_done {
	/*
	 * SHA-256 over all frames the client sent, in order, then all that the
	 * server sent, headers included, SealDone and log frames excluded.
	 */
	uint8_t transcript[32];
};

#define SEAL_ERROR_LEN	3u

struct seal_error {
	enum seal_code code;		/* never SEAL_CODE_OK */
};

/* Encoders write the body of a frame of fixed length. */
void seal_result_encode(const struct seal_result *result,
			uint8_t out[SEAL_RESULT_LEN]);
void seal_done_encode(const struct seal_done *done, uint8_t out[SEAL_DONE_LEN]);
void seal_error_encode(const struct seal_error *error,
		       uint8_t out[SEAL_ERROR_LEN]);
/* Decoders give false for another length or a value that is not legal. */
bool seal_result_decode(struct seal_bytes body, struct seal_result *result_ret);
bool seal_done_decode(struct seal_bytes body, struct seal_done *done_ret);
/* An unknown code is read as SEAL_CODE_INTERNAL: it is an error all the same. */
bool seal_error_decode(struct seal_bytes body, struct seal_error *error_ret);

#endif /* SEAL_WIRE_RESULT_H */
