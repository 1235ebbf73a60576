// SPDX-License-Identifier: GPL-2.0-or-later
/* Two forms of one thing. */
#include "verify/envelope.h"

#include "verify/ear_json.h"
#include "wire/cmw_tree.h"

#define OK SEAL_REASON_ACCEPTED

enum seal_reason seal_envelope_open(struct seal_bytes in, struct seal_envelope *ret)
{
	enum seal_reason reason;

	ret->is_jws = seal_jws_likely(in);
	reason = ret->is_jws ? seal_jws_decode(in, &ret->jws) : seal_cose_decode(in, &ret->cose);
	if (reason != OK)
		return reason;
	ret->kid = ret->is_jws ? (struct seal_bytes){ ret->jws.kid, sizeof(ret->jws.kid) }
			       : ret->cose.kid;
	return OK;
}

bool seal_envelope_verify(const struct seal_envelope *e, const struct seal_key *key)
{
	const struct seal_bytes no_aad = { 0 };

	return e->is_jws ? seal_jws_verify(&e->jws, key) : seal_cose_verify(&e->cose, no_aad, key);
}

enum seal_reason seal_envelope_claims(const struct seal_envelope *e,
				      uint8_t room[SEAL_EAR_MAX], struct seal_ear *ret)
{
	if (e->is_jws)
		return seal_ear_of_json((struct seal_bytes){ e->jws.payload, e->jws.payload_len },
					room, ret);
	if (e->cose.content != SEAL_FORMAT_EAT_CWT)
		return SEAL_REASON_COSE_BAD;
	return seal_ear_decode(e->cose.payload, ret);
}
