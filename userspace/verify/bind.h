/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ties evidence to one connection: SealBindContext, binder, claim, and
 * the Merkle tree that lets one quote serve many connections. Used by both
 * sides: the attester builds, the verifier rebuilds and compares.
 * Documentation/protocol.rst, "Binder" and "Batched quotes".
 *
 * Functions that hash return false when the crypto library fails.
 */
#ifndef SEAL_VERIFY_BIND_H
#define SEAL_VERIFY_BIND_H

#include "verify/crypto.h"
#include "wire/frame.h"

#define SEAL_BIND_LEN		180u
#define SEAL_BATCH_MAX		65536u	/* claims under one quote */
#define SEAL_PATH_MAX		16u	/* log2 of it */

#define SEAL_LABEL_BINDER	"EXPERIMENTAL-SEAL-binder"
#define SEAL_LABEL_REATTEST	"EXPERIMENTAL-SEAL-reattest"	 /* 32 octets */
#define SEAL_LABEL_EXPAT	"EXPORTER-cmw-attestation"	/* over the request's context, 32 */
#define SEAL_LABEL_CONNECTION_ID "EXPERIMENTAL-SEAL-connection-id" /* 16 */

/**
 * struct seal_bind - the fields of SealBindContext
 * @attester: the side that proves itself
 * @mode: SEAL_MODE_*
 * @exchange: 0 for the first attestation of the connection
 * @hello_hash: SHA-256(SealHello frame of the client || of the server), headers
 *	included
 * @request_hash: SHA-256(body of the AuthRequest frame)
 * @attester_cert_hash: SHA-256(DER end entity certificate of the authenticator)
 * @rp_cert_hash: SHA-256(DER end entity certificate that the relying party sent
 *	in the TLS handshake), or zeros
 * @subject_key_hash: SHA-256(DER SPKI of the authenticator's certificate)
 */
struct seal_bind {
	enum seal_side attester;
	uint16_t mode;
	uint64_t exchange;
	uint8_t hello_hash[SEAL_SHA256_LEN];
	uint8_t request_hash[SEAL_SHA256_LEN];
	uint8_t attester_cert_hash[SEAL_SHA256_LEN];
	uint8_t rp_cert_hash[SEAL_SHA256_LEN];
	uint8_t subject_key_hash[SEAL_SHA256_LEN];
};

/* The exporter's context: 180 octets, big endian. */
void seal_bind_encode(const struct seal_bind *bind, uint8_t out[SEAL_BIND_LEN]);
/* hello_hash from the two whole frames. */
bool seal_hello_hash(struct seal_bytes client_frame,
		     struct seal_bytes server_frame,
		     uint8_t out[SEAL_SHA256_LEN]);
/* SHA-256("SEAL-binder-v1" || 0 || @context || @ekm) */
bool seal_binder(const uint8_t context[SEAL_BIND_LEN],
		 const uint8_t ekm[SEAL_SHA256_LEN],
		 uint8_t out[SEAL_SHA256_LEN]);
/*
 * SHA-256("SEAL-quote-v1" || 0 || binder || u16 len || @tik_name || claims_hash)
 * where claims_hash is SHA-256(@claims). @tik_name is empty for key = file.
 */
bool seal_claim(const uint8_t binder[SEAL_SHA256_LEN],
		struct seal_bytes tik_name, struct seal_bytes claims,
		uint8_t out[SEAL_SHA256_LEN]);
/*
 * In the place of a binder where there is no connection, only a verifier with a
 * nonce: SHA-256("SEAL-result-v1" || 0 || u16 len || @nonce || @subject_key_hash).
 * No binder of a connection has that form, so such evidence serves none.
 */
bool seal_nonce_binder(struct seal_bytes nonce,
		       const uint8_t subject_key_hash[SEAL_SHA256_LEN],
		       uint8_t out[SEAL_SHA256_LEN]);
/*
 * Profile expat: @hash of (DER SPKI of @cert || @ekm) is the qualifying data itself,
 * without claim and batch. @hash is that of the cipher suite, @cert the end entity of
 * the authenticator, @ekm the exporter value by SEAL_LABEL_EXPAT. Gives the
 * octets in @out, or 0.
 */
size_t seal_expat_binding(enum seal_hash hash, struct seal_bytes cert,
			  const uint8_t ekm[SEAL_SHA256_LEN], uint8_t out[SEAL_HASH_MAX]);
/* qualifyingData of TPM2_Certify of the TLS key by the attestation key. */
bool seal_certify_data(struct seal_bytes ak_name, struct seal_bytes tik_name,
		       uint8_t out[SEAL_SHA256_LEN]);

/* SHA-256(00 || claim), SHA-256(01 || left || right) */
bool seal_tree_leaf(const uint8_t claim[SEAL_SHA256_LEN],
		    uint8_t out[SEAL_SHA256_LEN]);
bool seal_tree_node(const uint8_t left[SEAL_SHA256_LEN],
		    const uint8_t right[SEAL_SHA256_LEN],
		    uint8_t out[SEAL_SHA256_LEN]);
/* qualifyingData of TPM2_Quote: SHA-256(02 || u32 @n || @root) */
bool seal_quote_data(uint32_t n, const uint8_t root[SEAL_SHA256_LEN],
		     uint8_t out[SEAL_SHA256_LEN]);

/* A power of two from 1 to SEAL_BATCH_MAX: the size of a batch of @claims. */
uint32_t seal_tree_size(uint32_t claims);
/* log2 of a legal size, or -1. */
int seal_tree_depth(uint32_t n);
/*
 * A random order: slot[i] of claim i, by Fisher and Yates. @random holds @n
 * fresh words from the system's generator.
 */
void seal_tree_shuffle(uint32_t *slot, uint32_t n, const uint64_t *random);
/*
 * Build a tree in @node, which has 2 * @n entries (entry 0 is not used):
 * the caller puts the claims into node[n + slot]; they become leaves, and
 * node[1] the root.
 */
bool seal_tree_build(uint8_t (*node)[SEAL_SHA256_LEN], uint32_t n);
/*
 * The siblings from leaf @index up to the root, seal_tree_depth(n) of them.
 */
void seal_tree_path(uint8_t (*node)[SEAL_SHA256_LEN], uint32_t n,
		    uint32_t index, uint8_t (*path)[SEAL_SHA256_LEN]);
/*
 * The qualifying data that a quote must have for @claim to be in its batch;
 * @path is @depth nodes one after another.
 * Bit k of @index tells on which side of level k we are (0: left). False when
 * @n is not a legal size, @index is not below it or @depth is not log2 of it.
 */
bool seal_tree_data(const uint8_t claim[SEAL_SHA256_LEN], uint32_t n,
		    uint32_t index, const uint8_t *path, size_t depth,
		    uint8_t out[SEAL_SHA256_LEN]);

#endif /* SEAL_VERIFY_BIND_H */
