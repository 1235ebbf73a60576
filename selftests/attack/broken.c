// SPDX-License-Identifier: GPL-2.0-or-later
/* Defences of the binding and the verdict. */
#include "broken.h"

#include <signal.h>
#include <string.h>

#include "verify/appraise_tpm.h"
#include "verify/bind.h"
#include "verify/evidence.h"
#include "verify/passport.h"
#include "verify/values.h"
#include "verify/verify.h"

__typeof__(seal_bind_encode) __real_seal_bind_encode, __wrap_seal_bind_encode;
__typeof__(seal_binder) __real_seal_binder, __wrap_seal_binder;
__typeof__(seal_bytes_equal_ct) __real_seal_bytes_equal_ct, __wrap_seal_bytes_equal_ct;
__typeof__(seal_cert_names) __real_seal_cert_names, __wrap_seal_cert_names;
__typeof__(seal_tpm_is_tik) __real_seal_tpm_is_tik, __wrap_seal_tpm_is_tik;
__typeof__(seal_tpm_appraise) __real_seal_tpm_appraise, __wrap_seal_tpm_appraise;
__typeof__(seal_passport_appraise) __real_seal_passport_appraise,
	__wrap_seal_passport_appraise;
__typeof__(seal_values_find) __real_seal_values_find, __wrap_seal_values_find;
__typeof__(seal_claim) __real_seal_claim, __wrap_seal_claim;
__typeof__(seal_verify) __real_seal_verify, __wrap_seal_verify;

static uint8_t nonce_and_key[2 * SEAL_SHA256_LEN];

void __wrap_seal_bind_encode(const struct seal_bind *bind, uint8_t out[SEAL_BIND_LEN])
{
	struct seal_bind b = *bind;

	memcpy(nonce_and_key, b.request_hash, SEAL_SHA256_LEN);
	memcpy(nonce_and_key + SEAL_SHA256_LEN, b.subject_key_hash, SEAL_SHA256_LEN);
	if (without("role"))
		b.attester = SEAL_SIDE_NONE;
	if (without("hello"))
		memset(b.hello_hash, 0, sizeof(b.hello_hash));
	if (without("request"))
		memset(b.request_hash, 0, sizeof(b.request_hash));
	if (without("certs")) {
		memset(b.attester_cert_hash, 0, sizeof(b.attester_cert_hash));
		memset(b.rp_cert_hash, 0, sizeof(b.rp_cert_hash));
	}
	__real_seal_bind_encode(&b, out);
}

bool __wrap_seal_binder(const uint8_t context[SEAL_BIND_LEN],
			const uint8_t ekm[SEAL_SHA256_LEN], uint8_t out[SEAL_SHA256_LEN])
{
	static const uint8_t zeros[SEAL_SHA256_LEN];

	return __real_seal_binder(context, without("exporter") ? zeros : ekm, out);
}

/* All that could be known before the handshake was complete (draft-fossati-tls-attestation). */
bool __wrap_seal_claim(const uint8_t binder[SEAL_SHA256_LEN], struct seal_bytes tik_name,
		       struct seal_bytes claims, uint8_t out[SEAL_SHA256_LEN])
{
	if (without("session"))
		return seal_sha256(nonce_and_key, sizeof(nonce_and_key), out);
	return __real_seal_claim(binder, tik_name, claims, out);
}

bool __wrap_seal_bytes_equal_ct(struct seal_bytes a, struct seal_bytes b)
{
	return without("quote-data") || __real_seal_bytes_equal_ct(a, b);
}

bool __wrap_seal_cert_names(const struct seal_cert *cert, const struct seal_identity *id)
{
	return without("ak-identity") || __real_seal_cert_names(cert, id);
}

bool __wrap_seal_tpm_is_tik(const struct seal_tpm_public *pub)
{
	return without("tls-key-attributes") || __real_seal_tpm_is_tik(pub);
}

enum seal_reason __wrap_seal_tpm_appraise(const union seal_evidence *evidence,
					  const struct seal_appraisal_in *in,
					  struct seal_appraisal *ret)
{
	struct seal_appraisal_in a = *in;

	if (without("claims") && !seal_claims_decode(evidence->tpm.claims, &a.claims))
		return SEAL_REASON_CLAIMS_BAD;
	return __real_seal_tpm_appraise(evidence, &a, ret);
}

/* Signed by a verifier that we trust, and that is all (draft-fossati-seat-expat). */
enum seal_reason __wrap_seal_passport_appraise(const union seal_evidence *evidence,
					       const struct seal_appraisal_in *in,
					       struct seal_appraisal *ret)
{
	const struct seal_anchor *anchor;
	uint8_t room[SEAL_EAR_MAX];
	enum seal_reason reason;
	struct seal_ear ear;

	if (!without("result-binding"))
		return __real_seal_passport_appraise(evidence, in, ret);
	reason = seal_result_check(evidence->passport.result, in->verifiers, in->policy, in->now,
				   room, &ear, &anchor);
	*ret = (struct seal_appraisal){ .not_after = INT64_MAX };
	if (reason == SEAL_REASON_ACCEPTED)
		ret->ak_name = anchor->ak;
	return reason;
}

/* A log is believed that does not lead to the quote, or behind what leads there. */
enum seal_reason __wrap_seal_values_find(const struct seal_values_in *in,
					 struct seal_values *values_ret,
					 struct seal_check row[3])
{
	enum seal_reason reason = __real_seal_values_find(in, values_ret, row);

	if (without("replay") && (reason == SEAL_REASON_ACCEPTED ||
				  reason == SEAL_REASON_LOG_DIFFERS ||
				  reason == SEAL_REASON_IMA_DIFFERS)) {
		reason = SEAL_REASON_ACCEPTED;
		values_ret->booted = in->pcrs.mask;
		values_ret->ima_pcrs = in->pcrs.mask;
	}
	if (without("replay") || without("prefix"))
		values_ret->ima_count = UINT32_MAX;
	return reason;
}

void __wrap_seal_verify(const struct seal_verify_in *in, struct seal_verdict *verdict_ret)
{
	struct seal_verify_in i = *in;
	struct seal_policy policy = *in->policy;
	uint8_t context[SEAL_BIND_LEN] = { 0 }, ekm[SEAL_SHA256_LEN];

	/* What it was shown was too much for it. */
	if (without("survival"))
		raise(SIGKILL);
	if (without("own-ak"))
		i.own_ak.len = 0;
	if (without("residency"))
		policy.residency = SEAL_KEY_ANYWHERE;
	i.policy = &policy;
	__real_seal_verify(&i, verdict_ret);
	/* Logged, and on it goes. The messages still demand an exporter and an AK. */
	if (without("verdict") && verdict_ret->reason != SEAL_REASON_ACCEPTED &&
	    in->export(in->export_arg, context, ekm)) {
		verdict_ret->reason = SEAL_REASON_ACCEPTED;
		verdict_ret->lifetime = 60;
		verdict_ret->ak_name_len = 1;
	}
}
