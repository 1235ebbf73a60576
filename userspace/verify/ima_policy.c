// SPDX-License-Identifier: GPL-2.0-or-later
/* What policy says of the files in a measurement list. */
#include "verify/ima_policy.h"

#include <string.h>

#define OK	SEAL_REASON_ACCEPTED

/* struct signature_v2_hdr of the kernel: type, version, hash, key id, length. */
#define SIG_DIGEST	3u	/* EVM_IMA_XATTR_DIGSIG */
#define SIG_VERITY	6u	/* IMA_VERITY_DIGSIG */
#define SIG_DIRECT	2u	/* version: over the digest */
#define SIG_HASHED	3u	/* version: over a hash of type, algorithm and digest */

/* include/uapi/linux/hash_info.h, as far as we compute them. */
static enum seal_hash hash_of_kernel(uint8_t algo)
{
	return algo == 4 ? SEAL_HASH_SHA256 : algo == 5 ? SEAL_HASH_SHA384 : SEAL_HASH_NONE;
}

static bool is_named(enum seal_hash hash, struct seal_bytes alg)
{
	return seal_bytes_are(alg, hash == SEAL_HASH_SHA256 ? "sha256" : "sha384");
}

static bool by_key(const struct seal_key *key, enum seal_hash hash, const uint8_t *digest,
		   struct seal_bytes sig)
{
	uint8_t r[48], s[48];
	size_t r_len, s_len;

	if (key->type == SEAL_KEY_RSA)
		return seal_verify_rsa(key, hash, false, digest, sig);
	return seal_ecdsa_parts(sig, sizeof(r), r, &r_len, s, &s_len) &&
	       seal_verify_ecdsa(key, hash, digest, (struct seal_bytes){ r, r_len },
				 (struct seal_bytes){ s, s_len });
}

/* A digest that was signed as that of a file is not one of fs-verity, nor the reverse. */
static bool is_of_type(const struct seal_ima_entry *entry, uint8_t signed_as)
{
	return !entry->type.len ||
	       seal_bytes_are(entry->type, signed_as == SIG_VERITY ? "verity:" : "ima:");
}

bool seal_ima_signed(const struct seal_policy_ima *ima, const struct seal_ima_entry *entry)
{
	struct seal_reader r = seal_reader_of(entry->sig);
	uint8_t head[2] = { seal_get_u8(&r) }, hashed[SEAL_HASH_MAX];
	uint8_t version = seal_get_u8(&r), algo = seal_get_u8(&r);
	enum seal_hash hash = hash_of_kernel(algo);
	struct seal_bytes body, parts[2] = { { head, 2 }, entry->digest };
	const uint8_t *over = entry->digest.data;

	seal_get_u32(&r);
	body = seal_get_vec16(&r, 1, SEAL_SIGNATURE_MAX);
	if (!seal_reader_done(&r) || !is_named(hash, entry->alg) ||
	    entry->digest.len != seal_hash_len(hash) || !is_of_type(entry, head[0]))
		return false;
	head[1] = algo;
	if (version == SIG_HASHED && (head[0] == SIG_VERITY || head[0] == SIG_DIGEST)) {
		if (!seal_hash_parts(hash, parts, 2, hashed))
			return false;
		over = hashed;
	} else if (version != SIG_DIRECT || head[0] != SIG_DIGEST) {
		return false;
	}
	for (size_t i = 0; i < ima->key_count; i++)
		if (by_key(&ima->keys[i], hash, over, body))
			return true;
	return false;
}

/* The aggregate of the PCRs below @end, where all of them are known. */
static bool aggregates(const struct seal_ima_entry *e, const struct seal_values *values,
		       uint16_t alg, unsigned int end)
{
	struct seal_bytes parts[SEAL_PCR_COUNT];
	uint8_t hash[SEAL_PCR_VALUE_MAX];

	for (unsigned int i = 0; i < end; i++)
		parts[i] = (struct seal_bytes){ values->value[i], values->len };
	return seal_bank_hash(alg, parts, end, hash) &&
	       seal_bytes_equal(e->digest, (struct seal_bytes){ hash, seal_bank_len(alg) });
}

static bool is_aggregate(const struct seal_ima_entry *e)
{
	return !e->number && seal_bytes_are(e->name, "boot_aggregate");
}

/*
 * PCR 0 to 7, and 8 and 9 since Linux 5.8. One over another bank, or over PCRs
 * that are not quoted, says nothing, and stands for no file.
 */
static bool aggregate_fits(const struct seal_ima_entry *e, const struct seal_values *values,
			   uint16_t bank)
{
	if (seal_bank_of(e->alg) != bank || (values->known & 0xff) != 0xff)
		return true;
	if (aggregates(e, values, bank, 8))
		return true;
	return (values->known & 0x3ff) != 0x3ff || aggregates(e, values, bank, 10);
}

static bool is_strong(struct seal_bytes alg)
{
	uint16_t id = seal_bank_of(alg);

	return id && id != SEAL_TPM_ALG_SHA1;
}

static enum seal_reason judge(const struct seal_policy *policy, const struct seal_ima_entry *e,
			      const struct seal_values *values, struct seal_check *check)
{
	const struct seal_policy_ima *ima = &policy->ima;

	if (e->violation) {
		seal_check_wanted(check, "no file written while it was measured");
		return ima->violations ? OK : SEAL_REASON_IMA_VIOLATION;
	}
	seal_check_wanted(check, "an entry whose fields we can tell apart");
	if (!e->known || !e->proven)
		return SEAL_REASON_IMA_OPAQUE;
	seal_check_wanted(check, "the aggregate of the quoted PCRs");
	if (is_aggregate(e))
		return aggregate_fits(e, values, policy->pcrs.bank) ? OK :
		       SEAL_REASON_IMA_AGGREGATE;
	seal_check_wanted(check, "a digest in ima-digest or ima-list, or a signature by ima-key");
	if (is_strong(e->alg) && (seal_policy_find(&ima->digests, e->digest) ||
				  (e->sig.len && seal_ima_signed(ima, e))))
		return OK;
	return SEAL_REASON_IMA_FILE;
}

static void name_entry(struct seal_check *check, const struct seal_ima_entry *e)
{
	char name[128];
	size_t n = 0;

	for (; n < e->name.len && n + 1 < sizeof(name); n++)
		name[n] = e->name.data[n] < 0x20 || e->name.data[n] > 0x7e ? '?' : e->name.data[n];
	name[n] = '\0';
	seal_check_seen(check, "entry %u: %s ", e->number, name);
	seal_check_hex(check->seen, e->digest, 32);
}

enum seal_reason seal_ima_files(const struct seal_policy *policy, struct seal_bytes list,
				const struct seal_values *values, struct seal_check *check)
{
	enum seal_reason reason = OK;
	struct seal_ima_entry e;
	struct seal_ima ima;

	if (!seal_policy_reads_ima(policy)) {
		seal_check_seen(check, "the policy does not ask");
		check->unasked = true;
		return OK;
	}
	if (!values->ima_count || !(values->ima_pcrs >> 10 & 1)) {
		seal_check_seen(check, "no measurement list that leads to PCR 10");
		seal_check_wanted(check, "one");
		return SEAL_REASON_IMA_NEEDED;
	}
	if (values->ima_padded) {
		seal_check_seen(check, "PCR 10 was extended by SHA-1, with zeros");
		seal_check_wanted(check, "a kernel that has the hash of the bank");
		return SEAL_REASON_IMA_OPAQUE;
	}
	if (!seal_ima_open(&ima, list))
		return SEAL_REASON_INTERNAL;
	while (reason == OK && ima.count < values->ima_count && seal_ima_next(&ima, &e)) {
		reason = judge(policy, &e, values, check);
		if (reason != OK)
			name_entry(check, &e);
	}
	if (reason == OK) {
		seal_check_seen(check, "%u entries, all known", ima.count);
		seal_check_wanted(check, "%s", "");
	}
	seal_ima_close(&ima);
	return reason;
}
