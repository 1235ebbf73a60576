// SPDX-License-Identifier: GPL-2.0-or-later
/* PCR banks, on nettle: a replay is thousands of short hashes, none worth a malloc. */
#include "verify/bank.h"

#include <nettle/nettle-meta.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <nettle/sha3.h>
#include <nettle/sm3.h>
#include <string.h>

#define DYNAMIC_LAUNCH	0x7e0000u	/* PCR 17 to 22 */

static const struct alg {
	uint16_t id;
	const char *name;
	const char *also;
	const struct nettle_hash *hash;
} algs[] = {
	{ SEAL_TPM_ALG_SHA256, "sha256", "", &nettle_sha256 },
	{ SEAL_TPM_ALG_SHA1, "sha1", "sha", &nettle_sha1 },
	{ SEAL_TPM_ALG_SHA384, "sha384", "", &nettle_sha384 },
	{ SEAL_TPM_ALG_SHA512, "sha512", "", &nettle_sha512 },
	{ SEAL_TPM_ALG_SM3, "sm3_256", "sm3", &nettle_sm3 },
	{ 0x0027, "sha3_256", "sha3-256", &nettle_sha3_256 },
	{ 0x0028, "sha3_384", "sha3-384", &nettle_sha3_384 },
	{ 0x0029, "sha3_512", "sha3-512", &nettle_sha3_512 },
};

#define ALGS	(sizeof(algs) / sizeof(algs[0]))

union context {
	struct sha1_ctx sha1;
	struct sha256_ctx sha256;
	struct sha512_ctx sha512;
	struct sm3_ctx sm3;
	struct sha3_256_ctx sha3_256;
	struct sha3_384_ctx sha3_384;
	struct sha3_512_ctx sha3_512;
};

static const struct alg *find(uint16_t alg)
{
	for (size_t i = 0; i < ALGS; i++)
		if (algs[i].id == alg)
			return &algs[i];
	return NULL;
}

size_t seal_bank_len(uint16_t alg)
{
	const struct alg *a = find(alg);

	return a ? a->hash->digest_size : 0;
}

const char *seal_bank_name(uint16_t alg)
{
	const struct alg *a = find(alg);

	return a ? a->name : NULL;
}

static bool spells(struct seal_bytes name, const char *word)
{
	return *word && seal_bytes_are(name, word);
}

uint16_t seal_bank_of(struct seal_bytes name)
{
	for (size_t i = 0; i < ALGS; i++)
		if (spells(name, algs[i].name) || spells(name, algs[i].also))
			return algs[i].id;
	return 0;
}

static void hash_parts(const struct nettle_hash *hash, const struct seal_bytes *parts,
		       size_t count, uint8_t *out)
{
	union context ctx;

	hash->init(&ctx);
	for (size_t i = 0; i < count; i++)
		if (parts[i].len)
			hash->update(&ctx, parts[i].len, parts[i].data);
	hash->digest(&ctx, hash->digest_size, out);
}

bool seal_bank_hash(uint16_t alg, const struct seal_bytes *parts, size_t count,
		    uint8_t out[SEAL_PCR_VALUE_MAX])
{
	const struct alg *a = find(alg);

	if (!a)
		return false;
	hash_parts(a->hash, parts, count, out);
	return true;
}

bool seal_bank_init(struct seal_bank *bank, uint16_t alg)
{
	const struct alg *a = find(alg);

	memset(bank, 0, sizeof(*bank));
	if (!a)
		return false;
	bank->alg = alg;
	bank->len = a->hash->digest_size;
	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++)
		if (DYNAMIC_LAUNCH >> i & 1)
			memset(bank->pcr[i], 0xff, bank->len);
	return true;
}

bool seal_bank_extend(struct seal_bank *bank, unsigned int pcr,
		      struct seal_bytes digest)
{
	const struct alg *a = find(bank->alg);
	struct seal_bytes parts[2];

	if (!a || pcr >= SEAL_PCR_COUNT || digest.len != bank->len)
		return false;
	parts[0] = seal_bank_value(bank, pcr);
	parts[1] = digest;
	hash_parts(a->hash, parts, 2, bank->pcr[pcr]);
	bank->extended |= 1u << pcr;
	return true;
}

struct seal_bytes seal_bank_value(const struct seal_bank *bank, unsigned int pcr)
{
	return (struct seal_bytes){ bank->pcr[pcr], bank->len };
}
