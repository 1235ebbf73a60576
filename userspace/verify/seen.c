// SPDX-License-Identifier: GPL-2.0-or-later
/* Bounded tables of digests. */
#include "verify/seen.h"

#include <stdlib.h>
#include <string.h>

#define WAYS	8u	/* places that a key may have */

struct entry {
	uint8_t key[SEAL_SHA256_LEN];
	int64_t from;
	int64_t until;
};

struct seal_seen {
	uint32_t sets;		/* a power of two */
	uint32_t turn;		/* which of the ways goes next */
	struct entry entry[];
};

struct seal_seen *seal_seen_new(uint32_t entries)
{
	struct seal_seen *seen;
	uint32_t sets = 1;

	while (sets * WAYS < entries && sets < 1u << 16)
		sets *= 2;
	seen = calloc(1, sizeof(*seen) + (size_t)sets * WAYS * sizeof(seen->entry[0]));
	if (seen)
		seen->sets = sets;
	/* Zeros hold in 1970 alone: no entry is found before it was put. */
	for (uint32_t i = 0; seen && i < sets * WAYS; i++)
		seen->entry[i].until = INT64_MIN;
	return seen;
}

void seal_seen_free(struct seal_seen *seen)
{
	free(seen);
}

uint32_t seal_seen_size(const struct seal_seen *seen)
{
	return seen->sets * WAYS;
}

/* The first place of a key. Keys are hashes: any of their octets will do. */
static uint32_t first(const struct seal_seen *seen, const uint8_t key[SEAL_SHA256_LEN])
{
	return (((uint32_t)key[0] << 8 | key[1]) & (seen->sets - 1)) * WAYS;
}

static bool holds(const struct entry *e, int64_t now)
{
	return e->from <= now && now <= e->until;
}

int seal_seen_find(const struct seal_seen *seen, const uint8_t key[SEAL_SHA256_LEN],
		   int64_t now)
{
	uint32_t at = first(seen, key);

	for (uint32_t i = at; i < at + WAYS; i++)
		if (holds(&seen->entry[i], now) &&
		    !memcmp(seen->entry[i].key, key, SEAL_SHA256_LEN))
			return (int)i;
	return -1;
}

uint32_t seal_seen_put(struct seal_seen *seen, const uint8_t key[SEAL_SHA256_LEN], int64_t now,
		       int64_t from, int64_t until)
{
	uint32_t at = first(seen, key), i = at;

	while (i < at + WAYS && holds(&seen->entry[i], now))
		i++;
	if (i == at + WAYS)
		i = at + seen->turn++ % WAYS;
	memcpy(seen->entry[i].key, key, SEAL_SHA256_LEN);
	seen->entry[i].from = from;
	seen->entry[i].until = until < now + SEAL_SEEN_S ? until : now + SEAL_SEEN_S;
	return i;
}

/* Lengths first, so that no two lists of parts are one text. */
static bool signature_key(const struct seal_tpm_signature *sig, const struct seal_tpm_public *pub,
			  struct seal_bytes data, uint8_t out[SEAL_SHA256_LEN])
{
	const struct seal_key *key = &pub->key;
	const uint64_t head[] = {
		sig->alg, sig->hash, sig->r_len, sig->s_len, key->type, key->len,
		key->exponent, data.len,
	};
	const struct seal_bytes parts[] = {
		{ (const uint8_t *)head, sizeof(head) },
		{ sig->r, sig->r_len },
		{ sig->s, sig->s_len },
		{ key->x, key->len },
		{ key->y, key->type == SEAL_KEY_RSA ? 0 : key->len },
		data,
	};

	return key->len <= sizeof(key->x) && sig->r_len <= sizeof(sig->r) &&
	       sig->s_len <= sizeof(sig->s) &&
	       seal_hash_parts(SEAL_HASH_SHA256, parts, sizeof(parts) / sizeof(parts[0]), out);
}

bool seal_seen_signature(struct seal_seen *seen, int64_t now,
			 const struct seal_tpm_signature *sig, const struct seal_tpm_public *pub,
			 struct seal_bytes data)
{
	uint8_t key[SEAL_SHA256_LEN];

	if (!seen || !signature_key(sig, pub, data, key))
		return seal_tpm_signature_check(sig, pub, data);
	if (seal_seen_find(seen, key, now) >= 0)
		return true;
	if (!seal_tpm_signature_check(sig, pub, data))
		return false;
	seal_seen_put(seen, key, now, INT64_MIN, INT64_MAX);
	return true;
}
