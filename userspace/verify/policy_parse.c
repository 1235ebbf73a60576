// SPDX-License-Identifier: GPL-2.0-or-later
/* The text of policies: lines and sections; keys are in policy_keys.c. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify/policy_private.h"

void seal_parse_say(struct seal_parser *p, const char *format, ...)
{
	va_list args;

	p->error->line = p->line;
	va_start(args, format);
	vsnprintf(p->error->text, sizeof(p->error->text), format, args);
	va_end(args);
}

char *seal_parse_trim(char *s)
{
	char *end;

	while (*s == ' ' || *s == '\t')
		s++;
	end = s + strlen(s);
	while (end > s && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	return s;
}

struct seal_policy *seal_parse_current(struct seal_parser *p)
{
	return &p->set->policy[p->set->count - 1];
}

static bool key_line(struct seal_parser *p, char *name, char *value)
{
	if (!p->set->count)
		return fail(p, "'%.64s' before any [policy NAME]", name);
	if (!*value)
		return fail(p, "'%.64s' has no value", name);
	return seal_parse_key(p, name, value);
}

static bool check_values(struct seal_parser *p, const struct seal_policy *policy)
{
	size_t len = seal_tpm_bank_len(policy->pcrs.bank);

	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++) {
		const struct seal_policy_values *values = &policy->pcr[i];

		/* Those anybody can reset only complete a quote that has them. */
		if (values->count && !((policy->pcrs.mask | SEAL_PCR_RESETTABLE) >> i & 1))
			return fail(p, "pcr-%u is not among pcrs", i);
		for (size_t k = 0; k < values->count; k++)
			if (values->value[k].len != len)
				return fail(p, "pcr-%u has a value that is not %zu octets",
					    i, len);
	}
	return true;
}

/* A section is whole; its faults are reported at its first line. */
static bool end_section(struct seal_parser *p)
{
	unsigned int line = p->line;
	struct seal_policy *policy;

	if (!p->set->count)
		return true;
	policy = seal_parse_current(p);
	p->line = p->section_line;
	if (policy->mode == SEAL_POLICY_MODE_NONE)
		return fail(p, "policy '%s' has no mode", policy->name);
	/* Whom nothing is asked of need not be named. */
	if (policy->mode == SEAL_POLICY_NEVER && !policy->peer_count)
		policy->any_peer = true;
	if (!policy->any_peer && !policy->peer_count)
		return fail(p, "policy '%s' has no peer", policy->name);
	/* Whose certificate may come with a key is what psk = is there to say. */
	if (seal_policy_wants(policy) && policy->psk_count && policy->any_peer)
		return fail(p, "policy '%s' has psk and names no peer", policy->name);
	if (seal_policy_wants(policy) && !policy->pcrs.mask)
		return fail(p, "policy '%s' has no pcrs", policy->name);
	/* What a passport is good for is in the passport. */
	if ((policy->mode == SEAL_POLICY_REQUIRE ||
	     policy->mode == SEAL_POLICY_OFFER) && policy->modes & SEAL_HELLO_EVIDENCE &&
	    seal_policy_vacuous(policy)) {
		p->error->vacuous = true;
		return fail(p, "policy '%s' accepts anything: it constrains no measurement",
			    policy->name);
	}
	if (!check_values(p, policy) || !seal_check_log_keys(p, policy) ||
	    !seal_check_mode_keys(p, policy))
		return false;
	p->line = line;
	return true;
}

static bool name_taken(const struct seal_policy_set *set, const char *name)
{
	for (size_t i = 0; i < set->count; i++)
		if (!strcmp(set->policy[i].name, name))
			return true;
	return false;
}

static bool section_line(struct seal_parser *p, char *line)
{
	static const struct seal_policy defaults = {
		.attest = true,
		.modes = SEAL_HELLO_EVIDENCE,
		.ak_trust = SEAL_AK_CERTIFICATE,
		.lifetime = 3600,
		.log_limit = 16,
	};
	size_t len = strlen(line);
	struct seal_policy *grown;
	char *name;

	if (!end_section(p))
		return false;
	if (line[len - 1] != ']' || strncmp(line, "[policy ", 8))
		return fail(p, "not a section: '%.64s'", line);
	line[len - 1] = '\0';
	name = seal_parse_trim(line + 8);
	if (!seal_parse_name_legal(name))
		return fail(p, "not a policy name: '%.64s'", name);
	if (name_taken(p->set, name) || name_taken(p->before, name))
		return fail(p, "policy '%s' twice", name);
	if (p->set->count + p->before->count == SEAL_POLICIES_MAX)
		return fail(p, "more than %u policies", SEAL_POLICIES_MAX);
	grown = realloc(p->set->policy, (p->set->count + 1) * sizeof(*grown));
	if (!grown)
		return fail(p, "out of memory");
	p->set->policy = grown;
	p->set->count++;
	*seal_parse_current(p) = defaults;
	strcpy(seal_parse_current(p)->name, name);
	p->section_line = p->line;
	p->seen = 0;
	p->seen_pcr = 0;
	return true;
}

/* A comment begins with '#', at the start of a line or after white space. */
static void cut_comment(char *line)
{
	for (char *s = line; *s; s++) {
		if (*s != '#' || (s > line && s[-1] != ' ' && s[-1] != '\t'))
			continue;
		*s = '\0';
		return;
	}
}

static bool one_line(struct seal_parser *p, char *line)
{
	char *equals;

	cut_comment(line);
	line = seal_parse_trim(line);
	if (!*line)
		return true;
	if (*line == '[')
		return section_line(p, line);
	equals = strchr(line, '=');
	if (!equals)
		return fail(p, "neither a section nor KEY = VALUE");
	*equals++ = '\0';
	return key_line(p, seal_parse_trim(line), seal_parse_trim(equals));
}

static bool legal_octets(const uint8_t *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (line[i] != '\t' && (line[i] < 0x20 || line[i] > 0x7e))
			return false;
	return true;
}

static bool all_lines(struct seal_parser *p, struct seal_bytes text)
{
	char line[SEAL_POLICY_LINE_MAX + 1];

	while (text.len) {
		const uint8_t *end = seal_bytes_chr(text, '\n');
		size_t len = end ? (size_t)(end - text.data) : text.len;
		size_t used = end ? len + 1 : len;

		p->line++;
		if (len > SEAL_POLICY_LINE_MAX)
			return fail(p, "line longer than %u octets",
				    SEAL_POLICY_LINE_MAX);
		if (!legal_octets(text.data, len))
			return fail(p, "not plain text");
		memcpy(line, text.data, len);
		line[len] = '\0';
		if (!one_line(p, line))
			return false;
		text.data += used;
		text.len -= used;
	}
	return end_section(p);
}

static bool append(struct seal_policy_set *set, struct seal_policy_set *more)
{
	struct seal_policy *grown;

	if (!more->count)
		return true;
	grown = realloc(set->policy, (set->count + more->count) * sizeof(*grown));
	if (!grown)
		return false;
	memcpy(grown + set->count, more->policy, more->count * sizeof(*grown));
	set->policy = grown;
	set->count += more->count;
	free(more->policy);
	*more = (struct seal_policy_set){ 0 };
	return true;
}

bool seal_policy_parse(struct seal_policy_set *set, const char *file,
		       struct seal_bytes text, struct seal_policy_error *error)
{
	struct seal_policy_set more = { 0 };
	struct seal_parser p = { .set = &more, .before = set, .error = error };
	bool ok;

	*error = (struct seal_policy_error){ 0 };
	snprintf(error->file, sizeof(error->file), "%s", file);
	if (text.len > SEAL_POLICY_FILE_MAX)
		return fail(&p, "larger than %u octets", SEAL_POLICY_FILE_MAX);
	ok = all_lines(&p, text);
	if (ok && !append(set, &more))
		ok = fail(&p, "out of memory");
	seal_policy_set_free(&more);
	return ok;
}
