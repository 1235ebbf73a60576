/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hosts and authorities made of software: keys, certificates, and a TPM that
 * signs whatever a test wants signed.
 */
#ifndef SEAL_UNIT_PARTY_H
#define SEAL_UNIT_PARTY_H

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <tss2/tss2_mu.h>

#include "tap.h"
#include "verify/tpm.h"
#include "verify/x509.h"

#define NOW	1800000000	/* January 2027, for all tests */
#define DAY	86400

struct blob {
	size_t len;
	uint8_t data[4096];
};

struct seal_bytes of(const struct blob *blob);

enum kind { P256, P384, RSA2048 };

gnutls_privkey_t new_key(enum kind kind);

struct authority {
	gnutls_privkey_t key;
	gnutls_x509_crt_t crt;
	struct blob der;
	struct blob pem;
};

void new_authority(struct authority *ca, const char *name,
		   const struct authority *parent);
/* Make it again, for nothing but what @purpose (OID) says. */
void restrict_authority(struct authority *ca, const char *purpose,
			const struct authority *parent);
/* Make it again, with a key identifier, which is then in what it issues. */
void number_authority(struct authority *ca, uint8_t number, const struct authority *parent);
/* Make it again, to end at @until. */
void end_authority(struct authority *ca, int64_t until, const struct authority *parent);
/*
 * Make it again, with name constraints: "+dns:example.org" is permitted, "-ip:10.0.0.0/8"
 * excluded; up to @count or the first NULL.
 */
void constrain_authority(struct authority *ca, const char *const *names, size_t count,
			 const struct authority *parent);

/* What a certificate says; zero is a good TLS certificate of nobody. */
struct profile {
	const char *ids[4];	/* "dns:..", "ip:..", "uri:.." as they are */
	int64_t from, until;	/* 0: yesterday and in a year */
	const char *purpose;	/* OID; NULL: client and server */
	bool no_purpose;
	bool is_ca;
	unsigned int usage;	/* 0: digitalSignature */
	bool of_vendor;		/* the TPM's maker, model and no name, in a critical extension */
};

void issue(const struct authority *ca, gnutls_privkey_t key,
	   const struct profile *profile, struct blob *der);
/* The same for an attestation key: with the purpose that says so. */
void issue_ak(const struct authority *ca, gnutls_privkey_t key,
	      const struct profile *profile, struct blob *der);
void to_pem(const struct blob *der, struct blob *pem);
/* A revocation list of @ca with the certificate on it. */
void revoke_cert(const struct authority *ca, const struct blob *der, struct blob *pem);

/* The public area of @key with those attributes, before it is marshalled. */
void public_area(gnutls_privkey_t key, TPMA_OBJECT attributes, uint16_t scheme,
		 uint16_t hash, TPMT_PUBLIC *area);
void marshal_public(const TPMT_PUBLIC *area, struct blob *out);
/*
 * A file of admitted/ for @key, valid until the next call; with more members, from a comma
 * on, or the name of another key.
 */
char *admitted_json(gnutls_privkey_t key, TPMA_OBJECT attributes, const char *identity,
		    const char *extra, bool wrong_name);
void marshal_statement(const TPMS_ATTEST *attest, struct blob *out);
/* TPMT_SIGNATURE over @data: TPM2_ALG_ECDSA, RSASSA or RSAPSS. */
void tpm_sign(gnutls_privkey_t key, uint16_t alg, uint16_t hash,
	      struct seal_bytes data, struct blob *out);
/* A TLS signature over a digest. */
void tls_sign(gnutls_privkey_t key, uint16_t scheme, const uint8_t *digest,
	      struct blob *out);

#define GOOD_AK (TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | \
		       TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH | \
		       TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT)
#define GOOD_TIK (GOOD_AK & ~TPMA_OBJECT_RESTRICTED)

#endif /* SEAL_UNIT_PARTY_H */
