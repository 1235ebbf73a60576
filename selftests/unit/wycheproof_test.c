// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Project Wycheproof's signature vectors (SEAL_CORPUS) through verify/crypto,
 * the one place where signatures are checked. What is valid is accepted, what
 * is invalid refused; the exceptions are a list with reasons.
 */
#include <gnutls/crypto.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "lib/tap.h"
#include "verify/crypto.h"

#define FIELD_MAX	4096u

#define P256_FILE	"ecdsa_secp256r1_sha256_p1363_test.json"
#define P384_FILE	"ecdsa_secp384r1_sha384_p1363_test.json"
#define SSA_FILE	"rsa_signature_2048_sha256_test.json"
#define PSS_FILE	"rsa_pss_2048_sha256_mgf1_32_test.json"

struct field {
	size_t len;
	uint8_t data[FIELD_MAX];
};

static struct seal_bytes of(const struct field *f)
{
	return (struct seal_bytes){ f->data, f->len };
}

static void get(const json_t *object, const char *name, struct field *f)
{
	const char *text = json_string_value(json_object_get(object, name));

	must(text && strlen(text) <= 2 * sizeof(f->data), name);
	f->len = unhex(text, f->data, sizeof(f->data));
}

/* How a file's signatures look, and who checks them. */
typedef bool check_fn(const struct seal_key *key, const uint8_t *digest, struct seal_bytes sig);

/*
 * @exception: comment of the invalid ones that we need not refuse: what is wrong
 *	with them is in a frame that a TPM's signature does not have
 */
struct suite {
	const char *file;
	enum seal_key_type type;
	enum seal_hash hash;
	check_fn *check;
	const char *exception;
};

/* r and s of a TPM are numbers with a length each, and may be short. */
#define SHORT_NUMBERS	"incorrect size of signature"
/* The longest salt that fits is what TPMs of before 1.59 make. */
#define LONGEST_SALT	"s_len changed to 222"

/* r and s in halves of equal length, as a TPM has them apart. */
static bool ecdsa(const struct seal_key *key, enum seal_hash hash, const uint8_t *digest,
		  struct seal_bytes sig)
{
	size_t half = sig.len / 2;

	return seal_verify_ecdsa(key, hash, digest, (struct seal_bytes){ sig.data, half },
				 (struct seal_bytes){ sig.data + half, sig.len - half });
}

static bool p256(const struct seal_key *key, const uint8_t *digest, struct seal_bytes sig)
{
	return ecdsa(key, SEAL_HASH_SHA256, digest, sig);
}

static bool p384(const struct seal_key *key, const uint8_t *digest, struct seal_bytes sig)
{
	return ecdsa(key, SEAL_HASH_SHA384, digest, sig);
}

/* The same two numbers in DER, as TLS and authenticators have them. */
static bool in_der(const struct seal_key *key, uint16_t scheme, const uint8_t *digest,
		   struct seal_bytes sig)
{
	const size_t half = sig.len / 2;
	const gnutls_datum_t r = { (uint8_t *)sig.data, half };
	const gnutls_datum_t s = { (uint8_t *)sig.data + half, sig.len - half };
	gnutls_datum_t der;
	bool good;

	if (!half || gnutls_encode_rs_value(&der, &r, &s) < 0)
		return false;
	good = seal_verify_scheme(key, scheme, digest, (struct seal_bytes){ der.data, der.size });
	gnutls_free(der.data);
	return good;
}

static bool p256_tls(const struct seal_key *key, const uint8_t *digest, struct seal_bytes sig)
{
	return in_der(key, SEAL_SCHEME_P256, digest, sig);
}

static bool p384_tls(const struct seal_key *key, const uint8_t *digest, struct seal_bytes sig)
{
	return in_der(key, SEAL_SCHEME_P384, digest, sig);
}

static bool ssa(const struct seal_key *key, const uint8_t *digest, struct seal_bytes sig)
{
	return seal_verify_rsa(key, SEAL_HASH_SHA256, false, digest, sig);
}

static bool pss_tpm(const struct seal_key *key, const uint8_t *digest, struct seal_bytes sig)
{
	return seal_verify_rsa(key, SEAL_HASH_SHA256, true, digest, sig);
}

static bool pss_tls(const struct seal_key *key, const uint8_t *digest, struct seal_bytes sig)
{
	return seal_verify_scheme(key, SEAL_SCHEME_PSS_SHA256, digest, sig);
}

static bool key_of(const struct suite *suite, const json_t *group, struct seal_key *key)
{
	const json_t *pub = json_object_get(group, "publicKey");
	struct field a, b;

	if (suite->type == SEAL_KEY_RSA) {
		uint32_t e = 0;

		get(pub, "modulus", &a);
		get(pub, "publicExponent", &b);
		for (size_t i = 0; i < b.len; i++)
			e = e << 8 | b.data[i];
		return b.len <= 4 && seal_key_of_modulus(of(&a), e, key);
	}
	get(pub, "wx", &a);
	get(pub, "wy", &b);
	return seal_key_of_point(suite->type, of(&a), of(&b), key);
}

static struct {
	unsigned int valid, invalid, acceptable, exceptions, wrong;
} count;

static void judge(const struct suite *suite, const struct seal_key *key, const json_t *test)
{
	const char *result = json_string_value(json_object_get(test, "result"));
	const char *comment = json_string_value(json_object_get(test, "comment"));
	uint8_t digest[SEAL_HASH_MAX];
	struct field msg, sig;
	struct seal_bytes part;
	bool good;

	get(test, "msg", &msg);
	get(test, "sig", &sig);
	part = of(&msg);
	must(result && comment && seal_hash_parts(suite->hash, &part, 1, digest), "hash");
	good = suite->check(key, digest, of(&sig));
	if (!strcmp(result, "acceptable")) {
		count.acceptable++;
		note("acceptable, %s: %s", good ? "accepted" : "refused", comment);
		return;
	}
	*(strcmp(result, "valid") ? &count.invalid : &count.valid) += 1;
	if (good == !strcmp(result, "valid"))
		return;
	if (good && suite->exception && !strcmp(comment, suite->exception)) {
		count.exceptions++;
		return;
	}
	count.wrong++;
	note("%s %d is %s: %s", suite->file,
	     (int)json_integer_value(json_object_get(test, "tcId")), result, comment);
}

static void run(const struct suite *suite, const json_t *root)
{
	const json_t *groups = json_object_get(root, "testGroups");
	const json_t *group, *test;
	struct seal_key key;
	size_t i, k;

	memset(&count, 0, sizeof(count));
	json_array_foreach(groups, i, group) {
		must(key_of(suite, group, &key), "key");
		json_array_foreach(json_object_get(group, "tests"), k, test)
			judge(suite, &key, test);
	}
	ok(!count.wrong && count.valid && count.invalid,
	   "%s: %u valid accepted, %u of %u invalid refused, %u acceptable", suite->file,
	   count.valid, count.invalid - count.exceptions, count.invalid, count.acceptable);
	if (count.exceptions)
		note("%u accepted all the same: %s", count.exceptions, suite->exception);
}

int main(void)
{
	static const struct suite suites[] = {
		{ P256_FILE, SEAL_KEY_P256, SEAL_HASH_SHA256, p256, SHORT_NUMBERS },
		{ P384_FILE, SEAL_KEY_P384, SEAL_HASH_SHA384, p384, SHORT_NUMBERS },
		{ P256_FILE, SEAL_KEY_P256, SEAL_HASH_SHA256, p256_tls, SHORT_NUMBERS },
		{ P384_FILE, SEAL_KEY_P384, SEAL_HASH_SHA384, p384_tls, SHORT_NUMBERS },
		{ SSA_FILE, SEAL_KEY_RSA, SEAL_HASH_SHA256, ssa, NULL },
		{ PSS_FILE, SEAL_KEY_RSA, SEAL_HASH_SHA256, pss_tpm, LONGEST_SALT },
		{ PSS_FILE, SEAL_KEY_RSA, SEAL_HASH_SHA256, pss_tls, NULL },
	};
	char name[128];
	json_t *root;
	uint8_t *text;
	size_t len;

	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		snprintf(name, sizeof(name), "wycheproof/%s", suites[i].file);
		text = corpus(name, &len);
		if (!text) {
			skip("no corpus");
			continue;
		}
		root = json_loadb((const char *)text, len, 0, NULL);
		must(root != NULL, name);
		run(&suites[i], root);
		json_decref(root);
	}
	return done();
}
