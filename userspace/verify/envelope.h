/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a result travels in: COSE_Sign1 around CBOR, or JWS around JSON. */
#ifndef SEAL_VERIFY_ENVELOPE_H
#define SEAL_VERIFY_ENVELOPE_H

#include "verify/ear.h"
#include "verify/jws.h"

/**
 * struct seal_envelope - a signed result, not yet believed
 * @is_jws: @jws is it, else @cose
 * @kid: whose it says that it is; may be empty
 */
struct seal_envelope {
	bool is_jws;
	struct seal_bytes kid;
	struct seal_cose cose;
	struct seal_jws jws;
};

/* SEAL_REASON_ACCEPTED, or COSE_*: it has the form of one. Views point into both. */
enum seal_reason seal_envelope_open(struct seal_bytes in, struct seal_envelope *ret);
/* Signed by @key? */
bool seal_envelope_verify(const struct seal_envelope *envelope, const struct seal_key *key);
/* The claims in it, by whomever; views point into @room or the envelope's octets. */
enum seal_reason seal_envelope_claims(const struct seal_envelope *envelope,
				      uint8_t room[SEAL_EAR_MAX], struct seal_ear *ret);

#endif /* SEAL_VERIFY_ENVELOPE_H */
