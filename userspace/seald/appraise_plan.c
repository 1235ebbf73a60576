// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What our own side is to say to the peer. The worker says it, and tells the verifier that
 * it did; what is not according to plan is by a worker that was taken over, which would
 * decide with it whether there has to be a proof at all.
 */
#include <string.h>

#include "appraise.h"

void appraise_plan(const struct appraisal *a, struct ipc_plan *plan)
{
	struct seal_hello hello = { 0 };

	seal_evidence_offer(&hello);
	plan->wants_peer = seal_policy_wants(a->policy);
	plan->attest = a->policy->attest;
	plan->profile = a->policy->profile;
	memcpy(plan->media_types, hello.media_types, sizeof(plan->media_types));
	plan->media_count = hello.media_count;
}

static bool same_types(const struct seal_hello *ours, const struct ipc_plan *plan)
{
	if (ours->media_count != plan->media_count)
		return false;
	for (size_t i = 0; i < plan->media_count; i++)
		if (!seal_bytes_equal(ours->media_types[i], plan->media_types[i]))
			return false;
	return true;
}

/* If we can attest, and in which modes, is between the attester and the worker. */
bool appraise_said(const struct appraisal *a, const struct seal_hello *ours)
{
	struct ipc_plan plan = { 0 };

	appraise_plan(a, &plan);
	return ours->wants_peer == plan.wants_peer && ours->profile == plan.profile &&
	       ours->consumer == a->job.class && ours->uid == a->job.uid &&
	       same_types(ours, &plan) && !ours->verifier_ids.len &&
	       (!ours->can_attest || (plan.attest && a->job.has_attester));
}

/* A server shows its certificate, a client if it is asked to; which it is we do not know. */
bool appraise_showed(const struct appraisal *a, struct seal_bytes our_cert)
{
	if (a->job.auth != IPC_AUTH_X509)
		return !our_cert.len;
	return our_cert.len || a->job.side == SEAL_SIDE_CLIENT;
}
