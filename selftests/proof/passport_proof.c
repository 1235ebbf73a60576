// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verdict on a passport, verify/passport.c, in the same way: result_proof.c is
 * about the result in it, appraise_proof.c about the quote.
 */
#include "proof.h"
#include "verify/appraise_tpm.h"
#include "verify/passport.h"

enum { RESULT, QUOTE, OWN, BOOT };
static uint8_t octets[8];

static struct seal_appraisal_in in;
static struct seal_policy policy;
static struct seal_identity identity;
static struct seal_verifiers verifiers;
static struct seal_anchor anchor;
static uint8_t trust, seen_before;	/* addresses */

static struct {
	bool checked, fits, listed, quoted;
	const struct seal_ear *ear;
	int64_t issued, expires;
	uint32_t resets, restarts;
	uint64_t clock;
} yes;

enum seal_reason seal_result_check(struct seal_bytes result, const struct seal_verifiers *v,
				   const struct seal_policy *p, int64_t now,
				   uint8_t room[SEAL_EAR_MAX], struct seal_ear *ear_ret,
				   const struct seal_anchor **anchor_ret)
{
	enum seal_reason reason = nondet_uint();

	claim(__CPROVER_w_ok(room, SEAL_EAR_MAX), "room for claims");
	ear_ret->issued = yes.issued;
	ear_ret->expires = yes.expires;
	yes.ear = ear_ret;
	*anchor_ret = &anchor;
	yes.checked = reason == SEAL_REASON_ACCEPTED && result.data == octets + RESULT &&
		      v == &verifiers && p == &policy && now == in.now;
	return reason;
}

enum seal_reason seal_result_fits(const struct seal_ear *ear, const struct seal_anchor *a,
				  const struct seal_appraisal_in *i)
{
	enum seal_reason reason = nondet_uint();

	yes.fits = reason == SEAL_REASON_ACCEPTED && ear == yes.ear && a == &anchor && i == &in;
	return reason;
}

bool seal_result_digest_good(const struct seal_policy *p, const struct seal_anchor *a)
{
	bool good = nondet_bool();

	yes.listed = good && p == &policy && a == &anchor;
	return good;
}

/* By the policy that was given, but for the digest and the key of the result. */
static bool is_asked(const struct seal_appraisal_in *i)
{
	const struct seal_policy *p = i->policy;
	const struct seal_policy_value *digest = p->digests.value;
	const struct seal_admitted_entry *key = i->admitted->entry;

	return p->ak_trust == SEAL_AK_ADMITTED && p->digests.count == 1 &&
	       digest->len == anchor.digest_len && last_copy.to == digest->data &&
	       last_copy.from == anchor.digest && last_copy.len == anchor.digest_len &&
	       p->own_ak == policy.own_ak && p->residency == policy.residency &&
	       p->clock_safe == policy.clock_safe && p->kernel_only == policy.kernel_only &&
	       p->reset_pinned == policy.reset_pinned &&
	       i->admitted->count == 1 && key->name.len == anchor.ak.len &&
	       key->name.data[2] == anchor.ak.data[2] &&
	       key->identity.text[0] == identity.text[0] && i->identity == &identity;
}

enum seal_reason seal_tpm_appraise(const union seal_evidence *evidence,
				   const struct seal_appraisal_in *i,
				   struct seal_appraisal *ret)
{
	enum seal_reason reason = nondet_uint();

	ret->reset_count = yes.resets;
	ret->restart_count = yes.restarts;
	ret->clock = yes.clock;
	yes.quoted = reason == SEAL_REASON_ACCEPTED && is_asked(i) &&
		     evidence->tpm.quote.data == octets + QUOTE && i->now == in.now &&
		     i->asked.bank == in.asked.bank && i->asked.mask == in.asked.mask &&
		     i->binder[3] == in.binder[3] && i->profile == in.profile &&
		     i->own_ak.data == octets + OWN && i->boot.data == octets + BOOT &&
		     i->claims.consumer == in.claims.consumer && i->claims.uid == in.claims.uid;
	return reason;
}

size_t strlen(const char *text)
{
	return nondet_size();
}

static void given(void)
{
	yes.issued = (int64_t)nondet_size();
	yes.expires = (int64_t)nondet_size();
	yes.resets = nondet_uint();
	yes.restarts = nondet_uint();
	yes.clock = nondet_size();
	anything(&anchor);
	assume(anchor.digest_len <= SEAL_PCR_VALUE_MAX);
	identity.text[0] = (char)nondet_u8();
	policy.ak_trust = nondet_uint();
	policy.own_ak = nondet_bool();
	policy.residency = nondet_uint();
	policy.clock_safe = nondet_bool();
	policy.kernel_only = nondet_bool();
	policy.reset_pinned = nondet_bool();
	in = (struct seal_appraisal_in){
		.policy = &policy, .verifiers = &verifiers, .identity = &identity,
		.ak_trust = (const struct seal_trust *)&trust,
		.signatures = (struct seal_seen *)&seen_before,
		.now = (int64_t)nondet_size(), .mode = nondet_u8(), .profile = nondet_bool(),
		.asked = { .bank = nondet_uint(), .mask = nondet_uint() },
		.own_ak = { octets + OWN, nondet_bool() }, .boot = { octets + BOOT, 1 },
		.claims = { .consumer = nondet_u8(), .uid = nondet_uint() },
	};
	in.binder[3] = nondet_u8();
}

void prove_passport(void)
{
	static struct seal_passport passport;
	struct seal_appraisal out;

	given();
	passport.result = (struct seal_bytes){ octets + RESULT, 1 };
	passport.tpm.quote = (struct seal_bytes){ octets + QUOTE, 1 };
	if (seal_passport_appraise((const union seal_evidence *)&passport, &in, &out) !=
	    SEAL_REASON_ACCEPTED)
		return;
	claim(yes.checked && yes.fits, "a result on this peer");
	claim(!(anchor.pcrs.mask >> SEAL_PCR_IMA & 1), "not over what changes with each file");
	claim(yes.listed, "of a digest that policy has");
	claim(yes.quoted, "a quote by that key, of that digest");
	claim(yes.resets == anchor.reset_count && yes.restarts == anchor.restart_count,
	      "of the same boot");
	claim(yes.clock >= anchor.clock, "and not before");
	claim(out.not_after == yes.expires && out.appraised == yes.issued, "with an end");
}
