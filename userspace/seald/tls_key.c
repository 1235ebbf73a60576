// SPDX-License-Identifier: GPL-2.0-or-later

#include "tls_key.h"

#include <string.h>

#include <gnutls/crypto.h>

#include "tls.h"

/* The schemes an attester may have, in GnuTLS's words. */
static const struct key_kind {
	uint32_t scheme;
	gnutls_pk_algorithm_t pk;
	gnutls_sign_algorithm_t sign;
	gnutls_digest_algorithm_t digest;
	int bits;
} kinds[] = {
	{ SEAL_SCHEME_P256, GNUTLS_PK_ECDSA, GNUTLS_SIGN_ECDSA_SECP256R1_SHA256,
	  GNUTLS_DIG_SHA256, 256 },
	{ SEAL_SCHEME_P384, GNUTLS_PK_ECDSA, GNUTLS_SIGN_ECDSA_SECP384R1_SHA384,
	  GNUTLS_DIG_SHA384, 384 },
	{ SEAL_SCHEME_PSS_SHA256, GNUTLS_PK_RSA, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256,
	  GNUTLS_DIG_SHA256, 2048 },
};

static const struct key_kind *key_kind(const struct tls *tls)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].scheme == tls->attester->identity.sig_scheme)
			return &kinds[i];
	return NULL;
}

/* TLS asks for curve-less names of the same algorithm. */
static bool kind_signs(const struct key_kind *kind, gnutls_sign_algorithm_t sign)
{
	return sign == kind->sign ||
	       (kind->sign == GNUTLS_SIGN_ECDSA_SECP256R1_SHA256 &&
		sign == GNUTLS_SIGN_ECDSA_SHA256) ||
	       (kind->sign == GNUTLS_SIGN_ECDSA_SECP384R1_SHA384 &&
		sign == GNUTLS_SIGN_ECDSA_SHA384);
}

/* GnuTLS signs ECDSA by this one, never by sign_data. */
static int key_sign_hash(gnutls_privkey_t key, gnutls_sign_algorithm_t algo,
			 void *arg, unsigned int flags,
			 const gnutls_datum_t *hash, gnutls_datum_t *sig)
{
	struct tls *tls = arg;
	uint8_t out[ATT_MAX_SIG];
	size_t len;

	if (!kind_signs(key_kind(tls), algo))
		return GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM;
	if (attester_sign_tls(tls->attester,
			      (struct seal_bytes){ hash->data, hash->size },
			      out, &len))
		return GNUTLS_E_PK_SIGN_FAILED;
	sig->data = gnutls_malloc(len);
	if (!sig->data)
		return GNUTLS_E_MEMORY_ERROR;
	memcpy(sig->data, out, len);
	sig->size = (unsigned int)len;
	tls->sent_cert = true;
	return 0;
}

static int key_sign_data(gnutls_privkey_t key, gnutls_sign_algorithm_t algo,
			 void *arg, unsigned int flags,
			 const gnutls_datum_t *data, gnutls_datum_t *sig)
{
	const struct key_kind *kind = key_kind(arg);
	uint8_t digest[ATT_MAX_HASH];
	gnutls_datum_t hash = {
		.data = digest, .size = gnutls_hash_get_len(kind->digest),
	};

	if (gnutls_hash_fast(kind->digest, data->data, data->size, digest))
		return GNUTLS_E_HASH_FAILED;
	return key_sign_hash(key, algo, arg, flags, &hash, sig);
}

static int key_info(gnutls_privkey_t key, unsigned int flags, void *arg)
{
	const struct key_kind *kind = key_kind(arg);

	if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO)
		return (int)kind->pk;
	if (flags & GNUTLS_PRIVKEY_INFO_SIGN_ALGO)
		return (int)kind->sign;
	if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO_BITS)
		return kind->bits;
	if (flags & GNUTLS_PRIVKEY_INFO_HAVE_SIGN_ALGO)
		return kind_signs(kind, GNUTLS_FLAGS_TO_SIGN_ALGO(flags));
	return -1;
}

/* What we have is what we show, whichever CAs the peer names. */
static int key_retrieve(gnutls_session_t session, const gnutls_datum_t *names,
			int name_count, const gnutls_pk_algorithm_t *algos,
			int algo_count, gnutls_pcert_st **pcerts,
			unsigned int *pcert_count, gnutls_privkey_t *key)
{
	struct tls *tls = gnutls_session_get_ptr(session);

	*pcerts = tls->pcerts;
	*pcert_count = tls->pcert_count;
	*key = tls->key;
	return 0;
}

static int key_load_chain(struct tls *tls)
{
	const struct attester_channel *at = tls->attester;

	for (size_t i = 0; i < at->cert_count; i++) {
		gnutls_datum_t der = {
			.data = (unsigned char *)at->certs[i].data,
			.size = (unsigned int)at->certs[i].len,
		};
		int err = gnutls_pcert_import_x509_raw(&tls->pcerts[i], &der,
						       GNUTLS_X509_FMT_DER, 0);
		if (err)
			return err;
		tls->pcert_count++;
	}
	return tls->pcert_count ? 0 : GNUTLS_E_NO_CERTIFICATE_FOUND;
}

int tls_key_load(struct tls *tls)
{
	int err;

	if (!tls->attester->cert_count || !key_kind(tls))
		return GNUTLS_E_NO_CERTIFICATE_FOUND;
	err = key_load_chain(tls);
	if (!err)
		err = gnutls_privkey_init(&tls->key);
	if (!err)
		err = gnutls_privkey_import_ext4(tls->key, tls, key_sign_data,
						 key_sign_hash, NULL, NULL,
						 key_info, 0);
	if (err)
		return err;
	/* GnuTLS tests a key by signing with it: that is a TPM signature. */
	gnutls_certificate_set_flags(tls->cred,
				     GNUTLS_CERTIFICATE_SKIP_KEY_CERT_MATCH);
	gnutls_certificate_set_retrieve_function2(tls->cred, key_retrieve);
	return 0;
}

void tls_key_free(struct tls *tls)
{
	while (tls->pcert_count)
		gnutls_pcert_deinit(&tls->pcerts[--tls->pcert_count]);
	if (tls->key)
		gnutls_privkey_deinit(tls->key);
	tls->key = NULL;
}
