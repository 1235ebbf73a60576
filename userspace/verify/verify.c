// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verdict on one authenticator. Each step is one function that gives the
 * first reason to refuse; Documentation/protocol.rst, "Verification".
 */
#include "verify/verify.h"

#include <stdio.h>
#include <string.h>

#define OK SEAL_REASON_ACCEPTED

/* What the steps share. */
struct work {
	const struct seal_verify_in *in;
	struct seal_verdict *v;
	struct seal_hello client, server;
	struct seal_ask ask;
	struct seal_authenticator auth;
	struct seal_cert cert;		/* end entity of the authenticator */
	struct seal_identity identity;
	struct seal_pcrs asked;
	struct seal_appraisal found;
	bool before_logs;
};

static enum seal_side peer_side(const struct work *w)
{
	return seal_side_other(w->in->role);
}

static const struct seal_hello *peer_hello(const struct work *w)
{
	return w->in->role == SEAL_SIDE_SERVER ? &w->client : &w->server;
}

static const struct seal_hello *our_hello(const struct work *w)
{
	return w->in->role == SEAL_SIDE_SERVER ? &w->server : &w->client;
}

/* A whole frame: the header of a hello, and exactly its body. */
static bool hello_frame(struct seal_bytes whole, struct seal_hello *hello)
{
	struct seal_frame frame;

	return whole.len >= SEAL_FRAME_HEADER_LEN &&
	       seal_frame_decode(whole.data, &frame) &&
	       frame.type == SEAL_FRAME_HELLO &&
	       frame.length == whole.len - SEAL_FRAME_HEADER_LEN &&
	       seal_hello_decode((struct seal_bytes){
					whole.data + SEAL_FRAME_HEADER_LEN,
					frame.length }, hello);
}

/* What we said and what the peer said; that it was its turn at all. */
static enum seal_reason step_turn(struct work *w)
{
	const struct seal_verify_in *in = w->in;

	if ((in->role != SEAL_SIDE_CLIENT && in->role != SEAL_SIDE_SERVER) ||
	    !in->policy || !in->rules || !in->export || !in->request_used)
		return SEAL_REASON_INTERNAL;
	if (!hello_frame(in->client_hello, &w->client) ||
	    !hello_frame(in->server_hello, &w->server))
		return SEAL_REASON_HELLO_BAD;
	if (!seal_ask_decode(in->request, &w->ask) || w->ask.from != in->role ||
	    !seal_pcrs_decode(w->ask.pcr_select, &w->asked))
		return SEAL_REASON_REQUEST_BAD;
	if (w->client.profile != w->server.profile || w->client.profile != in->policy->profile)
		return SEAL_REASON_PROFILE;
	if (!our_hello(w)->wants_peer || !peer_hello(w)->can_attest)
		return SEAL_REASON_OUT_OF_TURN;
	return seal_authenticator_decode(in->authenticator, &w->auth)
	       ? OK : SEAL_REASON_AUTHENTICATOR_BAD;
}

/* The context is ours and unused: RFC 9261 5.1 and 7. */
static enum seal_reason step_context(struct work *w)
{
	if (*w->in->request_used)
		return SEAL_REASON_CONTEXT_USED;
	*w->in->request_used = true;
	if (!w->auth.refusal &&
	    !seal_bytes_equal(w->auth.context, (struct seal_bytes){
				w->ask.context, sizeof(w->ask.context) }))
		return SEAL_REASON_CONTEXT_FOREIGN;
	return OK;
}

static enum seal_reason step_finished(struct work *w)
{
	struct seal_bytes context = { w->ask.context, sizeof(w->ask.context) };

	if (!seal_ea_check_finished(&w->in->keys, w->in->request, context, &w->auth))
		return SEAL_REASON_FINISHED;
	return w->auth.refusal ? SEAL_REASON_PEER_REFUSED : OK;
}

/* Path, time, revocation; the one certificate in both places; the identity. */
static enum seal_reason step_certificate(struct work *w)
{
	const struct seal_verify_in *in = w->in;
	enum seal_reason reason;

	reason = seal_verify_peer(in->rules, w->auth.certs, w->auth.cert_count,
				  in->role, in->now, &w->cert);
	if (reason != OK)
		return reason;
	if (in->peer_count &&
	    !seal_bytes_equal(in->peer_chain[0], w->auth.certs[0]))
		return SEAL_REASON_CERT_DIFFERS;
	/* By a pre-shared key nobody shows one in the handshake. */
	if (!in->peer_count && !in->policy->anonymous && !in->policy->psk_count)
		return SEAL_REASON_CERT_NONE;
	reason = seal_policy_identity(in->policy, &w->cert, in->role,
				      in->reference, &w->identity);
	if (reason == OK)
		snprintf(w->v->identity, sizeof(w->v->identity), "%s",
			 w->identity.text);
	return reason;
}

static enum seal_reason step_signature(struct work *w)
{
	if (!seal_ask_accepts(&w->ask, w->auth.scheme))
		return SEAL_REASON_SCHEME;
	return seal_ea_check_signature(&w->in->keys, w->in->request, &w->auth,
				       &w->cert.key)
	       ? OK : SEAL_REASON_CERT_VERIFY;
}

/* As the draft has it; the request is in it by its context alone. */
static enum seal_reason expat_binding(struct work *w, struct seal_appraisal_in *a)
{
	const struct seal_verify_in *in = w->in;
	uint8_t ekm[SEAL_SHA256_LEN];

	if (!in->export_expat || !in->export_expat(in->export_arg, w->ask.context, ekm))
		return SEAL_REASON_INTERNAL;
	a->binding_len = seal_expat_binding(in->keys.hash, w->auth.certs[0], ekm, a->binding);
	return a->binding_len ? OK : SEAL_REASON_INTERNAL;
}

/* The binder of this connection, direction and exchange, rebuilt. */
static enum seal_reason binder(struct work *w, uint8_t out[SEAL_SHA256_LEN])
{
	const struct seal_verify_in *in = w->in;
	struct seal_bind bind = {
		.attester = peer_side(w),
		.mode = w->ask.mode,
		.exchange = w->ask.exchange,
	};
	uint8_t context[SEAL_BIND_LEN], ekm[SEAL_SHA256_LEN];

	if (!seal_hello_hash(in->client_hello, in->server_hello, bind.hello_hash) ||
	    !seal_sha256(in->request.data, in->request.len, bind.request_hash))
		return SEAL_REASON_INTERNAL;
	if (in->our_cert.len &&
	    !seal_sha256(in->our_cert.data, in->our_cert.len, bind.rp_cert_hash))
		return SEAL_REASON_INTERNAL;
	memcpy(bind.attester_cert_hash, w->cert.hash, SEAL_SHA256_LEN);
	memcpy(bind.subject_key_hash, w->cert.spki_hash, SEAL_SHA256_LEN);
	seal_bind_encode(&bind, context);
	if (!in->export(in->export_arg, context, ekm) ||
	    !seal_binder(context, ekm, out))
		return SEAL_REASON_INTERNAL;
	return OK;
}

static enum seal_reason appraise(struct work *w,
				 const struct seal_evidence_type *type,
				 const union seal_evidence *evidence)
{
	const struct seal_verify_in *in = w->in;
	struct seal_appraisal_in a = {
		.policy = in->policy,
		.admitted = &in->rules->admitted,
		.verifiers = &in->rules->verifiers,
		.ak_trust = in->rules->ak,
		.signatures = in->rules->signatures,
		.now = in->now,
		.identity = &w->identity,
		.cert = &w->cert,
		.asked = w->asked,
		.mode = w->ask.mode,
		.profile = in->policy->profile,
		.own_ak = in->own_ak,
		.claims = {
			.consumer = peer_hello(w)->consumer,
			.uid = peer_hello(w)->uid,
			.side = peer_side(w),
		},
		.boot = in->boot,
		.ima = in->ima,
		.before_logs = w->before_logs,
	};
	enum seal_reason reason = a.profile == SEAL_PROFILE_EXPAT ? expat_binding(w, &a)
								  : binder(w, a.binder);

	return reason == OK ? type->appraise(evidence, &a, &w->found) : reason;
}

static enum seal_reason step_evidence(struct work *w)
{
	const struct seal_evidence_type *type;
	union seal_evidence evidence;
	struct seal_cmw cmw;

	if (!w->auth.cmw.len)
		return SEAL_REASON_CMW_NONE;
	if (!seal_cmw_decode(w->auth.cmw, &cmw))
		return SEAL_REASON_CMW_BAD;
	type = seal_evidence_type(cmw.type);
	if (type ? cmw.ind != type->ind : cmw.ind != SEAL_CMW_EVIDENCE)
		return SEAL_REASON_CMW_BAD;
	if (!type || !seal_hello_lists(our_hello(w), cmw.type))
		return SEAL_REASON_TYPE_UNKNOWN;
	if (!seal_evidence_serves(type, w->ask.mode) ||
	    !seal_policy_takes(w->in->policy, w->ask.mode))
		return SEAL_REASON_MODE;
	if (!type->decode(cmw.value, &evidence))
		return SEAL_REASON_EVIDENCE_BAD;
	return appraise(w, type, &evidence);
}

/* Seconds until the earliest of the policy's and the certificates' ends. */
static uint32_t lifetime(const struct work *w)
{
	int64_t end = w->cert.not_after < w->found.not_after ?
		      w->cert.not_after : w->found.not_after;
	int64_t left = end - w->in->now;

	if (left <= 0)
		return 0;
	return left < w->in->policy->lifetime ? left : w->in->policy->lifetime;
}

/* Copy what was found, also when it was refused: logs want it. */
static void report(struct work *w)
{
	const struct seal_appraisal *f = &w->found;
	struct seal_verdict *v = w->v;

	v->ak_name_len = f->ak_name.len;
	memcpy(v->ak_name, f->ak_name.data, f->ak_name.len);
	v->pcr_digest_len = f->digest_len;
	memcpy(v->pcr_digest, f->digest, f->digest_len);
	v->key_in_tpm = f->key_in_tpm;
	v->clock_safe = f->clock_safe;
	v->consumer = peer_hello(w)->consumer;
	v->uid = peer_hello(w)->uid;
	v->reset_count = f->reset_count;
	v->restart_count = f->restart_count;
	v->appraised = f->appraised;
	snprintf(v->detail, sizeof(v->detail), "%s", f->detail);
}

/* A verdict on another's word says what nobody looked at, and since when. */
static const struct mode_words {
	const char *name, *gap;
} mode_words[] = {
	[SEAL_MODE_EVIDENCE]	= { "evidence", "" },
	[SEAL_MODE_PASSPORT]	= { "passport", " not-covered=ima" },
	[SEAL_MODE_INTERACTIVE]	= { "interactive", "" },
	[SEAL_MODE_PLAIN]	= { "plain", " not-covered=state" },
};

static void describe(struct work *w)
{
	const struct mode_words *words = &mode_words[w->ask.mode];
	struct seal_verdict *v = w->v;
	int len = snprintf(v->claims, sizeof(v->claims), "key=%s consumer=%s clock=%s",
			   v->key_in_tpm ? "tpm" : "file", seal_class_name(v->consumer),
			   v->clock_safe ? "safe" : "unsafe");

	if (v->appraised)
		len += snprintf(v->claims + len, sizeof(v->claims) - len,
				" mode=%s appraised=%lld%s", words->name,
				(long long)v->appraised, words->gap);
	if (w->in->policy->profile != SEAL_PROFILE_SEAL1)
		snprintf(v->claims + len, sizeof(v->claims) - len, " profile=%s",
			 seal_profile_name(w->in->policy->profile));
}

static void accept(struct work *w)
{
	struct seal_verdict *v = w->v;

	v->lifetime = lifetime(w);
	describe(w);
	/* A certificate that ends this second is valid, but not for a second. */
	v->reason = v->lifetime ? OK : SEAL_REASON_CERT_EXPIRED;
}

static enum seal_reason (*const steps[])(struct work *) = {
	step_turn,
	step_context,
	step_finished,
	step_certificate,
	step_signature,
	step_evidence,
};

static enum seal_reason take_steps(struct work *w)
{
	enum seal_reason reason = OK;

	memset(w->v, 0, sizeof(*w->v));
	if (w->in->policy)
		snprintf(w->v->policy, sizeof(w->v->policy), "%s",
			 w->in->policy->name);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && reason == OK; i++)
		reason = steps[i](w);
	report(w);
	return reason;
}

enum seal_reason seal_verify_before_logs(const struct seal_verify_in *in,
					 struct seal_verdict *verdict_ret)
{
	struct seal_verify_in once = *in;
	bool used = in->request_used && *in->request_used;
	struct work w = { .in = &once, .v = verdict_ret, .before_logs = true };

	once.request_used = &used;
	/* Never read as a verdict: what was measured is not looked at yet. */
	verdict_ret->reason = take_steps(&w);
	if (verdict_ret->reason != OK)
		return verdict_ret->reason;
	verdict_ret->reason = SEAL_REASON_UNSET;
	return OK;
}

void seal_verify(const struct seal_verify_in *in,
		 struct seal_verdict *verdict_ret)
{
	struct work w = { .in = in, .v = verdict_ret };
	enum seal_reason reason = take_steps(&w);

	if (reason == OK)
		accept(&w);
	else
		verdict_ret->reason = reason;
}

enum seal_reason seal_verify_peer(const struct seal_rules *rules,
				  const struct seal_bytes *chain, size_t count,
				  enum seal_side role, int64_t now,
				  struct seal_cert *cert_ret)
{
	enum seal_purpose purpose = role == SEAL_SIDE_SERVER ? SEAL_PURPOSE_CLIENT :
				    role == SEAL_SIDE_CLIENT ? SEAL_PURPOSE_SERVER :
				    SEAL_PURPOSE_NONE;

	return seal_trust_check(rules->x509, chain, count, now, purpose, cert_ret);
}

enum seal_reason seal_verify_hello(const struct seal_policy *policy,
				   const struct seal_hello *ours,
				   const struct seal_hello *peer)
{
	const struct seal_evidence_type *type;
	uint8_t mode;

	if (ours->profile != peer->profile)
		return SEAL_REASON_PROFILE;
	if (!seal_policy_wants(policy))
		return OK;
	if (!peer->can_attest)
		return SEAL_REASON_CANNOT_ATTEST;
	mode = seal_policy_mode(policy, peer->modes);
	if (!mode)
		return SEAL_REASON_MODE;
	for (size_t i = 0; i < peer->media_count; i++) {
		type = seal_evidence_type(peer->media_types[i]);
		if (type && seal_evidence_serves(type, mode) &&
		    seal_hello_lists(ours, peer->media_types[i]))
			return OK;
	}
	return SEAL_REASON_NO_COMMON_TYPE;
}

/* Reasons that a peer without evidence has; bad evidence is not among them. */
static bool nothing_to_show(enum seal_reason reason)
{
	return reason == SEAL_REASON_NO_SEAL ||
	       reason == SEAL_REASON_CANNOT_ATTEST ||
	       reason == SEAL_REASON_NO_COMMON_TYPE;
}

enum seal_decision seal_decide(const struct seal_policy *policy,
			       enum seal_reason reason)
{
	if (reason == SEAL_REASON_UNSET || reason >= SEAL_REASON_COUNT)
		return SEAL_DECIDE_REFUSE;
	switch (policy->mode) {
	case SEAL_POLICY_REQUIRE:
		return reason == OK ? SEAL_DECIDE_ATTESTED : SEAL_DECIDE_REFUSE;
	case SEAL_POLICY_OFFER:
		return reason == OK ? SEAL_DECIDE_ATTESTED :
		       nothing_to_show(reason) ? SEAL_DECIDE_PLAIN :
		       SEAL_DECIDE_REFUSE;
	case SEAL_POLICY_OBSERVE:
		return reason == OK ? SEAL_DECIDE_ATTESTED : SEAL_DECIDE_PLAIN;
	case SEAL_POLICY_NEVER:
		return SEAL_DECIDE_PLAIN;
	case SEAL_POLICY_MODE_NONE:
		break;
	}
	return SEAL_DECIDE_REFUSE;
}
