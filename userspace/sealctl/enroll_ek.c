// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "sealctl/enroll_cert.h"
#include "sealctl/enroll_ek.h"

#define OID_EK	"2.23.133.8.1"	/* tcg-kp-EKCertificate */

static const char hint_other[] =
	"compare the fingerprint at the machine itself, then: sealctl ca serve --accept-ek SHA256";

int enroll_ek_print(const struct att_blob *ek_public, uint8_t print[SEAL_SHA256_LEN],
		    struct enroll_error *err)
{
	struct enroll_spki spki;

	if (enroll_spki_of(ek_public, &spki, err))
		return -1;
	if (!seal_sha256(spki.der, spki.len, print))
		return enroll_refuse(err, "", "SHA-256 failed");
	return 0;
}

static bool listed(const struct enroll_ek_rules *rules, const uint8_t *print)
{
	size_t i;

	for (i = 0; i < rules->accept_count; i++)
		if (!memcmp(rules->accept[i], print, SEAL_SHA256_LEN))
			return true;
	return false;
}

static bool is_ek_purpose(gnutls_x509_crt_t crt)
{
	char oid[64];
	size_t len;
	int i, ret;

	for (i = 0;; i++) {
		len = sizeof(oid);
		ret = gnutls_x509_crt_get_key_purpose_oid(crt, i, oid, &len, NULL);
		if (ret)
			return false;
		if (!strcmp(oid, OID_EK))
			return true;
	}
}

/*
 * Critical extensions that EK certificates have (TCG EK Credential Profile 2.5,
 * 3.2) and that GnuTLS may not know. Their content is looked at here, or does
 * not narrow what the certificate says of the key.
 */
static bool critical_known(gnutls_x509_crt_t crt)
{
	static const char *const known[] = {
		"2.5.29.9", "2.5.29.14", "2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.32",
		"2.5.29.35", "2.5.29.37" };
	unsigned int critical, k;
	char oid[128];
	size_t len;
	int i, ret;

	for (i = 0;; i++) {
		len = sizeof(oid);
		ret = gnutls_x509_crt_get_extension_info(crt, i, oid, &len, &critical);
		if (ret == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			return true;
		if (ret)
			return false;
		for (k = 0; k < sizeof(known) / sizeof(known[0]); k++)
			if (!strcmp(oid, known[k]))
				break;
		if (critical && k == sizeof(known) / sizeof(known[0]))
			return false;
	}
}

static int check_key(gnutls_x509_crt_t crt, const struct enroll_request *req,
		     struct enroll_error *err)
{
	struct enroll_spki mine, theirs = { .len = sizeof(theirs.der) };
	gnutls_pubkey_t pub;
	int ret;

	if (enroll_spki_of(&req->ek_public, &mine, err))
		return -1;
	if (gnutls_pubkey_init(&pub))
		return enroll_refuse(err, "", "out of memory");
	ret = gnutls_pubkey_import_x509(pub, crt, 0);
	if (!ret)
		ret = gnutls_pubkey_export(pub, GNUTLS_X509_FMT_DER, theirs.der, &theirs.len);
	gnutls_pubkey_deinit(pub);
	/* Both were written by the same encoder. */
	if (!ret && mine.len == theirs.len && !memcmp(mine.der, theirs.der, mine.len))
		return 0;
	return enroll_refuse(err, hint_other, "the EK certificate is for another key than the EK");
}

static int check_leaf(gnutls_x509_crt_t crt, const struct enroll_request *req,
		      struct enroll_error *err)
{
	if (gnutls_x509_crt_get_ca_status(crt, NULL) > 0)
		return enroll_refuse(err, hint_other, "the EK certificate is that of a CA");
	if (!is_ek_purpose(crt))
		return enroll_refuse(err, hint_other,
				     "the EK certificate lacks the purpose tcg-kp-EKCertificate");
	if (!critical_known(crt))
		return enroll_refuse(err, hint_other,
				     "the EK certificate has a critical extension we do not know");
	return check_key(crt, req, err);
}

static int status_reason(unsigned int status, struct enroll_error *err)
{
	if (status & GNUTLS_CERT_EXPIRED)
		return enroll_refuse(err, hint_other, "the EK certificate has expired");
	if (status & GNUTLS_CERT_NOT_ACTIVATED)
		return enroll_refuse(err, "compare the clocks",
				     "the EK certificate is not valid yet");
	if (status & GNUTLS_CERT_INSECURE_ALGORITHM)
		return enroll_refuse(err, hint_other,
				     "the EK certificate is signed by a weak algorithm");
	return enroll_refuse(err, "give the TPM maker's root and intermediate CAs with "
			     "--ek-roots, or use --accept-ek",
			     "the EK certificate does not chain to --ek-roots");
}

int enroll_ek_roots(const char *roots, struct enroll_error *err)
{
	const gnutls_datum_t pem = { (void *)roots, strlen(roots) };
	gnutls_x509_trust_list_t trust;
	int ret;

	if (gnutls_x509_trust_list_init(&trust, 0))
		return enroll_refuse(err, "", "out of memory");
	ret = gnutls_x509_trust_list_add_trust_mem(trust, &pem, NULL, GNUTLS_X509_FMT_PEM, 0, 0);
	gnutls_x509_trust_list_deinit(trust, 1);
	return ret > 0 ? 0 : enroll_refuse(err, "it takes PEM", "no certificate in --ek-roots");
}

static int check_path(gnutls_x509_crt_t crt, const char *roots, struct enroll_error *err)
{
	const gnutls_datum_t pem = { (void *)roots, strlen(roots) };
	gnutls_x509_trust_list_t trust;
	unsigned int status = GNUTLS_CERT_INVALID;
	int ret;

	if (gnutls_x509_trust_list_init(&trust, 0))
		return enroll_refuse(err, "", "out of memory");
	ret = gnutls_x509_trust_list_add_trust_mem(trust, &pem, NULL, GNUTLS_X509_FMT_PEM, 0, 0);
	if (ret > 0)	/* check_leaf() has looked at the critical extensions */
		ret = gnutls_x509_trust_list_verify_crt2(
			trust, &crt, 1, NULL, 0, GNUTLS_VERIFY_IGNORE_UNKNOWN_CRIT_EXTENSIONS |
			GNUTLS_VERIFY_DISABLE_CRL_CHECKS |
			GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_MEDIUM), &status, NULL);
	else
		ret = GNUTLS_E_NO_CERTIFICATE_FOUND;
	/* The certificate stays the caller's. */
	gnutls_x509_trust_list_deinit(trust, 1);
	if (ret == GNUTLS_E_NO_CERTIFICATE_FOUND)
		return enroll_refuse(err, "--ek-roots takes PEM", "no CA for EK certificates");
	return ret || status ? status_reason(status, err) : 0;
}

int enroll_ek_check(const struct enroll_request *req, const struct enroll_ek_rules *rules,
		    uint8_t print[SEAL_SHA256_LEN], struct enroll_error *err)
{
	const gnutls_datum_t der = { (void *)req->ek_cert, req->ek_cert_len };
	char hex[2 * SEAL_SHA256_LEN + 1];
	gnutls_x509_crt_t crt;
	int ret;

	if (enroll_ek_print(&req->ek_public, print, err))
		return -1;
	if (listed(rules, print))
		return 0;
	if (!req->ek_cert_len)
		return enroll_refuse(err, hint_other,
				     "this TPM has no EK certificate, its EK is %s",
				     enroll_hex(hex, print, SEAL_SHA256_LEN));
	if (!rules->roots[0])
		return enroll_refuse(err,
				     "the makers' CAs go into ek-roots.pem of the CA; or "
				     "sealctl ca serve --accept-ek SHA256",
				     "this CA trusts no TPM maker, and not the EK %s",
				     enroll_hex(hex, print, SEAL_SHA256_LEN));
	if (gnutls_x509_crt_init(&crt))
		return enroll_refuse(err, "", "out of memory");
	if (gnutls_x509_crt_import(crt, &der, GNUTLS_X509_FMT_DER))
		ret = enroll_refuse(err, hint_other, "the EK certificate cannot be read");
	else
		ret = check_leaf(crt, req, err);
	if (!ret)
		ret = check_path(crt, rules->roots, err);
	gnutls_x509_crt_deinit(crt);
	return ret;
}
