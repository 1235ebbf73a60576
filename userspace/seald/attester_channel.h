/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The worker's end of the channel to the attester: attester_proto.h as calls.
 * Each waits for its answer until the deadline.
 */
#ifndef SEALD_ATTESTER_CHANNEL_H
#define SEALD_ATTESTER_CHANNEL_H

#include <stdbool.h>

#include "seald/attester_proto.h"
#include "seald/patience.h"
#include "verify/crypto.h"
#include "wire/buf.h"
#include "wire/log.h"

/**
 * struct attester_channel - channel and what the attester said of this host
 * @fd: -1 when this host has no attester
 * @deadline: CLOCK_BOOTTIME, ns, of the handshake
 * @patience: for waiting, or NULL
 * @busy: the last call failed because the TPM's queue is too long
 * @request: that was sent and has no answer yet, of @request_len octets or 0
 * @again: the attester was busy, after @tries; when to send it again
 * @identity: valid after attester_identity(), counts and keys
 * @certs: our certificate chain, leaf first, in @chain
 * @cert_count: 0 when this host has no TLS identity
 */
struct attester_channel {
	int fd;
	uint64_t deadline;
	struct patience *patience;
	bool busy;
	uint8_t request[sizeof(struct att_bind) + sizeof(struct att_claim)];
	size_t request_len;
	unsigned int tries;
	uint64_t again;
	struct att_identity identity;
	struct seal_bytes certs[SEAL_CERTS_MAX];
	size_t cert_count;
	uint8_t chain[ATT_MAX_CERTS];
};

/*
 * All return 0 or a negative errno: -EPIPE when there is no attester or it has
 * closed the channel, -EBUSY, -ETIMEDOUT, -EPROTO for an answer that is not
 * one, -EACCES when the attester says no,
 * -EHOSTDOWN when the verifier of this host did not say yes, -ENOTSUP for PCRs that
 * it does not quote.
 */
int attester_identity(struct attester_channel *at);
int attester_sign_tls(struct attester_channel *at, struct seal_bytes hash,
		      uint8_t sig[ATT_MAX_SIG], size_t *len);
int attester_bind(struct attester_channel *at, const struct att_bind *bind,
		  uint8_t context[ATT_BIND_CONTEXT]);

/*
 * What takes long has two halves, so that our TPM works while the peer's does.
 * Without @wait the second one gives -EAGAIN while there is no answer.
 */
/* @suite is for profile expat, else SEAL_HASH_NONE. */
int attester_claim_begin(struct attester_channel *at, struct seal_bytes pcr_select,
			 enum seal_hash suite, const uint8_t ekm[32]);
/* @cmw has room for ATT_MAX_EVIDENCE octets. */
int attester_claim_end(struct attester_channel *at, bool wait, uint8_t *cmw, size_t *len);
int attester_sign_ea_begin(struct attester_channel *at, struct seal_bytes transcript);
int attester_sign_ea_end(struct attester_channel *at, bool wait, uint8_t sig[ATT_MAX_SIG],
			 size_t *len);

/* @data has room for ATT_MAX_LOG octets. */
int attester_log(struct attester_channel *at, const struct seal_log_ask *ask,
		 uint8_t *data, size_t *len, bool *final);

#endif /* SEALD_ATTESTER_CHANNEL_H */
