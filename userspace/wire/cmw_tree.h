/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Conceptual Message Wrappers of RFC 9999 in all their CBOR forms: the record
 * of section 3.1, the tag of 3.2 and the collection of 3.3, which may hold
 * collections. A tree is a flat array in the order of the octets, so that
 * nobody needs to recurse. JSON forms are not read.
 */
#ifndef SEAL_WIRE_CMW_TREE_H
#define SEAL_WIRE_CMW_TREE_H

#include "wire/cmw.h"

#define SEAL_CMW_NODES_MAX	32u	/* messages and collections together */
#define SEAL_CMW_DEPTH_MAX	4u	/* collections within each other */
#define SEAL_CMW_LABEL_MAX	64u

#define SEAL_CMW_COLLECTION_TYPE "__cmwc_t"	/* the reserved label */

/* CoAP Content-Formats of wrappers, RFC 9999 9.6, and of RFC 9782 */
#define SEAL_FORMAT_EAT_CWT	263u
#define SEAL_FORMAT_EAT_JWT	264u
#define SEAL_FORMAT_CMW_CBOR	273u
#define SEAL_FORMAT_CMW_JWS	276u

enum seal_cmw_form {
	SEAL_CMW_NONE = 0,
	SEAL_CMW_RECORD,
	SEAL_CMW_TAG,
	SEAL_CMW_COLLECTION,
};

/**
 * struct seal_cmw_node - one wrapper
 * @form: which of the three
 * @parent: index of the collection it is in; 0 for the root too
 * @label: in that collection, when a text; empty: @number
 * @number: label, when a number
 * @type: media type of a record; type of a collection (a URI or an OID), or
 *	empty; of a record or tag empty: @format
 * @format: CoAP Content-Format
 * @value: of a record or tag
 * @ind: SEAL_CMW_*, of a record; 0 when it does not say
 */
struct seal_cmw_node {
	enum seal_cmw_form form;
	size_t parent;
	struct seal_bytes label;
	int64_t number;
	struct seal_bytes type;
	uint16_t format;
	struct seal_bytes value;
	uint32_t ind;
};

/* node[0] is the root; a collection stands before what is in it. */
struct seal_cmw_tree {
	size_t count;
	struct seal_cmw_node node[SEAL_CMW_NODES_MAX];
};

/*
 * Octets written, or 0 when it does not fit. The type of a collection is
 * written before its members, whose order is kept.
 */
size_t seal_cmw_tree_encode(const struct seal_cmw_tree *tree, uint8_t *out,
			    size_t size);
/*
 * False unless @data is exactly one wrapper: shortest heads, definite lengths,
 * text in printable ASCII, no label twice, no collection without a member, no
 * more and no deeper than above. Tags of the Content-Formats 273 to 276 are
 * refused: two tables of RFC 9999 disagree on what they are. Views point into
 * @data. Fuzz target: cmw.
 */
bool seal_cmw_tree_decode(struct seal_bytes data, struct seal_cmw_tree *tree_ret);
/* The member of the collection @parent with that number, or NULL. */
const struct seal_cmw_node *
seal_cmw_tree_find(const struct seal_cmw_tree *tree, size_t parent, int64_t number);

#endif /* SEAL_WIRE_CMW_TREE_H */
