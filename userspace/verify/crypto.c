// SPDX-License-Identifier: GPL-2.0-or-later
/* The crypto seam, on GnuTLS, and for hashes on nettle, which is below it. */
#include "verify/crypto.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <string.h>

#include "verify/bank.h"

#define EXPONENT_USUAL	65537u
#define RSA_BITS_MIN	2048u

size_t seal_hash_len(enum seal_hash hash)
{
	switch (hash) {
	case SEAL_HASH_SHA256:
		return 32;
	case SEAL_HASH_SHA384:
		return 48;
	case SEAL_HASH_NONE:
		break;
	}
	return 0;
}

/*
 * By nettle, as banks are: GnuTLS takes memory for each hash and cleans it after, three
 * times the work for what is seldom longer than a block.
 */
bool seal_hash_parts(enum seal_hash hash, const struct seal_bytes *parts,
		     size_t count, uint8_t *out)
{
	switch (hash) {
	case SEAL_HASH_SHA256:
		return seal_bank_hash(SEAL_TPM_ALG_SHA256, parts, count, out);
	case SEAL_HASH_SHA384:
		return seal_bank_hash(SEAL_TPM_ALG_SHA384, parts, count, out);
	case SEAL_HASH_NONE:
		break;
	}
	return false;
}

bool seal_sha256(const void *data, size_t len, uint8_t out[SEAL_SHA256_LEN])
{
	struct seal_bytes part = { data, len };

	return seal_hash_parts(SEAL_HASH_SHA256, &part, 1, out);
}

bool seal_hmac(enum seal_hash hash, struct seal_bytes key,
	       struct seal_bytes data, uint8_t *out)
{
	switch (hash) {
	case SEAL_HASH_SHA256:
		return !gnutls_hmac_fast(GNUTLS_MAC_SHA256, key.data, key.len,
					 data.data, data.len, out);
	case SEAL_HASH_SHA384:
		return !gnutls_hmac_fast(GNUTLS_MAC_SHA384, key.data, key.len,
					 data.data, data.len, out);
	case SEAL_HASH_NONE:
		break;
	}
	return false;
}

bool seal_key_equal(const struct seal_key *a, const struct seal_key *b)
{
	if (a->type == SEAL_KEY_NONE || a->type != b->type || a->len != b->len)
		return false;
	if (memcmp(a->x, b->x, a->len))
		return false;
	if (a->type == SEAL_KEY_RSA)
		return a->exponent == b->exponent;
	return !memcmp(a->y, b->y, a->len);
}

static struct seal_bytes strip(struct seal_bytes v)
{
	while (v.len && !*v.data) {
		v.data++;
		v.len--;
	}
	return v;
}

/* Right-align @v in @len octets. */
static bool pad(struct seal_bytes v, uint8_t *out, size_t len)
{
	v = strip(v);
	if (v.len > len)
		return false;
	memset(out, 0, len - v.len);
	if (v.len)
		memcpy(out + len - v.len, v.data, v.len);
	return true;
}

bool seal_key_of_point(enum seal_key_type type, struct seal_bytes x,
		       struct seal_bytes y, struct seal_key *key_ret)
{
	struct seal_key key = { .type = type };

	if (type == SEAL_KEY_P256)
		key.len = 32;
	else if (type == SEAL_KEY_P384)
		key.len = 48;
	else
		return false;
	if (!pad(x, key.x, key.len) || !pad(y, key.y, key.len))
		return false;
	*key_ret = key;
	return true;
}

bool seal_key_of_modulus(struct seal_bytes n, uint32_t exponent,
			 struct seal_key *key_ret)
{
	struct seal_key key = { .type = SEAL_KEY_RSA };

	n = strip(n);
	if (n.len < RSA_BITS_MIN / 8 || n.len > sizeof(key.x))
		return false;
	key.len = n.len;
	memcpy(key.x, n.data, n.len);
	key.exponent = exponent ? exponent : EXPONENT_USUAL;
	if (key.exponent < 3 || !(key.exponent & 1))
		return false;
	*key_ret = key;
	return true;
}

static struct seal_bytes view(const gnutls_datum_t *d)
{
	return (struct seal_bytes){ d->data, d->size };
}

static gnutls_datum_t datum(struct seal_bytes b)
{
	return (gnutls_datum_t){ (uint8_t *)b.data, b.len };
}

static bool from_ecc(gnutls_pubkey_t pub, struct seal_key *key_ret)
{
	gnutls_ecc_curve_t curve;
	gnutls_datum_t x, y;
	bool ok;

	if (gnutls_pubkey_export_ecc_raw2(pub, &curve, &x, &y, 0) < 0)
		return false;
	ok = seal_key_of_point(curve == GNUTLS_ECC_CURVE_SECP256R1 ? SEAL_KEY_P256 :
			       curve == GNUTLS_ECC_CURVE_SECP384R1 ? SEAL_KEY_P384 :
			       SEAL_KEY_NONE, view(&x), view(&y), key_ret);
	gnutls_free(x.data);
	gnutls_free(y.data);
	return ok;
}

static bool from_rsa(gnutls_pubkey_t pub, struct seal_key *key_ret)
{
	gnutls_datum_t n, e;
	struct seal_bytes exp;
	uint32_t value = 0;
	bool ok;

	if (gnutls_pubkey_export_rsa_raw2(pub, &n, &e, 0) < 0)
		return false;
	exp = strip(view(&e));
	for (size_t i = 0; i < exp.len && exp.len <= 4; i++)
		value = value << 8 | exp.data[i];
	ok = value && seal_key_of_modulus(view(&n), value, key_ret);
	gnutls_free(n.data);
	gnutls_free(e.data);
	return ok;
}

static bool from_pubkey(gnutls_pubkey_t pub, struct seal_key *key_ret)
{
	switch (gnutls_pubkey_get_pk_algorithm(pub, NULL)) {
	case GNUTLS_PK_ECDSA:
		return from_ecc(pub, key_ret);
	case GNUTLS_PK_RSA:
		return from_rsa(pub, key_ret);
	default:
		return false;
	}
}

static bool spki_hash(enum seal_hash hash, gnutls_pubkey_t pub, struct seal_bytes tail,
		      uint8_t *out)
{
	struct seal_bytes parts[2] = { [1] = tail };
	gnutls_datum_t der;
	bool ok;

	if (gnutls_pubkey_export2(pub, GNUTLS_X509_FMT_DER, &der) < 0)
		return false;
	parts[0] = (struct seal_bytes){ der.data, der.size };
	ok = seal_hash_parts(hash, parts, 2, out);
	gnutls_free(der.data);
	return ok;
}

/* What an import function that answered @err has put into @pub. */
static bool take_pubkey(gnutls_pubkey_t pub, int err, struct seal_key *key_ret,
			uint8_t spki_hash_ret[SEAL_SHA256_LEN])
{
	const struct seal_bytes none = { 0 };
	bool ok = err >= 0 && from_pubkey(pub, key_ret) &&
		  spki_hash(SEAL_HASH_SHA256, pub, none, spki_hash_ret);

	gnutls_pubkey_deinit(pub);
	return ok;
}

bool seal_key_of_crt(struct gnutls_x509_crt_int *crt, struct seal_key *key_ret,
		     uint8_t spki_hash_ret[SEAL_SHA256_LEN])
{
	gnutls_pubkey_t pub;

	if (gnutls_pubkey_init(&pub) < 0)
		return false;
	return take_pubkey(pub, gnutls_pubkey_import_x509(pub, crt, 0), key_ret, spki_hash_ret);
}

bool seal_spki_hash(enum seal_hash hash, struct seal_bytes cert, struct seal_bytes tail,
		    uint8_t *out)
{
	gnutls_datum_t in = datum(cert);
	gnutls_pubkey_t pub;
	bool ok;

	if (gnutls_pubkey_init(&pub) < 0)
		return false;
	ok = gnutls_pubkey_import_x509_raw(pub, &in, GNUTLS_X509_FMT_DER, 0) >= 0 &&
	     spki_hash(hash, pub, tail, out);
	gnutls_pubkey_deinit(pub);
	return ok;
}

bool seal_key_of_pem(struct seal_bytes pem, struct seal_key *key_ret,
		     uint8_t spki_hash_ret[SEAL_SHA256_LEN])
{
	gnutls_datum_t in = datum(pem);
	gnutls_pubkey_t pub;

	if (gnutls_pubkey_init(&pub) < 0)
		return false;
	return take_pubkey(pub, gnutls_pubkey_import(pub, &in, GNUTLS_X509_FMT_PEM),
			   key_ret, spki_hash_ret);
}

static bool is_pem(struct seal_bytes in)
{
	return seal_bytes_start(in, "-----");
}

bool seal_key_of_any(struct seal_bytes in, struct seal_key *key_ret)
{
	gnutls_x509_crt_fmt_t form = is_pem(in) ? GNUTLS_X509_FMT_PEM : GNUTLS_X509_FMT_DER;
	gnutls_datum_t d = datum(in);
	gnutls_pubkey_t pub;
	bool ok;

	if (gnutls_pubkey_init(&pub) < 0)
		return false;
	ok = (gnutls_pubkey_import(pub, &d, form) >= 0 ||
	      gnutls_pubkey_import_x509_raw(pub, &d, form, 0) >= 0) && from_pubkey(pub, key_ret);
	gnutls_pubkey_deinit(pub);
	return ok;
}

static int import_rsa(gnutls_pubkey_t pub, const struct seal_key *key)
{
	uint8_t e[4] = { key->exponent >> 24, key->exponent >> 16,
			 key->exponent >> 8, key->exponent };
	gnutls_datum_t n = { (uint8_t *)key->x, key->len };
	gnutls_datum_t exp = { e, sizeof(e) };

	return gnutls_pubkey_import_rsa_raw(pub, &n, &exp);
}

static int import_ecc(gnutls_pubkey_t pub, const struct seal_key *key)
{
	gnutls_datum_t x = { (uint8_t *)key->x, key->len };
	gnutls_datum_t y = { (uint8_t *)key->y, key->len };

	return gnutls_pubkey_import_ecc_raw(pub, key->type == SEAL_KEY_P256 ?
					    GNUTLS_ECC_CURVE_SECP256R1 :
					    GNUTLS_ECC_CURVE_SECP384R1, &x, &y);
}

/* A handle for @key, or NULL. A point that is not on its curve has none. */
static gnutls_pubkey_t import(const struct seal_key *key)
{
	gnutls_pubkey_t pub;
	int err = -1;

	if (gnutls_pubkey_init(&pub) < 0)
		return NULL;
	if (key->type == SEAL_KEY_RSA)
		err = import_rsa(pub, key);
	else if (key->type != SEAL_KEY_NONE)
		err = import_ecc(pub, key);
	if (err < 0) {
		gnutls_pubkey_deinit(pub);
		return NULL;
	}
	return pub;
}

/* @pss_salt: octets, or -1 for an algorithm without salt. */
static bool check(const struct seal_key *key, gnutls_sign_algorithm_t algo,
		  enum seal_hash hash, int pss_salt, const uint8_t *digest,
		  gnutls_datum_t sig)
{
	gnutls_datum_t d = { (uint8_t *)digest, seal_hash_len(hash) };
	gnutls_pubkey_t pub = import(key);
	gnutls_x509_spki_t spki = NULL;
	bool ok = pub;

	if (ok && pss_salt >= 0) {
		ok = gnutls_x509_spki_init(&spki) >= 0;
		if (ok) {
			gnutls_x509_spki_set_rsa_pss_params(spki, hash == SEAL_HASH_SHA384 ?
							    GNUTLS_DIG_SHA384 : GNUTLS_DIG_SHA256,
							    pss_salt);
			ok = gnutls_pubkey_set_spki(pub, spki, 0) >= 0;
			gnutls_x509_spki_deinit(spki);
		}
	}
	ok = ok && gnutls_pubkey_verify_hash2(pub, algo, 0, &d, &sig) >= 0;
	if (pub)
		gnutls_pubkey_deinit(pub);
	return ok;
}

static gnutls_sign_algorithm_t ecdsa_of(const struct seal_key *key,
					enum seal_hash hash)
{
	if (key->type != SEAL_KEY_P256 && key->type != SEAL_KEY_P384)
		return GNUTLS_SIGN_UNKNOWN;
	switch (hash) {
	case SEAL_HASH_SHA256:
		return GNUTLS_SIGN_ECDSA_SHA256;
	case SEAL_HASH_SHA384:
		return GNUTLS_SIGN_ECDSA_SHA384;
	case SEAL_HASH_NONE:
		break;
	}
	return GNUTLS_SIGN_UNKNOWN;
}

bool seal_verify_ecdsa(const struct seal_key *key, enum seal_hash hash,
		       const uint8_t *digest, struct seal_bytes r,
		       struct seal_bytes s)
{
	gnutls_sign_algorithm_t algo = ecdsa_of(key, hash);
	gnutls_datum_t rd = datum(r), sd = datum(s), der;
	bool ok;

	if (algo == GNUTLS_SIGN_UNKNOWN || !strip(r).len || !strip(s).len ||
	    r.len > key->len || s.len > key->len)
		return false;
	if (gnutls_encode_rs_value(&der, &rd, &sd) < 0)
		return false;
	ok = check(key, algo, hash, -1, digest, der);
	gnutls_free(der.data);
	return ok;
}

static bool part(const gnutls_datum_t *d, size_t size, uint8_t *out, size_t *len)
{
	struct seal_bytes v = strip(view(d));

	if (!v.len || v.len > size)
		return false;
	memcpy(out, v.data, v.len);
	*len = v.len;
	return true;
}

bool seal_ecdsa_parts(struct seal_bytes der, size_t size, uint8_t *r, size_t *r_len,
		      uint8_t *s, size_t *s_len)
{
	gnutls_datum_t in = datum(der), rd, sd;
	bool ok;

	if (gnutls_decode_rs_value(&in, &rd, &sd) < 0)
		return false;
	ok = part(&rd, size, r, r_len) && part(&sd, size, s, s_len);
	gnutls_free(rd.data);
	gnutls_free(sd.data);
	return ok;
}

bool seal_verify_p1363(const struct seal_key *key, enum seal_hash hash,
		       const uint8_t *digest, struct seal_bytes sig)
{
	if (sig.len != 2 * key->len)
		return false;
	return seal_verify_ecdsa(key, hash, digest,
				 (struct seal_bytes){ sig.data, key->len },
				 (struct seal_bytes){ sig.data + key->len, key->len });
}

static bool verify_pss(const struct seal_key *key, enum seal_hash hash,
		       int salt, const uint8_t *digest, struct seal_bytes sig)
{
	return check(key, hash == SEAL_HASH_SHA384 ? GNUTLS_SIGN_RSA_PSS_RSAE_SHA384
						   : GNUTLS_SIGN_RSA_PSS_RSAE_SHA256,
		     hash, salt, digest, datum(sig));
}

bool seal_verify_rsa(const struct seal_key *key, enum seal_hash hash, bool pss,
		     const uint8_t *digest, struct seal_bytes sig)
{
	size_t hlen = seal_hash_len(hash);

	if (key->type != SEAL_KEY_RSA || !hlen || sig.len != key->len)
		return false;
	if (!pss)
		return check(key, hash == SEAL_HASH_SHA384 ? GNUTLS_SIGN_RSA_SHA384
							   : GNUTLS_SIGN_RSA_SHA256,
			     hash, -1, digest, datum(sig));
	return verify_pss(key, hash, hlen, digest, sig) ||
	       verify_pss(key, hash, key->len - hlen - 2, digest, sig);
}

enum seal_hash seal_scheme_hash(uint16_t scheme)
{
	switch (scheme) {
	case SEAL_SCHEME_P256:
	case SEAL_SCHEME_PSS_SHA256:
		return SEAL_HASH_SHA256;
	case SEAL_SCHEME_P384:
	case SEAL_SCHEME_PSS_SHA384:
		return SEAL_HASH_SHA384;
	default:
		return SEAL_HASH_NONE;
	}
}

/* The one key type that a scheme may be used with, RFC 8446 4.2.3. */
static enum seal_key_type scheme_key(uint16_t scheme)
{
	switch (scheme) {
	case SEAL_SCHEME_P256:
		return SEAL_KEY_P256;
	case SEAL_SCHEME_P384:
		return SEAL_KEY_P384;
	case SEAL_SCHEME_PSS_SHA256:
	case SEAL_SCHEME_PSS_SHA384:
		return SEAL_KEY_RSA;
	default:
		return SEAL_KEY_NONE;
	}
}

bool seal_verify_scheme(const struct seal_key *key, uint16_t scheme,
			const uint8_t *digest, struct seal_bytes sig)
{
	enum seal_hash hash = seal_scheme_hash(scheme);

	if (hash == SEAL_HASH_NONE || key->type != scheme_key(scheme) || !sig.len)
		return false;
	if (key->type == SEAL_KEY_RSA)
		return sig.len == key->len &&
		       verify_pss(key, hash, seal_hash_len(hash), digest, sig);
	return check(key, ecdsa_of(key, hash), hash, -1, digest, datum(sig));
}
