// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/rules.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <linux/seal.h>

const char *rule_role(const struct rule *rule)
{
	if (!(rule->has & RULE_ROLE))
		return "";
	return rule->role == SEAL_ROLE_CLIENT ? "client" : "server";
}

char *rule_peer(const struct rule *rule, char out[64])
{
	size_t len;

	out[0] = '\0';
	if (!(rule->has & RULE_PEER))
		return out;
	inet_ntop(rule->address_len == 4 ? AF_INET : AF_INET6, rule->address, out,
		  INET6_ADDRSTRLEN);
	len = strlen(out);
	snprintf(out + len, 64 - len, "/%u", rule->prefix_len);
	return out;
}

/* All that a rule can say is less than RULE_TEXT_MAX. */
__attribute__((format(printf, 2, 3)))
static void add(char *out, const char *format, ...)
{
	size_t len = strlen(out);
	va_list args;

	va_start(args, format);
	vsnprintf(out + len, RULE_TEXT_MAX - len, format, args);
	va_end(args);
}

static void add_range(char *out, const char *key, uint32_t min, uint32_t max)
{
	add(out, " %s=%u", key, min);
	if (max != min)
		add(out, "-%u", max);
}

char *rule_format(const struct rule *rule, char out[RULE_TEXT_MAX])
{
	char peer[64];

	strcpy(out, "allow");
	if (rule->has & RULE_USER)
		add_range(out, "user", rule->uid_min, rule->uid_max);
	if (rule->has & RULE_GROUP)
		add(out, " group=%u", rule->gid);
	if (rule->has & RULE_CGROUP)
		add(out, " cgroup=%" PRIu64, rule->cgroup);
	if (rule->has & RULE_ROLE)
		add(out, " role=%s", rule_role(rule));
	if (rule->has & RULE_PEER)
		add(out, " peer=%s", rule_peer(rule, peer));
	if (rule->has & RULE_PORT)
		add_range(out, "port", rule->port_min, rule->port_max);
	if (rule->has & RULE_PENDING)
		add(out, " pending=%u", rule->pending);
	return out;
}
