/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One quote for many connections: the claims that wait become the leaves of a
 * Merkle tree and the quote commits to its root (Documentation/protocol.rst,
 * "Batched quotes"). Pure but for the random numbers, which come in.
 */
#ifndef SEAL_ATTESTER_BATCH_H
#define SEAL_ATTESTER_BATCH_H

#include <stdbool.h>

#include "verify/bind.h"

/** att_random_fn - fill @out with @len random octets; false on failure */
typedef bool att_random_fn(void *out, size_t len);

/**
 * struct att_batch - a tree over some claims
 * @n: leaves, a power of two; 0: no batch
 * @count: claims in it; the other leaves are random
 * @slot: leaf of each claim, in a random order
 * @node: the tree, see seal_tree_build()
 * @data: qualifyingData for TPM2_Quote
 */
struct att_batch {
	uint32_t n;
	uint32_t count;
	uint32_t *slot;
	uint8_t (*node)[SEAL_SHA256_LEN];
	uint8_t data[SEAL_SHA256_LEN];
};

/**
 * att_batch_build - build the tree
 * @claim: @count claims, at least 1 and at most SEAL_BATCH_MAX
 *
 * Padding and order are random, so that a path tells its owner neither how
 * many others there were nor when they came. Allocates.
 *
 * Return: false, and an empty batch, when that failed.
 */
bool att_batch_build(struct att_batch *batch, uint8_t (*claim)[SEAL_SHA256_LEN], size_t count,
		     att_random_fn *random);
void att_batch_free(struct att_batch *batch);

/**
 * att_batch_path - what claim @i needs to show that the quote covers it
 * @index: its leaf
 * @path: siblings from the leaf upward
 *
 * Return: length of the path, log2 of the number of leaves.
 */
size_t att_batch_path(const struct att_batch *batch, uint32_t i, uint32_t *index,
		      uint8_t (*path)[SEAL_SHA256_LEN]);

#endif /* SEAL_ATTESTER_BATCH_H */
