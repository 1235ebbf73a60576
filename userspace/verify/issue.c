// SPDX-License-Identifier: GPL-2.0-or-later
/* From what was found to what is said of it. */
#include "verify/issue.h"

#include <string.h>

static struct seal_bytes text(const char *s)
{
	return (struct seal_bytes){ (const uint8_t *)s, strlen(s) };
}

uint32_t seal_issue_consumers(const struct seal_policy *policy)
{
	uint32_t mask = 0;

	for (unsigned int class = SEAL_CLASS_UNKNOWN + 1; class < SEAL_CLASS_COUNT; class++)
		if (!policy->kernel_only || seal_class_in_kernel(class))
			mask |= 1u << class;
	return mask;
}

static int64_t earliest(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void fill_anchor(const struct seal_finding *f, const struct seal_policy *policy,
			uint32_t consumers, struct seal_anchor *anchor)
{
	*anchor = (struct seal_anchor){
		.ak = f->found.ak_name, .pcrs = policy->pcrs,
		.digest_len = f->found.digest_len, .reset_count = f->found.reset_count,
		.restart_count = f->found.restart_count, .clock = f->found.clock,
		.consumers = consumers,
	};
	memcpy(anchor->digest, f->found.digest, f->found.digest_len);
	memcpy(anchor->subject_key, f->cert.spki_hash, SEAL_SHA256_LEN);
}

void seal_issue_claims(const struct seal_finding *f, const struct seal_policy *policy,
		       uint32_t consumers, const char *build, int64_t now, int64_t until,
		       struct seal_ear *ret)
{
	struct seal_ear_appraisal *a = &ret->appraisal[0];

	*ret = (struct seal_ear){
		.subject = text(f->identity.text), .issued = now,
		.expires = earliest(until, earliest(f->cert.not_after, f->found.not_after)),
		.developer = text(SEAL_DEVELOPER), .build = text(build), .count = 1,
	};
	/* With it the result is for this connection, and as fresh as that is, for nobody else. */
	if (f->connected)
		ret->nonce = (struct seal_bytes){ f->binder, sizeof(f->binder) };
	a->name = text(SEAL_EAR_MACHINE);
	a->status = SEAL_TIER_AFFIRMING;
	a->has = 1 << SEAL_TRUST_INSTANCE_IDENTITY | 1 << SEAL_TRUST_EXECUTABLES;
	a->vector[SEAL_TRUST_INSTANCE_IDENTITY] = SEAL_TRUSTWORTHY_INSTANCE;
	a->vector[SEAL_TRUST_EXECUTABLES] = seal_policy_reads_ima(policy) ?
					    SEAL_APPROVED_RUNTIME : SEAL_APPROVED_BOOT;
	if (f->found.key_in_tpm) {
		a->has |= 1 << SEAL_TRUST_STORAGE_OPAQUE;
		a->vector[SEAL_TRUST_STORAGE_OPAQUE] = SEAL_KEYS_IN_HARDWARE;
	}
	a->policy[a->policy_count++] = text(policy->name);
	a->anchored = true;
	fill_anchor(f, policy, consumers, &a->anchor);
}
