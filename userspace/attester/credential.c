// SPDX-License-Identifier: GPL-2.0-or-later
/* TPM2_MakeCredential in software. References are to TPM 2.0 Part 1. */
#include <errno.h>
#include <string.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <tss2/tss2_mu.h>

#include "attester/credential.h"

#define HASH	32	/* SHA-256 all through */
#define POINT	32	/* a P-256 coordinate */
#define KEY	16	/* AES-128 */
#define BLOCK	16

#define EK_MUST	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | \
		 TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_ADMINWITHPOLICY | \
		 TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT)
#define EK_MUST_NOT (TPMA_OBJECT_SIGN_ENCRYPT | TPMA_OBJECT_USERWITHAUTH)

/* 11.4.10.2, for outputs of at most one hash: counter 1, label with its NUL. */
static int kdfa(const uint8_t *key, const char *label, const uint8_t *context, size_t context_len,
		uint16_t bits, uint8_t *out)
{
	const uint8_t counter[4] = { 0, 0, 0, 1 };
	const uint8_t size[4] = { 0, 0, bits >> 8, bits & 0xff };
	uint8_t full[HASH];
	gnutls_hmac_hd_t mac;

	if (gnutls_hmac_init(&mac, GNUTLS_MAC_SHA256, key, HASH))
		return -EIO;
	gnutls_hmac(mac, counter, sizeof(counter));
	gnutls_hmac(mac, label, strlen(label) + 1);
	if (context_len)
		gnutls_hmac(mac, context, context_len);
	gnutls_hmac(mac, size, sizeof(size));
	gnutls_hmac_deinit(mac, full);
	memcpy(out, full, bits / 8);
	gnutls_memset(full, 0, sizeof(full));
	return 0;
}

/* 11.4.10.3: Z and both x coordinates padded to the size of the field. */
static int kdfe(const uint8_t z[POINT], const uint8_t ephemeral_x[POINT],
		const uint8_t ek_x[POINT], uint8_t seed[HASH])
{
	const uint8_t counter[4] = { 0, 0, 0, 1 };
	gnutls_hash_hd_t hash;

	if (gnutls_hash_init(&hash, GNUTLS_DIG_SHA256))
		return -EIO;
	gnutls_hash(hash, counter, sizeof(counter));
	gnutls_hash(hash, z, POINT);
	gnutls_hash(hash, "IDENTITY", sizeof("IDENTITY"));
	gnutls_hash(hash, ephemeral_x, POINT);
	gnutls_hash(hash, ek_x, POINT);
	gnutls_hash_deinit(hash, seed);
	return 0;
}

/* CFB with 128-bit feedback from single CBC blocks; GnuTLS has only CFB-8. */
static int cfb_encrypt(const uint8_t key[KEY], uint8_t *data, size_t len)
{
	static const uint8_t zero[BLOCK];
	const gnutls_datum_t k = { (void *)key, KEY };
	const gnutls_datum_t iv0 = { (void *)zero, BLOCK };
	uint8_t feedback[BLOCK] = { 0 };
	gnutls_cipher_hd_t aes;
	size_t i, n;
	int ret = 0;

	if (gnutls_cipher_init(&aes, GNUTLS_CIPHER_AES_128_CBC, &k, &iv0))
		return -EIO;
	for (; len && !ret; data += n, len -= n) {
		n = len < BLOCK ? len : BLOCK;
		gnutls_cipher_set_iv(aes, (void *)zero, BLOCK);
		ret = gnutls_cipher_encrypt(aes, feedback, BLOCK) ? -EIO : 0;
		for (i = 0; i < n; i++)
			feedback[i] = data[i] ^= feedback[i];
	}
	gnutls_cipher_deinit(aes);
	return ret;
}

static void pad(uint8_t out[POINT], const uint8_t *in, size_t len)
{
	memset(out, 0, POINT);
	for (; len > POINT; len--)
		in++;
	memcpy(out + POINT - len, in, len);
}

static bool is_aes128cfb(const TPMT_SYM_DEF_OBJECT *sym)
{
	return sym->algorithm == TPM2_ALG_AES && sym->keyBits.aes == 128 &&
	       sym->mode.aes == TPM2_ALG_CFB;
}

static bool is_ek(const TPMT_PUBLIC *ek)
{
	if (ek->nameAlg != TPM2_ALG_SHA256 || (ek->objectAttributes & EK_MUST) != EK_MUST ||
	    (ek->objectAttributes & EK_MUST_NOT))
		return false;
	if (ek->type == TPM2_ALG_ECC)
		return ek->parameters.eccDetail.curveID == TPM2_ECC_NIST_P256 &&
		       ek->unique.ecc.x.size <= POINT && ek->unique.ecc.y.size <= POINT &&
		       is_aes128cfb(&ek->parameters.eccDetail.symmetric);
	return ek->type == TPM2_ALG_RSA && ek->parameters.rsaDetail.keyBits == 2048 &&
	       ek->unique.rsa.size == 256 && is_aes128cfb(&ek->parameters.rsaDetail.symmetric);
}

static int put_point(const uint8_t x[POINT], const uint8_t y[POINT], struct att_blob *out)
{
	uint8_t *p = out->data;

	*p++ = 0;
	*p++ = POINT;
	memcpy(p, x, POINT);
	p += POINT;
	*p++ = 0;
	*p++ = POINT;
	memcpy(p, y, POINT);
	out->len = 2 * (2 + POINT);
	return 0;
}

/* C.6.4: an ephemeral key, its point is the encrypted secret, ECDH the seed. */
static int ecdh_seed(gnutls_privkey_t mine, gnutls_pubkey_t ek, const uint8_t ek_x[POINT],
		     uint8_t seed[HASH], struct att_blob *enc)
{
	gnutls_datum_t x = { 0 }, y = { 0 }, z = { 0 };
	uint8_t px[POINT], py[POINT], pz[POINT];
	int ret = -EIO;

	if (!gnutls_privkey_export_ecc_raw2(mine, NULL, &x, &y, NULL, 0) &&
	    !gnutls_privkey_derive_secret(mine, ek, NULL, &z, 0)) {
		pad(px, x.data, x.size);
		pad(py, y.data, y.size);
		pad(pz, z.data, z.size);
		ret = kdfe(pz, px, ek_x, seed);
		if (!ret)
			ret = put_point(px, py, enc);
		gnutls_memset(pz, 0, sizeof(pz));
		gnutls_memset(z.data, 0, z.size);
	}
	gnutls_free(x.data);
	gnutls_free(y.data);
	gnutls_free(z.data);
	return ret;
}

static int seed_ecc(const TPMT_PUBLIC *pub, gnutls_pubkey_t ek, uint8_t seed[HASH],
		    struct att_blob *enc)
{
	gnutls_privkey_t mine;
	uint8_t ek_x[POINT];
	int ret = -EIO;

	pad(ek_x, pub->unique.ecc.x.buffer, pub->unique.ecc.x.size);
	if (gnutls_privkey_init(&mine))
		return -EIO;
	if (!gnutls_privkey_generate(mine, GNUTLS_PK_EC,
				     GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0))
		ret = ecdh_seed(mine, ek, ek_x, seed, enc);
	gnutls_privkey_deinit(mine);
	return ret;
}

/* B.10.4: a random seed in RSA-OAEP, the label with its NUL. */
static int seed_rsa(gnutls_pubkey_t ek, uint8_t seed[HASH], struct att_blob *enc)
{
	const gnutls_datum_t label = { (void *)"IDENTITY", sizeof("IDENTITY") };
	const gnutls_datum_t in = { seed, HASH };
	gnutls_datum_t out = { 0 };
	gnutls_x509_spki_t spki;
	int ret = -EIO;

	if (gnutls_x509_spki_init(&spki))
		return -EIO;
	if (!gnutls_rnd(GNUTLS_RND_KEY, seed, HASH) &&
	    !gnutls_x509_spki_set_rsa_oaep_params(spki, GNUTLS_DIG_SHA256, &label) &&
	    !gnutls_pubkey_set_spki(ek, spki, 0) &&
	    !gnutls_pubkey_encrypt_data(ek, 0, &in, &out) && out.size <= sizeof(enc->data)) {
		memcpy(enc->data, out.data, out.size);
		enc->len = out.size;
		ret = 0;
	}
	gnutls_free(out.data);
	gnutls_x509_spki_deinit(spki);
	return ret;
}

static int make_seed(const struct att_blob *ek, const TPMT_PUBLIC *pub, uint8_t seed[HASH],
		     struct att_blob *enc)
{
	uint8_t der[ATT_BLOB_MAX];
	gnutls_datum_t spki = { der, sizeof(der) };
	size_t len = sizeof(der);
	gnutls_pubkey_t key;
	int ret = -EINVAL;	/* a point that is not on the curve ends here */

	if (att_spki(ek->data, ek->len, der, &len) || gnutls_pubkey_init(&key))
		return -EINVAL;
	spki.size = len;
	if (!gnutls_pubkey_import(key, &spki, GNUTLS_X509_FMT_DER))
		ret = pub->type == TPM2_ALG_ECC ? seed_ecc(pub, key, seed, enc)
						: seed_rsa(key, seed, enc);
	gnutls_pubkey_deinit(key);
	return ret;
}

/* 24.4: TPM2B_DIGEST(HMAC over encIdentity and Name) || encIdentity */
static int seal_identity(const uint8_t seed[HASH], const uint8_t *name, const uint8_t *secret,
			 size_t secret_len, struct att_blob *out)
{
	uint8_t key[KEY], mac_key[HASH];
	uint8_t *enc = out->data + 2 + HASH;
	gnutls_hmac_hd_t mac;
	int ret;

	enc[0] = 0;
	enc[1] = secret_len;
	memcpy(enc + 2, secret, secret_len);
	ret = kdfa(seed, "STORAGE", name, ATT_NAME_SIZE, 8 * KEY, key);
	if (!ret)
		ret = cfb_encrypt(key, enc, 2 + secret_len);
	if (!ret)
		ret = kdfa(seed, "INTEGRITY", NULL, 0, 8 * HASH, mac_key);
	if (!ret && gnutls_hmac_init(&mac, GNUTLS_MAC_SHA256, mac_key, HASH))
		ret = -EIO;
	if (!ret) {
		gnutls_hmac(mac, enc, 2 + secret_len);
		gnutls_hmac(mac, name, ATT_NAME_SIZE);
		gnutls_hmac_deinit(mac, out->data + 2);
		out->data[0] = 0;
		out->data[1] = HASH;
		out->len = 2 + HASH + 2 + secret_len;
	}
	gnutls_memset(key, 0, sizeof(key));
	gnutls_memset(mac_key, 0, sizeof(mac_key));
	return ret;
}

int att_credential_make(const struct att_blob *ek, const uint8_t *name,
			const uint8_t *secret, size_t secret_len,
			struct att_blob *id_object, struct att_blob *enc_secret)
{
	TPMT_PUBLIC pub = { 0 };
	uint8_t seed[HASH];
	size_t off = 0;
	int ret;

	if (!secret_len || secret_len > HASH)
		return -EINVAL;
	if (Tss2_MU_TPMT_PUBLIC_Unmarshal(ek->data, ek->len, &off, &pub) || off != ek->len ||
	    !is_ek(&pub))
		return -EINVAL;
	ret = make_seed(ek, &pub, seed, enc_secret);
	if (!ret)
		ret = seal_identity(seed, name, secret, secret_len, id_object);
	gnutls_memset(seed, 0, sizeof(seed));
	return ret;
}
