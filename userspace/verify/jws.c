// SPDX-License-Identifier: GPL-2.0-or-later
/* JSON Web Signature. */
#include "verify/jws.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "verify/base64.h"

#define OK		SEAL_REASON_ACCEPTED
#define HEADER_MAX	512u

static const struct row {
	const char *name;
	int alg;
	size_t signature_len;
} rows[] = {
	{ "ES256", SEAL_COSE_ES256, 64 },
	{ "ES384", SEAL_COSE_ES384, 96 },
};

#define ROWS	(sizeof(rows) / sizeof(rows[0]))

static const struct row *row_of(int alg)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].alg == alg)
			return &rows[i];
	return NULL;
}

bool seal_jws_likely(struct seal_bytes in)
{
	return in.len && in.data[0] == 'e';	/* of '{' */
}

static enum seal_reason get_alg(const json_t *value, struct seal_jws *jws)
{
	const char *name = json_string_value(value);

	for (size_t i = 0; name && i < ROWS; i++)
		if (!strcmp(name, rows[i].name))
			jws->alg = rows[i].alg;
	if (name && !strcmp(name, "none"))
		return SEAL_REASON_COSE_UNSIGNED;
	return jws->alg ? OK : SEAL_REASON_COSE_ALGORITHM;
}

static enum seal_reason get_kid(const json_t *value, struct seal_jws *jws)
{
	const struct seal_bytes text = { (const uint8_t *)json_string_value(value),
					 json_string_length(value) };
	size_t len;

	return json_is_string(value) &&
	       seal_base64_decode(text, jws->kid, sizeof(jws->kid), &len) &&
	       len == sizeof(jws->kid) ? OK : SEAL_REASON_COSE_BAD;
}

/* Exactly the three members; an unknown one may be a restriction. */
static enum seal_reason get_members(const json_t *header, struct seal_jws *jws)
{
	const char *type = json_string_value(json_object_get(header, "typ"));
	enum seal_reason reason;

	if (json_object_get(header, "crit"))
		return SEAL_REASON_COSE_CRITICAL;
	reason = get_alg(json_object_get(header, "alg"), jws);
	if (reason != OK)
		return reason;
	if (json_object_size(header) != 3 || !type || strcmp(type, SEAL_JWS_TYPE))
		return SEAL_REASON_COSE_BAD;
	return get_kid(json_object_get(header, "kid"), jws);
}

static enum seal_reason get_header(struct seal_bytes text, struct seal_jws *jws)
{
	uint8_t raw[HEADER_MAX];
	enum seal_reason reason = SEAL_REASON_COSE_BAD;
	json_t *header;
	size_t len;

	if (!seal_base64_decode(text, raw, sizeof(raw), &len))
		return reason;
	header = json_loadb((char *)raw, len, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(header))
		reason = get_members(header, jws);
	json_decref(header);
	return reason;
}

/* What stands before the next dot, which is skipped; all of it, if there is none. */
static struct seal_bytes next_part(struct seal_bytes *left, bool *dot)
{
	const uint8_t *end = seal_bytes_chr(*left, '.');
	struct seal_bytes part = { left->data, end ? (size_t)(end - left->data) : left->len };

	*dot = end;
	left->data += part.len + !!end;
	left->len -= part.len + !!end;
	return part;
}

enum seal_reason seal_jws_decode(struct seal_bytes in, struct seal_jws *ret)
{
	struct seal_bytes left = in, header, payload, signature;
	bool first, second, third;
	enum seal_reason reason;

	*ret = (struct seal_jws){ 0 };
	header = next_part(&left, &first);
	payload = next_part(&left, &second);
	ret->covered = (struct seal_bytes){ in.data, header.len + 1 + payload.len };
	signature = next_part(&left, &third);
	if (!first || !second || third)
		return SEAL_REASON_COSE_BAD;
	reason = get_header(header, ret);
	if (reason != OK)
		return reason;
	if (!signature.len)
		return SEAL_REASON_COSE_UNSIGNED;
	if (!seal_base64_decode(payload, ret->payload, sizeof(ret->payload), &ret->payload_len) ||
	    !ret->payload_len ||
	    !seal_base64_decode(signature, ret->signature, sizeof(ret->signature),
				&ret->signature_len) ||
	    ret->signature_len != row_of(ret->alg)->signature_len)
		return SEAL_REASON_COSE_BAD;
	return OK;
}

bool seal_jws_digest(int alg, struct seal_bytes covered, uint8_t out[SEAL_HASH_MAX])
{
	return seal_hash_parts(seal_cose_hash(alg), &covered, 1, out);
}

bool seal_jws_verify(const struct seal_jws *jws, const struct seal_key *key)
{
	uint8_t digest[SEAL_HASH_MAX];

	return seal_cose_alg(key) == jws->alg &&
	       seal_jws_digest(jws->alg, jws->covered, digest) &&
	       seal_verify_p1363(key, seal_cose_hash(jws->alg), digest, (struct seal_bytes){
					jws->signature, jws->signature_len });
}

size_t seal_jws_begin(int alg, const uint8_t kid[SEAL_SHA256_LEN], struct seal_bytes payload,
		      char *out, size_t size)
{
	char id[SEAL_BASE64_LEN(SEAL_SHA256_LEN) + 1] = "", header[HEADER_MAX];
	size_t len;

	if (!row_of(alg))
		return 0;
	seal_base64_encode((struct seal_bytes){ kid, SEAL_SHA256_LEN }, id);
	len = (size_t)snprintf(header, sizeof(header),
			       "{\"alg\":\"%s\",\"kid\":\"%s\",\"typ\":\"%s\"}",
			       row_of(alg)->name, id, SEAL_JWS_TYPE);
	if (SEAL_BASE64_LEN(len) + 1 + SEAL_BASE64_LEN(payload.len) > size)
		return 0;
	len = seal_base64_encode((struct seal_bytes){ (uint8_t *)header, len }, out);
	out[len++] = '.';
	return len + seal_base64_encode(payload, out + len);
}

size_t seal_jws_end(char *out, size_t len, size_t size, struct seal_bytes signature)
{
	if (!len || len + 1 + SEAL_BASE64_LEN(signature.len) > size)
		return 0;
	out[len++] = '.';
	return len + seal_base64_encode(signature, out + len);
}
