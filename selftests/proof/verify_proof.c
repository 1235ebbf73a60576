// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verdict on an authenticator, verify/verify.c: whatever the functions that it
 * asks answer, "accepted" comes only when each of them said yes about the right
 * thing. They are here, and remember what they said yes to. What is not theirs to
 * look into (octets of certificates, keys, hashes) has no contents.
 */
#include "proof.h"
#include "verify/verify.h"

#define OCTETS 64u

static uint8_t octets[OCTETS];
/* Where views point tells them apart. */
static uint8_t *const end_entity = octets, *const context = octets + 1,
	*const record = octets + 2, *const value = octets + 3;

static struct seal_verify_in in;
static struct seal_policy policy;
static struct seal_rules rules;
static struct seal_bytes chain[1];
static bool used;

static struct {
	unsigned int frames, hellos, profiles;
	enum seal_side asked_by;
	uint8_t mode;
	bool asked, wants, can, authenticator, refusal, context, finished, path;
	bool same_cert, identity, scheme, signature, record, listed, serves, taken, decoded;
	bool hello_hash, request_hash, our_hash, direction, exported, bound, appraised;
	uint64_t exchange;
	int64_t not_after, found_until;
} yes;

/* Seconds since 1970, of any time that a calendar has. */
static int64_t some_time(void)
{
	int64_t t = (int64_t)nondet_size();

	assume(t > -(1ll << 60) && t < 1ll << 60);
	return t;
}

bool seal_frame_decode(const uint8_t raw[SEAL_FRAME_HEADER_LEN], struct seal_frame *ret)
{
	bool good = nondet_bool();

	claim(__CPROVER_r_ok(raw, SEAL_FRAME_HEADER_LEN), "a header is there");
	ret->type = nondet_u8();
	ret->length = nondet_uint();
	yes.frames += good && ret->type == SEAL_FRAME_HELLO;
	return good;
}

bool seal_hello_decode(struct seal_bytes body, struct seal_hello *ret)
{
	bool good = nondet_bool();

	claim(__CPROVER_r_ok(body.data, body.len), "a hello is there");
	ret->can_attest = nondet_bool();
	ret->wants_peer = nondet_bool();
	ret->consumer = nondet_u8();
	ret->uid = nondet_uint();
	ret->profile = nondet_bool();
	yes.profiles += ret->profile == policy.profile;
	/* The client's is first. */
	if ((in.role == SEAL_SIDE_CLIENT) == !yes.hellos)
		yes.wants = ret->wants_peer;
	else
		yes.can = ret->can_attest;
	yes.hellos += good;
	return good;
}

bool seal_ask_decode(struct seal_bytes body, struct seal_ask *ret)
{
	bool good = nondet_bool();

	ret->from = nondet_uint();
	ret->mode = nondet_u8();
	ret->exchange = nondet_size();
	yes.asked_by = ret->from;
	yes.mode = ret->mode;
	yes.exchange = ret->exchange;
	yes.asked = good && body.data == in.request.data;
	return good;
}

bool seal_pcrs_decode(struct seal_bytes body, struct seal_pcrs *ret)
{
	ret->bank = nondet_uint();
	ret->mask = nondet_uint();
	return nondet_bool();
}

bool seal_authenticator_decode(struct seal_bytes body, struct seal_authenticator *ret)
{
	bool good = nondet_bool();

	ret->refusal = nondet_bool();
	ret->cert_count = 1;
	ret->certs[0] = (struct seal_bytes){ end_entity, 1 };
	ret->context = (struct seal_bytes){ context, 32 };
	ret->cmw = (struct seal_bytes){ record, nondet_bool() };
	ret->scheme = nondet_uint();
	yes.refusal = ret->refusal;
	yes.authenticator = good && body.data == in.authenticator.data;
	return good;
}

bool seal_bytes_equal(struct seal_bytes a, struct seal_bytes b)
{
	bool good = nondet_bool();

	if (a.data == context)
		yes.context = good;
	if (a.data == in.peer_chain[0].data && b.data == end_entity)
		yes.same_cert = good;
	return good;
}

bool seal_ea_check_finished(const struct seal_ea_keys *keys, struct seal_bytes request,
			    struct seal_bytes ctx, const struct seal_authenticator *auth)
{
	bool good = nondet_bool();

	yes.finished = good && keys->hash == in.keys.hash && request.data == in.request.data &&
		       auth->context.data == context;
	return good;
}

enum seal_reason seal_trust_check(const struct seal_trust *trust, const struct seal_bytes *certs,
				  size_t count, int64_t now, enum seal_purpose purpose,
				  struct seal_cert *ret)
{
	enum seal_reason reason = nondet_uint();

	ret->not_after = some_time();
	yes.not_after = ret->not_after;
	yes.path = reason == SEAL_REASON_ACCEPTED && trust == rules.x509 && now == in.now &&
		   certs[0].data == end_entity &&
		   purpose == (in.role == SEAL_SIDE_SERVER ? SEAL_PURPOSE_CLIENT :
							     SEAL_PURPOSE_SERVER);
	return reason;
}

enum seal_reason seal_policy_identity(const struct seal_policy *p, const struct seal_cert *cert,
				      enum seal_side role, const struct seal_identity *reference,
				      struct seal_identity *id_ret)
{
	enum seal_reason reason = nondet_uint();

	yes.identity = reason == SEAL_REASON_ACCEPTED && p == &policy && role == in.role &&
		       reference == in.reference;
	return reason;
}

bool seal_ask_accepts(const struct seal_ask *ask, uint16_t scheme)
{
	yes.scheme = nondet_bool();
	return yes.scheme;
}

bool seal_ea_check_signature(const struct seal_ea_keys *keys, struct seal_bytes request,
			     const struct seal_authenticator *auth, const struct seal_key *key)
{
	bool good = nondet_bool();

	yes.signature = good && keys->hash == in.keys.hash && request.data == in.request.data;
	return good;
}

bool seal_cmw_decode(struct seal_bytes data, struct seal_cmw *ret)
{
	bool good = nondet_bool();

	ret->ind = nondet_uint();
	ret->value = (struct seal_bytes){ value, 1 };
	yes.record = good && data.data == record && data.len;
	return good;
}

bool seal_hello_lists(const struct seal_hello *hello, struct seal_bytes type)
{
	yes.listed = nondet_bool();
	return yes.listed;
}

bool seal_policy_takes(const struct seal_policy *p, uint8_t mode)
{
	bool good = nondet_bool();

	yes.taken = good && p == &policy && mode == yes.mode;
	return good;
}

bool seal_hello_hash(struct seal_bytes client, struct seal_bytes server,
		     uint8_t out[SEAL_SHA256_LEN])
{
	bool good = nondet_bool();

	yes.hello_hash = good && client.data == in.client_hello.data &&
			 client.len == in.client_hello.len &&
			 server.data == in.server_hello.data &&
			 server.len == in.server_hello.len;
	return good;
}

bool seal_sha256(const void *data, size_t len, uint8_t out[SEAL_SHA256_LEN])
{
	bool good = nondet_bool();

	if (data == in.request.data)
		yes.request_hash = good && len == in.request.len;
	if (data == in.our_cert.data)
		yes.our_hash = good && len == in.our_cert.len;
	return good;
}

void seal_bind_encode(const struct seal_bind *bind, uint8_t out[SEAL_BIND_LEN])
{
	yes.direction = bind->attester == seal_side_other(in.role) && bind->mode == yes.mode &&
			bind->exchange == yes.exchange && yes.hello_hash &&
			yes.request_hash && (!in.our_cert.len || yes.our_hash);
}

const char *seal_class_name(unsigned int class)
{
	return "any";
}

static bool export(void *arg, const uint8_t bind[SEAL_BIND_LEN], uint8_t ekm[SEAL_SHA256_LEN])
{
	bool good = nondet_bool();

	yes.exported = good && arg == in.export_arg && yes.direction;
	return good;
}

bool seal_binder(const uint8_t bind[SEAL_BIND_LEN], const uint8_t ekm[SEAL_SHA256_LEN],
		 uint8_t out[SEAL_SHA256_LEN])
{
	bool good = nondet_bool();

	yes.bound = good && yes.exported;
	return good;
}

static bool export_expat(void *arg, const uint8_t ctx[SEAL_CONTEXT_LEN],
			 uint8_t ekm[SEAL_SHA256_LEN])
{
	bool good = nondet_bool();

	yes.exported = good && arg == in.export_arg;
	return good;
}

size_t seal_expat_binding(enum seal_hash hash, struct seal_bytes der,
			  const uint8_t ekm[SEAL_SHA256_LEN], uint8_t out[SEAL_HASH_MAX])
{
	bool good = nondet_bool();

	yes.bound = good && yes.exported && der.data == end_entity &&
		    hash == in.keys.hash && policy.profile == SEAL_PROFILE_EXPAT;
	return good ? SEAL_SHA256_LEN : 0;
}

const char *seal_profile_name(unsigned int profile)
{
	return "any";
}

static bool decode(struct seal_bytes body, union seal_evidence *ret)
{
	bool good = nondet_bool();

	yes.decoded = good && body.data == value;
	return good;
}

static enum seal_reason appraise(const union seal_evidence *evidence,
				 const struct seal_appraisal_in *a, struct seal_appraisal *ret)
{
	enum seal_reason reason = nondet_uint();

	ret->ak_name.len = nondet_size();
	ret->digest_len = nondet_size();
	ret->not_after = some_time();
	ret->appraised = (int64_t)nondet_size();
	assume(ret->ak_name.len <= SEAL_TPM_NAME_MAX && ret->digest_len <= SEAL_PCR_VALUE_MAX);
	yes.found_until = ret->not_after;
	yes.appraised = reason == SEAL_REASON_ACCEPTED && a->policy == &policy &&
			a->ak_trust == rules.ak && a->admitted == &rules.admitted &&
			a->now == in.now && a->mode == yes.mode &&
			a->profile == policy.profile && a->own_ak.data == in.own_ak.data &&
			a->claims.side == seal_side_other(in.role) && yes.bound &&
			!a->before_logs;
	return reason;
}

const struct seal_evidence_type *seal_evidence_type(struct seal_bytes media_type)
{
	static struct seal_evidence_type type = { .decode = decode, .appraise = appraise };

	type.ind = nondet_uint();
	return nondet_bool() ? &type : NULL;
}

/* The modes that there are, and no others. */
bool seal_evidence_serves(const struct seal_evidence_type *type, uint8_t mode)
{
	yes.serves = nondet_bool() && mode >= SEAL_MODE_EVIDENCE && mode <= SEAL_MODE_PLAIN;
	return yes.serves;
}

static struct seal_bytes some(void)
{
	struct seal_bytes b = { octets, nondet_size() };

	assume(b.len <= OCTETS);
	return b;
}

static void given(void)
{
	in.rules = nondet_bool() ? &rules : NULL;
	in.policy = nondet_bool() ? &policy : NULL;
	in.role = nondet_uint();
	in.now = some_time();
	in.client_hello = some();
	in.server_hello = some();
	in.request = (struct seal_bytes){ octets + 4, 1 };
	in.authenticator = (struct seal_bytes){ octets + 5, 1 };
	in.own_ak = (struct seal_bytes){ octets + 6, nondet_bool() };
	in.our_cert = (struct seal_bytes){ octets + 8, nondet_bool() };
	in.export_arg = nondet_bool() ? &used : NULL;
	in.keys.hash = nondet_uint();
	in.export = nondet_bool() ? export : NULL;
	in.export_expat = nondet_bool() ? export_expat : NULL;
	policy.profile = nondet_bool();
	in.request_used = nondet_bool() ? &used : NULL;
	in.peer_chain = chain;
	in.peer_count = nondet_bool();
	chain[0] = (struct seal_bytes){ octets + 7, 1 };
	used = nondet_bool();
	policy.anonymous = nondet_bool();
	policy.psk_count = nondet_size();
	policy.lifetime = nondet_uint();
}

static void sender_claims(bool was_used)
{
	claim(in.policy && in.rules && in.export, "all inputs");
	claim(in.role == SEAL_SIDE_CLIENT || in.role == SEAL_SIDE_SERVER, "a side");
	claim(yes.frames == 2 && yes.hellos == 2, "both hellos");
	claim(yes.profiles == 2, "of the profile that policy wants");
	claim(yes.wants && yes.can, "we asked, and it said that it can");
	claim(yes.asked && yes.asked_by == in.role, "our request");
	claim(yes.authenticator && !yes.refusal, "an authenticator, no refusal");
	claim(!was_used && yes.context, "our context, once");
	claim(yes.finished, "Finished");
	claim(yes.path, "path of the certificate");
	claim(in.peer_count ? yes.same_cert : policy.anonymous || policy.psk_count,
	      "one certificate");
	claim(yes.identity, "identity");
	claim(yes.scheme && yes.signature, "CertificateVerify");
}

void prove_verify(void)
{
	struct seal_verdict v;
	bool was_used;

	given();
	was_used = used;
	seal_verify(&in, &v);
	if (v.reason != SEAL_REASON_ACCEPTED)
		return;
	sender_claims(was_used);
	claim(in.request_used && used, "and now it is used");
	claim(yes.record && yes.listed && yes.serves && yes.taken && yes.decoded,
	      "evidence of a kind we take");
	claim(yes.bound && yes.appraised, "appraised for this connection");
	claim(v.lifetime > 0 && v.lifetime <= policy.lifetime, "with an end");
	claim(v.lifetime <= yes.not_after - in.now && v.lifetime <= yes.found_until - in.now,
	      "not after its certificates");
}

void prove_sender(void)
{
	struct seal_verdict v;
	bool was_used;

	given();
	was_used = used && in.request_used;
	if (seal_verify_before_logs(&in, &v) == SEAL_REASON_ACCEPTED)
		sender_claims(was_used);
	claim(v.reason != SEAL_REASON_ACCEPTED, "not a verdict");
	claim(!in.request_used || used == was_used, "the request stays as it is");
}
