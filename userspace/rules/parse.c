// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/rules.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <linux/seal.h>

struct parser {
	const struct rules_names *names;
	struct rules_error *error;
	struct rule *rule;
};

__attribute__((format(printf, 2, 3)))
static bool bad(struct parser *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(p->error->text, sizeof(p->error->text), format, args);
	va_end(args);
	return false;
}

/* Decimal digits and nothing else, at most @max. */
static bool parse_number(const char *text, size_t len, uint64_t max, uint64_t *value_ret)
{
	uint64_t value = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned int digit = (unsigned int)(text[i] - '0');

		if (digit > 9 || value > (max - digit) / 10)
			return false;
		value = 10 * value + digit;
	}
	*value_ret = value;
	return len;
}

static bool parse_u32(const char *text, uint32_t max, uint32_t *value_ret)
{
	uint64_t value;

	if (!parse_number(text, strlen(text), max, &value))
		return false;
	*value_ret = (uint32_t)value;
	return true;
}

/* A number, or two with '-' between. */
static bool parse_range(const char *text, uint32_t max, uint32_t *min_ret, uint32_t *max_ret)
{
	size_t len = strcspn(text, "-");
	uint64_t first;

	if (!parse_number(text, len, max, &first))
		return false;
	*min_ret = *max_ret = (uint32_t)first;
	return !text[len] || parse_u32(text + len + 1, max, max_ret);
}

static bool looks_like_range(const char *text)
{
	return !text[strspn(text, "0123456789-")];
}

static bool parse_user(struct parser *p, const char *value)
{
	struct rule *rule = p->rule;

	if (!looks_like_range(value)) {
		if (!p->names->user(value, &rule->uid_min))
			return bad(p, "no user \"%.64s\"", value);
		rule->uid_max = rule->uid_min;
		return true;
	}
	if (!parse_range(value, RULE_UID_MAX, &rule->uid_min, &rule->uid_max))
		return bad(p, "not a user, UID or UID-UID: \"%.64s\"", value);
	if (rule->uid_min > rule->uid_max)
		return bad(p, "nobody is in the range \"%.64s\"", value);
	return true;
}

static bool parse_group(struct parser *p, const char *value)
{
	if (looks_like_range(value)) {
		if (!parse_u32(value, UINT32_MAX - 1, &p->rule->gid))
			return bad(p, "not a group or GID: \"%.64s\"", value);
		return true;
	}
	if (!p->names->group(value, &p->rule->gid))
		return bad(p, "no group \"%.64s\"", value);
	return true;
}

static bool parse_cgroup(struct parser *p, const char *value)
{
	uint64_t id;

	if (value[0] == '/') {
		if (!p->names->cgroup(value, &p->rule->cgroup))
			return bad(p, "no cgroup \"%.64s\"", value);
		return true;
	}
	if (!parse_number(value, strlen(value), UINT64_MAX, &id) || !id)
		return bad(p, "not the path or the id of a cgroup: \"%.64s\"", value);
	p->rule->cgroup = id;
	return true;
}

static bool parse_role(struct parser *p, const char *value)
{
	if (!strcmp(value, "client"))
		p->rule->role = SEAL_ROLE_CLIENT;
	else if (!strcmp(value, "server"))
		p->rule->role = SEAL_ROLE_SERVER;
	else
		return bad(p, "neither client nor server: \"%.64s\"", value);
	return true;
}

static bool beyond_prefix(const struct rule *rule)
{
	for (unsigned int bit = rule->prefix_len; bit < 8 * rule->address_len; bit++)
		if (rule->address[bit / 8] & 0x80 >> bit % 8)
			return true;
	return false;
}

static bool parse_address(struct rule *rule, const char *text)
{
	if (inet_pton(AF_INET, text, rule->address) == 1)
		rule->address_len = 4;
	else if (inet_pton(AF_INET6, text, rule->address) == 1)
		rule->address_len = 16;
	return rule->address_len;
}

static bool parse_peer(struct parser *p, const char *value)
{
	size_t len = strcspn(value, "/");
	struct rule *rule = p->rule;
	char text[64];

	snprintf(text, sizeof(text), "%.*s", (int)len, value);
	if (len >= sizeof(text) || !parse_address(rule, text))
		return bad(p, "not an address: \"%.64s\"", value);
	rule->prefix_len = 8 * rule->address_len;
	if (value[len] && !parse_u32(value + len + 1, rule->prefix_len, &rule->prefix_len))
		return bad(p, "not a length of a prefix: \"%.64s\"", value + len + 1);
	if (beyond_prefix(rule))
		return bad(p, "the address has bits beyond its prefix: \"%.64s\"", value);
	return true;
}

static bool parse_port(struct parser *p, const char *value)
{
	if (!parse_range(value, UINT16_MAX, &p->rule->port_min, &p->rule->port_max))
		return bad(p, "not PORT or PORT-PORT: \"%.64s\"", value);
	if (p->rule->port_min > p->rule->port_max)
		return bad(p, "no port is in the range \"%.64s\"", value);
	return true;
}

static bool parse_pending(struct parser *p, const char *value)
{
	if (!parse_u32(value, RULE_PENDING_MAX, &p->rule->pending) || !p->rule->pending)
		return bad(p, "not a number from 1 to %u: \"%.64s\"", RULE_PENDING_MAX, value);
	return true;
}

static const struct key {
	const char *name;
	enum rule_has has;
	bool (*parse)(struct parser *p, const char *value);
} keys[] = {
	{ "user",    RULE_USER,    parse_user },
	{ "group",   RULE_GROUP,   parse_group },
	{ "cgroup",  RULE_CGROUP,  parse_cgroup },
	{ "role",    RULE_ROLE,    parse_role },
	{ "peer",    RULE_PEER,    parse_peer },
	{ "port",    RULE_PORT,    parse_port },
	{ "pending", RULE_PENDING, parse_pending },
};

static const struct key *find_key(const char *name)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

static bool parse_word(struct parser *p, char *word)
{
	char *equals = strchr(word, '=');
	const struct key *key;

	if (!equals || !equals[1])
		return bad(p, "not KEY=VALUE: \"%.64s\"", word);
	*equals = '\0';
	key = find_key(word);
	if (!key)
		return bad(p, "unknown key \"%.64s\"", word);
	if (p->rule->has & key->has)
		return bad(p, "\"%s\" given twice", key->name);
	p->rule->has |= key->has;
	return key->parse(p, equals + 1);
}

static bool parse_rule(struct parser *p, char *line)
{
	char *rest, *word = strtok_r(line, " \t", &rest);

	if (strcmp(word, "allow"))
		return bad(p, "does not begin with \"allow\"");
	while ((word = strtok_r(NULL, " \t", &rest)))
		if (!parse_word(p, word))
			return false;
	if (!(p->rule->has & ~RULE_PENDING))
		return bad(p, "says nobody: a rule needs one of user, group, cgroup, role, "
			   "peer, port");
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

static bool plain(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] != '\t' && (text[i] < 0x20 || text[i] > 0x7e))
			return false;
	return true;
}

static bool parse_line(struct parser *p, struct rules *rules, const char *text, size_t len)
{
	char line[RULES_LINE_MAX + 1];

	if (len > RULES_LINE_MAX)
		return bad(p, "longer than %u octets", RULES_LINE_MAX);
	if (!plain(text, len))
		return bad(p, "not plain text");
	memcpy(line, text, len);
	line[len] = '\0';
	cut_comment(line);
	if (!line[strspn(line, " \t")])
		return true;
	if (rules->count == RULES_MAX)
		return bad(p, "more than %u rules", RULES_MAX);
	p->rule = &rules->rule[rules->count++];
	return parse_rule(p, line);
}

bool rules_parse(struct rules *rules_ret, const char *text, size_t len,
		 const struct rules_names *names, struct rules_error *error)
{
	struct parser p = { .names = names, .error = error };

	memset(rules_ret, 0, sizeof(*rules_ret));
	*error = (struct rules_error){ 0 };
	if (len > RULES_FILE_MAX)
		return bad(&p, "larger than %u octets", RULES_FILE_MAX);
	while (len) {
		const char *end = memchr(text, '\n', len);
		size_t used = end ? (size_t)(end - text) : len;

		error->line++;
		if (!parse_line(&p, rules_ret, text, used))
			return false;
		used += !!end;
		text += used;
		len -= used;
	}
	error->line = 0;
	return true;
}
