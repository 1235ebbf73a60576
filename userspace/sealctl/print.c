// SPDX-License-Identifier: GPL-2.0-or-later
/* What several commands print. */
#include "sealctl/print.h"

#include <stdio.h>
#include <stdlib.h>

char *hex_text(struct seal_bytes b, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < b.len; i++) {
		out[2 * i] = digits[b.data[i] >> 4];
		out[2 * i + 1] = digits[b.data[i] & 15];
	}
	out[2 * b.len] = '\0';
	return out;
}

json_t *hex_json(struct seal_bytes b)
{
	char *text = malloc(2 * b.len + 1);
	json_t *json = NULL;

	if (text)
		json = json_stringn_nocheck(hex_text(b, text), 2 * b.len);
	free(text);
	return json;
}

/* A copy of @text without what could move a terminal's cursor. */
static char *printable(struct seal_bytes text)
{
	char *copy = malloc(text.len + 1);

	for (size_t i = 0; copy && i < text.len; i++)
		copy[i] = text.data[i] < 0x20 || text.data[i] > 0x7e ? '?' : text.data[i];
	return copy;
}

json_t *text_json(struct seal_bytes text)
{
	json_t *json = json_stringn((const char *)text.data, text.len);
	char *copy;

	if (json)
		return json;
	copy = printable(text);
	json = copy ? json_stringn(copy, text.len) : NULL;
	free(copy);
	return json;
}

void print_text(struct seal_bytes text)
{
	char *copy = printable(text);

	if (copy)
		fwrite(copy, 1, text.len, stdout);
	free(copy);
}

void print_banks(const struct seal_bank *bank, size_t count)
{
	char text[2 * SEAL_PCR_VALUE_MAX + 1];

	for (; count--; bank++) {
		if (!(bank->extended | bank->lost))
			continue;
		printf("%s:\n", seal_bank_name(bank->alg));
		for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++) {
			if (!((bank->extended | bank->lost) >> i & 1))
				continue;
			printf("  %2u: %s\n", i, bank->lost >> i & 1 ?
			       "unknown: an event has no digest for this bank" :
			       hex_text(seal_bank_value(bank, i), text));
		}
	}
}

json_t *banks_json(const struct seal_bank *bank, size_t count)
{
	json_t *banks = json_object();

	for (; count--; bank++) {
		uint32_t sure = bank->extended & ~bank->lost;
		json_t *pcrs;
		char index[12];

		if (!sure)
			continue;
		pcrs = json_object();
		for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++) {
			if (!(sure >> i & 1))
				continue;
			snprintf(index, sizeof(index), "%u", i);
			json_object_set_new(pcrs, index, hex_json(seal_bank_value(bank, i)));
		}
		json_object_set_new(banks, seal_bank_name(bank->alg), pcrs);
	}
	return banks;
}

/* Names of files come from elsewhere, and a terminal takes more than ASCII for commands. */
void print_json(json_t *json)
{
	json_dumpf(json, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	putchar('\n');
	json_decref(json);
}
