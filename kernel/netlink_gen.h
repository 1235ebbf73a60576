/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/seal.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_SEAL_GEN_H
#define _LINUX_SEAL_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/seal_netlink.h>

/* Common nested types */
extern const struct nla_policy seal_rule_nl_policy[SEAL_A_RULE_PAD + 1];

int seal_nl_pre_doit(const struct genl_split_ops *ops, struct sk_buff *skb,
		     struct genl_info *info);

int seal_nl_claim_doit(struct sk_buff *skb, struct genl_info *info);
int seal_nl_attach_doit(struct sk_buff *skb, struct genl_info *info);
int seal_nl_get_doit(struct sk_buff *skb, struct genl_info *info);
int seal_nl_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int seal_nl_revoke_doit(struct sk_buff *skb, struct genl_info *info);
int seal_nl_extend_doit(struct sk_buff *skb, struct genl_info *info);
int seal_nl_rules_set_doit(struct sk_buff *skb, struct genl_info *info);
int seal_nl_rules_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int seal_nl_register_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	SEAL_NLGRP_STATUS,
};

extern struct genl_family seal_nl_family;

#endif /* _LINUX_SEAL_GEN_H */
