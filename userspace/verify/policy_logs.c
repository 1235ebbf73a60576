// SPDX-License-Identifier: GPL-2.0-or-later
/* The keys of policies that speak of logs, and the lists they name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify/hex.h"
#include "verify/policy_private.h"

static bool event_values(struct seal_parser *p, const char *what, const char *index,
			 char *value, struct seal_policy_values *of_pcr)
{
	unsigned long pcr;

	if (!seal_parse_number(index, SEAL_PCR_COUNT - 1, &pcr))
		return fail(p, "not a PCR: '%s-%.32s'", what, index);
	while (value) {
		char *comma = strchr(value, ',');

		if (comma)
			*comma++ = '\0';
		if (!seal_parse_pcr_value(p, &of_pcr[pcr], seal_parse_trim(value),
					  SEAL_POLICY_EVENTS))
			return false;
		value = comma;
	}
	return true;
}

bool seal_key_require(struct seal_parser *p, const char *pcr, char *value)
{
	return event_values(p, "require", pcr, value, seal_parse_current(p)->require);
}

bool seal_key_allow(struct seal_parser *p, const char *pcr, char *value)
{
	return event_values(p, "allow", pcr, value, seal_parse_current(p)->allow);
}

bool seal_key_secure_boot(struct seal_parser *p, char *value)
{
	static const struct seal_word words[] = { { "on", 1 }, { "any", 0 }, { 0 } };
	int v;

	if (!seal_parse_choose(p, value, words, &v))
		return false;
	seal_parse_current(p)->secure_boot = v;
	return true;
}

bool seal_key_lockdown(struct seal_parser *p, char *value)
{
	static const struct seal_word words[] = {
		{ "any", SEAL_LOCKDOWN_ANY }, { "integrity", SEAL_LOCKDOWN_INTEGRITY },
		{ "confidentiality", SEAL_LOCKDOWN_CONFIDENTIALITY }, { 0 },
	};
	int v;

	if (!seal_parse_choose(p, value, words, &v))
		return false;
	seal_parse_current(p)->lockdown = v;
	return true;
}

static bool count(struct seal_parser *p, const char *value, uint32_t *ret, bool *pinned)
{
	unsigned long v;

	if (!seal_parse_number(value, UINT32_MAX, &v))
		return fail(p, "not a number below 2^32: '%.64s'", value);
	*ret = v;
	*pinned = true;
	return true;
}

bool seal_key_reset_count(struct seal_parser *p, char *value)
{
	struct seal_policy *policy = seal_parse_current(p);

	return count(p, value, &policy->reset_count, &policy->reset_pinned);
}

bool seal_key_restart_count(struct seal_parser *p, char *value)
{
	struct seal_policy *policy = seal_parse_current(p);

	return count(p, value, &policy->restart_count, &policy->restart_pinned);
}

bool seal_key_age(struct seal_parser *p, char *value)
{
	return seal_parse_time(p, "an age", value, &seal_parse_current(p)->age);
}

bool seal_key_ima_violation(struct seal_parser *p, char *value)
{
	static const struct seal_word words[] = { { "refuse", 0 }, { "allow", 1 }, { 0 } };
	int v;

	if (!seal_parse_choose(p, value, words, &v))
		return false;
	seal_parse_current(p)->ima.violations = v;
	return true;
}

static const struct hash {
	const char *prefix;
	size_t len;
} hashes[] = {
	{ "sha256:", 32 }, { "sha384:", 48 }, { "sha512:", 64 }, { "", 0 },
};

/* "sha256:HEX" or HEX of such a length; SHA-1 proves nothing. */
static bool file_digest(struct seal_parser *p, struct seal_policy_values *values,
			const char *word)
{
	const struct hash *h = hashes;
	size_t len;

	while (strncmp(h->prefix, word, strlen(h->prefix)))
		h++;
	word += strlen(h->prefix);
	len = strlen(word) / 2;
	if (h->len ? len != h->len : len != 32 && len != 48 && len != 64)
		return fail(p, "not a digest by SHA-256, SHA-384 or SHA-512: '%.64s'", word);
	return seal_parse_value(p, values, word, SEAL_POLICY_FILES);
}

static bool one_file_digest(struct seal_parser *p, char *word)
{
	return file_digest(p, &seal_parse_current(p)->ima.digests, word);
}

bool seal_key_ima_digest(struct seal_parser *p, char *value)
{
	return seal_parse_each(p, value, one_file_digest);
}

static bool add_name(struct seal_parser *p, struct seal_policy_name *names, size_t *names_count,
		     const char *value)
{
	if (*names_count == SEAL_POLICY_NAMES)
		return fail(p, "more than %u files", SEAL_POLICY_NAMES);
	if (strlen(value) > SEAL_POLICY_PATH_MAX)
		return fail(p, "a path longer than %u octets", SEAL_POLICY_PATH_MAX);
	snprintf(names[*names_count].path, sizeof(names->path), "%s", value);
	++*names_count;
	return true;
}

bool seal_key_ima_list(struct seal_parser *p, char *value)
{
	struct seal_policy_ima *ima = &seal_parse_current(p)->ima;

	return add_name(p, ima->lists, &ima->list_count, value);
}

bool seal_key_ima_key(struct seal_parser *p, char *value)
{
	struct seal_policy_ima *ima = &seal_parse_current(p)->ima;

	return add_name(p, ima->key_files, &ima->key_file_count, value);
}

static bool check_events(struct seal_parser *p, const struct seal_policy *policy,
			 const char *what, const struct seal_policy_values *of_pcr)
{
	size_t len = seal_tpm_bank_len(policy->pcrs.bank);

	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++) {
		if (of_pcr[i].count && !(policy->pcrs.mask >> i & 1))
			return fail(p, "%s-%u is not among pcrs", what, i);
		for (size_t k = 0; k < of_pcr[i].count; k++)
			if (of_pcr[i].value[k].len != len)
				return fail(p, "%s-%u has a value that is not %zu octets",
					    what, i, len);
	}
	return true;
}

bool seal_check_log_keys(struct seal_parser *p, struct seal_policy *policy)
{
	uint32_t mask = policy->pcrs.mask;

	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++) {
		seal_policy_sort(&policy->require[i]);
		seal_policy_sort(&policy->allow[i]);
	}
	seal_policy_sort(&policy->ima.digests);
	if (!check_events(p, policy, "require", policy->require) ||
	    !check_events(p, policy, "allow", policy->allow))
		return false;
	if (policy->secure_boot && !(mask & 1 << 7))
		return fail(p, "secure-boot is read from PCR 7, which is not among pcrs");
	if (policy->lockdown && ~mask & SEAL_PCR_CMDLINES)
		return fail(p, "lockdown is read from PCRs 8 and 12, which are not both "
			    "among pcrs");
	if (seal_policy_reads_ima(policy) && !(mask & 1 << 10))
		return fail(p, "files are measured into PCR 10, which is not among pcrs");
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct seal_policy_value *x = a, *y = b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->data, y->data, x->len);
}

void seal_policy_sort(struct seal_policy_values *values)
{
	if (values->count)
		qsort(values->value, values->count, sizeof(*values->value), compare);
}

const struct seal_policy_value *
seal_policy_find(const struct seal_policy_values *values, struct seal_bytes v)
{
	struct seal_policy_value key = { .len = v.len };

	if (!v.len || v.len > sizeof(key.data) || !values->count)
		return NULL;
	memcpy(key.data, v.data, v.len);
	return bsearch(&key, values->value, values->count, sizeof(key), compare);
}

/* "HEX  /a/name", as sha256sum writes it; a comment; or nothing. */
static bool list_line(struct seal_parser *p, struct seal_policy_values *values,
		      struct seal_bytes line)
{
	char word[160];
	size_t n = 0;

	while (n < line.len && line.data[n] != ' ' && line.data[n] != '\t' &&
	       line.data[n] != '\r')
		n++;
	if (!n || line.data[0] == '#')
		return true;
	if (n >= sizeof(word))
		return fail(p, "not a digest");
	memcpy(word, line.data, n);
	word[n] = '\0';
	return strlen(word) == n ? file_digest(p, values, word) : fail(p, "not plain text");
}

bool seal_policy_digests(struct seal_policy_values *values, const char *file,
			 struct seal_bytes text, struct seal_policy_error *error)
{
	struct seal_parser p = { .error = error };
	bool ok = true;

	*error = (struct seal_policy_error){ 0 };
	snprintf(error->file, sizeof(error->file), "%s", file);
	while (ok && text.len) {
		const uint8_t *end = seal_bytes_chr(text, '\n');
		size_t len = end ? (size_t)(end - text.data) : text.len;

		p.line++;
		ok = list_line(&p, values, (struct seal_bytes){ text.data, len });
		len += end ? 1 : 0;
		text.data += len;
		text.len -= len;
	}
	seal_policy_sort(values);
	return ok;
}

static bool add_key(struct seal_policy_ima *ima, struct seal_bytes in)
{
	struct seal_key key, *grown;

	if (ima->key_count == SEAL_POLICY_KEYS || !seal_key_of_any(in, &key))
		return false;
	grown = realloc(ima->keys, (ima->key_count + 1) * sizeof(*grown));
	if (!grown)
		return false;
	ima->keys = grown;
	ima->keys[ima->key_count++] = key;
	return true;
}

bool seal_policy_keys(struct seal_policy_ima *ima, struct seal_bytes pem)
{
	static const char begin[] = "-----BEGIN ";
	const uint8_t *at = seal_bytes_find(pem, begin);

	if (!at)
		return add_key(ima, pem);
	while (at) {
		size_t left = pem.data + pem.len - at;
		const uint8_t *next = seal_bytes_find((struct seal_bytes){ at + 1, left - 1 },
						      begin);

		if (!add_key(ima, (struct seal_bytes){ at, next ? (size_t)(next - at) : left }))
			return false;
		at = next;
	}
	return true;
}
