// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "attester/batch.h"

/* Random leaves for all, claims over those that have an owner. */
static bool fill(struct att_batch *b, uint8_t (*claim)[SEAL_SHA256_LEN], att_random_fn *random)
{
	uint32_t n = b->n, i;
	uint64_t *order;

	order = calloc(n, sizeof(*order));
	if (!order || !random(order, n * sizeof(*order)) ||
	    (n > b->count && !random(b->node + n, n * sizeof(*b->node)))) {
		free(order);
		return false;
	}
	seal_tree_shuffle(b->slot, n, order);
	free(order);
	for (i = 0; i < b->count; i++)
		memcpy(b->node[n + b->slot[i]], claim[i], SEAL_SHA256_LEN);
	return true;
}

bool att_batch_build(struct att_batch *b, uint8_t (*claim)[SEAL_SHA256_LEN], size_t count,
		     att_random_fn *random)
{
	memset(b, 0, sizeof(*b));
	if (!count || count > SEAL_BATCH_MAX)
		return false;
	b->n = seal_tree_size(count);
	b->count = count;
	b->slot = calloc(b->n, sizeof(*b->slot));
	b->node = calloc(2 * (size_t)b->n, sizeof(*b->node));
	if (b->slot && b->node && fill(b, claim, random) && seal_tree_build(b->node, b->n) &&
	    seal_quote_data(b->n, b->node[1], b->data))
		return true;
	att_batch_free(b);
	return false;
}

void att_batch_free(struct att_batch *b)
{
	free(b->slot);
	free(b->node);
	memset(b, 0, sizeof(*b));
}

size_t att_batch_path(const struct att_batch *b, uint32_t i, uint32_t *index,
		      uint8_t (*path)[SEAL_SHA256_LEN])
{
	*index = b->slot[i];
	seal_tree_path(b->node, b->n, *index, path);
	return seal_tree_depth(b->n);
}
