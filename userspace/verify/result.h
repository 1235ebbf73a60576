/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Results of other verifiers, as a relying party is shown them: signed by whom,
 * on whom, how fresh. What each mode rests on:
 *
 *	passport	a result, and a quote of this connection: passport.h
 *	interactive	a result that was made for this connection: its nonce is the binder
 *	plain		a result without a nonce, and nothing else: as fresh as age = of the
 *			policy says
 */
#ifndef SEAL_VERIFY_RESULT_H
#define SEAL_VERIFY_RESULT_H

#include "verify/evidence.h"

#define SEAL_RESULT_MAX_LEN	16384u	/* octets of a signed result */

/*
 * A signed result, for anybody who is shown one: envelope, signer and claims.
 * @verifiers and @policy say whose; *@anchor_ret is what it is good for. Views point
 * into @result or @room.
 */
enum seal_reason seal_result_check(struct seal_bytes result,
				   const struct seal_verifiers *verifiers,
				   const struct seal_policy *policy, int64_t now,
				   uint8_t room[SEAL_EAR_MAX], struct seal_ear *ear_ret,
				   const struct seal_anchor **anchor_ret);
/* Is it on this peer, for what was asked, and young enough for the policy? */
enum seal_reason seal_result_fits(const struct seal_ear *ear, const struct seal_anchor *anchor,
				  const struct seal_appraisal_in *in);
/* Does digest = of the policy let the pcrDigest of a result pass? */
bool seal_result_digest_good(const struct seal_policy *policy,
			     const struct seal_anchor *anchor);
/* Is the TLS key where the policy wants it, by the verifier's word? */
enum seal_reason seal_result_residency(const struct seal_policy *policy,
				       const struct seal_ear *ear);
/* That digest, and the counters that the policy pins. */
enum seal_reason seal_result_state(const struct seal_policy *policy,
				   const struct seal_anchor *anchor);

/* The CoAP Content-Format of a result, by its first octet. */
uint16_t seal_result_format(struct seal_bytes result);
/* The records of modes interactive and plain: a result alone, in CBOR or JSON. */
bool seal_result_take_cwt(struct seal_bytes in, union seal_evidence *ret);
bool seal_result_take_jwt(struct seal_bytes in, union seal_evidence *ret);
enum seal_reason seal_result_appraise(const union seal_evidence *evidence,
				      const struct seal_appraisal_in *in,
				      struct seal_appraisal *ret);

#endif /* SEAL_VERIFY_RESULT_H */
