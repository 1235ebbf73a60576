// SPDX-License-Identifier: GPL-2.0-or-later
/* Results of other verifiers. */
#include "verify/result.h"

#include <string.h>

#include "verify/envelope.h"
#include "wire/cmw_tree.h"

#define OK SEAL_REASON_ACCEPTED

enum seal_reason seal_result_check(struct seal_bytes result,
				   const struct seal_verifiers *verifiers,
				   const struct seal_policy *policy, int64_t now,
				   uint8_t room[SEAL_EAR_MAX], struct seal_ear *ear_ret,
				   const struct seal_anchor **anchor_ret)
{
	struct seal_envelope envelope;
	const struct seal_verifier *by;
	enum seal_reason reason;

	reason = seal_envelope_open(result, &envelope);
	if (reason != OK)
		return reason;
	by = seal_verifiers_trusted(verifiers, policy, envelope.kid);
	if (!by)
		return SEAL_REASON_COSE_KEY;
	if (!seal_envelope_verify(&envelope, &by->key))
		return SEAL_REASON_COSE_SIGNATURE;
	reason = seal_envelope_claims(&envelope, room, ear_ret);
	return reason == OK ? seal_ear_check(ear_ret, now, anchor_ret) : reason;
}

enum seal_reason seal_result_fits(const struct seal_ear *ear, const struct seal_anchor *anchor,
				  const struct seal_appraisal_in *in)
{
	const struct seal_bytes subject = { (const uint8_t *)in->identity->text,
					    strlen(in->identity->text) };

	if (!seal_bytes_equal(ear->subject, subject))
		return SEAL_REASON_EAR_IDENTITY;
	if (memcmp(anchor->subject_key, in->cert->spki_hash, SEAL_SHA256_LEN))
		return SEAL_REASON_EAR_KEY;
	if (anchor->pcrs.bank != in->asked.bank || anchor->pcrs.mask != in->asked.mask)
		return SEAL_REASON_EAR_SELECTION;
	if (!(anchor->consumers >> in->claims.consumer & 1))
		return SEAL_REASON_EAR_CONSUMER;
	if (in->policy->age && in->now - ear->issued > in->policy->age)
		return SEAL_REASON_AGE;
	return OK;
}

bool seal_result_digest_good(const struct seal_policy *policy, const struct seal_anchor *anchor)
{
	return !policy->digests.count ||
	       seal_policy_lists(&policy->digests, (struct seal_bytes){ anchor->digest,
									anchor->digest_len });
}

uint16_t seal_result_format(struct seal_bytes result)
{
	return seal_jws_likely(result) ? SEAL_FORMAT_EAT_JWT : SEAL_FORMAT_EAT_CWT;
}

static bool take(struct seal_bytes in, uint16_t format, union seal_evidence *ret)
{
	ret->result = in;
	return in.len && in.len <= SEAL_RESULT_MAX_LEN && seal_result_format(in) == format;
}

bool seal_result_take_cwt(struct seal_bytes in, union seal_evidence *ret)
{
	return take(in, SEAL_FORMAT_EAT_CWT, ret);
}

bool seal_result_take_jwt(struct seal_bytes in, union seal_evidence *ret)
{
	return take(in, SEAL_FORMAT_EAT_JWT, ret);
}

/*
 * A result for this connection names its binder. A plain one needs an age, which is that of
 * the evidence only where the verifier knew of its own that it was fresh: by a nonce it was
 * fresh for who chose that, and may have been shown to the verifier once more.
 */
static enum seal_reason check_fresh(const struct seal_ear *ear,
				    const struct seal_appraisal_in *in)
{
	if (in->mode == SEAL_MODE_PLAIN && !in->policy->age)
		return SEAL_REASON_AGE;
	if (in->mode == SEAL_MODE_PLAIN)
		return ear->nonce.len ? SEAL_REASON_EAR_NONCE : OK;
	return seal_bytes_equal_ct(ear->nonce, (struct seal_bytes){ in->binder,
								   sizeof(in->binder) })
	       ? OK : SEAL_REASON_EAR_NONCE;
}

enum seal_reason seal_result_residency(const struct seal_policy *policy,
				       const struct seal_ear *ear)
{
	bool in_tpm = seal_ear_affirms(ear, SEAL_TRUST_STORAGE_OPAQUE);

	if (policy->residency != SEAL_KEY_ANYWHERE &&
	    in_tpm != (policy->residency == SEAL_KEY_IN_TPM))
		return SEAL_REASON_KEY_RESIDENCY;
	return OK;
}

enum seal_reason seal_result_state(const struct seal_policy *policy,
				   const struct seal_anchor *anchor)
{
	if (!seal_result_digest_good(policy, anchor))
		return SEAL_REASON_PCR_SET;
	if ((policy->reset_pinned && anchor->reset_count != policy->reset_count) ||
	    (policy->restart_pinned && anchor->restart_count != policy->restart_count))
		return SEAL_REASON_RESET;
	return OK;
}

/* What a quote of the peer would show, of which there is none here. */
static enum seal_reason check_state(const struct seal_ear *ear, const struct seal_anchor *anchor,
				    const struct seal_appraisal_in *in)
{
	const struct seal_policy *policy = in->policy;
	enum seal_reason reason;

	if (in->own_ak.len && !policy->own_ak &&
	    seal_bytes_equal(seal_tpm_name_bytes(&anchor->ak), in->own_ak))
		return SEAL_REASON_AK_OWN;
	reason = seal_result_residency(policy, ear);
	if (reason != OK)
		return reason;
	if (policy->clock_safe)		/* no verifier says so */
		return SEAL_REASON_CLOCK;
	reason = seal_result_state(policy, anchor);
	if (reason != OK)
		return reason;
	if (policy->kernel_only && !seal_class_in_kernel(in->claims.consumer))
		return SEAL_REASON_CONSUMER;
	return OK;
}

static void report(const struct seal_ear *ear, const struct seal_anchor *anchor,
		   struct seal_appraisal *ret)
{
	*ret = (struct seal_appraisal){
		.ak_name = anchor->ak, .digest_len = anchor->digest_len,
		.key_in_tpm = seal_ear_affirms(ear, SEAL_TRUST_STORAGE_OPAQUE),
		.reset_count = anchor->reset_count, .restart_count = anchor->restart_count,
		.clock = anchor->clock, .not_after = ear->expires, .appraised = ear->issued,
	};
	memcpy(ret->digest, anchor->digest, anchor->digest_len);
}

enum seal_reason seal_result_appraise(const union seal_evidence *evidence,
				      const struct seal_appraisal_in *in,
				      struct seal_appraisal *ret)
{
	const struct seal_anchor *anchor;
	uint8_t room[SEAL_EAR_MAX];
	enum seal_reason reason;
	struct seal_ear ear;

	*ret = (struct seal_appraisal){ .not_after = INT64_MAX };
	reason = seal_result_check(evidence->result, in->verifiers, in->policy, in->now, room,
				   &ear, &anchor);
	if (reason != OK)
		return reason;
	report(&ear, anchor, ret);
	reason = seal_result_fits(&ear, anchor, in);
	if (reason == OK)
		reason = check_fresh(&ear, in);
	return reason == OK ? check_state(&ear, anchor, in) : reason;
}
