// SPDX-License-Identifier: GPL-2.0-or-later

#include "appraise.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>

#define AK_PUB_MAX	1024u

static void set_text(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text);
}

static void verdict_base(struct appraisal *a, enum seal_reason reason)
{
	struct ipc_verdict *v = &a->verdict;

	memset(v, 0, sizeof(*v));
	v->reason = (uint16_t)reason;
	v->authenticated = a->chain_count > 0;
	v->psk = a->psk;
	set_text(v->peer, sizeof(v->peer), a->identity.text);
	if (a->policy) {
		set_text(v->policy, sizeof(v->policy), a->policy->name);
		v->fail = a->policy->refusal == SEAL_REFUSAL_FAIL;
	}
}

enum seal_decision appraise_refuse(struct appraisal *a, enum seal_reason reason,
				   const char *fmt, ...)
{
	va_list ap;

	verdict_base(a, reason);
	va_start(ap, fmt);
	vsnprintf(a->verdict.detail, sizeof(a->verdict.detail), fmt, ap);
	va_end(ap);
	return SEAL_DECIDE_REFUSE;
}

/* TLS without proof, where policy lets it pass and no program relies on it. */
static enum seal_decision plain(struct appraisal *a, enum seal_reason reason,
				const char *detail)
{
	if (a->job.class == SEAL_CLASS_USER)
		return appraise_refuse(a, reason, "asked by a program, which gets an "
			      "attested socket or none%s%s", *detail ? ": " : "",
			      detail);
	verdict_base(a, reason);
	a->verdict.accepted = true;
	a->verdict.observed = a->policy->mode == SEAL_POLICY_OBSERVE;
	set_text(a->verdict.detail, sizeof(a->verdict.detail), detail);
	return SEAL_DECIDE_PLAIN;
}

/* What the mode of the policy makes of a peer that shows nothing. */
static enum seal_decision unproven(struct appraisal *a, enum seal_reason reason,
				   const char *detail)
{
	if (seal_decide(a->policy, reason) == SEAL_DECIDE_PLAIN)
		return plain(a, reason, detail);
	return appraise_refuse(a, reason, "%s", detail);
}

static const struct seal_identity *reference(const struct appraisal *a)
{
	return a->has_reference ? &a->reference : NULL;
}

static bool fill_query(struct appraisal *a)
{
	bool server = a->job.side == SEAL_SIDE_SERVER;
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in4 = { .sin_family = AF_INET };

	a->query.role = a->job.side;
	a->query.psk = a->job.auth == IPC_AUTH_PSK;
	a->query.port = server ? a->job.local.port : a->job.remote.port;
	if (a->job.remote.family == AF_INET) {
		memcpy(&in4.sin_addr, a->job.remote.ip, sizeof(in4.sin_addr));
		return seal_policy_query_peer(&a->query, &in4, sizeof(in4));
	}
	memcpy(&in6.sin6_addr, a->job.remote.ip, sizeof(in6.sin6_addr));
	return seal_policy_query_peer(&a->query, &in6, sizeof(in6));
}

/* Without a file of our own key there is nothing a peer could reflect; with one it must be read. */
static bool load_own_ak(struct appraisal *a, const char *dir)
{
	struct seal_tpm_public pub;
	struct seal_bytes inner;
	char path[4096];
	uint8_t *data;
	size_t len;
	bool good;

	snprintf(path, sizeof(path), "%s/identity/ak.pub", dir);
	if (!seal_file_read(path, AK_PUB_MAX, &data, &len))
		return errno == ENOENT;
	inner = seal_tpm_public_inner((struct seal_bytes){ data, len });
	good = inner.len && seal_tpm_public_decode(inner, &pub);
	if (good)
		a->own_ak = pub.name;
	free(data);
	return good;
}

/* One policy alone, to ask what seal_policy_candidate() says of it. */
static bool policy_may_match(const struct appraisal *a, size_t i)
{
	const struct seal_policy_set *set = &a->rules.policies;
	struct seal_policy_set one = { .policy = &set->policy[i], .count = 1 };

	if (!seal_policy_candidate(&one, &a->query))
		return false;
	return !a->has_reference || set->policy[i].any_peer ||
	       seal_policy_covers(&set->policy[i], &a->reference);
}

static void find_candidates(struct appraisal *a, struct ipc_offer *offer)
{
	bool all_require = true;

	for (size_t i = 0; i < a->rules.policies.count; i++) {
		const struct seal_policy *p = &a->rules.policies.policy[i];

		if (!policy_may_match(a, i))
			continue;
		if (!a->policy)
			a->policy = p;
		/* Not asking for proof is no reason not to give it. */
		if (p->mode != SEAL_POLICY_NEVER || p->attest)
			offer->offer = true;
		if (p->mode != SEAL_POLICY_REQUIRE)
			all_require = false;
	}
	if (a->job.class == SEAL_CLASS_USER)
		all_require = true;
	offer->demand = a->policy && all_require;
}

static enum seal_decision rules_bad(struct appraisal *a, const struct seal_policy_error *error)
{
	return appraise_refuse(a, SEAL_REASON_RULES_BAD, "%.100s:%u: %.140s", error->file,
			       error->line, error->text);
}

enum seal_decision appraise_begin(struct appraisal *a, const char *dir,
				  struct ipc_offer *offer)
{
	struct seal_policy_error error = { 0 };

	*offer = (struct ipc_offer){ 0 };
	if (!fill_query(a))
		return appraise_refuse(a, SEAL_REASON_INTERNAL, "address family");
	if (!seal_rules_open(dir, &a->rules, &error))
		return rules_bad(a, &error);
	a->rules_loaded = true;
	seal_rules_remember(&a->rules, 1);
	a->has_reference = a->job.peername[0] &&
			   seal_identity_of_name(a->job.peername, &a->reference);
	if (a->job.peername[0] && !a->has_reference)
		return appraise_refuse(a, SEAL_REASON_IDENTITY_REFERENCE,
			      "not a host name: %.128s", a->job.peername);
	if (!load_own_ak(a, dir))
		return appraise_refuse(a, SEAL_REASON_INTERNAL, "identity/ak.pub cannot be read");
	find_candidates(a, offer);
	if (!a->policy)
		return appraise_refuse(a, SEAL_REASON_NO_POLICY, "role %s, port %u%s%s",
			      a->job.side == SEAL_SIDE_SERVER ? "server" :
			      "client", a->query.port,
			      a->has_reference ? ", " : "", a->reference.text);
	return SEAL_DECIDE_ATTESTED;
}

static bool keep_chain(struct appraisal *a, struct seal_bytes list)
{
	if (list.len > sizeof(a->chain_der))
		return false;
	memcpy(a->chain_der, list.data, list.len);
	return seal_chain_decode((struct seal_bytes){ a->chain_der, list.len },
				 a->chain, &a->chain_count) && a->chain_count;
}

/* The first that may match and does, also by identity: of those that made the offer. */
static const struct seal_policy *decides(const struct appraisal *a)
{
	const struct seal_policy_set *set = &a->rules.policies;

	for (size_t i = 0; i < set->count; i++) {
		struct seal_policy_set one = { .policy = &set->policy[i], .count = 1 };

		if (policy_may_match(a, i) && seal_policy_match(&one, &a->query, &a->cert))
			return &set->policy[i];
	}
	return NULL;
}

enum seal_decision appraise_chain(struct appraisal *a, struct seal_bytes list)
{
	const struct seal_policy *policy;
	enum seal_reason reason;

	if (!keep_chain(a, list)) {
		a->chain_count = 0;
		return appraise_refuse(a, SEAL_REASON_CERT_BAD, "%zu octets", list.len);
	}
	reason = seal_verify_peer(&a->rules, a->chain, a->chain_count,
				  a->job.side, time(NULL), &a->cert);
	if (reason != SEAL_REASON_ACCEPTED) {
		a->chain_count = 0;
		return appraise_refuse(a, reason, "in the TLS handshake");
	}
	if (a->cert.id_count)
		a->identity = a->cert.ids[0];
	policy = decides(a);
	if (!policy)
		return appraise_refuse(a, SEAL_REASON_NO_POLICY, "for this identity");
	a->policy = policy;
	reason = seal_policy_identity(policy, &a->cert, a->job.side,
				      reference(a), &a->identity);
	if (reason != SEAL_REASON_ACCEPTED)
		return appraise_refuse(a, reason, "asked for %s", a->has_reference ?
			      a->reference.text : "nobody in particular");
	return SEAL_DECIDE_ATTESTED;
}

/* A client may show none where a policy takes that. */
static enum seal_decision who_without_certificate(struct appraisal *a)
{
	const struct seal_policy *policy;

	if (a->chain_count)
		return SEAL_DECIDE_ATTESTED;
	if (a->job.side == SEAL_SIDE_CLIENT)
		return appraise_refuse(a, SEAL_REASON_CERT_NONE, "of the server");
	policy = seal_policy_match(&a->rules.policies, &a->query, NULL);
	if (!policy)
		return appraise_refuse(a, SEAL_REASON_CERT_NONE, "in the TLS handshake");
	a->policy = policy;
	return SEAL_DECIDE_ATTESTED;
}

enum seal_decision appraise_peer(struct appraisal *a, const struct ipc_peer *peer,
				 struct ipc_plan *plan)
{
	enum seal_decision decision;

	*plan = (struct ipc_plan){ 0 };
	if (!peer->complete)
		return appraise_refuse(a, SEAL_REASON_NO_SEAL, "in the TLS handshake");
	if (a->query.psk && !a->psk)
		return appraise_refuse(a, SEAL_REASON_PSK_KEY, "none was asked for");
	if (!a->query.psk && who_without_certificate(a) == SEAL_DECIDE_REFUSE)
		return SEAL_DECIDE_REFUSE;
	if (!peer->seal) {
		decision = unproven(a, SEAL_REASON_NO_SEAL, "");
		plan->plain = decision == SEAL_DECIDE_PLAIN;
		return decision;
	}
	appraise_plan(a, plan);
	return SEAL_DECIDE_ATTESTED;
}

static bool keep_hellos(struct appraisal *a, const struct ipc_hellos *m,
			struct seal_hello *ours, struct seal_hello *theirs)
{
	const struct seal_bytes frame[3] = { { 0 }, m->client, m->server };
	struct seal_hello *hello[3] = { NULL, theirs, theirs };
	uint8_t *at = a->hello_data;

	hello[a->job.side] = ours;
	for (int side = SEAL_SIDE_CLIENT; side <= SEAL_SIDE_SERVER; side++) {
		struct seal_bytes body;

		memcpy(at, frame[side].data, frame[side].len);
		a->hello[side] = (struct seal_bytes){ at, frame[side].len };
		at += frame[side].len;
		body = a->hello[side];
		body.data += SEAL_FRAME_HEADER_LEN;
		body.len -= SEAL_FRAME_HEADER_LEN;
		if (!seal_hello_decode(body, hello[side]))
			return false;
	}
	return true;
}

/* @offered: modes of the peer, one of which seal_verify_hello() found fit */
static enum seal_decision make_request(struct appraisal *a, uint8_t offered)
{
	uint8_t context[SEAL_CONTEXT_LEN], select[SEAL_PCR_SELECT_MAX];
	struct seal_ask ask;

	if (getrandom(context, sizeof(context), 0) != sizeof(context) ||
	    !seal_policy_ask(a->policy, a->job.side, 0, context, select, &ask))
		return appraise_refuse(a, SEAL_REASON_INTERNAL, "no request");
	ask.mode = seal_policy_mode(a->policy, offered);
	a->request_len = seal_ask_encode(&ask, a->request, sizeof(a->request));
	if (!a->request_len)
		return appraise_refuse(a, SEAL_REASON_INTERNAL, "request not encodable");
	a->asked_at = ipc_now();
	return SEAL_DECIDE_ATTESTED;
}

enum seal_decision appraise_hellos(struct appraisal *a,
				   const struct ipc_hellos *hellos)
{
	struct seal_hello ours, theirs;
	enum seal_reason reason;

	if (!keep_hellos(a, hellos, &ours, &theirs))
		return appraise_refuse(a, SEAL_REASON_HELLO_BAD, "SealHello");
	if (!appraise_said(a, &ours))
		return appraise_refuse(a, SEAL_REASON_INTERNAL, "our own SealHello");
	reason = seal_verify_hello(a->policy, &ours, &theirs);
	/* Both would wait for the other if one asked and the other did not. */
	if (reason == SEAL_REASON_PROFILE)
		return appraise_refuse(a, reason, "theirs is %s",
				       seal_profile_name(theirs.profile));
	if (reason != SEAL_REASON_ACCEPTED && theirs.can_attest)
		return appraise_refuse(a, reason, "in SealHello");
	if (reason != SEAL_REASON_ACCEPTED)
		return unproven(a, reason, "in SealHello");
	if (!seal_policy_wants(a->policy))
		return plain(a, SEAL_REASON_UNSET, "the policy asks for no proof");
	return make_request(a, theirs.modes);
}

static void fill_verify(const struct appraisal *a,
			const struct ipc_authenticator *auth,
			struct seal_verify_in *in)
{
	size_t len = auth->handshake_context.len;

	in->rules = &a->rules;
	in->policy = a->policy;
	in->role = a->job.side;
	in->now = time(NULL);
	in->reference = reference(a);
	in->keys.hash = len == 48 ? SEAL_HASH_SHA384 :
			len == 32 ? SEAL_HASH_SHA256 : SEAL_HASH_NONE;
	memcpy(in->keys.context, auth->handshake_context.data, len);
	memcpy(in->keys.finished, auth->finished_key.data, len);
	in->client_hello = a->hello[SEAL_SIDE_CLIENT];
	in->server_hello = a->hello[SEAL_SIDE_SERVER];
	in->request = (struct seal_bytes){ a->request, a->request_len };
	in->peer_chain = a->chain;
	in->peer_count = a->chain_count;
	in->our_cert = auth->our_cert;
	in->own_ak = seal_tpm_name_bytes(&a->own_ak);
	in->authenticator = auth->body;
}

static void copy_findings(struct appraisal *a, const struct seal_verdict *from)
{
	struct ipc_verdict *v = &a->verdict;

	verdict_base(a, from->reason);
	if (from->identity[0])
		set_text(v->peer, sizeof(v->peer), from->identity);
	memcpy(v->ak_name, from->ak_name, from->ak_name_len);
	v->ak_name_len = from->ak_name_len;
	memcpy(v->pcr_digest, from->pcr_digest, from->pcr_digest_len);
	v->pcr_digest_len = from->pcr_digest_len;
	set_text(v->claims, sizeof(v->claims), from->claims);
	set_text(v->detail, sizeof(v->detail), from->detail);
}

static struct seal_bytes log_of(const struct appraisal *a, enum seal_log log)
{
	return (struct seal_bytes){ a->log[log].data, a->log[log].len };
}

/* False: the logs cannot be had. */
static bool judge_by_logs(struct appraisal *a, struct seal_verify_in *in,
			  appraise_ask_log *ask_log, struct seal_verdict *found)
{
	enum seal_reason reason = appraise_logs(a, ask_log, in->export_arg);

	if (reason != SEAL_REASON_ACCEPTED) {
		found->reason = reason;
		return false;
	}
	in->boot = log_of(a, SEAL_LOG_BOOT);
	in->ima = log_of(a, SEAL_LOG_IMA);
	a->request_used = false;
	seal_verify(in, found);
	return true;
}

/*
 * Logs are asked of nobody whose authenticator or quote is not genuine, nor are lists of
 * files read for him. What was kept of logs refuses nobody: then the whole is asked for.
 * False: refused.
 */
static bool judge(struct appraisal *a, struct seal_verify_in *in,
		  appraise_ask_log *ask_log, struct seal_verdict *found)
{
	struct seal_policy_error error = { 0 };

	if (!a->policy->logs) {
		seal_verify(in, found);
		return true;
	}
	if (seal_verify_before_logs(in, found) != SEAL_REASON_ACCEPTED)
		return true;
	if (!seal_rules_lists(&a->rules, a->policy, &error)) {
		rules_bad(a, &error);
		return false;
	}
	a->has_log_key = a->state && log_key_of(a->state, in->authenticator, &a->log_key);
	if (judge_by_logs(a, in, ask_log, found) && found->reason != SEAL_REASON_ACCEPTED &&
	    appraise_logs_forget(a))
		judge_by_logs(a, in, ask_log, found);
	if (found->reason == SEAL_REASON_ACCEPTED)
		appraise_logs_keep(a);
	return true;
}

/*
 * Without a certificate in the handshake only the authenticator says who the peer is. Had
 * it shown one, another policy might have decided: it cannot choose by leaving it out.
 */
static enum seal_decision who_by_authenticator(struct appraisal *a, struct seal_bytes body,
					       enum seal_decision decision)
{
	struct seal_authenticator auth;
	const struct seal_policy *policy;
	enum seal_reason reason = SEAL_REASON_AUTHENTICATOR_BAD;

	if (a->chain_count || a->query.psk)
		return decision;
	if (seal_authenticator_decode(body, &auth))
		reason = seal_verify_peer(&a->rules, auth.certs, auth.cert_count, a->job.side,
					  time(NULL), &a->cert);
	/* Who is attested had a good one a moment ago; who passes unproven need not have. */
	if (reason != SEAL_REASON_ACCEPTED)
		return decision == SEAL_DECIDE_ATTESTED ?
		       appraise_refuse(a, reason, "when the policy was looked up") : decision;
	policy = decides(a);
	if (policy == a->policy)
		return decision;
	if (a->cert.id_count)
		a->identity = a->cert.ids[0];
	if (!policy)
		return appraise_refuse(a, SEAL_REASON_NO_POLICY, "for this identity");
	a->policy = policy;
	return appraise_refuse(a, SEAL_REASON_CERT_NONE, "in the TLS handshake, of this peer");
}

enum seal_decision appraise_authenticator(struct appraisal *a,
					  const struct ipc_authenticator *auth,
					  const struct appraise_ask *ask, void *arg)
{
	struct seal_verify_in in = {
		.request_used = &a->request_used,
		.export = ask->exporter, .export_expat = ask->expat, .export_arg = arg,
	};
	struct seal_verdict found = { 0 };
	enum seal_decision decision;

	if (auth->handshake_context.len != auth->finished_key.len)
		return appraise_refuse(a, SEAL_REASON_INTERNAL, "exporters");
	if (!appraise_showed(a, auth->our_cert))
		return appraise_refuse(a, SEAL_REASON_INTERNAL, "our own certificate");
	fill_verify(a, auth, &in);
	if (!judge(a, &in, ask->log, &found))
		return SEAL_DECIDE_REFUSE;
	decision = seal_decide(a->policy, found.reason);
	if (decision != SEAL_DECIDE_REFUSE &&
	    who_by_authenticator(a, auth->body, decision) == SEAL_DECIDE_REFUSE)
		return SEAL_DECIDE_REFUSE;
	copy_findings(a, &found);
	if (decision == SEAL_DECIDE_PLAIN)
		return plain(a, found.reason, found.detail);
	if (decision == SEAL_DECIDE_ATTESTED) {
		a->verdict.accepted = true;
		a->verdict.attested = true;
		a->verdict.deadline = a->asked_at +
				      (uint64_t)found.lifetime * 1000000000u;
	}
	return decision;
}

uint8_t appraise_alert(enum seal_reason reason)
{
	switch (reason) {
	case SEAL_REASON_CERT_BAD:
	case SEAL_REASON_CERT_EARLY:
	case SEAL_REASON_IDENTITY_NONE:
	case SEAL_REASON_IDENTITY_REFERENCE:
		return 42;	/* bad_certificate */
	case SEAL_REASON_CERT_PURPOSE:
		return 43;	/* unsupported_certificate */
	case SEAL_REASON_CERT_REVOKED:
		return 44;	/* certificate_revoked */
	case SEAL_REASON_CERT_EXPIRED:
		return 45;	/* certificate_expired */
	case SEAL_REASON_CERT_UNTRUSTED:
		return 48;	/* unknown_ca */
	case SEAL_REASON_VERIFIER:
	case SEAL_REASON_INTERNAL:
		return 80;	/* internal_error */
	case SEAL_REASON_NO_SEAL:
		return 109;	/* missing_extension */
	case SEAL_REASON_CERT_NONE:
		return 116;	/* certificate_required */
	default:
		return 49;	/* access_denied */
	}
}
