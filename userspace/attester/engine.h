/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread that the TPM keeps waiting, so that the loop need not: one operation
 * at a time goes in, and a descriptor tells when it is done.
 */
#ifndef SEAL_ATTESTER_ENGINE_H
#define SEAL_ATTESTER_ENGINE_H

#include "attester/evidence.h"

enum att_job_kind {
	ATT_JOB_NONE = 0,
	ATT_JOB_SIGN,		/* with the TLS key */
	ATT_JOB_QUOTE,
};

/**
 * struct att_job - one operation
 * @digest: to sign
 * @selection: to quote, with @data as qualifying data, of @data_len octets
 * @ret: 0 or -errno, and then @error says why
 * @sig: of @sig_len octets
 * @proof: of the quote
 * @took: ns
 */
struct att_job {
	enum att_job_kind kind;
	uint8_t digest[ATT_MAX_HASH];
	struct att_selection selection;
	uint8_t data[SEAL_HASH_MAX];
	size_t data_len;
	int ret;
	char error[256];
	uint8_t sig[ATT_MAX_SIG];
	size_t sig_len;
	union att_proof proof;
	uint64_t took;
};

struct att_engine;

/** att_engine_start - begin to use the TPM of @keys, which nobody else may; or NULL */
struct att_engine *att_engine_start(struct att_keys *keys, const struct att_evidence_type *type);

/** att_engine_stop - wait for the operation that runs, and end; NULL is fine */
void att_engine_stop(struct att_engine *engine);

/** att_engine_fd - readable when an operation is done; -1 for NULL */
int att_engine_fd(const struct att_engine *engine);

/** att_engine_idle - nothing was given that is not taken */
bool att_engine_idle(const struct att_engine *engine);

/** att_engine_job - to be filled, while the engine is idle */
struct att_job *att_engine_job(struct att_engine *engine);

/** att_engine_go - do what is in it */
void att_engine_go(struct att_engine *engine);

/** att_engine_take - what came of it, valid until the next one is filled */
const struct att_job *att_engine_take(struct att_engine *engine);

#endif /* SEAL_ATTESTER_ENGINE_H */
