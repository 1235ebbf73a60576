/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON Web Signature, compact (RFC 7515), the other envelope of results: three
 * texts in base64url, the first of them a header of exactly
 *
 *	{"alg":"ES256"|"ES384","kid":"...","typ":"eat+jwt"}
 *
 * where kid is the SHA-256 of the signer's DER SubjectPublicKeyInfo. Which algorithm
 * counts is the key's affair, not the header's: they must agree.
 */
#ifndef SEAL_VERIFY_JWS_H
#define SEAL_VERIFY_JWS_H

#include "verify/cose.h"

#define SEAL_JWS_TYPE		"eat+jwt"
#define SEAL_JWS_PAYLOAD_MAX	8192u

/**
 * struct seal_jws - one JWS
 * @alg: SEAL_COSE_*
 * @kid: of the signer
 * @covered: what is signed, a view
 * @payload: of @payload_len octets
 * @signature: r and s, of @signature_len octets
 */
struct seal_jws {
	int alg;
	uint8_t kid[SEAL_SHA256_LEN];
	struct seal_bytes covered;
	uint8_t payload[SEAL_JWS_PAYLOAD_MAX];
	size_t payload_len;
	uint8_t signature[SEAL_COSE_SIGNATURE_MAX];
	size_t signature_len;
};

/* Could it be one? A COSE_Sign1 never begins so. */
bool seal_jws_likely(struct seal_bytes in);
/*
 * SEAL_REASON_ACCEPTED when @in is one JWS as above, signed by whomever; else
 * COSE_UNSIGNED (also by "none"), COSE_CRITICAL, COSE_ALGORITHM or COSE_BAD.
 * Fuzz target: jws.
 */
enum seal_reason seal_jws_decode(struct seal_bytes in, struct seal_jws *ret);
/* Signed by @key, whose curve is the algorithm's? */
bool seal_jws_verify(const struct seal_jws *jws, const struct seal_key *key);

/* Header and payload, as they are signed. Characters written, or 0. */
size_t seal_jws_begin(int alg, const uint8_t kid[SEAL_SHA256_LEN], struct seal_bytes payload,
		      char *out, size_t size);
/* The digest of them. */
bool seal_jws_digest(int alg, struct seal_bytes covered, uint8_t out[SEAL_HASH_MAX]);
/* The signature behind them. All characters, or 0. */
size_t seal_jws_end(char *out, size_t len, size_t size, struct seal_bytes signature);

#endif /* SEAL_VERIFY_JWS_H */
