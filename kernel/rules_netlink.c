// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules of rules.c as netlink attributes, both ways.
 */

#include <linux/module.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/ipv6.h>

#include "internal.h"
#include "netlink_gen.h"

#define SEAL_RULES_MAX		256
#define SEAL_PENDING_DEFAULT	8

static int seal_rule_bad(struct netlink_ext_ack *extack, const struct nlattr *nest,
			 const char *why)
{
	NL_SET_BAD_ATTR(extack, nest);
	NL_SET_ERR_MSG_FMT(extack, "%s", why);
	return -EINVAL;
}

/* Of two attributes of a kind the parser would silently take the last. */
static bool seal_rule_twice(const struct nlattr *nest)
{
	DECLARE_BITMAP(seen, SEAL_A_RULE_MAX + 1) = {};
	const struct nlattr *attr;
	int rem;

	nla_for_each_nested(attr, nest, rem)
		if (nla_type(attr) > SEAL_A_RULE_MAX ||
		    __test_and_set_bit(nla_type(attr), seen))
			return true;
	return false;
}

static u32 seal_rule_u32(const struct nlattr *attr, u32 missing)
{
	return attr ? nla_get_u32(attr) : missing;
}

/* IPv4 as mapped: one comparison for both. Bits beyond the prefix are a mistake. */
static const char *seal_rule_address(struct seal_rule *rule, struct nlattr **attrs)
{
	const struct nlattr *attr = attrs[SEAL_A_RULE_ADDRESS];
	struct in6_addr masked;
	unsigned int bits;

	if (!attr)
		return attrs[SEAL_A_RULE_PREFIX_LEN] ? "a prefix without address" : NULL;
	if (nla_len(attr) != 4 && nla_len(attr) != 16)
		return "an address has 4 or 16 bytes";
	bits = 8 * nla_len(attr);
	rule->has_address = true;
	rule->v4 = bits == 32;
	if (rule->v4)
		ipv6_addr_set_v4mapped(nla_get_in_addr(attr), &rule->address);
	else
		rule->address = nla_get_in6_addr(attr);
	rule->prefix_len = seal_rule_u32(attrs[SEAL_A_RULE_PREFIX_LEN], bits);
	if (rule->prefix_len > bits)
		return "the prefix is longer than the address";
	rule->prefix_len += 128 - bits;
	ipv6_addr_prefix(&masked, &rule->address, rule->prefix_len);
	if (!ipv6_addr_equal(&masked, &rule->address))
		return "the address has bits beyond the prefix";
	return NULL;
}

static bool seal_rule_says_whom(struct nlattr **attrs)
{
	int type;

	for (type = 1; type <= SEAL_A_RULE_MAX; type++)
		if (attrs[type] && type != SEAL_A_RULE_MAX_PENDING &&
		    type != SEAL_A_RULE_PAD)
			return true;
	return false;
}

static const char *seal_rule_fill(struct seal_rule *rule, struct nlattr **attrs)
{
	rule->uid_min = seal_rule_u32(attrs[SEAL_A_RULE_UID_MIN], 0);
	rule->uid_max = seal_rule_u32(attrs[SEAL_A_RULE_UID_MAX], U32_MAX - 1);
	rule->has_gid = attrs[SEAL_A_RULE_GID];
	rule->gid = seal_rule_u32(attrs[SEAL_A_RULE_GID], 0);
	if (attrs[SEAL_A_RULE_CGROUP])
		rule->cgroup = nla_get_u64(attrs[SEAL_A_RULE_CGROUP]);
	rule->role = seal_rule_u32(attrs[SEAL_A_RULE_ROLE], 0);
	rule->port_min = seal_rule_u32(attrs[SEAL_A_RULE_PORT_MIN], 0);
	rule->port_max = seal_rule_u32(attrs[SEAL_A_RULE_PORT_MAX], U16_MAX);
	rule->max_pending = seal_rule_u32(attrs[SEAL_A_RULE_MAX_PENDING],
					  SEAL_PENDING_DEFAULT);
	if (!seal_rule_says_whom(attrs))
		return "a rule must say whom it means";
	if (rule->uid_min > rule->uid_max || rule->uid_max == U32_MAX)
		return "a range of uids without members";
	if (rule->port_min > rule->port_max)
		return "a range of ports without members";
	if (attrs[SEAL_A_RULE_CGROUP] && !rule->cgroup)
		return "no cgroup has the id 0";
	return seal_rule_address(rule, attrs);
}

static int seal_rule_parse(struct seal_rule *rule, const struct nlattr *nest,
			   struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[SEAL_A_RULE_MAX + 1];
	const char *why;
	int err;

	err = nla_parse_nested(attrs, SEAL_A_RULE_MAX, nest, seal_rule_nl_policy, extack);
	if (err)
		return err;
	if (seal_rule_twice(nest))
		return seal_rule_bad(extack, nest, "the attribute was given twice");
	why = seal_rule_fill(rule, attrs);
	return why ? seal_rule_bad(extack, nest, why) : 0;
}

/**
 * seal_nl_rules_set_doit() - SEAL_CMD_RULES_SET
 * @skb: the message
 * @info: any number of RULE
 *
 * Context: process.
 * Return: 0 or a negative errno, and then the rules are as they were.
 */
int seal_nl_rules_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct seal_rules *rules = NULL;
	const struct nlattr *attr;
	u32 count = 0, n = 0;
	int rem, err;

	/* They would be lost where init fails, and a dump of many keeps no module then. */
	if (module_is_coming(THIS_MODULE))
		return -ENODEV;
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem)
		count++;
	if (count > SEAL_RULES_MAX) {
		NL_SET_ERR_MSG(info->extack, "more than 256 rules");
		return -E2BIG;
	}
	if (count) {
		rules = kvzalloc(struct_size(rules, rule, count), GFP_KERNEL_ACCOUNT);
		if (!rules)
			return -ENOMEM;
		rules->count = count;
	}
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		err = seal_rule_parse(&rules->rule[n++], attr, info->extack);
		if (err) {
			kvfree(rules);
			return err;
		}
	}
	seal_rules_replace(seal_net_of(genl_info_net(info)), rules);
	return 0;
}

static int seal_rule_put_peer(struct sk_buff *skb, const struct seal_rule *rule)
{
	unsigned int bits = rule->v4 ? 32 : 128;

	if (!rule->has_address)
		return 0;
	return nla_put(skb, SEAL_A_RULE_ADDRESS, bits / 8,
		       &rule->address.s6_addr[16 - bits / 8]) ?:
	       nla_put_u32(skb, SEAL_A_RULE_PREFIX_LEN, rule->prefix_len - (128 - bits));
}

static int seal_rule_put(struct sk_buff *skb, const struct seal_rule *rule)
{
	struct nlattr *nest = nla_nest_start(skb, SEAL_A_RULES_RULE);

	if (!nest ||
	    nla_put_u32(skb, SEAL_A_RULE_UID_MIN, rule->uid_min) ||
	    nla_put_u32(skb, SEAL_A_RULE_UID_MAX, rule->uid_max) ||
	    (rule->has_gid && nla_put_u32(skb, SEAL_A_RULE_GID, rule->gid)) ||
	    (rule->cgroup && nla_put_u64_64bit(skb, SEAL_A_RULE_CGROUP, rule->cgroup,
					       SEAL_A_RULE_PAD)) ||
	    (rule->role && nla_put_u32(skb, SEAL_A_RULE_ROLE, rule->role)) ||
	    seal_rule_put_peer(skb, rule) ||
	    nla_put_u32(skb, SEAL_A_RULE_PORT_MIN, rule->port_min) ||
	    nla_put_u32(skb, SEAL_A_RULE_PORT_MAX, rule->port_max) ||
	    nla_put_u32(skb, SEAL_A_RULE_MAX_PENDING, rule->max_pending))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int seal_rule_dump(struct sk_buff *skb, struct netlink_callback *cb,
			  const struct seal_rule *rule)
{
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &seal_nl_family, NLM_F_MULTI, SEAL_CMD_RULES_GET);
	if (!hdr)
		return -EMSGSIZE;
	if (seal_rule_put(skb, rule)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genl_dump_check_consistent(cb, hdr);
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * seal_nl_rules_get_dumpit() - SEAL_CMD_RULES_GET
 * @skb: to fill
 * @cb: where we are: args[0] is the next rule
 *
 * Context: process.
 * Return: bytes in @skb, 0 at the end.
 */
int seal_nl_rules_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct seal_net *sn = seal_net_of(sock_net(skb->sk));
	const struct seal_rules *rules;
	unsigned long n = cb->args[0];

	rcu_read_lock();
	spin_lock_bh(&sn->lock);
	/* 0 would be no number. */
	cb->seq = sn->rules_seq + 1;
	rules = rcu_dereference(sn->rules);
	spin_unlock_bh(&sn->lock);
	while (rules && n < rules->count && !seal_rule_dump(skb, cb, &rules->rule[n]))
		n++;
	rcu_read_unlock();
	cb->args[0] = n;
	return skb->len;
}
