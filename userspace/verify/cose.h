/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * COSE_Sign1 of RFC 9052, the envelope of attestation results: tagged, with one
 * signature by ES256 on P-256 or ES384 on P-384 (RFC 9053), all headers protected.
 * What is written has one encoding (RFC 8949 4.2.1), and nothing else is read.
 */
#ifndef SEAL_VERIFY_COSE_H
#define SEAL_VERIFY_COSE_H

#include "verify/crypto.h"
#include "verify/reason.h"

#define SEAL_COSE_ES256		(-7)	/* RFC 9053 2.1 */
#define SEAL_COSE_ES384		(-35)
#define SEAL_COSE_KID_MAX	64u
#define SEAL_COSE_HEADER_MAX	128u	/* room for a protected header */
#define SEAL_COSE_SIGNATURE_MAX	96u

/**
 * struct seal_cose - one COSE_Sign1
 * @alg: SEAL_COSE_*
 * @content: CoAP Content-Format of the payload; 0 when it does not say
 * @kid: key of the signer; may be empty
 * @protected: the protected header in its octets
 * @payload: what was signed
 * @signature: r and s
 */
struct seal_cose {
	int alg;
	uint16_t content;
	struct seal_bytes kid;
	struct seal_bytes protected;
	struct seal_bytes payload;
	struct seal_bytes signature;
};

/* The algorithm for a key, or 0; the hash of an algorithm, or SEAL_HASH_NONE. */
int seal_cose_alg(const struct seal_key *key);
enum seal_hash seal_cose_hash(int alg);

/*
 * SEAL_REASON_ACCEPTED when @in is one COSE_Sign1 as above, signed by whomever;
 * else COSE_UNSIGNED for a bare payload, COSE_CRITICAL, COSE_ALGORITHM or
 * COSE_BAD. Views point into @in. Fuzz target: cose.
 */
enum seal_reason seal_cose_decode(struct seal_bytes in, struct seal_cose *ret);
/* The digest of Sig_structure (RFC 9052 4.4), which is what is signed. */
bool seal_cose_digest(const struct seal_cose *cose, struct seal_bytes external_aad,
		      uint8_t out[SEAL_HASH_MAX]);
/* Signed by @key, whose curve is the algorithm's? */
bool seal_cose_verify(const struct seal_cose *cose, struct seal_bytes external_aad,
		      const struct seal_key *key);

/* The protected header of @alg, @content and @kid. Octets written or 0. */
size_t seal_cose_header(const struct seal_cose *cose, uint8_t *out, size_t size);
/* The whole, with @protected and @signature filled. Octets written or 0. */
size_t seal_cose_encode(const struct seal_cose *cose, uint8_t *out, size_t size);

#endif /* SEAL_VERIFY_COSE_H */
