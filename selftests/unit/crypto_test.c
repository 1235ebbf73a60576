// SPDX-License-Identifier: GPL-2.0-or-later
/* verify/crypto: the signature vectors of Wycheproof, and keys by parameters. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/party.h"
#include "verify/x509.h"

static size_t hex(const json_t *object, const char *name, uint8_t *out, size_t size)
{
	const char *text = json_string_value(json_object_get(object, name));

	must(text, name);
	return unhex(text, out, size);
}

static bool is(const json_t *test, const char *result)
{
	return !strcmp(json_string_value(json_object_get(test, "result")), result);
}

typedef bool check_fn(const struct seal_key *key, const uint8_t *digest,
		      struct seal_bytes sig);

static bool ecdsa(const struct seal_key *key, const uint8_t *digest,
		  struct seal_bytes sig)
{
	return seal_verify_p1363(key, key->type == SEAL_KEY_P256 ? SEAL_HASH_SHA256 :
				 SEAL_HASH_SHA384, digest, sig);
}

static bool rsassa(const struct seal_key *key, const uint8_t *digest,
		   struct seal_bytes sig)
{
	return seal_verify_rsa(key, SEAL_HASH_SHA256, false, digest, sig);
}

static bool rsapss(const struct seal_key *key, const uint8_t *digest,
		   struct seal_bytes sig)
{
	return seal_verify_rsa(key, SEAL_HASH_SHA256, true, digest, sig);
}

static bool tls_pss(const struct seal_key *key, const uint8_t *digest,
		    struct seal_bytes sig)
{
	return seal_verify_scheme(key, SEAL_SCHEME_PSS_SHA256, digest, sig);
}

static struct seal_key key_of(const json_t *group)
{
	const json_t *key = json_object_get(group, "publicKey");
	uint8_t a[1024], b[1024];
	struct seal_key out;
	size_t n;
	bool worked;

	if (json_object_get(key, "modulus")) {
		n = hex(key, "modulus", a, sizeof(a));
		uint32_t e = 0;

		for (size_t i = 0; i < hex(key, "publicExponent", b, sizeof(b)); i++)
			e = e << 8 | b[i];
		worked = seal_key_of_modulus((struct seal_bytes){ a, n }, e, &out);
	} else {
		n = hex(key, "wx", a, sizeof(a));
		worked = seal_key_of_point(
			json_integer_value(json_object_get(key, "keySize")) == 256 ?
			SEAL_KEY_P256 : SEAL_KEY_P384, (struct seal_bytes){ a, n },
			(struct seal_bytes){ b, hex(key, "wy", b, sizeof(b)) }, &out);
	}
	must(worked, "key");
	return out;
}

struct tally {
	size_t valid, invalid, wrong;
};

static void one(const json_t *test, const struct seal_key *key, enum seal_hash hash,
		check_fn *check, struct tally *t)
{
	const char *comment = json_string_value(json_object_get(test, "comment"));
	uint8_t msg[8192], sig[2048], digest[48];
	struct seal_bytes m = { msg, hex(test, "msg", msg, sizeof(msg)) };
	struct seal_bytes s = { sig, hex(test, "sig", sig, sizeof(sig)) };
	bool good;

	must(seal_hash_parts(hash, &m, 1, digest), "hash");
	good = check(key, digest, s);
	if (is(test, "acceptable"))
		return;
	/* The one salt that we take from TPMs besides the usual. */
	if (check == rsapss && !strcmp(comment, "s_len changed to 222"))
		good = !good;
	t->valid += is(test, "valid");
	t->invalid += is(test, "invalid");
	if (good == is(test, "valid"))
		return;
	t->wrong++;
	note("test %d (%s) is %s", (int)json_integer_value(json_object_get(test, "tcId")),
	     comment, json_string_value(json_object_get(test, "result")));
}

static void wycheproof(const char *file, enum seal_hash hash, check_fn *check,
		       const char *what)
{
	struct tally t = { 0 };
	char path[256] = "wycheproof/";
	json_t *root, *group, *test;
	size_t len, i, k;
	uint8_t *text;

	strcat(path, file);
	text = corpus(path, &len);
	if (!text) {
		skip("no corpus");
		return;
	}
	root = json_loadb((char *)text, len, 0, NULL);
	must(root, "JSON");
	json_array_foreach(json_object_get(root, "testGroups"), i, group) {
		struct seal_key key = key_of(group);

		json_array_foreach(json_object_get(group, "tests"), k, test)
			one(test, &key, hash, check, &t);
	}
	ok(!t.wrong && t.valid && t.invalid, "%s: %zu valid, %zu invalid", what, t.valid,
	   t.invalid);
	json_decref(root);
}

static struct seal_key public_of(gnutls_privkey_t key)
{
	static const struct profile profile;
	static struct authority ca;
	struct seal_cert cert;
	struct blob der;

	if (!ca.key)
		new_authority(&ca, "CA", NULL);
	issue(&ca, key, &profile, &der);
	must(seal_cert_decode(of(&der), &cert), "certificate");
	return cert.key;
}

static void keys(void)
{
	gnutls_privkey_t p256 = new_key(P256), p384 = new_key(P384), rsa = new_key(RSA2048);
	struct seal_key a = public_of(p256), b = public_of(p384), c = public_of(rsa), d;
	struct seal_key none = { 0 };

	ok(a.type == SEAL_KEY_P256 && a.len == 32 && b.type == SEAL_KEY_P384 &&
	   b.len == 48 && c.type == SEAL_KEY_RSA && c.len == 256 && c.exponent == 65537,
	   "keys: their types");
	ok(seal_key_equal(&a, &a) && seal_key_equal(&c, &c) && !seal_key_equal(&a, &b) &&
	   !seal_key_equal(&b, &c), "keys: equal to themselves only");
	ok(!seal_key_equal(&none, &none), "keys: no key equals no key");
	d = a;
	d.y[31] ^= 1;
	ok(!seal_key_equal(&a, &d), "keys: y counts");
	d = c;
	d.exponent = 3;
	ok(!seal_key_equal(&c, &d), "keys: the exponent counts");
	ok(seal_key_of_point(SEAL_KEY_P256, (struct seal_bytes){ (const uint8_t *)"\0\0\1", 3 },
			     (struct seal_bytes){ (const uint8_t *)"\2", 1 }, &d) &&
	   d.x[31] == 1 && d.y[31] == 2 && !d.x[0], "keys: zeros in front do not count");
	ok(!seal_verify_ecdsa(&d, SEAL_HASH_SHA256, a.x,
			      (struct seal_bytes){ a.x, 32 }, (struct seal_bytes){ a.y, 32 }),
	   "keys: a point off the curve verifies nothing");
	ok(!seal_key_of_modulus((struct seal_bytes){ c.x, 255 }, 0, &d) &&
	   !seal_key_of_modulus((struct seal_bytes){ c.x, 256 }, 1, &d) &&
	   !seal_key_of_modulus((struct seal_bytes){ c.x, 256 }, 4, &d),
	   "keys: no RSA below 2048 bits, no exponent 1 or even");
}

/* Each scheme with the key it is for, and no other. */
static void schemes(void)
{
	static const uint16_t scheme[] = { 0x0403, 0x0503, 0x0804, 0x0805 };
	gnutls_privkey_t key[] = { new_key(P256), new_key(P384), new_key(RSA2048), NULL };
	uint8_t digest[48] = { 1, 2, 3 };
	size_t wrong = 0;

	key[3] = key[2];
	for (unsigned int s = 0; s < 4; s++) {
		struct blob sig;

		tls_sign(key[s], scheme[s], digest, &sig);
		for (unsigned int k = 0; k < 4; k++) {
			struct seal_key pub = public_of(key[k]);

			for (unsigned int t = 0; t < 4; t++)
				wrong += seal_verify_scheme(&pub, scheme[t], digest, of(&sig)) !=
					 (t == s && key[k] == key[s]);
		}
		sig.data[sig.len - 1] ^= 1;
		wrong += seal_verify_scheme(&(struct seal_key){ 0 }, scheme[s], digest, of(&sig));
	}
	ok(!wrong, "schemes: each with its own key and its own signature");
	ok(seal_scheme_hash(0x0401) == SEAL_HASH_NONE && seal_scheme_hash(0x0807) == 0 &&
	   seal_scheme_hash(0x0201) == 0, "schemes: no PKCS 1.5, EdDSA or SHA-1 in TLS");
}

/* Some TPMs use the largest salt that fits. */
static void salts(void)
{
	gnutls_privkey_t rsa = new_key(RSA2048);
	struct seal_key pub = public_of(rsa);
	uint8_t digest[32] = { 9 };
	size_t wrong = 0;

	/* GnuTLS itself signs with no salt shorter than the hash. */
	for (unsigned int salt = 32; salt <= 222; salt += salt > 32 && salt < 220 ? 17 : 1) {
		gnutls_datum_t in = { digest, 32 }, sig;
		gnutls_x509_spki_t spki;
		struct seal_bytes s;

		must(!gnutls_x509_spki_init(&spki), "spki");
		gnutls_x509_spki_set_rsa_pss_params(spki, GNUTLS_DIG_SHA256, salt);
		must(!gnutls_privkey_set_spki(rsa, spki, 0) &&
		     !gnutls_privkey_sign_hash2(rsa, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256, 0, &in,
						&sig), "PSS");
		s = (struct seal_bytes){ sig.data, sig.size };
		if (seal_verify_rsa(&pub, SEAL_HASH_SHA256, true, digest, s) !=
		    (salt == 32 || salt == 222)) {
			note("salt of %u octets", salt);
			wrong++;
		}
		gnutls_free(sig.data);
		gnutls_x509_spki_deinit(spki);
	}
	ok(!wrong, "PSS: a salt as long as the hash, or as long as fits");
}

int main(void)
{
	wycheproof("ecdsa_secp256r1_sha256_p1363_test.json", SEAL_HASH_SHA256, ecdsa,
		   "Wycheproof P-256");
	wycheproof("ecdsa_secp384r1_sha384_p1363_test.json", SEAL_HASH_SHA384, ecdsa,
		   "Wycheproof P-384");
	wycheproof("rsa_signature_2048_sha256_test.json", SEAL_HASH_SHA256, rsassa,
		   "Wycheproof RSASSA");
	wycheproof("rsa_pss_2048_sha256_mgf1_32_test.json", SEAL_HASH_SHA256, rsapss,
		   "Wycheproof RSAPSS");
	wycheproof("rsa_pss_2048_sha256_mgf1_32_test.json", SEAL_HASH_SHA256, tls_pss,
		   "Wycheproof RSAPSS in TLS");
	keys();
	schemes();
	salts();
	return done();
}
