// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz.h"
#include "wire/cmw_tree.h"

static bool same(const struct seal_cmw_node *a, const struct seal_cmw_node *b)
{
	return a->form == b->form && a->parent == b->parent && a->number == b->number &&
	       a->format == b->format && a->ind == b->ind &&
	       seal_bytes_equal(a->label, b->label) && seal_bytes_equal(a->type, b->type) &&
	       seal_bytes_equal(a->value, b->value);
}

/* The type of a collection may move to the front, and nothing else changes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t again[1 << 16];
	struct seal_cmw_tree tree, back;

	if (size > sizeof(again) || !seal_cmw_tree_decode(input(data, size), &tree))
		return 0;
	must(seal_cmw_tree_encode(&tree, again, sizeof(again)) == size);
	must(seal_cmw_tree_decode(input(again, size), &back) && back.count == tree.count);
	for (size_t i = 0; i < tree.count; i++)
		must(same(&tree.node[i], &back.node[i]));
	return 0;
}
