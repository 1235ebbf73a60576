// SPDX-License-Identifier: GPL-2.0-or-later
/* Which PCRs may be quoted at all, and the administrator's list of them. */
#include <stdio.h>
#include <string.h>

#include "attester/selection.h"
#include "lib/tap.h"

static void decoded(void)
{
	static const struct {
		const char *name, *hex;
		bool allowed;
	} rows[] = {
		{ "sha256:0-9", "00000001000b03ff0300", true },
		{ "sha384:0-15", "00000001000c03ffff00", true },
		{ "sha256:0, two octets", "00000001000b020100", true },
		{ "sha1:0-9", "00000001000403ff0300", false },
		{ "sha512:0", "00000001000d03010000", false },
		{ "sha256:16, resettable", "00000001000b03000001", false },
		{ "sha256:17, launch", "00000001000b03000002", false },
		{ "sha256:0,23", "00000001000b03010080", false },
		{ "none", "00000001000b03000000", false },
		{ "no bank", "00000000", false },
		{ "two banks", "00000002000b03010000000c03010000", false },
		{ "cut", "00000001000b0301", false },
		{ "one octet more", "00000001000b0301000000", false },
		{ "empty", "", false },
	};
	struct att_selection sel;
	uint8_t data[64];
	size_t i, len;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		len = unhex(rows[i].hex, data, sizeof(data));
		ok(att_selection_decode((struct seal_bytes){ data, len }, &sel) ==
		   rows[i].allowed, "selection %s: %s", rows[i].name,
		   rows[i].allowed ? "quoted" : "refused");
	}
}

static void lists(void)
{
	static const struct {
		const char *text;
		size_t count;
		uint16_t bank;
		uint32_t mask;		/* of the last one */
	} rows[] = {
		{ "sha256:0", 1, SEAL_TPM_ALG_SHA256, 0x1 },
		{ "sha256:0-7", 1, SEAL_TPM_ALG_SHA256, 0xff },
		{ "sha256:0-3,7 , 9-10", 1, SEAL_TPM_ALG_SHA256, 0x68f },
		{ "sha256:0-7; sha384:15", 2, SEAL_TPM_ALG_SHA384, 0x8000 },
		{ " sha384:0-15 ;\tsha256:1;sha256:1-2", 3, SEAL_TPM_ALG_SHA256, 0x6 },
		{ .text = "" }, { .text = "all" }, { .text = "any; sha256:0" },
		{ .text = "sha256" }, { .text = "sha256:" }, { .text = "sha1:0" },
		{ .text = "sha512:0" }, { .text = "sha256:16" }, { .text = "sha256:0-16" },
		{ .text = "sha256:7-0" }, { .text = "sha256:0,0" }, { .text = "sha256:0-3,3" },
		{ .text = "sha256:0," }, { .text = "sha256:0;" }, { .text = "sha256:0-" },
		{ .text = "sha256:-1" }, { .text = "sha256:0 1" },
		{ .text = "sha256:0;sha256:0" }, { .text = "sha256:0x1" },
		{ .text = "sha256:99999999999999999999" }, { .text = ";sha256:0" },
	};
	struct att_selections list;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool good = att_selections_parse(rows[i].text, &list);

		ok(good == !!rows[i].count && (!good || (list.count == rows[i].count && !list.any &&
		   list.entry[list.count - 1].bank == rows[i].bank &&
		   list.entry[list.count - 1].mask == rows[i].mask)), "list '%s': %s",
		   rows[i].text, good ? "taken" : "refused");
	}
}

static void sizes(void)
{
	struct att_selections list;
	char text[512] = "sha256:0";

	for (unsigned int i = 1; i < ATT_SELECTIONS_MAX; i++)
		sprintf(text + strlen(text), ";sha256:0-%u", i % 16);
	ok(att_selections_parse(text, &list) && list.count == ATT_SELECTIONS_MAX, "sixteen");
	strcat(text, ";sha384:0");
	ok(!att_selections_parse(text, &list), "not seventeen");
}

static void allowed(void)
{
	const struct att_selection one = { SEAL_TPM_ALG_SHA256, 0xff };
	struct att_selection two = one;
	struct att_selections list = { 0 };

	ok(!att_selections_allow(&list, &one), "zeros allow nothing");
	must(att_selections_parse("any", &list), "any");
	ok(att_selections_allow(&list, &one), "any allows it");
	two.mask |= 1u << 16;
	ok(!att_selections_allow(&list, &two), "but not PCR 16");
	must(att_selections_parse("sha384:0-7; sha256:0-7", &list), "list");
	ok(att_selections_allow(&list, &one), "one of the list");
	two.mask = 0x7f;
	ok(!att_selections_allow(&list, &two), "not less of it");
	two.mask = 0x1ff;
	ok(!att_selections_allow(&list, &two), "nor more");
	two = (struct att_selection){ SEAL_TPM_ALG_SHA384, 0xff };
	list.count = 0;
	ok(!att_selections_allow(&list, &two), "nor what is behind its end");
}

int main(void)
{
	decoded();
	lists();
	sizes();
	allowed();
	return done();
}
