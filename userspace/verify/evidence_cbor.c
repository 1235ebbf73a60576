// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The CBOR of evidence and claims. The only file of verify/ that includes
 * tinycbor. A decoder walks the shape it expects, so nesting is bounded by the
 * code, and only then asks the library whether the encoding is canonical.
 */
#include <tinycbor/cbor.h>
#include <string.h>

#include "verify/evidence.h"

enum {
	KEY_QUOTE = 1,
	KEY_QUOTE_SIG,
	KEY_AK_PUBLIC,
	KEY_AK_CERTS,
	KEY_TIK_PUBLIC,
	KEY_CERTIFY,
	KEY_CERTIFY_SIG,
	KEY_PCRS,
	KEY_CLAIMS,
	KEY_LOGS,	/* log positions: no place in this profile */
	KEY_BATCH,
	KEY_COUNT
};

#define STRUCT_MAX	2048u	/* one TPM structure; the largest is RSA-4096 */
#define BATCH_MEMBERS	3u

#define CANONICAL (CborValidateShortestNumbers | CborValidateNoIndeterminateLength | \
		   CborValidateMapKeysAreUnique | CborValidateNoTags | \
		   CborValidateNoUndefined)

/* Exactly one canonical item, which ends where the octets end. */
static bool canonical(struct seal_bytes in, const CborValue *root,
		      const CborValue *after)
{
	return cbor_value_get_next_byte(after) == in.data + in.len &&
	       cbor_value_validate(root, CANONICAL) == CborNoError;
}

static bool get_uint(CborValue *at, uint64_t *ret)
{
	return cbor_value_is_unsigned_integer(at) &&
	       cbor_value_get_uint64(at, ret) == CborNoError &&
	       cbor_value_advance_fixed(at) == CborNoError;
}

/* A byte string of @min to @max octets, as a view. */
static bool get_bytes(CborValue *at, size_t min, size_t max,
		      struct seal_bytes *ret)
{
	CborValue string = *at;
	const uint8_t *data;
	size_t len;

	if (!cbor_value_is_byte_string(at) || !cbor_value_is_length_known(at) ||
	    cbor_value_begin_string_iteration(&string) != CborNoError ||
	    cbor_value_get_byte_string_chunk(&string, &data, &len, NULL) !=
	    CborNoError ||
	    len < min || len > max)
		return false;
	*ret = (struct seal_bytes){ len ? data : NULL, len };
	return cbor_value_advance(at) == CborNoError;
}

static bool enter(CborValue *at, bool is, CborValue *inside)
{
	return is && cbor_value_is_length_known(at) &&
	       cbor_value_enter_container(at, inside) == CborNoError;
}

static bool leave(CborValue *at, CborValue *inside)
{
	return cbor_value_at_end(inside) &&
	       cbor_value_leave_container(at, inside) == CborNoError;
}

static bool get_certs(CborValue *at, struct seal_tpm_evidence *e)
{
	CborValue in;

	if (!enter(at, cbor_value_is_array(at), &in))
		return false;
	while (!cbor_value_at_end(&in)) {
		if (e->ak_cert_count == SEAL_CERTS_MAX ||
		    !get_bytes(&in, 1, SEAL_CHAIN_MAX,
			       &e->ak_certs[e->ak_cert_count++]))
			return false;
	}
	return e->ak_cert_count && leave(at, &in);
}

/* One bank: { index => value }, every value of the bank's length. */
static bool get_bank(CborValue *at, struct seal_tpm_evidence *e)
{
	size_t len = seal_tpm_bank_len(e->bank);
	size_t values = 0;
	CborValue in;

	if (!len || !enter(at, cbor_value_is_map(at), &in))
		return false;
	for (; !cbor_value_at_end(&in); values++) {
		uint64_t pcr;

		if (!get_uint(&in, &pcr) || pcr >= SEAL_PCR_COUNT || e->pcr[pcr].len ||
		    !get_bytes(&in, len, len, &e->pcr[pcr]))
			return false;
	}
	return values && leave(at, &in);
}

static bool get_pcrs(CborValue *at, struct seal_tpm_evidence *e)
{
	uint64_t bank;
	CborValue in;

	if (!enter(at, cbor_value_is_map(at), &in) || !get_uint(&in, &bank) ||
	    bank > 0xffff)
		return false;
	e->bank = bank;
	return get_bank(&in, e) && leave(at, &in);
}

static bool get_batch(CborValue *at, struct seal_tpm_evidence *e)
{
	uint64_t n, index;
	CborValue in, path;

	if (!enter(at, cbor_value_is_array(at), &in) || !get_uint(&in, &n) ||
	    !get_uint(&in, &index) || n > SEAL_BATCH_MAX || index > SEAL_BATCH_MAX ||
	    !enter(&in, cbor_value_is_array(&in), &path))
		return false;
	e->batch = n;
	e->index = index;
	while (!cbor_value_at_end(&path)) {
		struct seal_bytes node;

		if (e->depth == SEAL_PATH_MAX ||
		    !get_bytes(&path, SEAL_SHA256_LEN, SEAL_SHA256_LEN, &node))
			return false;
		memcpy(e->path[e->depth++], node.data, node.len);
	}
	return leave(&in, &path) && leave(at, &in);
}

static bool get_member(uint64_t key, CborValue *at, struct seal_tpm_evidence *e)
{
	switch (key) {
	case KEY_QUOTE:
		return get_bytes(at, 1, STRUCT_MAX, &e->quote);
	case KEY_QUOTE_SIG:
		return get_bytes(at, 1, STRUCT_MAX, &e->quote_sig);
	case KEY_AK_PUBLIC:
		return get_bytes(at, 1, STRUCT_MAX, &e->ak_public);
	case KEY_AK_CERTS:
		return get_certs(at, e);
	case KEY_TIK_PUBLIC:
		return get_bytes(at, 1, STRUCT_MAX, &e->tik_public);
	case KEY_CERTIFY:
		return get_bytes(at, 1, STRUCT_MAX, &e->certify);
	case KEY_CERTIFY_SIG:
		return get_bytes(at, 1, STRUCT_MAX, &e->certify_sig);
	case KEY_PCRS:
		return get_pcrs(at, e);
	case KEY_CLAIMS:
		return get_bytes(at, 1, SEAL_CLAIMS_LEN, &e->claims);
	case KEY_BATCH:
		return get_batch(at, e);
	default:
		return false;
	}
}

#define BIT(key)	(1u << (key))
#define MANDATORY	(BIT(KEY_QUOTE) | BIT(KEY_QUOTE_SIG) | BIT(KEY_AK_PUBLIC) | \
			 BIT(KEY_PCRS) | BIT(KEY_CLAIMS) | BIT(KEY_BATCH))
#define CERTIFIED	(BIT(KEY_TIK_PUBLIC) | BIT(KEY_CERTIFY) | BIT(KEY_CERTIFY_SIG))

/* All members of a map, each once; which ones as a set of bits, or 0. */
static unsigned int get_members(CborValue *at, struct seal_tpm_evidence *e)
{
	unsigned int seen = 0;

	while (!cbor_value_at_end(at)) {
		uint64_t key;

		if (!get_uint(at, &key) || key >= KEY_COUNT || seen & BIT(key) ||
		    !get_member(key, at, e))
			return 0;
		seen |= BIT(key);
	}
	return seen;
}

static bool complete(unsigned int seen)
{
	return (seen & MANDATORY) == MANDATORY &&
	       (!(seen & CERTIFIED) || (seen & CERTIFIED) == CERTIFIED);
}

bool seal_evidence_decode(struct seal_bytes in,
			  struct seal_tpm_evidence *evidence_ret)
{
	struct seal_tpm_evidence e = { 0 };
	CborValue root, at, map;
	CborParser parser;

	if (!in.len || in.len > SEAL_CMW_MAX ||
	    cbor_parser_init(in.data, in.len, 0, &parser, &root) != CborNoError)
		return false;
	at = root;
	if (!enter(&at, cbor_value_is_map(&at), &map) ||
	    !complete(get_members(&map, &e)) || !leave(&at, &map) ||
	    !canonical(in, &root, &at))
		return false;
	*evidence_ret = e;
	return true;
}

/*
 * The encoder's errors add up, and one look at the end is enough. One call a
 * statement: the order of operands is the compiler's choice.
 */
static void put_uint(CborEncoder *to, uint64_t v, CborError *err)
{
	*err |= cbor_encode_uint(to, v);
}

static void put_bytes(CborEncoder *to, struct seal_bytes v, CborError *err)
{
	*err |= cbor_encode_byte_string(to, v.len ? v.data : (const uint8_t *)"",
					v.len);
}

static void put_member(CborEncoder *map, uint64_t key, struct seal_bytes v,
		       CborError *err)
{
	put_uint(map, key, err);
	put_bytes(map, v, err);
}

static void put_certs(CborEncoder *map, const struct seal_tpm_evidence *e,
		      CborError *err)
{
	CborEncoder list;

	put_uint(map, KEY_AK_CERTS, err);
	*err |= cbor_encoder_create_array(map, &list, e->ak_cert_count);
	for (size_t i = 0; i < e->ak_cert_count; i++)
		put_bytes(&list, e->ak_certs[i], err);
	*err |= cbor_encoder_close_container(map, &list);
}

static void put_pcrs(CborEncoder *map, const struct seal_tpm_evidence *e,
		     CborError *err)
{
	CborEncoder banks, bank;
	size_t count = 0;

	for (size_t i = 0; i < SEAL_PCR_COUNT; i++)
		count += !!e->pcr[i].len;
	put_uint(map, KEY_PCRS, err);
	*err |= cbor_encoder_create_map(map, &banks, 1);
	put_uint(&banks, e->bank, err);
	*err |= cbor_encoder_create_map(&banks, &bank, count);
	for (size_t i = 0; i < SEAL_PCR_COUNT; i++)
		if (e->pcr[i].len)
			put_member(&bank, i, e->pcr[i], err);
	*err |= cbor_encoder_close_container(&banks, &bank);
	*err |= cbor_encoder_close_container(map, &banks);
}

static void put_batch(CborEncoder *map, const struct seal_tpm_evidence *e,
		      CborError *err)
{
	CborEncoder list, path;

	put_uint(map, KEY_BATCH, err);
	*err |= cbor_encoder_create_array(map, &list, BATCH_MEMBERS);
	put_uint(&list, e->batch, err);
	put_uint(&list, e->index, err);
	*err |= cbor_encoder_create_array(&list, &path, e->depth);
	for (size_t i = 0; i < e->depth; i++)
		put_bytes(&path, (struct seal_bytes){ e->path[i], SEAL_SHA256_LEN },
			  err);
	*err |= cbor_encoder_close_container(&list, &path);
	*err |= cbor_encoder_close_container(map, &list);
}

static void put_members(CborEncoder *map, const struct seal_tpm_evidence *e,
			CborError *err)
{
	put_member(map, KEY_QUOTE, e->quote, err);
	put_member(map, KEY_QUOTE_SIG, e->quote_sig, err);
	put_member(map, KEY_AK_PUBLIC, e->ak_public, err);
	if (e->ak_cert_count)
		put_certs(map, e, err);
	if (e->tik_public.len) {
		put_member(map, KEY_TIK_PUBLIC, e->tik_public, err);
		put_member(map, KEY_CERTIFY, e->certify, err);
		put_member(map, KEY_CERTIFY_SIG, e->certify_sig, err);
	}
	put_pcrs(map, e, err);
	put_member(map, KEY_CLAIMS, e->claims, err);
	put_batch(map, e, err);
}

size_t seal_evidence_encode(const struct seal_tpm_evidence *evidence,
			    uint8_t *out, size_t size)
{
	const struct seal_tpm_evidence *e = evidence;
	size_t members = 6 + !!e->ak_cert_count + (e->tik_public.len ? 3 : 0);
	CborError err = CborNoError;
	CborEncoder root, map;

	if (e->ak_cert_count > SEAL_CERTS_MAX || e->depth > SEAL_PATH_MAX)
		return 0;
	cbor_encoder_init(&root, out, size, 0);
	err |= cbor_encoder_create_map(&root, &map, members);
	put_members(&map, e, &err);
	err |= cbor_encoder_close_container(&root, &map);
	return err ? 0 : cbor_encoder_get_buffer_size(&root, out);
}

enum { CLAIM_CONSUMER = 1, CLAIM_UID, CLAIM_SIDE, CLAIM_COUNT };

size_t seal_claims_encode(const struct seal_claims *claims, uint8_t *out,
			  size_t size)
{
	CborError err = CborNoError;
	CborEncoder root, map;

	cbor_encoder_init(&root, out, size, 0);
	err |= cbor_encoder_create_map(&root, &map, CLAIM_COUNT - 1);
	put_uint(&map, CLAIM_CONSUMER, &err);
	put_uint(&map, claims->consumer, &err);
	put_uint(&map, CLAIM_UID, &err);
	put_uint(&map, claims->uid, &err);
	put_uint(&map, CLAIM_SIDE, &err);
	put_uint(&map, claims->side, &err);
	err |= cbor_encoder_close_container(&root, &map);
	return err ? 0 : cbor_encoder_get_buffer_size(&root, out);
}

bool seal_claims_decode(struct seal_bytes in, struct seal_claims *ret)
{
	uint64_t value[CLAIM_COUNT] = { 0 }, key;
	CborValue root, at, map;
	CborParser parser;

	if (!in.len ||
	    cbor_parser_init(in.data, in.len, 0, &parser, &root) != CborNoError)
		return false;
	at = root;
	if (!enter(&at, cbor_value_is_map(&at), &map))
		return false;
	for (uint64_t i = CLAIM_CONSUMER; i < CLAIM_COUNT; i++)
		if (!get_uint(&map, &key) || key != i || !get_uint(&map, &value[i]))
			return false;
	if (!leave(&at, &map) || !canonical(in, &root, &at))
		return false;
	if (value[CLAIM_CONSUMER] >= SEAL_CLASS_COUNT ||
	    value[CLAIM_UID] > UINT32_MAX ||
	    (value[CLAIM_SIDE] != SEAL_SIDE_CLIENT &&
	     value[CLAIM_SIDE] != SEAL_SIDE_SERVER))
		return false;
	ret->consumer = value[CLAIM_CONSUMER];
	ret->uid = value[CLAIM_UID];
	ret->side = value[CLAIM_SIDE];
	return true;
}
