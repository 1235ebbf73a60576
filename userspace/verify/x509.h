/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Certificates: who a peer is, by which authority, and with which key.
 * x509.c and constraints.c are the only files of verify/ that include gnutls/x509.h.
 */
#ifndef SEAL_VERIFY_X509_H
#define SEAL_VERIFY_X509_H

#include "verify/crypto.h"
#include "verify/reason.h"
#include "wire/frame.h"

#define SEAL_IDENTITY_MAX	255u
#define SEAL_IDENTITIES_MAX	16u

/*
 * "dns:host.example.org", "ip:192.0.2.1" or "uri:spiffe://example.org/x", in
 * one spelling only: DNS names in lower case without a final dot, addresses as
 * inet_ntop(3) writes them.
 */
struct seal_identity {
	char text[SEAL_IDENTITY_MAX + 1];
};

/*
 * A host name or address, as the kernel passes it in peername, as an identity.
 * False for what is neither.
 */
bool seal_identity_of_name(const char *name, struct seal_identity *ret);
/* The same spelling for "dns:", "ip:" and "uri:" texts from files. */
bool seal_identity_parse(const char *text, struct seal_identity *ret);
/* Of the names in certificates: @raw are the 4 or 16 octets of an address. */
bool seal_identity_of_dns(const char *name, struct seal_identity *ret);
bool seal_identity_of_uri(const char *text, struct seal_identity *ret);
bool seal_identity_of_ip(struct seal_bytes raw, struct seal_identity *ret);

/**
 * struct seal_cert - what we want to know of one certificate
 * @key: its public key
 * @ids: identities in its subjectAltName; wildcards and names with odd octets
 *	are not identities and are left out
 * @not_before: seconds since 1970
 * @not_after: likewise
 * @hash: SHA-256 of the DER
 * @spki_hash: SHA-256 of the DER SubjectPublicKeyInfo
 */
struct seal_cert {
	struct seal_key key;
	struct seal_identity ids[SEAL_IDENTITIES_MAX];
	size_t id_count;
	int64_t not_before;
	int64_t not_after;
	uint8_t hash[SEAL_SHA256_LEN];
	uint8_t spki_hash[SEAL_SHA256_LEN];
};

/* False when @der is not exactly one certificate with a key that we know. */
bool seal_cert_decode(struct seal_bytes der, struct seal_cert *ret);
/* True when @id is one of the identities. */
bool seal_cert_names(const struct seal_cert *cert,
		     const struct seal_identity *id);

/* tcg-kp-AIKCertificate, TCG EK Credential Profile 2.5, section 3.2.16 */
#define SEAL_OID_AK	"2.23.133.8.3"

/* What a path is checked for. */
enum seal_purpose {
	SEAL_PURPOSE_NONE = 0,
	SEAL_PURPOSE_CLIENT,	/* TLS client certificate */
	SEAL_PURPOSE_SERVER,
	SEAL_PURPOSE_AK,	/* attestation key: must say SEAL_OID_AK */
};

/* Trusted CAs and revocation lists. */
struct seal_trust;

struct seal_trust *seal_trust_new(void);
void seal_trust_free(struct seal_trust *trust);
/* Number of certificates added, or -1 when the PEM text is not legal. */
int seal_trust_add_pem(struct seal_trust *trust, struct seal_bytes pem);
/*
 * Number of lists added, or -1 when the PEM text is not legal. A list that none
 * of the CAs has signed is not added; one past its date is.
 */
int seal_trust_add_crl(struct seal_trust *trust, struct seal_bytes pem);
/*
 * Does a list that was added revoke one of the CAs themselves, the last of which @name
 * is? Paths end at a CA before anybody looks it up, so that it would have no effect.
 */
bool seal_trust_revokes_ca(const struct seal_trust *trust, char *name, size_t size);

/*
 * Do not check a path again that was accepted, for as long as its certificates hold
 * and an hour at most: verify/seen.h. At least @paths of them are remembered;
 * adding to @trust forgets them all and ends it. False when out of memory.
 */
bool seal_trust_remember(struct seal_trust *trust, uint32_t paths);

/*
 * Path from @certs[0] to a trusted CA, each link's validity at @now (seconds
 * since 1970), revocation lists, purpose, name constraints. SEAL_REASON_ACCEPTED, or
 * one of the SEAL_REASON_CERT_* values. A missing @trust refuses. Where @leaf_ret is not NULL,
 * an accepted end entity is decoded into it as by seal_cert_decode(), without
 * being parsed again; its times are those in which the whole path holds.
 */
enum seal_reason seal_trust_check(const struct seal_trust *trust,
				  const struct seal_bytes *certs, size_t count,
				  int64_t now, enum seal_purpose purpose,
				  struct seal_cert *leaf_ret);

#endif /* SEAL_VERIFY_X509_H */
