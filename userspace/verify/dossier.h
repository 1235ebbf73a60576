/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a machine hands to a verifier that is not its peer: evidence, the
 * certificates of its TLS key, logs. A collection (RFC 9999 section 3.3):
 *
 *	{   0: ["application/vnd.seal.tpm2-evidence+cbor", bstr, 4],
 *	    1: { 0: ["application/pkix-cert", DER], ... },	the end entity first
 *	  ? 2: ["application/octet-stream", 32 octets],	binder of a connection
 *	  ? 3: ["application/octet-stream", boot log],
 *	  ? 4: ["application/octet-stream", measurement list] }
 *
 * Without a binder the evidence answers a nonce of the verifier, and the claims in
 * it are { consumer 0, uid 0, side 1 }: of no connection.
 */
#ifndef SEAL_VERIFY_DOSSIER_H
#define SEAL_VERIFY_DOSSIER_H

#include "verify/evidence.h"
#include "verify/rules.h"

#define SEAL_DOSSIER_MAX	(SEAL_CMW_MAX + SEAL_CHAIN_MAX + 1024u)	/* without logs */
#define SEAL_NONCE_MIN		8u	/* RFC 9711 4.1 */
#define SEAL_NONCE_MAX		64u

/**
 * struct seal_dossier - the collection, as views
 * @evidence: the whole record
 * @chain: DER certificates
 * @chain_count: at least 1
 * @binder: empty for a nonce
 * @boot: may be empty
 * @ima: may be empty
 */
struct seal_dossier {
	struct seal_bytes evidence;
	struct seal_bytes chain[SEAL_CERTS_MAX];
	size_t chain_count;
	struct seal_bytes binder;
	struct seal_bytes boot;
	struct seal_bytes ima;
};

/* Octets written, or 0 when it does not fit. */
size_t seal_dossier_encode(const struct seal_dossier *dossier, uint8_t *out, size_t size);
/*
 * False unless @in is exactly one such collection. @record is room for the
 * record of evidence, SEAL_CMW_MAX octets. Fuzz target: dossier.
 */
bool seal_dossier_decode(struct seal_bytes in, uint8_t *record, struct seal_dossier *ret);

/**
 * struct seal_dossier_in - what it is held against
 * @rules: CAs and pinned keys
 * @policy: that decides
 * @identity: whose it must be; NULL: any that the policy covers
 * @nonce: where there is no binder: ours
 * @now: seconds since 1970
 */
struct seal_dossier_in {
	const struct seal_rules *rules;
	const struct seal_policy *policy;
	const struct seal_identity *identity;
	struct seal_bytes nonce;
	int64_t now;
};

/**
 * struct seal_finding - what was found of the machine
 * @cert: of the TLS key
 * @identity: of the machine
 * @binder: that the evidence answers
 * @connected: it is of a connection, and not of our nonce
 * @claims: in it
 * @found: as for a peer
 */
struct seal_finding {
	struct seal_cert cert;
	struct seal_identity identity;
	uint8_t binder[SEAL_SHA256_LEN];
	bool connected;
	struct seal_claims claims;
	struct seal_appraisal found;
};

/* The appraisal of a peer's evidence, without a connection to the peer. */
enum seal_reason seal_dossier_appraise(const struct seal_dossier *dossier,
				       const struct seal_dossier_in *in,
				       struct seal_finding *ret);

#endif /* SEAL_VERIFY_DOSSIER_H */
