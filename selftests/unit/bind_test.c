// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * verify/bind and verify/ea against numbers computed elsewhere: the exporter
 * secret of RFC 8448 section 3 and the vectors of Documentation/protocol.rst.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/exporter.h"
#include "lib/tap.h"
#include "verify/bind.h"
#include "verify/ea.h"
#include "wire/hello.h"

/* The connection of RFC 8448 section 3. */
static void export_of(const char *label, const void *context, size_t context_len,
		      uint8_t *out, size_t len)
{
	uint8_t secret[32];

	unhex(RFC8448_EXPORTER_SECRET, secret, sizeof(secret));
	exporter(SEAL_HASH_SHA256, secret, label,
		 (struct seal_bytes){ context, context_len }, out, len);
}

static bool exports(const char *label, const void *context, size_t context_len,
		    size_t len, const char *want)
{
	uint8_t out[64];

	export_of(label, context, context_len, out, len);
	return is_hex(out, len, want);
}

/* The exporter of this test is the real one: values of other documents. */
static void exporters(void)
{
	uint8_t ctx[32];

	for (unsigned int i = 0; i < 32; i++)
		ctx[i] = i;
	ok(exports("EXPORTER-Channel-Binding", "", 0, 32,
		   "e3b0946bf2f4668144f22872e0afd51dc9608638c6f9b2584b98c6cd3a4affad"),
	   "RFC 9266 tls-exporter");
	ok(exports(SEAL_LABEL_EXPAT, ctx, 32, 32,
		   "d1bdbe5bff7774441c4178731ebab0ed02e8512fe9e3e047d58a9b4d6f22ffe8"),
	   "profile expat");
	ok(exports(SEAL_LABEL_EA_SERVER_CONTEXT, "", 0, 32,
		   "b5920228102885ce3bbc879252d7c4ae80f47616cdc91456338427e7890941b0"),
	   "RFC 9261 server handshake context");
	ok(exports(SEAL_LABEL_EA_SERVER_FINISHED, "", 0, 32,
		   "d7571ccc1577b04277765da1c875d933be15717b3ecf45d0708431fa077df54d"),
	   "RFC 9261 server finished key");
	ok(exports(SEAL_LABEL_REATTEST, "", 0, 32,
		   "76063fd4d194db4268d622065785f8f66322361983728af5ff9dfdec4ee9239a"),
	   "reattest_secret");
	ok(exports(SEAL_LABEL_CONNECTION_ID, "", 0, 16, "810e2a8bf953666ed92cccbce4a43eef"),
	   "connection_id");
	ok(!strcmp(SEAL_LABEL_EA_CLIENT_CONTEXT,
		   "EXPORTER-client authenticator handshake context") &&
	   !strcmp(SEAL_LABEL_EA_CLIENT_FINISHED,
		   "EXPORTER-client authenticator finished key"), "RFC 9261 client labels");
}

static struct seal_bind sample(enum seal_side attester, uint64_t exchange)
{
	struct seal_bind b = {
		.attester = attester, .mode = SEAL_MODE_EVIDENCE, .exchange = exchange,
	};

	must(seal_sha256("hello", 5, b.hello_hash) &&
	     seal_sha256("request", 7, b.request_hash) &&
	     seal_sha256("attester-cert", 13, b.attester_cert_hash) &&
	     seal_sha256("rp-cert", 7, b.rp_cert_hash) &&
	     seal_sha256("spki", 4, b.subject_key_hash), "hash");
	return b;
}

static struct seal_bytes b32(const uint8_t *p)
{
	return (struct seal_bytes){ p, 32 };
}

static void binders(void)
{
	struct seal_bind b = sample(SEAL_SIDE_SERVER, 0);
	uint8_t context[SEAL_BIND_LEN], ekm[32], binder[32], secret[32];

	seal_bind_encode(&b, context);
	ok(is_hex(context, 52, "5345414c62696e64 01 02 0001 0000000000000000"
		  "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"),
	   "SealBindContext begins as specified");
	export_of(SEAL_LABEL_BINDER, context, sizeof(context), ekm, 32);
	ok(is_hex(ekm, 32, "440f9a71bacf16a96019c1c2742eaf6e3caee56425609b4f6545a13f04971221"),
	   "EKM of the server's evidence");
	ok(seal_binder(context, ekm, binder) && is_hex(binder, 32,
	   "3df6f6ae73ab6fed343a649ecdf860a114e00fc0d5352652f08f218825dfcced"), "binder");
	b = sample(SEAL_SIDE_CLIENT, 0);
	seal_bind_encode(&b, context);
	export_of(SEAL_LABEL_BINDER, context, sizeof(context), ekm, 32);
	ok(is_hex(ekm, 32, "e8c9ec7841478347340ac21aafe1da00b447bfaf86a1ee95ab59f66c6611e737"),
	   "EKM of the client's evidence is another");
	b = sample(SEAL_SIDE_SERVER, 1);
	seal_bind_encode(&b, context);
	unhex("76063fd4d194db4268d622065785f8f66322361983728af5ff9dfdec4ee9239a",
	      secret, 32);
	ok(seal_hmac(SEAL_HASH_SHA256, b32(secret),
		     (struct seal_bytes){ context, sizeof(context) }, ekm) &&
	   is_hex(ekm, 32, "7a7d804cfdf8f55fa5a51426a3c8b0854e9039e82dc5162c0d0261f5231b8a22"),
	   "EKM of the second exchange");
	ok(seal_binder(context, ekm, binder) && is_hex(binder, 32,
	   "12c4dd1fa96993c2807016853f3d4f17249939ba8e21b885c635eb331c831794"),
	   "binder of the second exchange");
}

static void claims(void)
{
	uint8_t binder[32], name[34] = { 0, 0x0b }, claim[32], data[32];
	const struct seal_bytes none = { 0 };

	unhex("3df6f6ae73ab6fed343a649ecdf860a114e00fc0d5352652f08f218825dfcced",
	      binder, 32);
	must(seal_sha256("TPMT_PUBLIC", 11, name + 2), "hash");
	ok(seal_claim(binder, (struct seal_bytes){ name, 34 }, none, claim) &&
	   is_hex(claim, 32, "b2bf4aef3e304897befbd1a8e41c7f49b6fe48441321eac4c531d3f2890c7721"),
	   "claim with the TLS key in the TPM");
	ok(seal_tree_data(claim, 1, 0, NULL, 0, data) && is_hex(data, 32,
	   "d3405d53d6ce2548aaeba55b75faeb442c8c1c0e2ca58d77a60c4913e35005b6"),
	   "qualifying data for it alone");
	ok(seal_claim(binder, none, none, claim) && is_hex(claim, 32,
	   "7f629642ede21bbff28c69db6512993f6e657ec465f7fbb48d6c459af14f2fc3"),
	   "claim with the TLS key in a file");
	ok(seal_tree_data(claim, 1, 0, NULL, 0, data) && is_hex(data, 32,
	   "6aa255118dde567fe35e2c92fa82a13f2ee53b1c37709f70433d83f0c0c45eb8"),
	   "qualifying data for it alone");
}

/* Every input of these hashes changes them, and no two can be mistaken. */
static void separation(void)
{
	uint8_t a[32], b[32], zero[32] = { 0 }, name[34] = { 1, 2, 3 };
	struct seal_bytes none = { 0 }, n1 = { name, 1 }, n2 = { name, 2 };

	must(seal_claim(zero, n2, none, a) && seal_claim(zero, n1, none, b), "claim");
	ok(memcmp(a, b, 32), "claim: the name");
	must(seal_claim(zero, none, n2, a) && seal_claim(zero, none, n1, b), "claim");
	ok(memcmp(a, b, 32), "claim: the claims");
	must(seal_claim(zero, n1, none, a) && seal_claim(zero, none, n1, b), "claim");
	ok(memcmp(a, b, 32), "claim: which is which");
	must(seal_certify_data(n1, n2, a) && seal_certify_data(n2, n1, b), "certify");
	ok(memcmp(a, b, 32), "certify: which key is which");
	must(seal_certify_data((struct seal_bytes){ name, 1 },
			       (struct seal_bytes){ name + 1, 2 }, a) &&
	     seal_certify_data((struct seal_bytes){ name, 2 },
			       (struct seal_bytes){ name + 2, 1 }, b), "certify");
	ok(memcmp(a, b, 32), "certify: where one name ends");
	must(seal_quote_data(1, zero, a) && seal_quote_data(2, zero, b), "data");
	ok(memcmp(a, b, 32), "qualifying data: the size of the batch");
	must(seal_tree_leaf(zero, a) && seal_quote_data(0, zero, b), "leaf");
	ok(memcmp(a, b, 32), "a leaf is not qualifying data");
}

/* In a batch of n each claim has a path, and no other claim has it. */
static bool tree(uint32_t n)
{
	static uint8_t node[2 * 1024][32], other[32];
	uint8_t path[SEAL_PATH_MAX][32], data[32], got[32], claim[32];
	int depth = seal_tree_depth(n);

	for (uint32_t i = 0; i < n; i++)
		must(seal_sha256(&i, sizeof(i), node[n + i]), "claim");
	if (!seal_tree_build(node, n) || !seal_quote_data(n, node[1], data))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		must(seal_sha256(&i, sizeof(i), claim), "claim");
		seal_tree_path(node, n, i, path);
		if (!seal_tree_data(claim, n, i, path[0], depth, got) ||
		    memcmp(got, data, 32))
			return false;
		if (!seal_tree_data(other, n, i, path[0], depth, got) ||
		    !memcmp(got, data, 32))
			return false;
		if (n > 1 && (!seal_tree_data(claim, n, i ^ 1, path[0], depth, got) ||
			      !memcmp(got, data, 32)))
			return false;
	}
	return true;
}

static void trees(void)
{
	uint8_t claim[32] = { 0 }, path[17][32] = { { 0 } }, out[32];
	size_t wrong = 0;

	for (uint32_t n = 1; n <= 1024; n *= 2)
		wrong += !tree(n);
	ok(!wrong, "trees of 1 to 1024: every leaf is in, with its own path only");
	wrong = 0;
	for (uint32_t n = 0; n < 70000; n++) {
		bool power = n && !(n & (n - 1)) && n <= 65536;

		wrong += (seal_tree_depth(n) >= 0) != power;
		wrong += power && 1u << seal_tree_depth(n) != n;
	}
	wrong += seal_tree_depth(131072) >= 0 || seal_tree_depth(1u << 31) >= 0;
	ok(!wrong, "a size is a power of two up to 65536");
	ok(seal_tree_size(0) == 1 && seal_tree_size(1) == 1 && seal_tree_size(2) == 2 &&
	   seal_tree_size(3) == 4 && seal_tree_size(33) == 64 &&
	   seal_tree_size(65536) == 65536 && seal_tree_size(99999) == 65536,
	   "the size for a number of claims");
	ok(!seal_tree_data(claim, 4, 0, path[0], 1, out) &&
	   !seal_tree_data(claim, 4, 0, path[0], 3, out), "a path has exactly log2 n nodes");
	ok(!seal_tree_data(claim, 4, 4, path[0], 2, out) &&
	   !seal_tree_data(claim, 1, 1, NULL, 0, out), "an index is below n");
	ok(!seal_tree_data(claim, 3, 0, path[0], 2, out) &&
	   !seal_tree_data(claim, 0, 0, NULL, 0, out) &&
	   !seal_tree_data(claim, 131072, 0, path[0], 17, out), "no other sizes");
	ok(!seal_tree_build(path, 3) && !seal_tree_build(path, 0), "nor can one be built");
}

static void shuffles(void)
{
	uint32_t slot[1000], seen[1000] = { 0 }, moved = 0, first[8] = { 0 };
	uint64_t random[1000];
	size_t wrong = 0;

	for (unsigned int i = 0; i < 1000; i++)
		random[i] = (uint64_t)roll(UINT32_MAX) << 32 | roll(UINT32_MAX);
	seal_tree_shuffle(slot, 1000, random);
	for (unsigned int i = 0; i < 1000; i++) {
		seen[slot[i]]++;
		moved += slot[i] != i;
	}
	for (unsigned int i = 0; i < 1000; i++)
		wrong += seen[i] != 1;
	ok(!wrong && moved > 900, "a shuffle is a permutation, and moves");
	for (unsigned int round = 0; round < 8000; round++) {
		for (unsigned int i = 0; i < 8; i++)
			random[i] = (uint64_t)roll(UINT32_MAX) << 32 | roll(UINT32_MAX);
		seal_tree_shuffle(slot, 8, random);
		first[slot[0]]++;
	}
	for (unsigned int i = 0; i < 8; i++)
		wrong += first[i] < 800 || first[i] > 1200;
	ok(!wrong, "and every place is as likely");
}

/* RFC 9261 5.2 written out once more, from its words. */
static void authenticators(void)
{
	struct seal_ea_keys keys = { .hash = SEAL_HASH_SHA256 };
	struct seal_bytes request = { (const uint8_t *)"request", 7 };
	struct seal_bytes cert = { (const uint8_t *)"Certificate", 11 };
	struct seal_bytes verify = { (const uint8_t *)"CertificateVerify", 17 };
	uint8_t all[256], got[48], want[48], hash[48], refusal[64];
	size_t n;

	export_of(SEAL_LABEL_EA_SERVER_CONTEXT, "", 0, keys.context, 32);
	export_of(SEAL_LABEL_EA_SERVER_FINISHED, "", 0, keys.finished, 32);
	memcpy(all, keys.context, 32);
	memcpy(all + 32, "requestCertificate", 18);
	must(seal_sha256(all, 50, want), "hash");
	ok(seal_ea_transcript(&keys, request, cert, got) && !memcmp(got, want, 32),
	   "transcript is Hash(context || request || Certificate)");
	memset(all, ' ', 64);
	memcpy(all + 64, "Exported Authenticator", 23);
	memcpy(all + 87, want, 32);
	must(seal_sha256(all, 119, want), "hash");
	ok(seal_ea_digest(SEAL_SCHEME_P256, b32(got), hash) && !memcmp(hash, want, 32),
	   "64 spaces, the label, a zero and the transcript are signed");
	memcpy(all, keys.context, 32);
	memcpy(all + 32, "requestCertificateCertificateVerify", 35);
	must(seal_sha256(all, 67, hash) &&
	     seal_hmac(SEAL_HASH_SHA256, b32(keys.finished), b32(hash), want), "hash");
	ok(seal_ea_finished(&keys, request, cert, verify, got) && !memcmp(got, want, 32),
	   "Finished is an HMAC over all of it");
	memcpy(all, keys.context, 32);
	memcpy(all + 32, "request\x0b\0\0\x07\3ctx\0\0\0", 7 + 11);
	must(seal_sha256(all, 50, hash) &&
	     seal_hmac(SEAL_HASH_SHA256, b32(keys.finished), b32(hash), want), "hash");
	n = seal_ea_refusal(&keys, request, (struct seal_bytes){ (const uint8_t *)"ctx", 3 },
			    refusal, sizeof(refusal));
	ok(n == 36 && !memcmp(refusal, "\x14\0\0\x20", 4) && !memcmp(refusal + 4, want, 32),
	   "a refusal is Finished over a Certificate without entries");
	keys.hash = SEAL_HASH_SHA384;
	ok(seal_ea_finished(&keys, request, cert, verify, got) &&
	   seal_ea_refusal(&keys, request, request, refusal, sizeof(refusal)) == 52,
	   "with SHA-384 it has 48 octets");
	keys.hash = SEAL_HASH_NONE;
	ok(!seal_ea_finished(&keys, request, cert, verify, got) &&
	   !seal_ea_transcript(&keys, request, cert, got) &&
	   !seal_ea_digest(0x0807, b32(got), got), "without a hash there is nothing");
}

int main(void)
{
	exporters();
	binders();
	claims();
	separation();
	trees();
	shuffles();
	authenticators();
	return done();
}
