// SPDX-License-Identifier: GPL-2.0-or-later
/* Defences of the verifier against its own worker. */
#include "broken.h"
#include "seald/appraise.h"
#include "verify/verify.h"

__typeof__(appraise_said) __real_appraise_said, __wrap_appraise_said;

__typeof__(seal_decide) __real_seal_decide, __wrap_seal_decide;

bool __wrap_appraise_said(const struct appraisal *a, const struct seal_hello *ours)
{
	return without("plan") || __real_appraise_said(a, ours);
}

/* What a policy demands is what it offers. */
enum seal_decision __wrap_seal_decide(const struct seal_policy *policy, enum seal_reason reason)
{
	struct seal_policy p = *policy;

	if (without("demand") && p.mode == SEAL_POLICY_REQUIRE)
		p.mode = SEAL_POLICY_OFFER;
	return __real_seal_decide(&p, reason);
}
