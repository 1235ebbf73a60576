/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What several commands print: octets, PCRs, JSON. */
#ifndef SEALCTL_PRINT_H
#define SEALCTL_PRINT_H

#include <string.h>

#include <jansson.h>

#include "verify/bank.h"

/** bytes_of - a string, as those below take it */
static inline struct seal_bytes bytes_of(const char *text)
{
	return (struct seal_bytes){ (const uint8_t *)text, strlen(text) };
}

/** hex_text - @b in hex into @out, which has 2 * @b.len + 1 octets; returns @out */
char *hex_text(struct seal_bytes b, char *out);

/** hex_json - @b in hex as a JSON string */
json_t *hex_json(struct seal_bytes b);

/** text_json - @text as a JSON string; octets that are not UTF-8 text become '?' */
json_t *text_json(struct seal_bytes text);

/** print_text - @text with '?' for what is not printable ASCII */
void print_text(struct seal_bytes text);

/** print_banks - the PCRs that were extended, one a line */
void print_banks(const struct seal_bank *bank, size_t count);

/** banks_json - the same as { "sha256": { "0": "hex" } }; what is lost is left out */
json_t *banks_json(const struct seal_bank *bank, size_t count);

/** print_json - to stdout, with a newline; takes the reference */
void print_json(json_t *json);

#endif /* SEALCTL_PRINT_H */
