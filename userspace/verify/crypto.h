/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The crypto seam: hashes, HMAC and signature checks over public parameters.
 * crypto.c is the only file of verify/ that includes gnutls/crypto.h and
 * gnutls/abstract.h. Everything answers false on any error.
 */
#ifndef SEAL_VERIFY_CRYPTO_H
#define SEAL_VERIFY_CRYPTO_H

#include "wire/buf.h"
#include "wire/limits.h"

enum seal_hash {
	SEAL_HASH_NONE = 0,
	SEAL_HASH_SHA256,
	SEAL_HASH_SHA384,
};

#define SEAL_SHA256_LEN 32u

/* 32 or 48; 0 for anything else. */
size_t seal_hash_len(enum seal_hash hash);
/* Hash of the @count pieces one after another; @out has seal_hash_len(). */
bool seal_hash_parts(enum seal_hash hash, const struct seal_bytes *parts,
		     size_t count, uint8_t *out);
bool seal_sha256(const void *data, size_t len, uint8_t out[SEAL_SHA256_LEN]);
bool seal_hmac(enum seal_hash hash, struct seal_bytes key,
	       struct seal_bytes data, uint8_t *out);

enum seal_key_type {
	SEAL_KEY_NONE = 0,
	SEAL_KEY_P256,
	SEAL_KEY_P384,
	SEAL_KEY_RSA,		/* 2048 to 4096 bits */
};

#define SEAL_KEY_PART_MAX 512u

/**
 * struct seal_key - a public key by its parameters
 * @x: point coordinate, or RSA modulus; right-aligned to @len, no spare zeros
 *	for RSA
 * @y: point coordinate (P-256, P-384)
 * @exponent: RSA
 * @len: octets of @x
 */
struct seal_key {
	enum seal_key_type type;
	size_t len;
	uint8_t x[SEAL_KEY_PART_MAX];
	uint8_t y[48];
	uint32_t exponent;
};

/* Equal parameters; two unset keys are not equal. */
bool seal_key_equal(const struct seal_key *a, const struct seal_key *b);
/* The public key of a parsed certificate, and SHA-256 of its DER SPKI; for x509.c. */
struct gnutls_x509_crt_int;
bool seal_key_of_crt(struct gnutls_x509_crt_int *crt, struct seal_key *key_ret,
		     uint8_t spki_hash_ret[SEAL_SHA256_LEN]);
/* @hash of (DER SPKI of a certificate || @tail); @out has seal_hash_len(). */
bool seal_spki_hash(enum seal_hash hash, struct seal_bytes cert, struct seal_bytes tail,
		    uint8_t *out);
/* A public key or that of a certificate, in DER or PEM. */
bool seal_key_of_any(struct seal_bytes in, struct seal_key *key_ret);
/* Of the text "-----BEGIN PUBLIC KEY-----", and SHA-256 of its DER SPKI. */
bool seal_key_of_pem(struct seal_bytes pem, struct seal_key *key_ret,
		     uint8_t spki_hash_ret[SEAL_SHA256_LEN]);
/* From raw parts, leading zeros allowed; exponent 0 means 65537. */
bool seal_key_of_point(enum seal_key_type type, struct seal_bytes x,
		       struct seal_bytes y, struct seal_key *key_ret);
bool seal_key_of_modulus(struct seal_bytes n, uint32_t exponent,
			 struct seal_key *key_ret);

/* @digest has seal_hash_len(@hash) octets in all of these. */
bool seal_verify_ecdsa(const struct seal_key *key, enum seal_hash hash,
		       const uint8_t *digest, struct seal_bytes r,
		       struct seal_bytes s);
/*
 * The two numbers of a DER ECDSA signature into @r and @s, each of @size
 * octets; their lengths into @r_len and @s_len.
 */
bool seal_ecdsa_parts(struct seal_bytes der, size_t size, uint8_t *r, size_t *r_len,
		      uint8_t *s, size_t *s_len);
/* The same with r and s one after the other, each as long as the key. */
bool seal_verify_p1363(const struct seal_key *key, enum seal_hash hash,
		       const uint8_t *digest, struct seal_bytes sig);
/* RSASSA-PKCS1-v1_5, or PSS with a salt of the hash's or the greatest length. */
bool seal_verify_rsa(const struct seal_key *key, enum seal_hash hash, bool pss,
		     const uint8_t *digest, struct seal_bytes sig);

#define SEAL_SCHEME_P256	0x0403u	/* ecdsa_secp256r1_sha256 */
#define SEAL_SCHEME_P384	0x0503u	/* ecdsa_secp384r1_sha384 */
#define SEAL_SCHEME_PSS_SHA256	0x0804u	/* rsa_pss_rsae_sha256 */
#define SEAL_SCHEME_PSS_SHA384	0x0805u

/* The hash of a TLS SignatureScheme that we know, or SEAL_HASH_NONE. */
enum seal_hash seal_scheme_hash(uint16_t scheme);
/* A TLS signature (DER for ECDSA); the scheme must fit the key's curve. */
bool seal_verify_scheme(const struct seal_key *key, uint16_t scheme,
			const uint8_t *digest, struct seal_bytes sig);

#endif /* SEAL_VERIFY_CRYPTO_H */
