// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What was verified before: tables are bounded, entries end, and nothing but the
 * very octets that were verified is found. That no verdict changes by them is
 * shown with all lies of verify_test.
 */
#include <string.h>

#include "lib/party.h"
#include "verify/seen.h"

static void make_key(uint32_t n, uint8_t key[SEAL_SHA256_LEN])
{
	must(seal_sha256(&n, sizeof(n), key), "hash");
}

static void tables(void)
{
	struct seal_seen *seen = seal_seen_new(100);
	uint8_t key[SEAL_SHA256_LEN] = { 0 };
	unsigned int found = 0, wrong = 0;

	must(seen != NULL, "table");
	ok(seal_seen_find(seen, key, 0) < 0, "an empty table has nothing, zeros neither");
	for (uint32_t i = 0; i < 5000; i++) {
		make_key(i, key);
		wrong += seal_seen_put(seen, key, NOW, NOW - 1, NOW + DAY) >= seal_seen_size(seen);
		wrong += seal_seen_find(seen, key, NOW) < 0;
	}
	for (uint32_t i = 0; i < 10000; i++) {
		make_key(i, key);
		found += seal_seen_find(seen, key, NOW) >= 0;
		wrong += i >= 5000 && seal_seen_find(seen, key, NOW) >= 0;
	}
	ok(!wrong && found && found <= seal_seen_size(seen) && seal_seen_size(seen) < 256,
	   "of 5000 it has %u, in %u places", found, seal_seen_size(seen));
	seal_seen_free(seen);
}

static void times(void)
{
	struct seal_seen *seen = seal_seen_new(1);
	uint8_t key[SEAL_SHA256_LEN];

	must(seen != NULL, "table");
	make_key(1, key);
	seal_seen_put(seen, key, NOW, NOW, NOW + 10);
	ok(seal_seen_find(seen, key, NOW - 1) < 0 && seal_seen_find(seen, key, NOW) >= 0 &&
	   seal_seen_find(seen, key, NOW + 10) >= 0 && seal_seen_find(seen, key, NOW + 11) < 0,
	   "an entry holds from its beginning to its end");
	make_key(2, key);
	seal_seen_put(seen, key, NOW, INT64_MIN, INT64_MAX);
	ok(seal_seen_find(seen, key, NOW + SEAL_SEEN_S) >= 0 &&
	   seal_seen_find(seen, key, NOW + SEAL_SEEN_S + 1) < 0, "and an hour at most");
	seal_seen_free(seen);
}

static void signatures(void)
{
	struct seal_seen *seen = seal_seen_new(1);
	gnutls_privkey_t key = new_key(P256);
	struct blob raw, pub_raw, data = { .len = 100 };
	struct seal_tpm_public pub, other;
	struct seal_tpm_signature sig;
	unsigned int wrong = 0;
	TPMT_PUBLIC area;

	public_area(key, GOOD_AK, TPM2_ALG_ECDSA, TPM2_ALG_SHA256, &area);
	marshal_public(&area, &pub_raw);
	tpm_sign(key, TPM2_ALG_ECDSA, TPM2_ALG_SHA256, of(&data), &raw);
	must(seen && seal_tpm_public_decode(of(&pub_raw), &pub) &&
	     seal_tpm_signature_decode(of(&raw), &sig), "a signature");
	data.data[7] ^= 1;
	ok(!seal_seen_signature(seen, NOW, &sig, &pub, of(&data)) &&
	   !seal_seen_signature(seen, NOW, &sig, &pub, of(&data)),
	   "what does not verify is not remembered");
	data.data[7] ^= 1;
	ok(seal_seen_signature(seen, NOW, &sig, &pub, of(&data)) &&
	   seal_seen_signature(seen, NOW, &sig, &pub, of(&data)), "what does, is found");
	for (size_t i = 0; i < data.len; i++) {
		data.data[i] ^= 0x80;
		wrong += seal_seen_signature(seen, NOW, &sig, &pub, of(&data));
		data.data[i] ^= 0x80;
	}
	for (size_t i = 0; i < sig.r_len; i++) {
		sig.r[i] ^= 1;
		wrong += seal_seen_signature(seen, NOW, &sig, &pub, of(&data));
		sig.r[i] ^= 1;
	}
	for (size_t i = 0; i < pub.key.len; i++) {
		other = pub;
		other.key.y[i] ^= 1;
		wrong += seal_seen_signature(seen, NOW, &sig, &other, of(&data));
	}
	ok(!wrong, "but not with a bit of statement, signature or key changed");
	seal_seen_free(seen);
	gnutls_privkey_deinit(key);
}

/* A path, until its end, until a list revokes it, and for nothing else. */
static void paths(void)
{
	const struct profile host = {
		.ids = { "dns:host.example.org" }, .until = NOW + 60,
	};
	const struct profile twin = { .ids = { "dns:twin.example.org" } };
	struct seal_trust *trust = seal_trust_new();
	gnutls_privkey_t key = new_key(P256);
	struct blob der, other, crl;
	struct seal_bytes chain[1];
	struct authority root;
	struct seal_cert leaf = { 0 };
	enum seal_reason twice[2];

	new_authority(&root, "root", NULL);
	must(seal_trust_add_pem(trust, of(&root.pem)) == 1 && seal_trust_remember(trust, 1),
	     "trust");
	issue(&root, key, &host, &der);
	issue(&root, key, &twin, &other);
	chain[0] = of(&der);
	for (int i = 0; i < 2; i++) {
		memset(&leaf, 0, sizeof(leaf));
		twice[i] = seal_trust_check(trust, chain, 1, NOW, SEAL_PURPOSE_CLIENT, &leaf);
	}
	ok(twice[0] == SEAL_REASON_ACCEPTED && twice[1] == SEAL_REASON_ACCEPTED &&
	   leaf.id_count == 1 && !strcmp(leaf.ids[0].text, host.ids[0]),
	   "a path is remembered with its end entity");
	ok(seal_trust_check(trust, chain, 1, NOW, SEAL_PURPOSE_AK, &leaf) ==
	   SEAL_REASON_CERT_PURPOSE, "not for another purpose");
	ok(seal_trust_check(trust, chain, 1, NOW + 61, SEAL_PURPOSE_CLIENT, &leaf) ==
	   SEAL_REASON_CERT_EXPIRED &&
	   seal_trust_check(trust, chain, 1, NOW - 2 * DAY, SEAL_PURPOSE_CLIENT, &leaf) ==
	   SEAL_REASON_CERT_EARLY, "not before and not after its certificates are valid");
	chain[0] = of(&other);
	ok(seal_trust_check(trust, chain, 1, NOW, SEAL_PURPOSE_CLIENT, &leaf) ==
	   SEAL_REASON_ACCEPTED && !strcmp(leaf.ids[0].text, twin.ids[0]),
	   "another certificate of the key is another path");
	der.data[der.len - 3] ^= 1;
	chain[0] = of(&der);
	ok(seal_trust_check(trust, chain, 1, NOW, SEAL_PURPOSE_CLIENT, &leaf) !=
	   SEAL_REASON_ACCEPTED, "nor is it found with a bit of its signature changed");
	der.data[der.len - 3] ^= 1;
	revoke_cert(&root, &der, &crl);
	must(seal_trust_add_crl(trust, of(&crl)) == 1, "revocation");
	ok(seal_trust_check(trust, chain, 1, NOW, SEAL_PURPOSE_CLIENT, &leaf) ==
	   SEAL_REASON_CERT_REVOKED, "a list that revokes it makes all forgotten");
	seal_trust_free(trust);
	gnutls_privkey_deinit(key);
}

int main(void)
{
	tables();
	times();
	signatures();
	paths();
	return done();
}
