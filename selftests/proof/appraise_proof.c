// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verdict on TPM evidence, verify/appraise_tpm.c, in the same way: the functions
 * that it asks are here, and remember what they said yes to. The quote itself is one
 * of them; quote_proof.c is about that.
 */
#include "proof.h"
#include "verify/appraise_tpm.h"
#include "verify/quote.h"

/* Keys are told apart by a number in the place of their length. */
enum { AK_KEY = 11, TIK_KEY, ISSUED_KEY };

/* And octets by where they are. */
enum { AK_PUBLIC, TIK_PUBLIC, CERTIFY, CERTIFY_SIG, QUOTE, QUOTE_SIG, CLAIMS, OWN, BOOT, IMA };
static uint8_t octets[16];

static struct seal_tpm_evidence evidence;
static struct seal_appraisal_in in;
static struct seal_policy policy;
static struct seal_cert cert;
static struct seal_admitted admitted;
static struct seal_identity identity;
static const uint8_t *want;	/* the data that was computed last */
static uint8_t trust, seen_before;	/* addresses */

static struct {
	bool ak, tik, path, issued_key, named, admitted, is_ak, is_tik, own;
	bool ak_is_cert_key, ak_is_tik, tik_is_cert_key;
	bool certify, certify_read, certify_sig, certify_fits, certify_data, certify_name;
	uint32_t magic;
	uint16_t type;
	bool claims, in_kernel, claimed, tree, quoted;
	struct seal_claims said;
	int depth;
} yes;

bool seal_tpm_public_decode(struct seal_bytes body, struct seal_tpm_public *ret)
{
	bool good = nondet_bool();

	ret->name.len = nondet_size();
	assume(ret->name.len >= 2 && ret->name.len <= SEAL_TPM_NAME_MAX);
	ret->attributes = nondet_uint();
	ret->key.len = body.data == octets + AK_PUBLIC ? AK_KEY : TIK_KEY;
	if (ret->key.len == AK_KEY)
		yes.ak = good;
	else
		yes.tik = good && body.data == octets + TIK_PUBLIC;
	return good;
}

struct seal_bytes seal_tpm_name_bytes(const struct seal_tpm_name *name)
{
	return (struct seal_bytes){ name->data, name->len };
}

bool seal_key_equal(const struct seal_key *a, const struct seal_key *b)
{
	bool good = nondet_bool();

	if (b == &cert.key)
		*(a->len == AK_KEY ? &yes.ak_is_cert_key : &yes.tik_is_cert_key) = good;
	else if (a->len == AK_KEY && b->len == TIK_KEY)
		yes.ak_is_tik = good;
	else if (a->len == ISSUED_KEY && b->len == AK_KEY)
		yes.issued_key = good;
	return good;
}

enum seal_reason seal_trust_check(const struct seal_trust *t, const struct seal_bytes *certs,
				  size_t count, int64_t now, enum seal_purpose purpose,
				  struct seal_cert *ret)
{
	enum seal_reason reason = nondet_uint();

	ret->key.len = ISSUED_KEY;
	ret->id_count = nondet_bool();
	yes.path = reason == SEAL_REASON_ACCEPTED && t == in.ak_trust && now == in.now &&
		   certs == evidence.ak_certs && count == evidence.ak_cert_count &&
		   purpose == SEAL_PURPOSE_AK;
	return reason;
}

bool seal_cert_names(const struct seal_cert *c, const struct seal_identity *id)
{
	bool good = nondet_bool();

	yes.named = good && c->key.len == ISSUED_KEY && id == &identity;
	return good;
}

enum seal_reason seal_admitted_check(const struct seal_admitted *list,
				     const struct seal_identity *id,
				     const struct seal_tpm_name *name)
{
	enum seal_reason reason = nondet_uint();

	yes.admitted = reason == SEAL_REASON_ACCEPTED && list == &admitted && id == &identity;
	return reason;
}

bool seal_tpm_is_ak(const struct seal_tpm_public *pub)
{
	bool good = nondet_bool();

	yes.is_ak = good && pub->key.len == AK_KEY;
	return good;
}

bool seal_tpm_is_tik(const struct seal_tpm_public *pub)
{
	bool good = nondet_bool();

	yes.is_tik = good && pub->key.len == TIK_KEY;
	return good;
}

bool seal_tpm_statement_decode(struct seal_bytes body, struct seal_tpm_statement *ret)
{
	bool good = nondet_bool();

	yes.certify = good && body.data == octets + CERTIFY;
	ret->magic = yes.magic = nondet_uint();
	ret->type = yes.type = nondet_uint();
	ret->extra_len = nondet_size();
	assume(ret->extra_len <= sizeof(ret->extra));
	return good;
}

bool seal_tpm_signature_decode(struct seal_bytes body, struct seal_tpm_signature *ret)
{
	yes.certify_read = body.data == octets + CERTIFY_SIG;
	return nondet_bool();
}

bool seal_tpm_signature_fits(const struct seal_tpm_signature *sig,
			     const struct seal_tpm_public *pub)
{
	bool good = nondet_bool();

	yes.certify_fits = good && pub->key.len == AK_KEY;
	return good;
}

bool seal_seen_signature(struct seal_seen *seen, int64_t now,
			 const struct seal_tpm_signature *sig, const struct seal_tpm_public *pub,
			 struct seal_bytes data)
{
	bool good = nondet_bool();

	yes.certify_sig = good && seen == in.signatures && now == in.now &&
			  pub->key.len == AK_KEY &&
			  data.data == octets + CERTIFY;
	return good;
}

bool seal_certify_data(struct seal_bytes ak_name, struct seal_bytes tik_name,
		       uint8_t out[SEAL_SHA256_LEN])
{
	want = out;
	return nondet_bool();
}

bool seal_bytes_equal_ct(struct seal_bytes a, struct seal_bytes b)
{
	bool good = nondet_bool();

	yes.certify_data = good && b.data == want && b.len == SEAL_SHA256_LEN;
	return good;
}

/* Names are compared with our own and with the certified one. */
bool seal_bytes_equal(struct seal_bytes a, struct seal_bytes b)
{
	bool good = nondet_bool();

	*(b.data == octets + OWN ? &yes.own : &yes.certify_name) = good;
	return good;
}

bool seal_claim(const uint8_t binder[SEAL_SHA256_LEN], struct seal_bytes tik_name,
		struct seal_bytes claims, uint8_t out[SEAL_SHA256_LEN])
{
	bool good = nondet_bool();

	yes.claimed = good && binder == in.binder && claims.data == octets + CLAIMS &&
		      !tik_name.len == !evidence.tik_public.len;
	return good;
}

int seal_tree_depth(uint32_t n)
{
	return n == evidence.batch ? yes.depth : (int)nondet_uint();
}

bool seal_tree_data(const uint8_t claim[SEAL_SHA256_LEN], uint32_t n, uint32_t index,
		    const uint8_t *path, size_t depth, uint8_t out[SEAL_SHA256_LEN])
{
	bool good = nondet_bool();

	claim(__CPROVER_r_ok(path, depth * SEAL_SHA256_LEN), "the path is there");
	want = out;
	yes.tree = good && n == evidence.batch && index < n;
	return good;
}

enum seal_reason seal_quote_appraise(const struct seal_quote_in *q, struct seal_quote *quote,
				     struct seal_report *report)
{
	enum seal_reason reason = nondet_uint();
	const struct seal_tpm_evidence *e = &evidence;

	quote->statement.digest_len = nondet_size();
	assume(quote->statement.digest_len <= SEAL_PCR_VALUE_MAX);
	yes.quoted = reason == SEAL_REASON_ACCEPTED && q->policy == in.policy && !q->bare &&
		     q->ak->key.len == AK_KEY && q->statement.data == octets + QUOTE &&
		     q->signature.data == octets + QUOTE_SIG &&
		     (in.profile == SEAL_PROFILE_EXPAT ? q->data.len == in.binding_len :
		      q->data.data == want && q->data.len == SEAL_SHA256_LEN) &&
		     q->exact && !q->all &&
		     q->asked.bank == in.asked.bank && q->asked.mask == in.asked.mask &&
		     q->signatures == in.signatures && q->now == in.now &&
		     q->given == e->pcr && q->given_bank == e->bank &&
		     q->boot.data == in.boot.data && q->ima.data == in.ima.data;
	return reason;
}

const struct seal_check *seal_report_failed(const struct seal_report *report)
{
	return nondet_bool() ? &report->check[0] : NULL;
}

const uint8_t *seal_bytes_chr(struct seal_bytes in, uint8_t octet)
{
	claim(__CPROVER_r_ok(in.data, in.len), "octets that are looked at are there");
	return nondet_bool() ? in.data : NULL;
}

bool seal_claims_decode(struct seal_bytes body, struct seal_claims *ret)
{
	bool good = nondet_bool();

	ret->consumer = yes.said.consumer = nondet_u8();
	ret->uid = yes.said.uid = nondet_uint();
	ret->side = yes.said.side = nondet_uint();
	yes.claims = good && body.data == octets + CLAIMS;
	return good;
}

bool seal_class_in_kernel(unsigned int class)
{
	bool good = nondet_bool();

	yes.in_kernel = good && class == in.claims.consumer;
	return good;
}

const char *seal_class_name(unsigned int class)
{
	return "any";
}

static struct seal_bytes at(unsigned int which)
{
	return (struct seal_bytes){ octets + which, 1 };
}

static void given(void)
{
	struct seal_tpm_evidence *e = &evidence;

	e->ak_public = at(AK_PUBLIC);
	e->ak_cert_count = nondet_size();
	assume(e->ak_cert_count <= SEAL_CERTS_MAX);
	e->tik_public = (struct seal_bytes){ octets + TIK_PUBLIC, nondet_bool() };
	e->certify = at(CERTIFY);
	e->certify_sig = at(CERTIFY_SIG);
	e->quote = at(QUOTE);
	e->quote_sig = at(QUOTE_SIG);
	e->claims = at(CLAIMS);
	e->bank = nondet_uint();
	e->batch = nondet_uint();
	e->index = nondet_uint();
	e->depth = nondet_size();
	yes.depth = (int)nondet_uint();
	assume(yes.depth >= -1 && yes.depth <= (int)SEAL_PATH_MAX);
	policy.ak_trust = nondet_uint();
	policy.residency = nondet_uint();
	policy.own_ak = nondet_bool();
	policy.kernel_only = nondet_bool();
	in = (struct seal_appraisal_in){
		.policy = &policy, .admitted = &admitted, .identity = &identity, .cert = &cert,
		.now = (int64_t)nondet_size(),
		.signatures = (struct seal_seen *)&seen_before,
		.ak_trust = (const struct seal_trust *)&trust, .profile = nondet_bool(),
		.asked = { .bank = nondet_uint(), .mask = nondet_uint() },
		.binding_len = nondet_bool() ? SEAL_SHA256_LEN : SEAL_HASH_MAX,
		.own_ak = { octets + OWN, nondet_bool() }, .boot = at(BOOT), .ima = at(IMA),
		.claims = { .consumer = nondet_u8(), .uid = nondet_uint(),
			    .side = nondet_uint() },
	};
}

static void ak_claims(void)
{
	bool by_list = policy.ak_trust == SEAL_AK_ADMITTED;

	claim(yes.ak && yes.is_ak && !yes.ak_is_cert_key, "an attestation key");
	claim(by_list ? yes.admitted :
	      evidence.ak_cert_count && yes.path && yes.issued_key,
	      "that somebody vouches for");
	claim(by_list || policy.ak_trust == SEAL_AK_ANY_ENDORSED ||
	      (policy.ak_trust == SEAL_AK_CERTIFICATE && yes.named), "for this identity");
	claim(!in.own_ak.len || policy.own_ak || !yes.own, "not ours");
}

static void tls_key_claims(void)
{
	if (!evidence.tik_public.len) {
		claim(policy.residency == SEAL_KEY_IN_FILE ||
		      policy.residency == SEAL_KEY_ANYWHERE, "a key in a file is allowed");
		return;
	}
	claim(policy.residency == SEAL_KEY_IN_TPM || policy.residency == SEAL_KEY_ANYWHERE,
	      "a key in the TPM is allowed");
	claim(yes.tik && yes.is_tik && !yes.ak_is_tik && yes.tik_is_cert_key,
	      "the certificate's key, born there");
	claim(yes.certify && yes.magic == SEAL_TPM_MAGIC && yes.type == SEAL_TPM_ST_CERTIFY,
	      "a certify");
	claim(yes.certify_read && yes.certify_fits && yes.certify_sig, "signed by the AK");
	claim(yes.certify_data && yes.certify_name, "of this key");
}

void prove_appraise(void)
{
	const struct seal_tpm_evidence *e = &evidence;
	struct seal_appraisal out;

	given();
	if (seal_tpm_appraise((const union seal_evidence *)&evidence, &in, &out) !=
	    SEAL_REASON_ACCEPTED)
		return;
	ak_claims();
	tls_key_claims();
	claim(out.key_in_tpm == !!e->tik_public.len, "where the key is, as it says");
	claim(e->index < e->batch && (int)e->depth == yes.depth && yes.depth >= 0,
	      "a place in the batch");
	claim(yes.quoted, "a quote");
	claim(in.profile == SEAL_PROFILE_EXPAT ? e->batch == 1 : yes.claimed && yes.tree,
	      "of our claim");
	claim(yes.claims && yes.said.consumer == in.claims.consumer &&
	      yes.said.uid == in.claims.uid && yes.said.side == in.claims.side, "claims");
	claim(!policy.kernel_only || yes.in_kernel, "consumer");
}
