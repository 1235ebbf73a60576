// SPDX-License-Identifier: GPL-2.0-or-later
/* Certificates through GnuTLS: what they say, and paths. */
#include "verify/x509.h"

#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>

#include "verify/constraints.h"
#include "verify/seen.h"

struct seal_trust {
	gnutls_x509_trust_list_t list;	/* owns what is in it */
	gnutls_x509_crt_t *cas;		/* the same CAs, as an array */
	unsigned int count;
	gnutls_x509_crt_t revoked;	/* one of them that a list names; or NULL */
	struct seal_seen *seen;		/* paths to them; or NULL */
	struct seal_cert *leaf;		/* of each slot of it */
};

/* One subjectAltName as an identity; false when it is not one. */
static bool san_identity(unsigned int type, const char *name, size_t size,
			 struct seal_identity *ret)
{
	struct seal_bytes octets = { (const uint8_t *)name, size };

	if (type == GNUTLS_SAN_IPADDRESS)
		return seal_identity_of_ip(octets, ret);
	if (seal_bytes_chr(octets, '\0') || size > SEAL_IDENTITY_MAX)
		return false;
	if (type == GNUTLS_SAN_DNSNAME)
		return seal_identity_of_dns(name, ret);
	return type == GNUTLS_SAN_URI && seal_identity_of_uri(name, ret);
}

static void get_identities(gnutls_x509_crt_t crt, struct seal_cert *cert)
{
	for (unsigned int seq = 0; cert->id_count < SEAL_IDENTITIES_MAX; seq++) {
		struct seal_identity id = { 0 };
		char name[512] = "";
		size_t size = sizeof(name) - 1;
		unsigned int type;
		int got = gnutls_x509_crt_get_subject_alt_name2(crt, seq, name,
								&size, &type, NULL);

		if (got == GNUTLS_E_SHORT_MEMORY_BUFFER)
			continue;
		if (got < 0)
			return;
		if (size >= sizeof(name))
			continue;
		name[size] = '\0';
		if (san_identity(type, name, size, &id))
			cert->ids[cert->id_count++] = id;
	}
}

/* A certificate that is exactly those octets, or NULL. */
static gnutls_x509_crt_t import(struct seal_bytes der)
{
	gnutls_datum_t in = { (uint8_t *)der.data, der.len }, out = { 0 };
	gnutls_x509_crt_t crt;
	bool same;

	if (!der.len || gnutls_x509_crt_init(&crt) < 0)
		return NULL;
	same = gnutls_x509_crt_import(crt, &in, GNUTLS_X509_FMT_DER) >= 0 &&
	       gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &out) >= 0 &&
	       seal_bytes_equal((struct seal_bytes){ out.data, out.size }, der);
	gnutls_free(out.data);
	if (same)
		return crt;
	gnutls_x509_crt_deinit(crt);
	return NULL;
}

/* What @crt, imported from @der, says. */
static bool read_cert(gnutls_x509_crt_t crt, struct seal_bytes der, struct seal_cert *ret)
{
	struct seal_cert cert = { 0 };

	cert.not_before = gnutls_x509_crt_get_activation_time(crt);
	cert.not_after = gnutls_x509_crt_get_expiration_time(crt);
	get_identities(crt, &cert);
	if (cert.not_before == -1 || cert.not_after == -1 ||
	    !seal_sha256(der.data, der.len, cert.hash) ||
	    !seal_key_of_crt(crt, &cert.key, cert.spki_hash))
		return false;
	*ret = cert;
	return true;
}

bool seal_cert_decode(struct seal_bytes der, struct seal_cert *ret)
{
	gnutls_x509_crt_t crt = import(der);
	bool ok = crt && read_cert(crt, der, ret);

	if (crt)
		gnutls_x509_crt_deinit(crt);
	return ok;
}

bool seal_cert_names(const struct seal_cert *cert,
		     const struct seal_identity *id)
{
	for (size_t i = 0; i < cert->id_count; i++)
		if (!strcmp(cert->ids[i].text, id->text))
			return true;
	return false;
}

struct seal_trust *seal_trust_new(void)
{
	struct seal_trust *trust = calloc(1, sizeof(*trust));

	if (trust && gnutls_x509_trust_list_init(&trust->list, 0) < 0) {
		free(trust);
		return NULL;
	}
	return trust;
}

static void forget(struct seal_trust *trust)
{
	seal_seen_free(trust->seen);
	free(trust->leaf);
	trust->seen = NULL;
	trust->leaf = NULL;
}

bool seal_trust_remember(struct seal_trust *trust, uint32_t paths)
{
	forget(trust);
	trust->seen = seal_seen_new(paths);
	if (trust->seen)
		trust->leaf = calloc(seal_seen_size(trust->seen), sizeof(*trust->leaf));
	if (!trust->leaf)
		forget(trust);
	return trust->leaf;
}

void seal_trust_free(struct seal_trust *trust)
{
	if (!trust)
		return;
	forget(trust);
	gnutls_x509_trust_list_deinit(trust->list, 1);
	free(trust->cas);
	free(trust);
}

/* The list takes the certificates; they are noted in @trust->cas as well. */
static bool add_cas(struct seal_trust *trust, gnutls_x509_crt_t *crts,
		    unsigned int n)
{
	gnutls_x509_crt_t *grown = realloc(trust->cas,
					   (trust->count + n) * sizeof(*grown));

	forget(trust);
	if (!grown)
		return false;
	trust->cas = grown;
	if (gnutls_x509_trust_list_add_cas(trust->list, crts, n, 0) != (int)n)
		return false;
	memcpy(grown + trust->count, crts, n * sizeof(*grown));
	trust->count += n;
	return true;
}

int seal_trust_add_pem(struct seal_trust *trust, struct seal_bytes pem)
{
	gnutls_datum_t in = { (uint8_t *)pem.data, pem.len };
	gnutls_x509_crt_t *crts;
	unsigned int n;
	bool ok;

	if (gnutls_x509_crt_list_import2(&crts, &n, &in, GNUTLS_X509_FMT_PEM, 0) < 0)
		return -1;
	ok = add_cas(trust, crts, n);
	for (unsigned int i = 0; i < n && !ok; i++)
		gnutls_x509_crt_deinit(crts[i]);
	gnutls_free(crts);
	return ok ? (int)n : -1;
}

/*
 * Is the list signed by one of our CAs? Its dates do not matter: an old list
 * still revokes, and dropping it would let the revoked back in. (The library's
 * own check in the trust list drops it.) One CA is asked after the other: of several
 * of one name the library would try the first alone.
 */
static bool crl_is_ours(const struct seal_trust *trust, gnutls_x509_crl_t crl)
{
	const unsigned int dates = GNUTLS_CERT_REVOCATION_DATA_ISSUED_IN_FUTURE |
				   GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED;

	for (unsigned int i = 0; i < trust->count; i++) {
		unsigned int status = GNUTLS_CERT_SIGNER_NOT_FOUND;

		if (gnutls_x509_crl_verify(crl, &trust->cas[i], 1, 0, &status) >= 0 &&
		    !(status & ~(dates | GNUTLS_CERT_INVALID)))
			return true;
	}
	return false;
}

static bool add_crl(struct seal_trust *trust, gnutls_x509_crl_t crl)
{
	forget(trust);
	if (!crl_is_ours(trust, crl))
		return false;
	for (unsigned int i = 0; i < trust->count; i++)
		if (gnutls_x509_crt_check_revocation(trust->cas[i], &crl, 1))
			trust->revoked = trust->cas[i];
	return gnutls_x509_trust_list_add_crls(trust->list, &crl, 1, 0, 0) == 1;
}

bool seal_trust_revokes_ca(const struct seal_trust *trust, char *name, size_t size)
{
	if (!trust || !trust->revoked)
		return false;
	if (gnutls_x509_crt_get_dn(trust->revoked, name, &size) < 0)
		*name = '\0';
	return true;
}

int seal_trust_add_crl(struct seal_trust *trust, struct seal_bytes pem)
{
	gnutls_datum_t in = { (uint8_t *)pem.data, pem.len };
	gnutls_x509_crl_t *crls;
	unsigned int n;
	int added = 0;

	if (gnutls_x509_crl_list_import2(&crls, &n, &in, GNUTLS_X509_FMT_PEM, 0) < 0)
		return -1;
	for (unsigned int i = 0; i < n; i++) {
		if (add_crl(trust, crls[i]))
			added++;
		else
			gnutls_x509_crl_deinit(crls[i]);
	}
	gnutls_free(crls);
	return added;
}

/*
 * A certificate without extended key usage is good for TLS, by RFC 5280
 * 4.2.1.12, but not for an AK: where one CA issues both, whoever gets a TLS
 * certificate for a key of his own could sign quotes with it.
 */
static bool names_ak(gnutls_x509_crt_t crt)
{
	char oid[64];
	size_t size;

	for (unsigned int i = 0; ; i++) {
		size = sizeof(oid);
		switch (gnutls_x509_crt_get_key_purpose_oid(crt, i, oid, &size,
							    NULL)) {
		case 0:
			if (!strcmp(oid, SEAL_OID_AK))
				return true;
			break;
		case GNUTLS_E_SHORT_MEMORY_BUFFER:
			break;
		default:
			return false;
		}
	}
}

/* The end entity: not a CA, may sign; its validity and that of its path. */
static enum seal_reason check_each(gnutls_x509_crt_t *crts, size_t count,
				   int64_t now, enum seal_purpose purpose)
{
	unsigned int usage, critical;

	if (purpose == SEAL_PURPOSE_AK && !names_ak(crts[0]))
		return SEAL_REASON_CERT_PURPOSE;
	if (gnutls_x509_crt_get_ca_status(crts[0], &critical) > 0)
		return SEAL_REASON_CERT_PURPOSE;
	if (gnutls_x509_crt_get_key_usage(crts[0], &usage, &critical) >= 0 &&
	    !(usage & GNUTLS_KEY_DIGITAL_SIGNATURE))
		return SEAL_REASON_CERT_PURPOSE;
	for (size_t i = 0; i < count; i++) {
		int64_t from = gnutls_x509_crt_get_activation_time(crts[i]);
		int64_t until = gnutls_x509_crt_get_expiration_time(crts[i]);

		if (from == -1 || until == -1)
			return SEAL_REASON_CERT_BAD;
		if (now < from)
			return SEAL_REASON_CERT_EARLY;
		if (now > until)
			return SEAL_REASON_CERT_EXPIRED;
	}
	return SEAL_REASON_ACCEPTED;
}

static enum seal_reason reason_of(unsigned int status)
{
	if (!status)
		return SEAL_REASON_ACCEPTED;
	if (status & GNUTLS_CERT_REVOKED)
		return SEAL_REASON_CERT_REVOKED;
	if (status & GNUTLS_CERT_PURPOSE_MISMATCH)
		return SEAL_REASON_CERT_PURPOSE;
	return SEAL_REASON_CERT_UNTRUSTED;
}

/*
 * Time is ours to check, with the caller's clock; a trust anchor has none
 * (RFC 5280 6.1).
 */
#define PATH_FLAGS (GNUTLS_VERIFY_DISABLE_TIME_CHECKS |			\
		    GNUTLS_VERIFY_DO_NOT_ALLOW_SAME |			\
		    GNUTLS_VERIFY_DO_NOT_ALLOW_X509_V1_CA_CRT |		\
		    GNUTLS_VERIFY_DO_NOT_ALLOW_UNSORTED_CHAIN |		\
		    GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_MEDIUM))

/* What each certificate of a path, if it says a purpose at all, must be good for. */
static const char *const purposes[] = {
	[SEAL_PURPOSE_CLIENT] = GNUTLS_KP_TLS_WWW_CLIENT,
	[SEAL_PURPOSE_SERVER] = GNUTLS_KP_TLS_WWW_SERVER,
	[SEAL_PURPOSE_AK] = SEAL_OID_AK,
};

static enum seal_reason check_path(const struct seal_trust *trust,
				   gnutls_x509_crt_t *crts, size_t count,
				   enum seal_purpose purpose)
{
	gnutls_typed_vdata_st data = {
		.type = GNUTLS_DT_KEY_PURPOSE_OID,
		.data = (uint8_t *)purposes[purpose],
	};
	unsigned int status = GNUTLS_CERT_INVALID;

	if (gnutls_x509_trust_list_verify_crt2(trust->list, crts, count, &data, 1, PATH_FLAGS,
					       &status, NULL) < 0)
		return SEAL_REASON_CERT_UNTRUSTED;
	return reason_of(status);
}

/*
 * Each CA that was sent, and each of ours that issued one of the path: the library may
 * end it at any of them.
 */
static bool may_name(const struct seal_trust *trust, gnutls_x509_crt_t *crts, size_t count,
		     const struct seal_cert *leaf)
{
	for (size_t i = 1; i < count; i++)
		if (!seal_constraints_permit(crts[i], leaf))
			return false;
	for (size_t i = 0; i < count; i++)
		for (unsigned int ca = 0; ca < trust->count; ca++)
			if (gnutls_x509_crt_check_issuer(crts[i], trust->cas[ca]) &&
			    !seal_constraints_permit(trust->cas[ca], leaf))
				return false;
	return true;
}

static enum seal_reason check(const struct seal_trust *trust,
			      gnutls_x509_crt_t *crts, size_t count,
			      int64_t now, enum seal_purpose purpose)
{
	gnutls_x509_crt_t path[SEAL_CERTS_MAX];
	enum seal_reason reason;

	memcpy(path, crts, count * sizeof(path[0]));
	reason = check_path(trust, path, count, purpose);
	return reason == SEAL_REASON_ACCEPTED ? check_each(crts, count, now, purpose)
					      : reason;
}

/* All that the check of a path depends on, but time. */
static bool path_key(const struct seal_bytes *certs, size_t count, enum seal_purpose purpose,
		     uint8_t out[SEAL_SHA256_LEN])
{
	uint64_t head[2 + SEAL_CERTS_MAX] = { purpose, count };
	struct seal_bytes parts[1 + SEAL_CERTS_MAX] = {
		{ (const uint8_t *)head, sizeof(head) },
	};

	for (size_t i = 0; i < count; i++) {
		head[2 + i] = certs[i].len;
		parts[1 + i] = certs[i];
	}
	return seal_hash_parts(SEAL_HASH_SHA256, parts, 1 + count, out);
}

/* An accepted end entity holds while all certificates on its path do. */
static void narrow(gnutls_x509_crt_t *crts, size_t count, struct seal_cert *leaf)
{
	for (size_t i = 1; i < count; i++) {
		int64_t begin = gnutls_x509_crt_get_activation_time(crts[i]);
		int64_t end = gnutls_x509_crt_get_expiration_time(crts[i]);

		leaf->not_before = begin > leaf->not_before ? begin : leaf->not_before;
		leaf->not_after = end < leaf->not_after ? end : leaf->not_after;
	}
}

static enum seal_reason check_new(const struct seal_trust *trust, const struct seal_bytes *certs,
				  size_t count, int64_t now, enum seal_purpose purpose,
				  const uint8_t *key, struct seal_cert *leaf_ret)
{
	gnutls_x509_crt_t crts[SEAL_CERTS_MAX];
	enum seal_reason reason = SEAL_REASON_CERT_BAD;
	size_t n = 0;

	while (n < count && (crts[n] = import(certs[n])))
		n++;
	if (n == count)
		reason = check(trust, crts, count, now, purpose);
	if (reason == SEAL_REASON_ACCEPTED && !read_cert(crts[0], certs[0], leaf_ret))
		reason = SEAL_REASON_CERT_BAD;
	if (reason == SEAL_REASON_ACCEPTED && !may_name(trust, crts, count, leaf_ret))
		reason = SEAL_REASON_CERT_UNTRUSTED;
	if (reason == SEAL_REASON_ACCEPTED)
		narrow(crts, count, leaf_ret);
	if (reason == SEAL_REASON_ACCEPTED && key)
		trust->leaf[seal_seen_put(trust->seen, key, now, leaf_ret->not_before,
					  leaf_ret->not_after)] = *leaf_ret;
	while (n)
		gnutls_x509_crt_deinit(crts[--n]);
	return reason;
}

enum seal_reason seal_trust_check(const struct seal_trust *trust,
				  const struct seal_bytes *certs, size_t count,
				  int64_t now, enum seal_purpose purpose,
				  struct seal_cert *leaf_ret)
{
	uint8_t key[SEAL_SHA256_LEN];
	struct seal_cert unwanted;
	bool keyed;
	int slot;

	if (!leaf_ret)
		leaf_ret = &unwanted;
	if (!count)
		return SEAL_REASON_CERT_NONE;
	if (!trust || !trust->count || purpose == SEAL_PURPOSE_NONE)
		return SEAL_REASON_CERT_UNTRUSTED;
	if (count > SEAL_CERTS_MAX)
		return SEAL_REASON_CERT_BAD;
	keyed = trust->seen && path_key(certs, count, purpose, key);
	slot = keyed ? seal_seen_find(trust->seen, key, now) : -1;
	if (slot < 0)
		return check_new(trust, certs, count, now, purpose, keyed ? key : NULL, leaf_ret);
	*leaf_ret = trust->leaf[slot];
	return SEAL_REASON_ACCEPTED;
}
