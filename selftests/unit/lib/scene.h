/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One attestation from both ends: an honest client proves itself to an honest
 * server, or the other way round, with a place to lie at every step.
 */
#ifndef SEAL_UNIT_SCENE_H
#define SEAL_UNIT_SCENE_H

#include "party.h"
#include "verify/verify.h"

/* Made once; every scene begins with them. */
struct world {
	struct authority tls_ca, ak_ca, other_ca;
	gnutls_privkey_t ak, tik, other_ak, other_tik;
	struct blob ak_cert, tls_cert, our_cert;
};

const struct world *world(void);

/**
 * struct scene - what the honest peer does, and what a test does to it
 * @policy: text of the verifier's policy
 * @expat: both speak that profile; the policy must say so too
 * @edit_*: called when the named piece is ready and before it is used; what
 *	comes later (names, signatures, hashes) is made from the edited piece
 */
struct scene {
	enum seal_side role;		/* of the verifier */
	enum seal_hash tls_hash;
	const char *policy;
	bool key_in_file;
	bool expat;
	uint32_t batch;
	uint32_t pcr_mask;
	uint16_t bank;
	uint16_t ak_scheme, ak_hash, ea_scheme;
	gnutls_privkey_t ak, tik;	/* that sign */
	struct blob ak_cert, tls_cert;	/* that are sent */
	struct blob ak_issuer;		/* sent behind it; empty: not */
	bool no_ak_cert;
	bool no_evidence;
	bool no_handshake_cert;
	struct seal_claims claims;
	uint8_t pcr[SEAL_PCR_COUNT][SEAL_PCR_VALUE_MAX];
	struct seal_ask ask;
	struct seal_hello client, server;

	void (*edit_ask)(struct scene *s);
	void (*edit_hello)(struct scene *s);
	void (*edit_ak)(TPMT_PUBLIC *area);
	void (*edit_tik)(TPMT_PUBLIC *area);
	void (*edit_bind)(struct seal_bind *bind);
	void (*edit_claims)(struct blob *claims);
	void (*edit_binder)(struct scene *s);
	void (*edit_quote)(TPMS_ATTEST *attest);
	void (*edit_certify)(TPMS_ATTEST *attest);
	void (*edit_evidence)(struct scene *s, struct seal_tpm_evidence *e);
	void (*edit_cmw)(struct seal_cmw *cmw);
	void (*edit_auth)(struct scene *s);	/* authenticator, complete */
	void (*edit_in)(struct scene *s, struct seal_verify_in *in);

	/* What comes of it. */
	struct blob ak_public, tik_public, quote, quote_sig, certify, certify_sig;
	struct blob claims_raw, client_frame, server_frame, request;
	struct blob spare;
	struct seal_bytes certs[SEAL_CERTS_MAX];
	size_t cert_count;
	uint8_t evidence_raw[SEAL_CMW_MAX];
	size_t evidence_len;
	uint8_t auth_raw[SEAL_AUTHENTICATOR_MAX];
	size_t auth_len;
	uint8_t binder[SEAL_SHA256_LEN];
	uint8_t binding[SEAL_HASH_MAX];	/* in its place in profile expat */
	size_t binding_len;
	struct seal_ea_keys keys;
	uint8_t secret[SEAL_SHA256_LEN];	/* the connection's exporter */
	struct seal_rules rules;
	struct seal_identity reference;
	bool used;
	struct seal_verdict verdict;
};

/* An honest peer that the policy accepts. */
void scene_init(struct scene *s);
/* Let the peer speak: fills everything up to @auth_raw. */
void scene_speak(struct scene *s);
/*
 * The peer's part alone: the proof for @client_frame, @server_frame, @request and
 * @claims. False when it cannot be put together.
 */
bool scene_prove(struct scene *s);
/* The exporter of the connection, from @secret. */
bool scene_export(void *scene, const uint8_t context[SEAL_BIND_LEN],
		  uint8_t ekm[SEAL_SHA256_LEN]);
/* Judge it; gives the reason, and the verdict in @s. */
enum seal_reason scene_judge(struct scene *s);
/* Both, and frees what was loaded. */
enum seal_reason scene_run(struct scene *s);
void scene_end(struct scene *s);
/* The default policy with @extra lines more, in static memory. */
const char *scene_policy(const char *extra);

#endif /* SEAL_UNIT_SCENE_H */
