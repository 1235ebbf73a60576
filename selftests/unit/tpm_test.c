// SPDX-License-Identifier: GPL-2.0-or-later
/* verify/tpm: structures of a real machine, and of an imagined one. */
#include <stdlib.h>
#include <string.h>

#include "lib/party.h"

static struct seal_bytes file(const char *name)
{
	size_t len = 0;
	uint8_t *data = corpus(name, &len);

	return (struct seal_bytes){ data, data ? len : 0 };
}

static bool statement_accepts(struct seal_bytes in, void *arg)
{
	struct seal_tpm_statement st;

	/* What has no magic or another type is told apart later. */
	return seal_tpm_statement_decode(in, &st) && st.magic == SEAL_TPM_MAGIC &&
	       (st.type == SEAL_TPM_ST_QUOTE || st.type == SEAL_TPM_ST_CERTIFY);
}

static bool signature_accepts(struct seal_bytes in, void *arg)
{
	struct seal_tpm_signature sig;

	return seal_tpm_signature_decode(in, &sig);
}

static bool public_accepts(struct seal_bytes in, void *arg)
{
	struct seal_tpm_public pub;

	return seal_tpm_public_decode(in, &pub);
}

static bool pcrs_accept(struct seal_bytes in, void *arg)
{
	struct seal_pcrs pcrs;

	return seal_pcrs_decode(in, &pcrs);
}

/* pcrDigest over the values that tpm2_quote wrote down beside the quote. */
static bool golden_digest(const struct seal_tpm_statement *st)
{
	/* TPML_PCR_SELECTION of 132 octets, a count, TPML_DIGEST of 532 each. */
	struct seal_bytes raw = file("golden-hpe/pcrs.raw.bin"), parts[24];
	uint8_t digest[32];
	size_t n = 0;

	for (size_t list = 136; list + 532 <= raw.len; list += 532)
		for (unsigned int i = 0; i < raw.data[list] && i < 8 && n < 24; i++)
			parts[n++] = (struct seal_bytes){ raw.data + list + 4 + 66 * i + 2, 32 };
	return n == 17 && seal_hash_parts(SEAL_HASH_SHA256, parts, n, digest) &&
	       st->digest_len == 32 && !memcmp(digest, st->digest, 32);
}

static void golden(void)
{
	struct seal_bytes quote = file("golden-hpe/quote.attest.bin");
	struct seal_bytes raw_sig = file("golden-hpe/quote.sig.bin");
	struct seal_bytes area = seal_tpm_public_inner(file("golden-hpe/ak.tpm2b_public.bin"));
	struct seal_tpm_statement st;
	struct seal_tpm_signature sig;
	struct seal_tpm_public ak;
	uint8_t bad[256];
	size_t wrong = 0;

	if (!quote.len) {
		skip("no corpus");
		return;
	}
	ok(seal_tpm_statement_decode(quote, &st) && st.magic == SEAL_TPM_MAGIC &&
	   st.type == SEAL_TPM_ST_QUOTE, "golden: a quote");
	ok(st.extra_len == 20 && !memcmp(st.extra, "Sb7tNlqsd32uI1ZPWtDs", 20),
	   "golden: its qualifying data");
	ok(st.pcrs.bank == SEAL_TPM_ALG_SHA256 && st.pcrs.mask == 0x1ffff,
	   "golden: PCR 0 to 16 of SHA-256");
	ok(!seal_pcrs_safe(&st.pcrs), "golden: which has PCR 16 in it");
	ok(st.reset_count == 43 && !st.restart_count && st.safe && st.clock == 0x16819200aull,
	   "golden: clock and counts");
	ok(golden_digest(&st), "golden: the PCR values give the digest");
	ok(seal_tpm_public_decode(area, &ak) && ak.key.type == SEAL_KEY_RSA &&
	   seal_tpm_is_ak(&ak), "golden: the AK is one");
	ok(seal_tpm_signature_decode(raw_sig, &sig) && sig.alg == SEAL_TPM_ALG_RSASSA &&
	   seal_tpm_signature_fits(&sig, &ak) &&
	   seal_tpm_signature_check(&sig, &ak, quote), "golden: and signed it");
	for (size_t bit = 0; bit < 8 * quote.len; bit++) {
		memcpy(bad, quote.data, quote.len);
		bad[bit / 8] ^= 1 << bit % 8;
		wrong += seal_tpm_signature_check(&sig, &ak,
						  (struct seal_bytes){ bad, quote.len });
	}
	ok(!wrong, "golden: but no quote that differs in a bit");
	sturdy("golden quote", statement_accepts, NULL, quote);
	sturdy("golden signature", signature_accepts, NULL, raw_sig);
	sturdy("golden AK", public_accepts, NULL, area);
}

static void publics(void)
{
	struct blob raw, rsa;
	struct seal_tpm_public pub;
	TPMT_PUBLIC area;
	uint8_t b2b[512], hash[32];

	public_area(new_key(P256), GOOD_AK, TPM2_ALG_ECDSA, TPM2_ALG_SHA256, &area);
	marshal_public(&area, &raw);
	sturdy("ECC public area", public_accepts, NULL, of(&raw));
	must(seal_sha256(raw.data, raw.len, hash), "hash");
	ok(seal_tpm_public_decode(of(&raw), &pub) && pub.name.len == 34 &&
	   !memcmp(pub.name.data, "\0\x0b", 2) && !memcmp(pub.name.data + 2, hash, 32),
	   "public: its name is nameAlg and hash");
	area.nameAlg = TPM2_ALG_SHA384;
	marshal_public(&area, &raw);
	ok(seal_tpm_public_decode(of(&raw), &pub) && pub.name.len == 50, "public: also SHA-384");
	area.nameAlg = TPM2_ALG_SHA1;
	marshal_public(&area, &raw);
	ok(!public_accepts(of(&raw), NULL), "public: not SHA-1");
	area.nameAlg = TPM2_ALG_SHA256;
	area.parameters.eccDetail.curveID = TPM2_ECC_NIST_P521;
	marshal_public(&area, &raw);
	ok(!public_accepts(of(&raw), NULL), "public: not P-521");
	public_area(new_key(RSA2048), GOOD_AK, TPM2_ALG_RSASSA, TPM2_ALG_SHA256, &area);
	marshal_public(&area, &rsa);
	sturdy("RSA public area", public_accepts, NULL, of(&rsa));
	b2b[0] = rsa.len >> 8;
	b2b[1] = rsa.len;
	memcpy(b2b + 2, rsa.data, rsa.len);
	ok(seal_tpm_public_inner((struct seal_bytes){ b2b, rsa.len + 2 }).len == rsa.len &&
	   !seal_tpm_public_inner((struct seal_bytes){ b2b, rsa.len + 1 }).len &&
	   !seal_tpm_public_inner((struct seal_bytes){ b2b, rsa.len + 3 }).len,
	   "public: the area in a TPM2B");
	area.parameters.rsaDetail.scheme.scheme = TPM2_ALG_RSAES;
	marshal_public(&area, &rsa);
	ok(seal_tpm_public_decode(of(&rsa), &pub) && !seal_tpm_is_ak(&pub),
	   "public: an encryption scheme makes no AK");
}

static bool bytes_accept(const char *hex, accepts_fn *accepts)
{
	uint8_t raw[512];

	return accepts((struct seal_bytes){ raw, unhex(hex, raw, sizeof(raw)) }, NULL);
}

static void selections(void)
{
	struct seal_pcrs pcrs = { SEAL_TPM_ALG_SHA256, 0x8003ff }, got;
	uint8_t raw[32];
	size_t len = seal_pcrs_encode(&pcrs, raw, sizeof(raw)), wrong = 0;

	ok(is_hex(raw, len, "00000001 000b 03 ff0380"), "selection: as the TPM writes it");
	sturdy("selection", pcrs_accept, NULL, (struct seal_bytes){ raw, len });
	ok(seal_pcrs_decode((struct seal_bytes){ raw, len }, &got) &&
	   got.bank == pcrs.bank && got.mask == pcrs.mask, "selection: comes back as it went");
	ok(!bytes_accept("00000001 000b 03 000000", pcrs_accept), "selection: not empty");
	ok(!bytes_accept("00000000", pcrs_accept), "selection: not no bank");
	ok(!bytes_accept("00000002 000b 03 010000 0004 03 010000", pcrs_accept) &&
	   !bytes_accept("00000002 000b 03 010000 000b 03 020000", pcrs_accept),
	   "selection: not two banks, or one twice");
	ok(!bytes_accept("00000001 0012 03 010000", pcrs_accept), "selection: a bank we know");
	ok(!bytes_accept("00000001 000b 04 00000001", pcrs_accept), "selection: no PCR 24");
	ok(!bytes_accept("00000001 000b 05 0100000000", pcrs_accept), "selection: no 40 PCRs");
	ok(bytes_accept("00000001 000b 01 01", pcrs_accept), "selection: as few octets as needed");
	for (unsigned int i = 0; i < 32; i++) {
		struct seal_pcrs p = { SEAL_TPM_ALG_SHA256, 1u << i };

		wrong += seal_pcrs_safe(&p) != (i < 24 && i != 16 && i != 23);
		wrong += (seal_pcrs_encode(&p, raw, sizeof(raw)) != 0) != (i < 24);
	}
	ok(!wrong, "selection: 16 and 23 can be reset and are not safe");
	ok(!seal_pcrs_safe(&(struct seal_pcrs){ 0 }) &&
	   !seal_pcrs_safe(&(struct seal_pcrs){ 0x99, 1 }), "selection: nor is nothing");
	ok(seal_tpm_bank_of("sha384") == SEAL_TPM_ALG_SHA384 && !seal_tpm_bank_of("md5") &&
	   !strcmp(seal_tpm_bank_name(SEAL_TPM_ALG_SHA1), "sha1") && !seal_tpm_bank_name(9),
	   "banks: have names");
}

static void signatures(void)
{
	gnutls_privkey_t key = new_key(P256);
	struct seal_bytes data = { (const uint8_t *)"data", 4 };
	struct seal_tpm_signature sig;
	struct blob raw;

	tpm_sign(key, TPM2_ALG_ECDSA, TPM2_ALG_SHA256, data, &raw);
	sturdy("ECDSA signature", signature_accepts, NULL, of(&raw));
	ok(!bytes_accept("0010", signature_accepts), "signature: not none");
	ok(!bytes_accept("001a 000b 0000 0000", signature_accepts), "signature: not ECDAA");
	ok(!bytes_accept("0005 000b 0102030405060708091011121314151617181920212223242526272829"
			 "303132", signature_accepts), "signature: not HMAC");
	ok(bytes_accept("0018 000b 0000 0000", signature_accepts), "signature: of nothing reads");
	raw.len = unhex("0018 000b 0000 0000", raw.data, 16);
	must(seal_tpm_signature_decode(of(&raw), &sig), "signature");
	{
		struct seal_tpm_public pub;
		struct blob area_raw;
		TPMT_PUBLIC area;

		public_area(key, GOOD_AK, TPM2_ALG_ECDSA, TPM2_ALG_SHA256, &area);
		marshal_public(&area, &area_raw);
		must(seal_tpm_public_decode(of(&area_raw), &pub), "AK");
		ok(seal_tpm_signature_fits(&sig, &pub) &&
		   !seal_tpm_signature_check(&sig, &pub, data), "signature: but signs nothing");
		sig.hash = SEAL_TPM_ALG_SHA1;
		pub.scheme_hash = SEAL_TPM_ALG_SHA1;
		ok(!seal_tpm_signature_fits(&sig, &pub), "signature: not with SHA-1");
		sig.hash = SEAL_TPM_ALG_SHA384;
		pub.scheme_hash = SEAL_TPM_ALG_SHA256;
		ok(!seal_tpm_signature_fits(&sig, &pub), "signature: not with another hash");
	}
}

/* Statements of other kinds are told apart, not read as what they are not. */
static void statements(void)
{
	static const uint16_t types[] = {
		0x8014, 0x8015, 0x8016, 0x8019, 0x801a, 0x801c, 0, 0xffff,
	};
	struct seal_tpm_statement st;
	size_t wrong = 0;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		uint8_t raw[8] = { 0xff, 0x54, 0x43, 0x47, types[i] >> 8, types[i] };

		wrong += !seal_tpm_statement_decode((struct seal_bytes){ raw, 8 }, &st) ||
			 st.type != types[i] || st.digest_len || st.pcrs.mask || st.name.len;
	}
	ok(!wrong, "statement: another type is seen, and nothing else read of it");
	ok(!seal_tpm_statement_decode((struct seal_bytes){ (const uint8_t *)"\xff\x54", 2 }, &st),
	   "statement: not less than a magic and a type");
}

int main(void)
{
	golden();
	publics();
	selections();
	signatures();
	statements();
	return done();
}
