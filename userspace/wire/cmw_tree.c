// SPDX-License-Identifier: GPL-2.0-or-later
/* Records, tags and collections of RFC 9999. */
#include "wire/cmw_tree.h"

#include <string.h>

#include "wire/head.h"

#define TAG_FIRST	0x63740101u	/* TN(0) of RFC 9277, section 4.3 */
#define TAG_LAST	0x6374ffffu
#define FORMAT_LAST	65024u		/* that has a tag */

#define TYPE_MAX	255u		/* a media type, RFC 6838 4.2; a URI */

/* A collection that is being read, and how many members are to come. */
struct level {
	size_t node;
	uint32_t left;
};

struct walk {
	struct seal_reader r;
	struct seal_cmw_tree *tree;
	struct level level[SEAL_CMW_DEPTH_MAX];
	size_t depth;
};

static struct seal_bytes reserved(void)
{
	return (struct seal_bytes){ (const uint8_t *)SEAL_CMW_COLLECTION_TYPE,
				    strlen(SEAL_CMW_COLLECTION_TYPE) };
}

/* TN() backwards: every 256th number is left out. */
static bool format_of_tag(uint32_t tag, uint16_t *ret)
{
	uint32_t n = tag - TAG_FIRST;

	if (tag < TAG_FIRST || tag > TAG_LAST || n % 256 == 255)
		return false;
	*ret = n / 256 * 255 + n % 256;
	return *ret < SEAL_FORMAT_CMW_CBOR || *ret > SEAL_FORMAT_CMW_JWS;
}

static bool get_tag(struct seal_reader *r, struct seal_cmw_node *node)
{
	node->form = SEAL_CMW_TAG;
	if (!format_of_tag(seal_get_head(r, SEAL_CBOR_TAG), &node->format))
		return false;
	node->value = seal_get_string(r, SEAL_CBOR_BSTR);
	return node->value.len;
}

static bool get_record(struct seal_reader *r, struct seal_cmw_node *node)
{
	uint32_t members = seal_get_head(r, SEAL_CBOR_ARRAY), format;

	node->form = SEAL_CMW_RECORD;
	if (members != 2 && members != 3)
		return false;
	if (seal_next_major(r) == SEAL_CBOR_UINT) {
		format = seal_get_head(r, SEAL_CBOR_UINT);
		if (format > 0xffff)
			return false;
		node->format = format;
	} else {
		node->type = seal_get_text(r, TYPE_MAX);
	}
	node->value = seal_get_string(r, SEAL_CBOR_BSTR);
	if (members == 3) {
		node->ind = seal_get_head(r, SEAL_CBOR_UINT);
		if (!node->ind)
			return false;
	}
	return node->value.len;
}

static bool open_collection(struct walk *w, struct seal_cmw_node *node)
{
	uint32_t members = seal_get_head(&w->r, SEAL_CBOR_MAP);

	node->form = SEAL_CMW_COLLECTION;
	if (!members || w->depth == SEAL_CMW_DEPTH_MAX)
		return false;
	w->level[w->depth++] = (struct level){ node - w->tree->node, members };
	return true;
}

/* The wrapper that comes next; of a collection the beginning. */
static bool get_wrapper(struct walk *w, struct seal_cmw_node *node)
{
	switch (seal_next_major(&w->r)) {
	case SEAL_CBOR_ARRAY:
		return get_record(&w->r, node);
	case SEAL_CBOR_TAG:
		return get_tag(&w->r, node);
	case SEAL_CBOR_MAP:
		return open_collection(w, node);
	default:
		return false;
	}
}

static bool get_label(struct seal_reader *r, struct seal_cmw_node *node)
{
	if (seal_next_major(r) == SEAL_CBOR_TSTR)
		node->label = seal_get_text(r, SEAL_CMW_LABEL_MAX);
	else
		node->number = seal_get_int(r);
	return !r->bad;
}

static bool taken(const struct seal_cmw_tree *tree, const struct seal_cmw_node *node)
{
	for (size_t i = 1; i < tree->count; i++)
		if (tree->node[i].parent == node->parent &&
		    tree->node[i].number == node->number &&
		    seal_bytes_equal(tree->node[i].label, node->label))
			return true;
	return false;
}

static bool get_collection_type(struct walk *w, size_t node)
{
	struct seal_bytes *type = &w->tree->node[node].type;

	if (type->len)
		return false;
	*type = seal_get_text(&w->r, TYPE_MAX);
	return type->len;
}

/* One member of the innermost collection. */
static bool get_member(struct walk *w)
{
	struct level *level = &w->level[w->depth - 1];
	struct seal_cmw_node node = { .parent = level->node };
	struct seal_cmw_tree *tree = w->tree;

	level->left--;
	if (!get_label(&w->r, &node))
		return false;
	if (seal_bytes_equal(node.label, reserved()))
		return get_collection_type(w, level->node);
	if (tree->count == SEAL_CMW_NODES_MAX || taken(tree, &node))
		return false;
	tree->node[tree->count] = node;
	return get_wrapper(w, &tree->node[tree->count++]);
}

/* A collection that is at its end must have had a member beside its type. */
static bool close_level(struct walk *w)
{
	size_t node = w->level[--w->depth].node;

	return w->tree->count > node + 1;
}

bool seal_cmw_tree_decode(struct seal_bytes data, struct seal_cmw_tree *tree_ret)
{
	struct seal_cmw_tree tree = { .count = 1 };
	struct walk w = { .r = seal_reader_of(data), .tree = &tree };

	if (!get_wrapper(&w, &tree.node[0]))
		return false;
	while (w.depth) {
		if (w.level[w.depth - 1].left ? !get_member(&w) : !close_level(&w))
			return false;
	}
	if (!seal_reader_done(&w.r))
		return false;
	*tree_ret = tree;
	return true;
}

static void put_label(struct seal_writer *w, const struct seal_cmw_node *node)
{
	if (node->label.len)
		seal_put_string(w, SEAL_CBOR_TSTR, node->label);
	else
		seal_put_int(w, node->number);
}

static void put_tag(struct seal_writer *w, const struct seal_cmw_node *node)
{
	uint16_t n = node->format;

	if (n > FORMAT_LAST)
		w->bad = true;
	seal_put_head(w, SEAL_CBOR_TAG, TAG_FIRST + n / 255 * 256 + n % 255);
	seal_put_string(w, SEAL_CBOR_BSTR, node->value);
}

static void put_record(struct seal_writer *w, const struct seal_cmw_node *node)
{
	seal_put_head(w, SEAL_CBOR_ARRAY, node->ind ? 3 : 2);
	if (node->type.len)
		seal_put_string(w, SEAL_CBOR_TSTR, node->type);
	else
		seal_put_head(w, SEAL_CBOR_UINT, node->format);
	seal_put_string(w, SEAL_CBOR_BSTR, node->value);
	if (node->ind)
		seal_put_head(w, SEAL_CBOR_UINT, node->ind);
}

static void put_collection(struct seal_writer *w, const struct seal_cmw_tree *tree,
			   size_t index)
{
	struct seal_bytes type = tree->node[index].type;
	uint32_t members = !!type.len;

	for (size_t i = 1; i < tree->count; i++)
		members += tree->node[i].parent == index;
	seal_put_head(w, SEAL_CBOR_MAP, members);
	if (!type.len)
		return;
	seal_put_string(w, SEAL_CBOR_TSTR, reserved());
	seal_put_string(w, SEAL_CBOR_TSTR, type);
}

static void put_wrapper(struct seal_writer *w, const struct seal_cmw_tree *tree,
			size_t index)
{
	const struct seal_cmw_node *node = &tree->node[index];

	switch (node->form) {
	case SEAL_CMW_RECORD:
		put_record(w, node);
		return;
	case SEAL_CMW_TAG:
		put_tag(w, node);
		return;
	case SEAL_CMW_COLLECTION:
		put_collection(w, tree, index);
		return;
	case SEAL_CMW_NONE:
		break;
	}
	w->bad = true;
}

size_t seal_cmw_tree_encode(const struct seal_cmw_tree *tree, uint8_t *out,
			    size_t size)
{
	struct seal_writer w = seal_writer(out, size);

	for (size_t i = 0; i < tree->count; i++) {
		if (i)
			put_label(&w, &tree->node[i]);
		put_wrapper(&w, tree, i);
	}
	return seal_writer_done(&w);
}

const struct seal_cmw_node *
seal_cmw_tree_find(const struct seal_cmw_tree *tree, size_t parent, int64_t number)
{
	for (size_t i = 1; i < tree->count; i++)
		if (tree->node[i].parent == parent && !tree->node[i].label.len &&
		    tree->node[i].number == number)
			return &tree->node[i];
	return NULL;
}
