/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Certificates and requests: what the small CA issues, what a host asks for. */
#ifndef SEALCTL_ENROLL_CERT_H
#define SEALCTL_ENROLL_CERT_H

#include <gnutls/abstract.h>
#include <gnutls/x509.h>

#include "sealctl/enroll_request.h"

#define ENROLL_SPKI_MAX	1024u

/** struct enroll_spki - a public key, DER SubjectPublicKeyInfo */
struct enroll_spki {
	size_t len;
	uint8_t der[ENROLL_SPKI_MAX];
};

/** enum enroll_kind - what a certificate is for */
enum enroll_kind {
	ENROLL_KIND_NONE = 0,
	ENROLL_KIND_TLS,	/* clientAuth and serverAuth */
	ENROLL_KIND_AK,		/* tcg-kp-AIKCertificate and nothing else */
};

/** struct enroll_issuer - a CA's key and certificate, freed by enroll_issuer_free() */
struct enroll_issuer {
	gnutls_privkey_t key;
	gnutls_x509_crt_t crt;
};

/** enroll_key_new - a new P-256 key as PEM */
int enroll_key_new(char *pem, size_t size, struct enroll_error *err);

/** enroll_ca_new - a self-signed CA certificate for a key, ten years */
int enroll_ca_new(const char *key_pem, const char *name, char *pem, size_t size,
		  struct enroll_error *err);

/** enroll_issuer_load - both in PEM; refused where the certificate is of another key */
int enroll_issuer_load(struct enroll_issuer *issuer, const char *key_pem, const char *cert_pem,
		       struct enroll_error *err);
void enroll_issuer_free(struct enroll_issuer *issuer);

/** enroll_issue - certify that @key belongs to @id; PEM of one certificate */
int enroll_issue(const struct enroll_issuer *issuer, enum enroll_kind kind,
		 const struct enroll_spki *key, const struct seal_identity *id,
		 unsigned int days, char *pem, size_t size, struct enroll_error *err);

#define ENROLL_SERIAL_MAX	64u

/** enroll_serial - the serial number of a certificate, in hex */
int enroll_serial(const char *pem, char serial[ENROLL_SERIAL_MAX], struct enroll_error *err);

/** enroll_spki_of - the public key in a TPMT_PUBLIC */
int enroll_spki_of(const struct att_blob *pub, struct enroll_spki *out, struct enroll_error *err);

/** enroll_spki_of_key - the public half of a private key in PEM */
int enroll_spki_of_key(const char *key_pem, struct enroll_spki *out, struct enroll_error *err);

/**
 * enroll_spki_of_csr - the key of a request, which its signature proves
 * @id: the only name that it may ask for
 *
 * Keys are those of enroll_spki_of(), RSA from 2048 bits on.
 */
int enroll_spki_of_csr(const char *pem, const struct seal_identity *id, struct enroll_spki *out,
		       struct enroll_error *err);

/** enroll_sign_fn - ECDSA over a SHA-256 digest as DER; 0 or -1 */
typedef int enroll_sign_fn(void *arg, const uint8_t *digest, uint8_t *sig, size_t *sig_len);

/** enroll_csr_new - a request for @key signed by a callback (a key in the TPM) */
int enroll_csr_new(const struct enroll_spki *key, const struct seal_identity *id,
		   enroll_sign_fn *sign, void *arg, char *pem, size_t size,
		   struct enroll_error *err);

/** enroll_csr_of_key - a request signed by a key in PEM */
int enroll_csr_of_key(const char *key_pem, const struct seal_identity *id, char *pem, size_t size,
		      struct enroll_error *err);

/**
 * enroll_chain_check - is the first certificate of a PEM chain for this key and identity?
 * @what: "tls" or "ak", for the reason
 */
int enroll_chain_check(const char *what, const char *pem, const struct enroll_spki *key,
		       const struct seal_identity *id, struct enroll_error *err);

/**
 * enroll_chain_leads - does a PEM chain lead to one of @ca, now?
 * @kind: for TLS of one side, or for an attestation key
 * @ca: CAs in PEM, trusted for nothing else here
 * @from: where they are from, for the reason
 */
int enroll_chain_leads(enum enroll_kind kind, const char *pem, const char *ca, const char *from,
		       struct enroll_error *err);

#endif /* SEALCTL_ENROLL_CERT_H */
