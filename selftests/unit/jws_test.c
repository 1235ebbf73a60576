// SPDX-License-Identifier: GPL-2.0-or-later
/* verify/base64, jws and ear_json: results in JSON. */
#include <gnutls/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/result.h"
#include "verify/base64.h"
#include "verify/ear_json.h"
#include "verify/envelope.h"

#define TEXT(s)	((struct seal_bytes){ (const uint8_t *)(s), strlen(s) })
#define OK	SEAL_REASON_ACCEPTED

static void base64(void)
{
	/* RFC 4648 section 10, without padding; and RFC 7515 appendix C */
	static const char *const pairs[][2] = {
		{ "", "" }, { "f", "Zg" }, { "fo", "Zm8" }, { "foo", "Zm9v" },
		{ "foob", "Zm9vYg" },
		{ "fooba", "Zm9vYmE" }, { "foobar", "Zm9vYmFy" },
		{ "\x03\xec\xff\xe0\xc1", "A-z_4ME" },
	};
	static const char *const wrong[] = {
		"Z", "Zg=", "Zg==", "Zm9v\n", "Zm9v Yg", "Zm9+", "Zm9/", "Zh", "Zm9", "ZmF",
	};
	uint8_t out[16];
	char text[32];
	size_t len, bad = 0;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		len = seal_base64_encode(TEXT(pairs[i][0]), text);
		bad += len != strlen(pairs[i][1]) || memcmp(text, pairs[i][1], len);
		bad += !seal_base64_decode(TEXT(pairs[i][1]), out, sizeof(out), &len) ||
		       len != strlen(pairs[i][0]) || memcmp(out, pairs[i][0], len);
	}
	ok(!bad, "base64url: there and back");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ok(!seal_base64_decode(TEXT(wrong[i]), out, sizeof(out), &len),
		   "base64url: not %zu", i);
	ok(!seal_base64_decode(TEXT("Zm9vYmFy"), out, 5, &len), "base64url: no more than room");
}

static struct {
	gnutls_privkey_t key;
	struct blob pem;
	uint8_t kid[SEAL_SHA256_LEN];
	struct seal_key pub;
} office;

static void open_office(enum kind kind)
{
	office.key = new_key(kind);
	public_pem(office.key, &office.pem, office.kid);
	must(seal_key_of_pem(of(&office.pem), &office.pub, office.kid), "key");
}

static void right_align(const gnutls_datum_t *d, uint8_t *out, size_t len)
{
	for (size_t i = 1; i <= len; i++)
		out[len - i] = i <= d->size ? d->data[d->size - i] : 0;
}

/* Behind the @len characters in @text, whatever they are. */
static size_t sign(int alg, char *text, size_t len, size_t size)
{
	uint8_t digest[SEAL_HASH_MAX], rs[SEAL_COSE_SIGNATURE_MAX];
	size_t n = seal_hash_len(seal_cose_hash(alg));
	gnutls_datum_t tbs = { digest, n }, der, r, s;

	must(seal_jws_digest(alg, (struct seal_bytes){ (uint8_t *)text, len }, digest) &&
	     !gnutls_privkey_sign_hash(office.key, n == 32 ? GNUTLS_DIG_SHA256 :
				       GNUTLS_DIG_SHA384, 0, &tbs, &der) &&
	     !gnutls_decode_rs_value(&der, &r, &s), "sign");
	right_align(&r, rs, n);
	right_align(&s, rs + n, n);
	gnutls_free(der.data);
	gnutls_free(r.data);
	gnutls_free(s.data);
	return seal_jws_end(text, len, size, (struct seal_bytes){ rs, 2 * n });
}

static char text[4096];

/* A JWS with that header, which is signed all the same. */
static struct seal_bytes with_header(const char *header)
{
	size_t len = seal_base64_encode(TEXT(header), text);

	text[len++] = '.';
	len += seal_base64_encode(TEXT("{}"), text + len);
	return (struct seal_bytes){ (uint8_t *)text, sign(SEAL_COSE_ES256, text, len,
							  sizeof(text)) };
}

static void headers(void)
{
	static const struct {
		const char *format;
		enum seal_reason reason;
		const char *claim;
	} rows[] = {
		{ "{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"eat+jwt\"}", OK, "ours" },
		{ "{\"typ\":\"eat+jwt\", \"kid\":\"%s\", \"alg\":\"ES256\"}", OK, "in any order" },
		{ "{\"alg\":\"none\",\"kid\":\"%s\",\"typ\":\"eat+jwt\"}",
		  SEAL_REASON_COSE_UNSIGNED, "by none" },
		{ "{\"alg\":\"None\",\"kid\":\"%s\",\"typ\":\"eat+jwt\"}",
		  SEAL_REASON_COSE_ALGORITHM, "by None" },
		{ "{\"alg\":\"HS256\",\"kid\":\"%s\",\"typ\":\"eat+jwt\"}",
		  SEAL_REASON_COSE_ALGORITHM, "by a MAC whose key is public" },
		{ "{\"alg\":\"RS256\",\"kid\":\"%s\",\"typ\":\"eat+jwt\"}",
		  SEAL_REASON_COSE_ALGORITHM, "by RSA" },
		{ "{\"kid\":\"%s\",\"typ\":\"eat+jwt\"}", SEAL_REASON_COSE_ALGORITHM,
		  "by nothing" },
		{ "{\"alg\":7,\"kid\":\"%s\",\"typ\":\"eat+jwt\"}", SEAL_REASON_COSE_ALGORITHM,
		  "by a number" },
		{ "{\"alg\":\"ES384\",\"kid\":\"%s\",\"typ\":\"eat+jwt\"}", SEAL_REASON_COSE_BAD,
		  "by a longer one than is there" },
		{ "{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"JWT\"}", SEAL_REASON_COSE_BAD,
		  "of another type" },
		{ "{\"alg\":\"ES256\",\"kid\":\"%s\"}", SEAL_REASON_COSE_BAD, "of no type" },
		{ "{\"alg\":\"ES256\",\"typ\":\"eat+jwt\",\"x\":\"%s\"}", SEAL_REASON_COSE_BAD,
		  "of nobody" },
		{ "{\"alg\":\"ES256\",\"kid\":\"x%s\",\"typ\":\"eat+jwt\"}", SEAL_REASON_COSE_BAD,
		  "of somebody with a longer name" },
		{ "{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"eat+jwt\",\"jwk\":{}}",
		  SEAL_REASON_COSE_BAD, "that brings a key" },
		{ "{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"eat+jwt\",\"crit\":[\"exp\"]}",
		  SEAL_REASON_COSE_CRITICAL, "that must be understood" },
		{ "{\"alg\":\"none\",\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"eat+jwt\"}",
		  SEAL_REASON_COSE_BAD, "that says it twice" },
		{ "[\"%s\"]", SEAL_REASON_COSE_BAD, "that is a list" },
		{ "{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"eat+jwt\"} ", OK, "with a space" },
		{ "{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"eat+jwt\"}x", SEAL_REASON_COSE_BAD,
		  "with more behind it" },
	};
	char header[512], id[64] = "";
	static struct seal_jws jws;

	seal_base64_encode((struct seal_bytes){ office.kid, sizeof(office.kid) }, id);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum seal_reason reason;

		snprintf(header, sizeof(header), rows[i].format, id);
		reason = seal_jws_decode(with_header(header), &jws);
		if (!ok(reason == rows[i].reason, "header: %s", rows[i].claim))
			note("%s", seal_reason_name(reason));
		if (reason == OK)
			must(seal_jws_verify(&jws, &office.pub), "signature");
	}
}

static bool taken(struct seal_bytes in)
{
	static struct seal_envelope e;

	return seal_envelope_open(in, &e) == OK && e.is_jws &&
	       seal_bytes_equal(e.kid, (struct seal_bytes){ office.kid, sizeof(office.kid) }) &&
	       seal_envelope_verify(&e, &office.pub);
}

static void signatures(int alg)
{
	size_t len = seal_jws_begin(alg, office.kid, TEXT("{\"iat\":1}"), text, sizeof(text));
	struct seal_bytes whole = { (uint8_t *)text, sign(alg, text, len, sizeof(text)) };
	struct seal_key other = office.pub;
	static struct seal_jws jws;
	size_t wrong = 0;

	ok(taken(whole), "signature: it holds");
	for (size_t i = 0; i < whole.len; i++) {
		char before = text[i];

		text[i] = before == 'A' ? 'B' : 'A';
		wrong += taken(whole);
		text[i] = before;
	}
	ok(!wrong, "signature: not with a character changed");
	for (size_t n = 0; n < whole.len; n++)
		wrong += taken((struct seal_bytes){ whole.data, n });
	ok(!wrong, "signature: not cut");
	text[whole.len] = '.';
	ok(!taken((struct seal_bytes){ whole.data, whole.len + 1 }), "signature: no fourth part");
	text[len + 1] = '\0';
	ok(seal_jws_decode((struct seal_bytes){ whole.data, len + 1 }, &jws) ==
	   SEAL_REASON_COSE_UNSIGNED, "signature: none is none");
	other.type = office.pub.type == SEAL_KEY_P256 ? SEAL_KEY_P384 : SEAL_KEY_P256;
	whole.len = sign(alg, text, len, sizeof(text));
	must(seal_jws_decode(whole, &jws) == OK, "whole");
	ok(!seal_jws_verify(&jws, &other), "signature: by the algorithm of the key");
	ok(!seal_jws_begin(alg, office.kid, TEXT("{}"), text, 100), "signature: no more than room");
}

static struct seal_ear sample(void)
{
	static const uint8_t nonce[32] = { 9, 8, 7 };
	struct seal_ear ear = {
		.subject = TEXT("dns:a.example"), .issued = 1800000000, .expires = 1800003600,
		.nonce = { nonce, sizeof(nonce) }, .raw_evidence = TEXT("raw"),
		.developer = TEXT("seal"), .build = TEXT("1"), .count = 2,
	};

	ear.appraisal[0].name = TEXT("seal");
	ear.appraisal[0].status = SEAL_TIER_AFFIRMING;
	ear.appraisal[0].has = 1 << SEAL_TRUST_INSTANCE_IDENTITY | 1 << SEAL_TRUST_EXECUTABLES;
	ear.appraisal[0].vector[SEAL_TRUST_INSTANCE_IDENTITY] = 2;
	ear.appraisal[0].vector[SEAL_TRUST_EXECUTABLES] = 3;
	ear.appraisal[0].policy[0] = TEXT("fleet");
	ear.appraisal[0].policy_count = 1;
	ear.appraisal[0].anchored = true;
	ear.appraisal[0].anchor = (struct seal_anchor){
		.ak.len = 34, .pcrs = { SEAL_TPM_ALG_SHA256, 0x81 }, .digest_len = 32,
		.reset_count = 5, .restart_count = UINT32_MAX, .clock = 1ull << 40, .consumers = 6,
	};
	ear.appraisal[1].name = TEXT("other");
	ear.appraisal[1].status = SEAL_TIER_WARNING;
	return ear;
}

static enum seal_reason read_json(const char *json, struct seal_ear *ret)
{
	static uint8_t room[SEAL_EAR_MAX];

	return seal_ear_of_json(TEXT(json), room, ret);
}

static void claims(void)
{
	uint8_t cbor[SEAL_EAR_MAX], again[SEAL_EAR_MAX];
	struct seal_ear ear = sample(), got;
	static char json[8192], small[8192];
	size_t len = seal_ear_to_json(&ear, json, sizeof(json)), n, wrong = 0;

	ok(len && read_json(json, &got) == OK, "claims: ours are read");
	n = seal_ear_encode(&ear, cbor, sizeof(cbor));
	ok(n && seal_ear_encode(&got, again, sizeof(again)) == n && !memcmp(cbor, again, n),
	   "claims: and are the same in CBOR");
	for (size_t room = 0; room < len; room += 7)
		wrong += seal_ear_to_json(&ear, small, room) != 0;
	ok(!wrong, "claims: no more than there is room for");
	for (size_t i = 0; i < len; i++) {
		char before = json[i];

		json[i] = '\0';
		wrong += read_json(json, &got) == OK;
		json[i] = before;
	}
	ok(!wrong, "claims: not cut");
}

/* @from of the sample becomes @to. */
static enum seal_reason changed(const char *from, const char *to)
{
	static char json[8192], other[9000];
	struct seal_ear ear = sample(), got;
	char *at;

	json[seal_ear_to_json(&ear, json, sizeof(json) - 1)] = '\0';
	at = strstr(json, from);
	must(at, from);
	snprintf(other, sizeof(other), "%.*s%s%s", (int)(at - json), json, to, at + strlen(from));
	return read_json(other, &got);
}

static void lies(void)
{
	static const struct {
		const char *from, *to;
		enum seal_reason reason;
		const char *claim;
	} rows[] = {
		{ "ear#03", "ear#02", SEAL_REASON_EAR_PROFILE, "another profile" },
		{ "\"eat_profile\"", "\"eat_profil\"", SEAL_REASON_EAR_PROFILE, "no profile" },
		{ "\"sub\":", "\"aud\":", SEAL_REASON_EAR_BAD, "a claim that we do not know" },
		{ "\"exp\":", "\"nbf\":", SEAL_REASON_EAR_BAD, "another that we do not know" },
		{ "\"iat\":1800000000", "\"iat\":1800000000.5", SEAL_REASON_EAR_BAD,
		  "half a second" },
		{ "\"iat\":1800000000", "\"iat\":\"1800000000\"", SEAL_REASON_EAR_BAD,
		  "time as text" },
		{ "\"iat\":1800000000", "\"iat\":-1", SEAL_REASON_EAR_BAD, "before 1970" },
		{ "\"iat\":1800000000", "\"iat\":1,\"iat\":2", SEAL_REASON_EAR_BAD, "twice" },
		{ "\"affirming\"", "\"good\"", SEAL_REASON_EAR_BAD, "another status" },
		{ "\"affirming\"", "2", SEAL_REASON_EAR_BAD, "a status by number" },
		{ "\"affirming\"", "\"none\"", SEAL_REASON_EAR_BAD, "a status below its vector" },
		{ "\"executables\":3", "\"executables\":200", SEAL_REASON_EAR_BAD, "no int8" },
		{ "\"executables\":3", "\"executable\":3", SEAL_REASON_EAR_BAD,
		  "no claim of AR4SI" },
		{ "\"consumers\":6", "\"consumers\":0", SEAL_REASON_EAR_BAD, "for no consumer" },
		{ "\"consumers\":6", "\"consumers\":64", SEAL_REASON_EAR_BAD,
		  "for an unknown one" },
		{ "\"reset_count\":5", "\"reset_count\":4294967296", SEAL_REASON_EAR_BAD,
		  "a counter too large" },
		{ "\"reset_count\":5,", "", SEAL_REASON_EAR_BAD, "no counter" },
		{ "\"clock\":", "\"clock\":1,\"more\":", SEAL_REASON_EAR_BAD,
		  "more in the anchor" },
		{ "\"eat_nonce\":\"", "\"eat_nonce\":\"=", SEAL_REASON_EAR_BAD,
		  "a nonce that is none" },
		{ "[\"fleet\"]", "[]", SEAL_REASON_EAR_BAD, "no policy" },
		{ "[\"fleet\"]", "[1]", SEAL_REASON_EAR_BAD, "a policy by number" },
		{ "\"developer\"", "\"vendor\"", SEAL_REASON_EAR_BAD, "no developer" },
		{ "\"sub\":\"dns:a.example\"", "\"sub\":\"\"", SEAL_REASON_EAR_BAD, "nobody" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum seal_reason reason;

		reason = changed(rows[i].from, rows[i].to);
		if (!ok(reason == rows[i].reason, "claims: %s", rows[i].claim))
			note("%s", seal_reason_name(reason));
	}
	ok(changed("}", "}}") == SEAL_REASON_EAR_BAD, "claims: an end too many");
}

static void examples(void)
{
	for (int i = 1; i <= 2; i++) {
		struct seal_ear ear;
		char name[64], *json;
		size_t len;

		snprintf(name, sizeof(name), "cmw-ear/ear-json-%d.diag", i);
		json = (char *)corpus(name, &len);
		if (!json) {
			skip("no corpus");
			continue;
		}
		json = strndup(json, len);
		ok(read_json(json, &ear) == OK && ear.count == (size_t)i,
		   "claims: example %d of the draft", i);
		free(json);
	}
}

int main(void)
{
	base64();
	open_office(P256);
	headers();
	signatures(SEAL_COSE_ES256);
	open_office(P384);
	signatures(SEAL_COSE_ES384);
	claims();
	lies();
	examples();
	return done();
}
