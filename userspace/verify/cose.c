// SPDX-License-Identifier: GPL-2.0-or-later
/* COSE_Sign1. */
#include "verify/cose.h"

#include <string.h>

#include "wire/head.h"

#define TAG_SIGN1	18u
#define MEMBERS		4u
#define CONTEXT		"Signature1"

/* Common headers, RFC 9052 table 3. */
enum { LABEL_ALG = 1, LABEL_CRIT, LABEL_CONTENT, LABEL_KID };

static const struct row {
	int alg;
	enum seal_key_type type;
	enum seal_hash hash;
	size_t signature_len;
} rows[] = {
	{ SEAL_COSE_ES256, SEAL_KEY_P256, SEAL_HASH_SHA256, 64 },
	{ SEAL_COSE_ES384, SEAL_KEY_P384, SEAL_HASH_SHA384, 96 },
};

#define ROWS	(sizeof(rows) / sizeof(rows[0]))

static const struct row *row_of(int64_t alg)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].alg == alg)
			return &rows[i];
	return NULL;
}

int seal_cose_alg(const struct seal_key *key)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].type == key->type)
			return rows[i].alg;
	return 0;
}

enum seal_hash seal_cose_hash(int alg)
{
	const struct row *row = row_of(alg);

	return row ? row->hash : SEAL_HASH_NONE;
}

static enum seal_reason get_header(struct seal_reader *r, int64_t label,
				   struct seal_cose *cose)
{
	uint32_t content;
	int64_t alg;

	switch (label) {
	case LABEL_ALG:
		alg = seal_get_int(r);
		if (!r->bad && !row_of(alg))
			return SEAL_REASON_COSE_ALGORITHM;
		cose->alg = alg;
		break;
	case LABEL_CRIT:
		return SEAL_REASON_COSE_CRITICAL;
	case LABEL_CONTENT:
		content = seal_get_head(r, SEAL_CBOR_UINT);
		if (!content || content > 0xffff)
			r->bad = true;
		cose->content = content;
		break;
	case LABEL_KID:
		cose->kid = seal_get_string(r, SEAL_CBOR_BSTR);
		if (!cose->kid.len || cose->kid.len > SEAL_COSE_KID_MAX)
			r->bad = true;
		break;
	default:
		r->bad = true;
	}
	return r->bad ? SEAL_REASON_COSE_BAD : SEAL_REASON_ACCEPTED;
}

/* Labels rise, so none comes twice; the algorithm is the first and mandatory. */
static enum seal_reason get_headers(struct seal_cose *cose)
{
	struct seal_reader r = seal_reader_of(cose->protected);
	uint32_t count = seal_get_head(&r, SEAL_CBOR_MAP);
	int64_t label, last = 0;

	for (uint32_t i = 0; i < count; i++) {
		enum seal_reason reason;

		label = seal_get_int(&r);
		if (r.bad || label <= last)
			return SEAL_REASON_COSE_BAD;
		reason = get_header(&r, label, cose);
		if (reason != SEAL_REASON_ACCEPTED)
			return reason;
		last = label;
	}
	return seal_reader_done(&r) && cose->alg ? SEAL_REASON_ACCEPTED
						  : SEAL_REASON_COSE_BAD;
}

enum seal_reason seal_cose_decode(struct seal_bytes in, struct seal_cose *ret)
{
	struct seal_reader r = seal_reader_of(in);
	struct seal_cose cose = { 0 };
	enum seal_reason reason;

	/* A bare map of claims, which anybody can write. */
	if (seal_next_major(&r) == SEAL_CBOR_MAP)
		return SEAL_REASON_COSE_UNSIGNED;
	if (seal_get_head(&r, SEAL_CBOR_TAG) != TAG_SIGN1 ||
	    seal_get_head(&r, SEAL_CBOR_ARRAY) != MEMBERS)
		return SEAL_REASON_COSE_BAD;
	cose.protected = seal_get_string(&r, SEAL_CBOR_BSTR);
	if (seal_get_head(&r, SEAL_CBOR_MAP))	/* nothing unprotected */
		return SEAL_REASON_COSE_BAD;
	cose.payload = seal_get_string(&r, SEAL_CBOR_BSTR);
	cose.signature = seal_get_string(&r, SEAL_CBOR_BSTR);
	if (!seal_reader_done(&r) || !cose.payload.len)
		return SEAL_REASON_COSE_BAD;
	reason = get_headers(&cose);
	if (reason != SEAL_REASON_ACCEPTED)
		return reason;
	if (!cose.signature.len)
		return SEAL_REASON_COSE_UNSIGNED;
	if (cose.signature.len != row_of(cose.alg)->signature_len)
		return SEAL_REASON_COSE_BAD;
	*ret = cose;
	return SEAL_REASON_ACCEPTED;
}

/* The head of a byte string in @room; the string itself follows elsewhere. */
static struct seal_bytes head(size_t len, uint8_t room[9])
{
	struct seal_writer w = seal_writer(room, 9);

	seal_put_head(&w, SEAL_CBOR_BSTR, len);
	return (struct seal_bytes){ room, w.len };
}

bool seal_cose_digest(const struct seal_cose *cose, struct seal_bytes external_aad,
		      uint8_t out[SEAL_HASH_MAX])
{
	uint8_t start[16], head1[9], head2[9], head3[9];
	struct seal_writer w = seal_writer(start, sizeof(start));
	struct seal_bytes parts[7] = {
		[1] = head(cose->protected.len, head1), [2] = cose->protected,
		[3] = head(external_aad.len, head2), [4] = external_aad,
		[5] = head(cose->payload.len, head3), [6] = cose->payload,
	};

	seal_put_head(&w, SEAL_CBOR_ARRAY, MEMBERS);
	seal_put_string(&w, SEAL_CBOR_TSTR, (struct seal_bytes){
				(const uint8_t *)CONTEXT, strlen(CONTEXT) });
	parts[0] = (struct seal_bytes){ start, seal_writer_done(&w) };
	return seal_hash_parts(seal_cose_hash(cose->alg), parts, 7, out);
}

bool seal_cose_verify(const struct seal_cose *cose, struct seal_bytes external_aad,
		      const struct seal_key *key)
{
	const struct row *row = row_of(cose->alg);
	uint8_t digest[SEAL_HASH_MAX];

	return row && row->type == key->type &&
	       seal_cose_digest(cose, external_aad, digest) &&
	       seal_verify_p1363(key, row->hash, digest, cose->signature);
}

size_t seal_cose_header(const struct seal_cose *cose, uint8_t *out, size_t size)
{
	struct seal_writer w = seal_writer(out, size);

	if (!row_of(cose->alg) || cose->kid.len > SEAL_COSE_KID_MAX)
		return 0;
	seal_put_head(&w, SEAL_CBOR_MAP, 1 + !!cose->content + !!cose->kid.len);
	seal_put_int(&w, LABEL_ALG);
	seal_put_int(&w, cose->alg);
	if (cose->content) {
		seal_put_int(&w, LABEL_CONTENT);
		seal_put_int(&w, cose->content);
	}
	if (cose->kid.len) {
		seal_put_int(&w, LABEL_KID);
		seal_put_string(&w, SEAL_CBOR_BSTR, cose->kid);
	}
	return seal_writer_done(&w);
}

size_t seal_cose_encode(const struct seal_cose *cose, uint8_t *out, size_t size)
{
	struct seal_writer w = seal_writer(out, size);

	seal_put_head(&w, SEAL_CBOR_TAG, TAG_SIGN1);
	seal_put_head(&w, SEAL_CBOR_ARRAY, MEMBERS);
	seal_put_string(&w, SEAL_CBOR_BSTR, cose->protected);
	seal_put_head(&w, SEAL_CBOR_MAP, 0);
	seal_put_string(&w, SEAL_CBOR_BSTR, cose->payload);
	seal_put_string(&w, SEAL_CBOR_BSTR, cose->signature);
	return seal_writer_done(&w);
}
