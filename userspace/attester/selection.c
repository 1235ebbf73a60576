// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "attester/selection.h"

#define PCRS_ALLOWED	0xffffu
#define PCR_LAST	15u

static bool quotable(const struct att_selection *one)
{
	return one->mask && !(one->mask & ~PCRS_ALLOWED) &&
	       (one->bank == SEAL_TPM_ALG_SHA256 || one->bank == SEAL_TPM_ALG_SHA384);
}

bool att_selection_decode(struct seal_bytes select, struct att_selection *out)
{
	struct seal_pcrs pcrs;

	if (!seal_pcrs_decode(select, &pcrs))
		return false;
	*out = (struct att_selection){ .bank = pcrs.bank, .mask = pcrs.mask };
	return quotable(out);
}

static bool listed(const struct att_selections *list, const struct att_selection *one)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->entry[i].bank == one->bank && list->entry[i].mask == one->mask)
			return true;
	return false;
}

bool att_selections_allow(const struct att_selections *list, const struct att_selection *one)
{
	return quotable(one) && (list->any || listed(list, one));
}

/* A PCR at *@at, which moves on. */
static bool get_pcr(const char **at, unsigned long *pcr)
{
	char *end;

	if (!isdigit((unsigned char)**at))
		return false;
	*pcr = strtoul(*at, &end, 10);
	*at = end;
	return *pcr <= PCR_LAST;
}

static const char *skip_blanks(const char *at)
{
	while (*at == ' ' || *at == '\t')
		at++;
	return at;
}

/* "7" or "0-7" */
static bool get_range(const char **at, uint32_t *mask)
{
	unsigned long first, last;

	*at = skip_blanks(*at);
	if (!get_pcr(at, &first))
		return false;
	last = first;
	if (**at == '-') {
		++*at;
		if (!get_pcr(at, &last) || last < first)
			return false;
	}
	for (; first <= last; first++) {
		if (*mask >> first & 1)
			return false;
		*mask |= 1u << first;
	}
	*at = skip_blanks(*at);
	return true;
}

/* "sha256:0-7,14", up to the semicolon or the end. */
static bool get_selection(const char **at, struct att_selection *one)
{
	const char *text = skip_blanks(*at);

	*one = (struct att_selection){ 0 };
	if (!strncmp(text, "sha256:", 7))
		one->bank = SEAL_TPM_ALG_SHA256;
	else if (!strncmp(text, "sha384:", 7))
		one->bank = SEAL_TPM_ALG_SHA384;
	else
		return false;
	*at = text + 7;
	while (get_range(at, &one->mask)) {
		if (**at != ',')
			return !**at || **at == ';';
		++*at;
	}
	return false;
}

bool att_selections_parse(const char *text, struct att_selections *out)
{
	struct att_selection one;

	memset(out, 0, sizeof(*out));
	if (!strcmp(text, "any")) {
		out->any = true;
		return true;
	}
	while (out->count < ATT_SELECTIONS_MAX && get_selection(&text, &one) &&
	       !listed(out, &one)) {
		out->entry[out->count++] = one;
		if (!*text++)
			return true;
	}
	return false;
}
