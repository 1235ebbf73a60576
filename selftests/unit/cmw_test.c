// SPDX-License-Identifier: GPL-2.0-or-later
/* wire/cmw_tree: records, tags and collections of RFC 9999. */
#include <stdio.h>
#include <string.h>

#include "lib/diag.h"
#include "wire/cmw_tree.h"

#define TEXT(s)	((struct seal_bytes){ (const uint8_t *)(s), strlen(s) })

static bool accepts(struct seal_bytes in, void *arg)
{
	struct seal_cmw_tree tree, back;
	uint8_t again[2048];
	size_t len;

	if (!seal_cmw_tree_decode(in, &tree))
		return false;
	len = seal_cmw_tree_encode(&tree, again, sizeof(again));
	must(len == in.len &&
	     seal_cmw_tree_decode((struct seal_bytes){ again, len }, &back) &&
	     back.count == tree.count, "the tree encodes to as much, and the same");
	return true;
}

/* The CBOR of a text in diagnostic notation, or in hex. */
static bool takes(const char *text)
{
	static uint8_t raw[2048];

	return accepts((struct seal_bytes){ raw, diag(text, false, raw, sizeof(raw)) }, NULL);
}

static bool takes_hex(const char *text)
{
	uint8_t raw[256];

	return accepts((struct seal_bytes){ raw, unhex(text, raw, sizeof(raw)) }, NULL);
}

static const struct seal_cmw_tree *read_example(const char *name)
{
	static struct seal_cmw_tree tree;
	static uint8_t raw[2048];
	char path[64] = "cmw-ear/";
	size_t len;
	uint8_t *text;

	strcat(path, name);
	text = corpus(path, &len);
	if (!text)
		return NULL;
	text[len] = '\0';
	len = diag((const char *)text, false, raw, sizeof(raw));
	must(accepts((struct seal_bytes){ raw, len }, NULL), name);
	must(seal_cmw_tree_decode((struct seal_bytes){ raw, len }, &tree), name);
	return &tree;
}

static bool holds(const struct seal_cmw_node *n, enum seal_cmw_form form, const char *type,
		  uint16_t format, const char *value, uint32_t ind)
{
	uint8_t want[64];
	size_t len = unhex(value, want, sizeof(want));

	return n && n->form == form && seal_bytes_equal(n->type, TEXT(type)) &&
	       n->format == format && n->ind == ind &&
	       seal_bytes_equal(n->value, (struct seal_bytes){ want, len });
}

static void records_of_the_rfc(void)
{
	const struct seal_cmw_tree *t = read_example("cmw-example-1.diag");

	if (!t) {
		skip("no corpus");
		return;
	}
	ok(holds(&t->node[0], SEAL_CMW_RECORD, "", 64999, "2347da55", 0),
	   "example 1: a record by Content-Format");
	t = read_example("cmw-example-2.diag");
	ok(holds(&t->node[0], SEAL_CMW_RECORD, "application/vnd.example.rats-conceptual-msg", 0,
		 "2347da55", 0), "example 2: a record by media type");
	t = read_example("cmw-example-3.diag");
	ok(holds(&t->node[0], SEAL_CMW_RECORD, "application/rim+cose", 0,
		 "d28440a044d901f5a040", 3), "example 3: what it is");
	t = read_example("collection-example-1.diag");
	ok(t->count == 4 && t->node[0].form == SEAL_CMW_COLLECTION &&
	   seal_bytes_equal(t->node[0].type, TEXT("tag:example.com,2024:composite-attester")),
	   "collection 1: three members and a type");
	ok(holds(seal_cmw_tree_find(t, 0, 0), SEAL_CMW_RECORD, "", 64999, "2347da55", 4) &&
	   holds(seal_cmw_tree_find(t, 0, 1), SEAL_CMW_TAG, "", 64999, "2347da55", 0) &&
	   holds(seal_cmw_tree_find(t, 0, 2), SEAL_CMW_RECORD, "application/eat+jwt", 0,
		 "4c693475", 8) && !seal_cmw_tree_find(t, 0, 3), "collection 1: each member");
	t = read_example("collection-example-2.diag");
	ok(holds(seal_cmw_tree_find(t, 0, 2), SEAL_CMW_RECORD, "application/eat+jwt", 0,
		 "2e2e2e", 8), "collection 2: each member");
}

static void collections(void)
{
	static const char whole[] =
		"{ \"__cmwc_t\": \"1.2.3\", -1: [263, h'01', 8],"
		"  \"inner\": { 7: 1668546817(h'02') },"
		"  70000: [\"a/b\", h'03'] }";
	uint8_t raw[256];
	size_t len = diag(whole, false, raw, sizeof(raw));
	struct seal_cmw_tree t;

	sturdy("collection", accepts, NULL, (struct seal_bytes){ raw, len });
	must(seal_cmw_tree_decode((struct seal_bytes){ raw, len }, &t), whole);
	ok(t.count == 5 && t.node[1].number == -1 &&
	   seal_bytes_equal(t.node[2].label, TEXT("inner")) &&
	   t.node[3].parent == 2 && t.node[3].number == 7 && !t.node[3].format &&
	   !t.node[4].parent && t.node[4].number == 70000, "collection: in a collection");
	ok(!seal_cmw_tree_find(&t, 0, 7) && seal_cmw_tree_find(&t, 2, 7) == &t.node[3] &&
	   !seal_cmw_tree_find(&t, 0, 0), "collection: each has its own labels");
	ok(takes("{ 1: [1, h'00'], \"__cmwc_t\": \"1.2.3\" }"),
	   "collection: its type may stand behind");
	ok(!takes("{}") && !takes("{ \"__cmwc_t\": \"1.2.3\" }") &&
	   !takes("{ 1: {}, 2: [1, h'00'] }"), "collection: not without a member");
	ok(!takes("{ 1: [1, h'00'], 1: [1, h'01'] }") &&
	   !takes("{ -1: [1, h'00'], 0: [1, h'00'], -1: [1, h'00'] }") &&
	   !takes("{ \"a\": [1, h'00'], \"a\": [1, h'01'] }"), "collection: no label twice");
	ok(!takes("{ \"__cmwc_t\": \"1.2\", \"__cmwc_t\": \"1.2\", 1: [1, h'00'] }") &&
	   !takes("{ \"__cmwc_t\": [1, h'00'], 1: [1, h'00'] }") &&
	   !takes("{ \"__cmwc_t\": \"\", 1: [1, h'00'] }"), "collection: one type, and a text");
	ok(takes("{ 1: { 1: [1, h'00'] }, 0: [1, h'00'] }"), "collection: a label twice, in two");
	ok(!takes("{ [1]: [1, h'00'] }") && !takes("{ h'01': [1, h'00'] }") &&
	   !takes("{ \"\": [1, h'00'] }"), "collection: labels are numbers or texts");
	ok(!takes("{ 1: 5 }") && !takes("{ 1: \"a\" }") && !takes("{ 1: h'00' }"),
	   "collection: members are wrappers");
}

static void bounds(void)
{
	char many[1024] = "{", *at = many + 1;

	ok(takes("{1:{1:{1:{1:[1,h'00']}}}}"), "four deep");
	ok(!takes("{1:{1:{1:{1:{1:[1,h'00']}}}}}"), "not five deep");
	ok(!takes_hex("a101a101a101a101a101a101a101a101a101a101a101a101a101a101a101"),
	   "nor as deep as there is room");
	for (unsigned int i = 1; i < SEAL_CMW_NODES_MAX; i++)
		at += sprintf(at, "%s%u:[1,h'00']", i > 1 ? "," : "", i);
	strcpy(at, "}");
	ok(takes(many), "as many as fit");
	strcpy(at, ",99:[1,h'00']}");
	ok(!takes(many), "not one more");
	ok(!takes_hex("ba ffffffff 01 82 01 41 00"), "no more members than there are");
	ok(!takes_hex("a1 78 41"
		      "6161616161616161616161616161616161616161616161616161616161616161"
		      "6161616161616161616161616161616161616161616161616161616161616161"
		      "61 82014100"),
	   "no label of 65 octets");
}

static void forms(void)
{
	struct seal_cmw_tree none = { .count = 1 };
	uint8_t raw[16];

	ok(takes("[263, h'00', 8]") && takes("[65535, h'00']") && !takes("[65536, h'00']"),
	   "record: a Content-Format of 16 bits");
	ok(!takes("[263]") && !takes("[263, h'00', 8, 8]") && !takes("[263, h'', 8]") &&
	   !takes("[\"\", h'00']") && !takes("[-1, h'00']") && !takes("[263, h'00', 0]") &&
	   !takes("[263, h'00', -1]") && !takes("[263, \"a\"]"), "record: nothing else");
	ok(!takes_hex("82 61 0a 41 00") && !takes_hex("82 61 c3 41 00"),
	   "record: a media type that can be printed");
	ok(takes("1668546817(h'00')") && takes("1668612095(h'00')") &&
	   !takes("1668546816(h'00')") && !takes("1668612096(h'00')"),
	   "tag: those of Content-Formats");
	ok(!takes("1668547072(h'00')"), "tag: none between two rows");
	ok(takes("1668547090(h'00')") && !takes("1668547091(h'00')") &&
	   !takes("1668547092(h'00')") && !takes("1668547094(h'00')") &&
	   takes("1668547095(h'00')"), "tag: no wrapper of wrappers");
	ok(!takes("1668546817(h'')") && !takes("1668546817([1, h'00'])"), "tag: of octets");
	ok(!takes_hex("9f 01 41 00 ff") && !takes_hex("bf 01 82 01 41 00 ff") &&
	   !takes_hex("82 01 5f 41 00 ff"), "no indefinite length");
	ok(!takes_hex("b8 01 01 82 01 41 00") && !takes_hex("a1 18 01 82 01 41 00") &&
	   !takes_hex("a1 01 98 02 01 41 00"), "the shortest head");
	ok(!takes_hex("7b 22 22 3a 5b 5d 7d") && !takes_hex("5b 31 2c 22 41 41 22 5d"), "no JSON");
	ok(!seal_cmw_tree_encode(&none, raw, sizeof(raw)), "nothing is not written");
}

int main(void)
{
	records_of_the_rfc();
	collections();
	bounds();
	forms();
	return done();
}
