// SPDX-License-Identifier: GPL-2.0-or-later
/* Properties of a batch of claims under one quote. */
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "attester/batch.h"
#include "lib/tap.h"

static bool random_ok(void *out, size_t len)
{
	return !gnutls_rnd(GNUTLS_RND_NONCE, out, len);
}

static bool random_fails(void *out, size_t len)
{
	return false;
}

static uint8_t (*some_claims(size_t count))[SEAL_SHA256_LEN]
{
	uint8_t (*claim)[SEAL_SHA256_LEN] = calloc(count + 1, SEAL_SHA256_LEN);

	must(claim && random_ok(claim, count * SEAL_SHA256_LEN), "claims");
	return claim;
}

/* Does the path of claim @i lead to the data that the quote signs? */
static bool leads(const struct att_batch *b, const uint8_t *claim, uint32_t i)
{
	uint8_t path[SEAL_PATH_MAX][SEAL_SHA256_LEN], data[SEAL_SHA256_LEN];
	uint32_t index;
	size_t depth = att_batch_path(b, i, &index, path);

	return seal_tree_data(claim, b->n, index, path[0], depth, data) &&
	       !memcmp(data, b->data, sizeof(data));
}

static bool slots_are_distinct(const struct att_batch *b)
{
	uint8_t *seen = calloc(b->n, 1);
	bool good = true;
	uint32_t i;

	must(seen, "memory");
	for (i = 0; i < b->count; i++)
		good = good && b->slot[i] < b->n && !seen[b->slot[i]]++;
	free(seen);
	return good;
}

static void one_size(size_t count)
{
	uint8_t (*claim)[SEAL_SHA256_LEN] = some_claims(count);
	struct att_batch b;
	bool all = true, crossed = false;
	uint32_t i;

	must(att_batch_build(&b, claim, count, random_ok), "batch");
	for (i = 0; i < count; i++) {
		all = all && leads(&b, claim[i], i);
		crossed = crossed || leads(&b, claim[i], (i + 1) % b.n % count) == (count > 1);
	}
	ok(all && slots_are_distinct(&b), "%zu claims: each has its path", count);
	ok(b.n >= count && (b.n == 1 || b.n / 2 < count) && !(b.n & (b.n - 1)),
	   "%zu claims: %u leaves", count, b.n);
	ok(!crossed, "%zu claims: no path serves another claim", count);
	att_batch_free(&b);
	free(claim);
}

/* design, section 2: the claim of the note's vector, alone in its batch. */
static void vector(void)
{
	uint8_t claim[1][SEAL_SHA256_LEN];
	struct att_batch b;

	unhex("b2bf4aef3e304897befbd1a8e41c7f49b6fe48441321eac4c531d3f2890c7721", claim[0], 32);
	must(att_batch_build(&b, claim, 1, random_fails) || true, "");
	ok(!b.n, "no random numbers for the order: no batch");
	must(att_batch_build(&b, claim, 1, random_ok), "batch");
	ok(is_hex(b.data, 32, "d3405d53d6ce2548aaeba55b75faeb442c8c1c0e2ca58d77a60c4913e35005b6"),
	   "the vector for n = 1");
	att_batch_free(&b);
}

static unsigned int common_leaves(const struct att_batch *a, const struct att_batch *b)
{
	unsigned int i, j, n = 0;

	for (i = 0; i < a->n; i++)
		for (j = 0; j < b->n; j++)
			n += !memcmp(a->node[a->n + i], b->node[b->n + j], SEAL_SHA256_LEN);
	return n;
}

static void hides(void)
{
	uint8_t (*claim)[SEAL_SHA256_LEN] = some_claims(64);
	struct att_batch a, b;

	must(att_batch_build(&a, claim, 64, random_ok), "batch");
	must(att_batch_build(&b, claim, 64, random_ok), "batch");
	ok(memcmp(a.slot, b.slot, 64 * sizeof(*a.slot)), "the order differs from batch to batch");
	ok(memcmp(a.data, b.data, 32), "and so does the root");
	att_batch_free(&a);
	att_batch_free(&b);
	must(att_batch_build(&a, claim, 5, random_ok), "batch");
	must(att_batch_build(&b, claim, 5, random_ok), "batch");
	ok(a.n == 8 && common_leaves(&a, &a) == 8, "5 claims are padded to 8, no two alike");
	ok(common_leaves(&a, &b) == 5, "padding is fresh in every batch");
	att_batch_free(&a);
	att_batch_free(&b);
	free(claim);
}

static void refuses(void)
{
	uint8_t (*claim)[SEAL_SHA256_LEN] = some_claims(1);
	struct att_batch b;

	ok(!att_batch_build(&b, claim, 0, random_ok) && !b.n, "an empty batch is none");
	ok(!att_batch_build(&b, claim, SEAL_BATCH_MAX + 1, random_ok) && !b.n,
	   "more than %u claims are refused", SEAL_BATCH_MAX);
	free(claim);
}

int main(void)
{
	static const size_t sizes[] = { 1, 2, 3, 4, 5, 7, 8, 9, 31, 50, 64, 65, 1000, 1024 };
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		one_size(sizes[i]);
	vector();
	hides();
	refuses();
	return done();
}
