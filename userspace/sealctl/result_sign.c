// SPDX-License-Identifier: GPL-2.0-or-later
/* Signatures of a verifier. */
#include "sealctl/result_sign.h"

#include <string.h>

#include <gnutls/crypto.h>

#include "wire/cmw_tree.h"

/* The public half, as others will read it. */
static bool public_half(struct result_signer *signer)
{
	gnutls_datum_t pem = { 0 };
	gnutls_pubkey_t pub = NULL;
	bool ok;

	ok = !gnutls_pubkey_init(&pub) && !gnutls_pubkey_import_privkey(pub, signer->key, 0, 0) &&
	     !gnutls_pubkey_export2(pub, GNUTLS_X509_FMT_PEM, &pem) &&
	     seal_key_of_pem((struct seal_bytes){ pem.data, pem.size }, &signer->pub,
			     signer->kid);
	gnutls_free(pem.data);
	gnutls_pubkey_deinit(pub);
	return ok;
}

int result_signer_load(struct result_signer *signer, struct seal_bytes pem,
		       struct enroll_error *err)
{
	const gnutls_datum_t in = { (void *)pem.data, pem.len };

	if (!gnutls_privkey_init(&signer->key) &&
	    !gnutls_privkey_import_x509_raw(signer->key, &in, GNUTLS_X509_FMT_PEM, NULL, 0) &&
	    public_half(signer) && seal_cose_alg(&signer->pub))
		return 0;
	return enroll_refuse(err, "openssl ecparam -name prime256v1 -genkey -noout makes one",
			     "not a private key on P-256 or P-384 in PEM");
}

void result_signer_free(struct result_signer *signer)
{
	gnutls_privkey_deinit(signer->key);
	memset(signer, 0, sizeof(*signer));
}

/* A number of DER as @len octets from the right. */
static bool right_align(const gnutls_datum_t *n, uint8_t *out, size_t len)
{
	size_t skip = n->size > len ? n->size - len : 0;

	for (size_t i = 0; i < skip; i++)
		if (n->data[i])
			return false;
	memset(out, 0, len);
	memcpy(out + len - (n->size - skip), n->data + skip, n->size - skip);
	return true;
}

/* r and s one after the other, each as long as @digest, as COSE and JOSE want it. */
static bool sign(const struct result_signer *signer, const uint8_t *digest, size_t len,
		 uint8_t out[SEAL_COSE_SIGNATURE_MAX])
{
	const gnutls_datum_t hash = { (void *)digest, len };
	gnutls_datum_t der = { 0 }, r = { 0 }, s = { 0 };
	bool ok;

	ok = !gnutls_privkey_sign_hash(signer->key, len == 48 ? GNUTLS_DIG_SHA384 :
				       GNUTLS_DIG_SHA256, 0, &hash, &der) &&
	     !gnutls_decode_rs_value(&der, &r, &s) &&
	     right_align(&r, out, len) && right_align(&s, out + len, len);
	gnutls_free(der.data);
	gnutls_free(r.data);
	gnutls_free(s.data);
	return ok;
}

size_t result_cose(const struct result_signer *signer, const struct seal_ear *ear,
		   uint8_t *out, size_t size)
{
	uint8_t header[SEAL_COSE_HEADER_MAX], payload[SEAL_EAR_MAX], digest[SEAL_HASH_MAX];
	uint8_t signature[SEAL_COSE_SIGNATURE_MAX];
	struct seal_cose cose = {
		.alg = seal_cose_alg(&signer->pub), .content = SEAL_FORMAT_EAT_CWT,
		.kid = { signer->kid, sizeof(signer->kid) },
	};
	size_t len = seal_hash_len(seal_cose_hash(cose.alg));

	cose.protected = (struct seal_bytes){ header, seal_cose_header(&cose, header,
								       sizeof(header)) };
	cose.payload = (struct seal_bytes){ payload, seal_ear_encode(ear, payload,
								     sizeof(payload)) };
	cose.signature = (struct seal_bytes){ signature, 2 * len };
	if (!cose.payload.len || !seal_cose_digest(&cose, (struct seal_bytes){ 0 }, digest) ||
	    !sign(signer, digest, len, signature))
		return 0;
	return seal_cose_encode(&cose, out, size);
}

size_t result_jws(const struct result_signer *signer, const struct seal_ear *ear,
		  uint8_t *out, size_t size)
{
	uint8_t digest[SEAL_HASH_MAX], signature[SEAL_COSE_SIGNATURE_MAX];
	int alg = seal_cose_alg(&signer->pub);
	size_t len = seal_hash_len(seal_cose_hash(alg)), covered;
	char claims[SEAL_JWS_PAYLOAD_MAX];
	struct seal_bytes payload = { (uint8_t *)claims, seal_ear_to_json(ear, claims,
									 sizeof(claims)) };

	covered = payload.len ? seal_jws_begin(alg, signer->kid, payload, (char *)out, size) : 0;
	if (!covered || !seal_jws_digest(alg, (struct seal_bytes){ out, covered }, digest) ||
	    !sign(signer, digest, len, signature))
		return 0;
	return seal_jws_end((char *)out, covered, size, (struct seal_bytes){ signature, 2 * len });
}
