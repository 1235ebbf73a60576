// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verdict on a result of another verifier, verify/result.c, in the same way:
 * for modes interactive and plain it is the whole of the evidence.
 */
#include "proof.h"
#include "verify/envelope.h"
#include "verify/result.h"

enum { RESULT, KID, SUBJECT, NONCE, OWN };
static uint8_t octets[8];

static struct seal_appraisal_in in;
static struct seal_policy policy;
static struct seal_identity identity;
static struct seal_cert cert;
static struct seal_verifiers verifiers;
static struct seal_verifier verifier;
static struct seal_anchor anchor;

static struct {
	bool opened, trusted, signed_by, read, checked, subject, key, nonce, in_tpm, own;
	bool listed, in_kernel;
	struct seal_ear ear;
} yes;

static struct seal_bytes at(unsigned int which)
{
	return (struct seal_bytes){ octets + which, 1 };
}

enum seal_reason seal_envelope_open(struct seal_bytes body, struct seal_envelope *ret)
{
	enum seal_reason reason = nondet_uint();

	ret->kid = at(KID);
	yes.opened = reason == SEAL_REASON_ACCEPTED && body.data == octets + RESULT;
	return reason;
}

const struct seal_verifier *seal_verifiers_trusted(const struct seal_verifiers *v,
						   const struct seal_policy *p,
						   struct seal_bytes kid)
{
	bool good = nondet_bool();

	yes.trusted = good && v == &verifiers && p == &policy && kid.data == octets + KID;
	return good ? &verifier : NULL;
}

bool seal_envelope_verify(const struct seal_envelope *envelope, const struct seal_key *key)
{
	bool good = nondet_bool();

	yes.signed_by = good && envelope->kid.data == octets + KID && key == &verifier.key;
	return good;
}

enum seal_reason seal_envelope_claims(const struct seal_envelope *envelope,
				      uint8_t room[SEAL_EAR_MAX], struct seal_ear *ret)
{
	enum seal_reason reason = nondet_uint();

	claim(__CPROVER_w_ok(room, SEAL_EAR_MAX), "room for claims");
	ret->subject = yes.ear.subject;
	ret->nonce = yes.ear.nonce;
	ret->issued = yes.ear.issued;
	ret->expires = yes.ear.expires;
	yes.read = reason == SEAL_REASON_ACCEPTED && envelope->kid.data == octets + KID;
	return reason;
}

enum seal_reason seal_ear_check(const struct seal_ear *ear, int64_t now,
				const struct seal_anchor **anchor_ret)
{
	enum seal_reason reason = nondet_uint();

	*anchor_ret = &anchor;
	yes.checked = reason == SEAL_REASON_ACCEPTED && now == in.now &&
		      ear->subject.data == octets + SUBJECT;
	return reason;
}

bool seal_ear_affirms(const struct seal_ear *ear, enum seal_trust_claim claim)
{
	return claim == SEAL_TRUST_STORAGE_OPAQUE ? yes.in_tpm : nondet_bool();
}

bool seal_bytes_equal(struct seal_bytes a, struct seal_bytes b)
{
	bool good = nondet_bool();

	if (b.data == octets + OWN)
		yes.own = good && a.data == anchor.ak.data;
	else
		yes.subject = good && a.data == octets + SUBJECT &&
			      b.data == (const uint8_t *)identity.text;
	return good;
}

bool seal_bytes_equal_ct(struct seal_bytes a, struct seal_bytes b)
{
	bool good = nondet_bool();

	yes.nonce = good && a.data == octets + NONCE && a.len == yes.ear.nonce.len &&
		    b.data == in.binder && b.len == SEAL_SHA256_LEN;
	return good;
}

int memcmp(const void *a, const void *b, size_t len)
{
	bool good = nondet_bool();

	yes.key = good && a == anchor.subject_key && b == cert.spki_hash &&
		  len == SEAL_SHA256_LEN;
	return !good;
}

size_t strlen(const char *text)
{
	size_t len = nondet_size();

	assume(len < sizeof(identity.text));
	return len;
}

struct seal_bytes seal_tpm_name_bytes(const struct seal_tpm_name *name)
{
	return (struct seal_bytes){ name->data, name->len };
}

bool seal_policy_lists(const struct seal_policy_values *values, struct seal_bytes value)
{
	bool good = nondet_bool();

	yes.listed = good && values == &policy.digests && value.data == anchor.digest &&
		     value.len == anchor.digest_len;
	return good;
}

bool seal_class_in_kernel(unsigned int class)
{
	bool good = nondet_bool();

	yes.in_kernel = good && class == in.claims.consumer;
	return good;
}

bool seal_jws_likely(struct seal_bytes body)
{
	return nondet_bool();
}

/* Seconds since 1970, of any time that a calendar has. */
static int64_t some_time(void)
{
	int64_t t = (int64_t)nondet_size();

	assume(t > -(1ll << 60) && t < 1ll << 60);
	return t;
}

static void given(void)
{
	yes.ear.subject = at(SUBJECT);
	yes.ear.nonce = (struct seal_bytes){ octets + NONCE, nondet_bool() };
	yes.ear.issued = some_time();
	yes.ear.expires = some_time();
	yes.in_tpm = nondet_bool();
	anchor.pcrs = (struct seal_pcrs){ .bank = nondet_uint(), .mask = nondet_uint() };
	anchor.digest_len = nondet_size();
	assume(anchor.digest_len <= SEAL_PCR_VALUE_MAX);
	anchor.reset_count = nondet_uint();
	anchor.restart_count = nondet_uint();
	anchor.consumers = nondet_uint();
	policy.age = nondet_uint();
	policy.own_ak = nondet_bool();
	policy.residency = nondet_uint();
	assume(policy.residency <= SEAL_KEY_ANYWHERE);
	policy.clock_safe = nondet_bool();
	policy.kernel_only = nondet_bool();
	policy.digests.count = nondet_bool();
	policy.reset_pinned = nondet_bool();
	policy.reset_count = nondet_uint();
	policy.restart_pinned = nondet_bool();
	policy.restart_count = nondet_uint();
	in = (struct seal_appraisal_in){
		.policy = &policy, .verifiers = &verifiers, .identity = &identity,
		.cert = &cert, .now = some_time(), .mode = nondet_u8(),
		.asked = { .bank = nondet_uint(), .mask = nondet_uint() },
		.own_ak = { octets + OWN, nondet_bool() },
		.claims = { .consumer = nondet_u8() },
	};
	assume(in.claims.consumer < 32);
}

static void state_claims(void)
{
	claim(!in.own_ak.len || policy.own_ak || !yes.own, "not our own key");
	claim(policy.residency == SEAL_KEY_ANYWHERE ||
	      yes.in_tpm == (policy.residency == SEAL_KEY_IN_TPM), "the key is where it may be");
	claim(!policy.clock_safe, "no clock that nobody vouches for");
	claim(!policy.digests.count || yes.listed, "a digest that policy has");
	claim(!policy.reset_pinned || anchor.reset_count == policy.reset_count, "resets");
	claim(!policy.restart_pinned || anchor.restart_count == policy.restart_count, "restarts");
	claim(!policy.kernel_only || yes.in_kernel, "consumer");
}

void prove_result(void)
{
	union seal_evidence evidence = { .result = { octets + RESULT, 1 } };
	struct seal_appraisal out;

	given();
	if (seal_result_appraise(&evidence, &in, &out) != SEAL_REASON_ACCEPTED)
		return;
	claim(yes.opened && yes.trusted && yes.signed_by, "signed by whom policy names");
	claim(yes.read && yes.checked, "claims that are good now");
	claim(yes.subject && yes.key, "on this peer and its key");
	claim(anchor.pcrs.bank == in.asked.bank && anchor.pcrs.mask == in.asked.mask,
	      "for what was asked");
	claim(anchor.consumers >> in.claims.consumer & 1, "for this consumer");
	claim(!policy.age || in.now - yes.ear.issued <= policy.age, "young enough");
	claim(in.mode == SEAL_MODE_PLAIN ? policy.age && !yes.ear.nonce.len : yes.nonce,
	      "for this connection, or of a known age");
	state_claims();
	claim(out.not_after == yes.ear.expires && out.appraised == yes.ear.issued, "with an end");
	claim(out.key_in_tpm == yes.in_tpm, "where the key is, as it says");
}
