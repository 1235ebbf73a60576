// SPDX-License-Identifier: GPL-2.0-or-later
/* verify/cose: COSE_Sign1, with vectors that another program makes again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/diag.h"
#include "lib/result.h"
#include "verify/cose.h"

#define TEXT(s)	((struct seal_bytes){ (const uint8_t *)(s), strlen(s) })
#define OK	SEAL_REASON_ACCEPTED

static const struct seal_bytes none;

static struct seal_key key_at(int alg, const char *hex)
{
	enum seal_key_type type = alg == SEAL_COSE_ES256 ? SEAL_KEY_P256 : SEAL_KEY_P384;
	uint8_t raw[96];
	size_t len = unhex(hex, raw, sizeof(raw)) / 2;
	struct seal_key key;

	must(seal_key_of_point(type, (struct seal_bytes){ raw, len },
			       (struct seal_bytes){ raw + len, len }, &key), "key");
	return key;
}

static bool accepts(struct seal_bytes in, void *arg)
{
	uint8_t again[4096], header[SEAL_COSE_HEADER_MAX];
	struct seal_cose cose;

	if (seal_cose_decode(in, &cose) != OK)
		return false;
	must(seal_cose_encode(&cose, again, sizeof(again)) == in.len &&
	     !memcmp(again, in.data, in.len), "a message encodes as it was");
	must(seal_cose_header(&cose, header, sizeof(header)) == cose.protected.len &&
	     !memcmp(header, cose.protected.data, cose.protected.len), "and its header");
	return true;
}

static bool accepts_signed(struct seal_bytes in, void *arg)
{
	const struct seal_key *key = arg;
	struct seal_cose cose;

	return accepts(in, NULL) && seal_cose_decode(in, &cose) == OK &&
	       seal_cose_verify(&cose, none, key);
}

/* No bit of a message may be another one. */
static size_t flips(struct seal_bytes in, struct seal_bytes aad, const struct seal_key *key)
{
	uint8_t raw[4096];
	size_t passed = 0;

	memcpy(raw, in.data, in.len);
	for (size_t bit = 0; bit < 8 * in.len; bit++) {
		struct seal_cose cose;

		raw[bit / 8] ^= 1 << bit % 8;
		passed += seal_cose_decode((struct seal_bytes){ raw, in.len }, &cose) == OK &&
			  seal_cose_verify(&cose, aad, key);
		raw[bit / 8] ^= 1 << bit % 8;
	}
	return passed;
}

/* A field of the vector file; "-" is empty. */
static struct seal_bytes field(const char *hex)
{
	uint8_t *raw = calloc(1, 4096);

	must(raw, "calloc");
	keep_forever(raw);
	return (struct seal_bytes){ raw, strcmp(hex, "-") ? unhex(hex, raw, 4096) : 0 };
}

static void vector(char *line)
{
	char *word[8];
	struct seal_bytes aad, message;
	uint8_t digest[SEAL_HASH_MAX];
	struct seal_cose cose;
	struct seal_key key;

	for (size_t i = 0; i < 8; i++) {
		word[i] = strtok(i ? NULL : line, " \n");
		must(word[i], "a vector has eight words");
	}
	key = key_at(atoi(word[1]), word[5]);
	aad = field(word[4]);
	message = field(word[7]);
	ok(accepts(message, NULL) && seal_cose_decode(message, &cose) == OK &&
	   cose.alg == atoi(word[1]) && cose.content == atoi(word[2]) &&
	   seal_bytes_equal(cose.kid, field(word[3])), "%s: what it says", word[0]);
	ok(seal_cose_digest(&cose, aad, digest) &&
	   is_hex(digest, seal_hash_len(seal_cose_hash(cose.alg)), word[6]),
	   "%s: what is signed", word[0]);
	ok(seal_cose_verify(&cose, aad, &key) &&
	   !seal_cose_verify(&cose, TEXT("other"), &key), "%s: by whom, with which aad", word[0]);
	if (message.len < 200)
		ok(!flips(message, aad, &key), "%s: no bit may differ", word[0]);
}

static void vectors(void)
{
	FILE *file = fopen("selftests/unit/cose_vectors.txt", "r");
	char line[8192];

	must(file, "cose_vectors.txt");
	while (fgets(line, sizeof(line), file))
		if (*line != '#')
			vector(line);
	fclose(file);
}

/* Its key identifier is not protected: the octets are not ours, the signature is. */
static void example_of_the_rfc(void)
{
	struct seal_key key = key_at(SEAL_COSE_ES256,
		"bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff"
		"20138bf82dc1b6d562be0fa54ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e");
	uint8_t sig[64], whole[] = "\xd2\x84\x43\xa1\x01\x26\xa1\x04\x42\x31\x31\x41\x61\x41\x62";
	struct seal_cose cose = {
		.alg = SEAL_COSE_ES256, .protected = TEXT("\xa1\x01\x26"),
		.payload = TEXT("This is the content."), .signature = { sig, sizeof(sig) },
	};

	unhex("8eb33e4ca31d1c465ab05aac34cc6b23d58fef5c083106c4d25a91aef0b0117e"
	      "2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36", sig, 64);
	ok(seal_cose_verify(&cose, none, &key), "RFC 9052 C.2.1: the signature");
	ok(seal_cose_decode((struct seal_bytes){ whole, sizeof(whole) - 1 }, &cose) ==
	   SEAL_REASON_COSE_BAD, "RFC 9052 C.2.1: not an unprotected header");
}

static enum seal_reason judge(const char *text)
{
	uint8_t raw[512];
	struct seal_cose cose;

	return seal_cose_decode((struct seal_bytes){ raw, diag(text, false, raw, sizeof(raw)) },
				&cose);
}

#define S64 "h'00000000000000000000000000000000000000000000000000000000000000000000000000000000" \
	"000000000000000000000000000000000000000000000000'"
/* A message with this protected header, in hex. */
#define WITH(header)	judge("18([h'" header "', {}, h'00', " S64 "])")

static void forms(void)
{
	ok(WITH("a10126") == OK, "form: the least there is");
	ok(WITH("a201260281186f") == SEAL_REASON_COSE_CRITICAL &&
	   WITH("a10281186f") == SEAL_REASON_COSE_CRITICAL &&
	   WITH("a2012602810a") == SEAL_REASON_COSE_CRITICAL, "form: nothing is critical");
	ok(WITH("a10127") == SEAL_REASON_COSE_ALGORITHM &&
	   WITH("a10105") == SEAL_REASON_COSE_ALGORITHM &&
	   WITH("a1013823") == SEAL_REASON_COSE_ALGORITHM &&
	   WITH("a1013903e7") == SEAL_REASON_COSE_ALGORITHM, "form: ES256 and ES384 only");
	ok(WITH("") == SEAL_REASON_COSE_BAD && WITH("a0") == SEAL_REASON_COSE_BAD &&
	   WITH("a10442aabb") == SEAL_REASON_COSE_BAD, "form: not without algorithm");
	ok(WITH("a2012618636161") == SEAL_REASON_COSE_BAD &&
	   WITH("a2202001 26") == SEAL_REASON_COSE_BAD, "form: no unknown header");
	ok(WITH("a20126 0126") == SEAL_REASON_COSE_BAD &&
	   WITH("a20441aa 0126") == SEAL_REASON_COSE_BAD, "form: in order, each once");
	ok(WITH("a20126 0440") == SEAL_REASON_COSE_BAD &&
	   WITH("a20126 0300") == SEAL_REASON_COSE_BAD &&
	   WITH("a20126 031a00010000") == SEAL_REASON_COSE_BAD &&
	   WITH("a20126 036161") == SEAL_REASON_COSE_BAD, "form: headers of their kind");
	ok(WITH("a1012600") == SEAL_REASON_COSE_BAD && WITH("a20126") == SEAL_REASON_COSE_BAD &&
	   WITH("bf0126ff") == SEAL_REASON_COSE_BAD && WITH("a1180126") == SEAL_REASON_COSE_BAD,
	   "form: exactly the header");
	ok(judge("18([h'a10126', {4: h'00'}, h'00', " S64 "])") == SEAL_REASON_COSE_BAD,
	   "form: nothing unprotected");
	ok(judge("[h'a10126', {}, h'00', " S64 "]") == SEAL_REASON_COSE_BAD &&
	   judge("98([h'a10126', {}, h'00', " S64 "])") == SEAL_REASON_COSE_BAD &&
	   judge("61(18([h'a10126', {}, h'00', " S64 "]))") == SEAL_REASON_COSE_BAD,
	   "form: the tag of COSE_Sign1");
	ok(judge("18([h'a10126', {}, h'', " S64 "])") == SEAL_REASON_COSE_BAD &&
	   judge("18([h'a10126', {}, h'00', h'0000'])") == SEAL_REASON_COSE_BAD &&
	   judge("18([h'a1013822', {}, h'00', " S64 "])") == SEAL_REASON_COSE_BAD,
	   "form: a payload, and a signature as long as its algorithm says");
	ok(judge("18([h'a10126', {}, h'00', h''])") == SEAL_REASON_COSE_UNSIGNED &&
	   judge("{ 6: 1 }") == SEAL_REASON_COSE_UNSIGNED && seal_cose_decode(none, &(struct
	   seal_cose){ 0 }) == SEAL_REASON_COSE_BAD, "form: unsigned is not accepted");
}

/* Ours: signed by a key of GnuTLS as sealctl does. */
static void own(enum kind kind)
{
	gnutls_privkey_t priv = new_key(kind);
	uint8_t header[SEAL_COSE_HEADER_MAX], raw[512], spki[SEAL_SHA256_LEN];
	struct seal_cose cose = { .payload = TEXT("payload"), .content = 263, .kid = { spki, 32 } };
	struct seal_key key, other = { 0 };
	struct blob pem, whole;

	public_pem(priv, &pem, spki);
	ok(seal_key_of_pem(of(&pem), &key, spki) &&
	   !seal_key_of_pem(TEXT("-----BEGIN PUBLIC KEY-----\n"), &other, spki), "own: key of PEM");
	cose.alg = seal_cose_alg(&key);
	cose.protected = (struct seal_bytes){ header, seal_cose_header(&cose, header,
								       sizeof(header)) };
	sign_cose(priv, &cose, &whole);
	sturdy("own", accepts_signed, &key, of(&whole));
	other = key;
	other.x[0] ^= 1;
	ok(!accepts_signed(of(&whole), &other), "own: no other key");
	must(seal_cose_decode(of(&whole), &cose) == OK, "own");
	for (size_t room = 0; room < whole.len; room++)
		must(!seal_cose_encode(&cose, raw, room), "no more than there is room for");
}

int main(void)
{
	vectors();
	example_of_the_rfc();
	forms();
	own(P256);
	own(P384);
	return done();
}
