// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CoRIM: its COSE_Sign1. Other signers' headers are not those of our own results
 * (cose.c): they come in any order, and some words on the signer with them.
 */
#include "verify/corim_private.h"
#include "verify/cose.h"

#define CONTENT_TYPE	"application/rim+cbor"

/* A time of a CWT, without a tag; fractions of a second are not taken. */
static int64_t claim_time(struct seal_corim_parse *p, size_t at)
{
	int64_t t = seal_get_int(&p->r);

	if (p->r.bad)
		seal_corim_fail(p, at, "wanted a time in whole seconds");
	return t;
}

static void get_exp(struct seal_corim_parse *p)
{
	size_t at = seal_corim_at(p);

	seal_corim_check_time(p, at, INT64_MIN, claim_time(p, at));
}

static void get_nbf(struct seal_corim_parse *p)
{
	size_t at = seal_corim_at(p);

	seal_corim_check_time(p, at, claim_time(p, at), INT64_MAX);
}

static void get_claims(struct seal_corim_parse *p)
{
	static const struct seal_corim_row rows[] = {
		{ 1, true, seal_corim_skip, NULL },	/* iss: the key says who signed */
		{ 2, false, seal_corim_skip, NULL },	/* sub */
		{ 4, false, get_exp, NULL },
		{ 5, false, get_nbf, NULL },
		{ 6, false, seal_corim_skip, NULL },	/* iat */
	};

	CORIM_MAP(p, rows, "a claim on the signature that we do not know");
}

static void meta(struct seal_corim_parse *p)
{
	static const struct seal_corim_row rows[] = {
		{ 0, true, seal_corim_skip, NULL },	/* signer */
		{ 1, false, seal_corim_validity, NULL },
	};

	CORIM_MAP(p, rows, "a member of corim-meta that we do not know");
}

static void get_meta(struct seal_corim_parse *p)
{
	seal_corim_inside(p, meta);
}

static void get_alg(struct seal_corim_parse *p)
{
	size_t at = seal_corim_at(p);
	int64_t alg = seal_get_int(&p->r);

	/* Which algorithm it is, the key says; here the two must agree. */
	if (p->r.bad || alg != seal_cose_alg(p->in->key))
		seal_corim_fail(p, at, "another algorithm than that of the signer's key "
				"(ES256 or ES384)");
}

static void get_content(struct seal_corim_parse *p)
{
	size_t at = seal_corim_at(p);
	struct seal_bytes type = seal_get_string(&p->r, SEAL_CBOR_TSTR);

	if (p->r.bad || !seal_bytes_are(type, CONTENT_TYPE))
		seal_corim_fail(p, at, "signed content that is not " CONTENT_TYPE);
}

static void get_headers(struct seal_corim_parse *p)
{
	static const struct seal_corim_row rows[] = {
		{ 1, true, get_alg, NULL },
		{ 2, false, NULL, "a critical header" },
		{ 3, true, get_content, NULL },
		{ 4, false, seal_corim_skip, NULL },	/* kid: the key is given */
		{ 8, false, get_meta, NULL },
		{ 15, false, get_claims, NULL },
		{ 33, false, seal_corim_skip, NULL },	/* x5chain, and its hash */
		{ 34, false, seal_corim_skip, NULL },
		{ 258, false, NULL, "only a hash of the manifest is signed, not itself" },
	};

	CORIM_MAP(p, rows, "a protected header that we do not know");
}

/* The content of a byte string that @p is at; it is not read. */
static struct seal_bytes peek(const struct seal_corim_parse *p)
{
	struct seal_reader ahead = p->r;

	return seal_get_string(&ahead, SEAL_CBOR_BSTR);
}

/* Nothing is taken from a payload before its signature is good. */
void seal_corim_signed(struct seal_corim_parse *p, void (*get)(struct seal_corim_parse *p))
{
	size_t at = seal_corim_at(p);
	struct seal_cose cose = { 0 };
	struct seal_corim_parse payload;

	if (!p->in->key) {
		seal_corim_fail(p, at, "signed: the key of its signer is needed");
		return;
	}
	if (seal_corim_head(p, SEAL_CBOR_ARRAY, "wanted a COSE_Sign1") != 4)
		seal_corim_fail(p, at, "a COSE_Sign1 that has not four members");
	cose.alg = seal_cose_alg(p->in->key);
	cose.protected = peek(p);
	seal_corim_inside(p, get_headers);
	if (seal_next_major(&p->r) != SEAL_CBOR_MAP)
		seal_corim_fail(p, seal_corim_at(p), "wanted a map of unprotected headers");
	seal_corim_skip(p);	/* nobody vouches for them */
	payload = *p;
	cose.payload = seal_corim_string(p, SEAL_CBOR_BSTR, "a detached payload, or none");
	at = seal_corim_at(p);
	cose.signature = seal_corim_string(p, SEAL_CBOR_BSTR, "wanted a signature");
	if (p->r.bad)
		return;
	if (!seal_cose_verify(&cose, (struct seal_bytes){ 0 }, p->in->key)) {
		seal_corim_fail(p, at, "not signed by that key");
		return;
	}
	seal_corim_inside(&payload, get);
	p->r.bad = payload.r.bad;
}
