// SPDX-License-Identifier: GPL-2.0-or-later
#include "rules/netlink.h"

#include <string.h>

#include <linux/seal_netlink.h>
#include <netlink/attr.h>

/* Ten attributes of at most 20 octets, their nest, and the head of a message. */
size_t rules_message_size(const struct rules *rules)
{
	return 64 + rules->count * (4 + 10 * 20);
}

static int put_range(struct nl_msg *msg, int type, uint32_t min, uint32_t max)
{
	return nla_put_u32(msg, type, min) || nla_put_u32(msg, type + 1, max);
}

static int put_peer(struct nl_msg *msg, const struct rule *rule)
{
	return nla_put(msg, SEAL_A_RULE_ADDRESS, (int)rule->address_len, rule->address) ||
	       nla_put_u32(msg, SEAL_A_RULE_PREFIX_LEN, rule->prefix_len);
}

static int put_conditions(struct nl_msg *msg, const struct rule *rule)
{
	unsigned int has = rule->has;

	return (has & RULE_USER && put_range(msg, SEAL_A_RULE_UID_MIN, rule->uid_min,
					     rule->uid_max)) ||
	       (has & RULE_GROUP && nla_put_u32(msg, SEAL_A_RULE_GID, rule->gid)) ||
	       (has & RULE_CGROUP && nla_put_u64(msg, SEAL_A_RULE_CGROUP, rule->cgroup)) ||
	       (has & RULE_ROLE && nla_put_u32(msg, SEAL_A_RULE_ROLE, rule->role)) ||
	       (has & RULE_PEER && put_peer(msg, rule)) ||
	       (has & RULE_PORT && put_range(msg, SEAL_A_RULE_PORT_MIN, rule->port_min,
					     rule->port_max)) ||
	       (has & RULE_PENDING && nla_put_u32(msg, SEAL_A_RULE_MAX_PENDING,
						  rule->pending));
}

int rules_put(struct nl_msg *msg, const struct rules *rules)
{
	for (size_t i = 0; i < rules->count; i++) {
		struct nlattr *nest = nla_nest_start(msg, SEAL_A_RULES_RULE);

		if (!nest || put_conditions(msg, &rules->rule[i]))
			return -1;
		nla_nest_end(msg, nest);
	}
	return 0;
}

static const struct nla_policy policy[SEAL_A_RULE_MAX + 1] = {
	[SEAL_A_RULE_UID_MIN]	  = { .type = NLA_U32 },
	[SEAL_A_RULE_UID_MAX]	  = { .type = NLA_U32 },
	[SEAL_A_RULE_GID]	  = { .type = NLA_U32 },
	[SEAL_A_RULE_CGROUP]	  = { .type = NLA_U64 },
	[SEAL_A_RULE_ROLE]	  = { .type = NLA_U32 },
	[SEAL_A_RULE_ADDRESS]	  = { .minlen = 4, .maxlen = 16 },
	[SEAL_A_RULE_PREFIX_LEN]  = { .type = NLA_U32 },
	[SEAL_A_RULE_PORT_MIN]	  = { .type = NLA_U32 },
	[SEAL_A_RULE_PORT_MAX]	  = { .type = NLA_U32 },
	[SEAL_A_RULE_MAX_PENDING] = { .type = NLA_U32 },
};

static uint32_t get_u32(struct nlattr *attr, uint32_t missing)
{
	return attr ? nla_get_u32(attr) : missing;
}

/* The kernel tells ranges always, also those that everybody is in. */
static void get_ranges(struct nlattr **attr, struct rule *rule)
{
	rule->uid_min = get_u32(attr[SEAL_A_RULE_UID_MIN], 0);
	rule->uid_max = get_u32(attr[SEAL_A_RULE_UID_MAX], RULE_UID_MAX);
	if (rule->uid_min || rule->uid_max != RULE_UID_MAX)
		rule->has |= RULE_USER;
	else
		rule->uid_max = 0;
	rule->port_min = get_u32(attr[SEAL_A_RULE_PORT_MIN], 0);
	rule->port_max = get_u32(attr[SEAL_A_RULE_PORT_MAX], UINT16_MAX);
	if (rule->port_min || rule->port_max != UINT16_MAX)
		rule->has |= RULE_PORT;
	else
		rule->port_max = 0;
}

static void get_peer(struct nlattr **attr, struct rule *rule)
{
	if (!attr[SEAL_A_RULE_ADDRESS])
		return;
	rule->has |= RULE_PEER;
	rule->address_len = (unsigned int)nla_len(attr[SEAL_A_RULE_ADDRESS]);
	memcpy(rule->address, nla_data(attr[SEAL_A_RULE_ADDRESS]), rule->address_len);
	rule->prefix_len = get_u32(attr[SEAL_A_RULE_PREFIX_LEN], 8 * rule->address_len);
}

int rule_get(struct nlattr *nest, struct rule *rule_ret)
{
	struct nlattr *attr[SEAL_A_RULE_MAX + 1];

	memset(rule_ret, 0, sizeof(*rule_ret));
	if (nla_parse_nested(attr, SEAL_A_RULE_MAX, nest, policy) < 0)
		return -1;
	get_ranges(attr, rule_ret);
	get_peer(attr, rule_ret);
	if (attr[SEAL_A_RULE_GID])
		rule_ret->has |= RULE_GROUP;
	rule_ret->gid = get_u32(attr[SEAL_A_RULE_GID], 0);
	if (attr[SEAL_A_RULE_CGROUP]) {
		rule_ret->has |= RULE_CGROUP;
		rule_ret->cgroup = nla_get_u64(attr[SEAL_A_RULE_CGROUP]);
	}
	if (attr[SEAL_A_RULE_ROLE])
		rule_ret->has |= RULE_ROLE;
	rule_ret->role = get_u32(attr[SEAL_A_RULE_ROLE], 0);
	rule_ret->has |= RULE_PENDING;
	rule_ret->pending = get_u32(attr[SEAL_A_RULE_MAX_PENDING], RULE_PENDING_DEFAULT);
	return 0;
}
