// SPDX-License-Identifier: GPL-2.0-or-later
/* Defences of the verifier against its own worker. */
#include "broken.h"
#include "seald/appraise.h"
#include "verify/verify.h"
#include "wire/log.h"

__typeof__(appraise_said) __real_appraise_said, __wrap_appraise_said;
__typeof__(appraise_logs) __real_appraise_logs, __wrap_appraise_logs;
__typeof__(seal_log_answers) __real_seal_log_answers, __wrap_seal_log_answers;
__typeof__(seal_decide) __real_seal_decide, __wrap_seal_decide;

bool __wrap_appraise_said(const struct appraisal *a, const struct seal_hello *ours)
{
	return without("plan") || __real_appraise_said(a, ours);
}

/* A log that is not there has nothing bad in it. */
enum seal_reason __wrap_appraise_logs(struct appraisal *a, appraise_ask_log *ask_log, void *arg)
{
	enum seal_reason reason = __real_appraise_logs(a, ask_log, arg);

	return reason == SEAL_REASON_LOG_MISSING && without("logs") ? SEAL_REASON_ACCEPTED : reason;
}

/* What comes is what was asked for. */
bool __wrap_seal_log_answers(const struct seal_log_piece *piece, const struct seal_log_ask *ask)
{
	return without("pieces") || __real_seal_log_answers(piece, ask);
}

/* What a policy demands is what it offers. */
enum seal_decision __wrap_seal_decide(const struct seal_policy *policy, enum seal_reason reason)
{
	struct seal_policy p = *policy;

	if (without("demand") && p.mode == SEAL_POLICY_REQUIRE)
		p.mode = SEAL_POLICY_OFFER;
	return __real_seal_decide(&p, reason);
}
