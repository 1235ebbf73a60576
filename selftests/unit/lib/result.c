// SPDX-License-Identifier: GPL-2.0-or-later
#include "result.h"

#include <gnutls/crypto.h>
#include <string.h>

void public_pem(gnutls_privkey_t key, struct blob *pem, uint8_t spki[SEAL_SHA256_LEN])
{
	struct seal_key parsed;
	gnutls_datum_t text;
	gnutls_pubkey_t pub;

	must(!gnutls_pubkey_init(&pub) && !gnutls_pubkey_import_privkey(pub, key, 0, 0) &&
	     !gnutls_pubkey_export2(pub, GNUTLS_X509_FMT_PEM, &text), "PEM");
	memcpy(pem->data, text.data, text.size);
	pem->len = text.size;
	must(seal_key_of_pem(of(pem), &parsed, spki), "key");
	gnutls_free(text.data);
	gnutls_pubkey_deinit(pub);
}

static void right_align(const gnutls_datum_t *d, uint8_t *out, size_t len)
{
	for (size_t i = 1; i <= len; i++)
		out[len - i] = i <= d->size ? d->data[d->size - i] : 0;
}

void sign_cose(gnutls_privkey_t key, struct seal_cose *cose, struct blob *out)
{
	uint8_t digest[SEAL_HASH_MAX], rs[SEAL_COSE_SIGNATURE_MAX];
	size_t n = seal_hash_len(seal_cose_hash(cose->alg));
	gnutls_datum_t tbs = { digest, n }, der, r, s;

	must(seal_cose_digest(cose, (struct seal_bytes){ 0 }, digest) &&
	     !gnutls_privkey_sign_hash(key, n == 32 ? GNUTLS_DIG_SHA256 : GNUTLS_DIG_SHA384, 0,
				       &tbs, &der) &&
	     !gnutls_decode_rs_value(&der, &r, &s), "sign");
	right_align(&r, rs, n);
	right_align(&s, rs + n, n);
	gnutls_free(der.data);
	gnutls_free(r.data);
	gnutls_free(s.data);
	cose->signature = (struct seal_bytes){ rs, 2 * n };
	out->len = seal_cose_encode(cose, out->data, sizeof(out->data));
	must(out->len, "COSE");
}
