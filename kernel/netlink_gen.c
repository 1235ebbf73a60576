// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/seal.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/seal_netlink.h>

/* Integer value ranges */
static const struct netlink_range_validation seal_a_rule_port_min_range = {
	.max	= 65535ULL,
};

static const struct netlink_range_validation seal_a_rule_port_max_range = {
	.max	= 65535ULL,
};

/* Common nested types */
const struct nla_policy seal_rule_nl_policy[SEAL_A_RULE_PAD + 1] = {
	[SEAL_A_RULE_UID_MIN] = { .type = NLA_U32, },
	[SEAL_A_RULE_UID_MAX] = { .type = NLA_U32, },
	[SEAL_A_RULE_GID] = { .type = NLA_U32, },
	[SEAL_A_RULE_CGROUP] = { .type = NLA_U64, },
	[SEAL_A_RULE_ROLE] = NLA_POLICY_RANGE(NLA_U32, 1, 2),
	[SEAL_A_RULE_ADDRESS] = { .type = NLA_BINARY, },
	[SEAL_A_RULE_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U32, 128),
	[SEAL_A_RULE_PORT_MIN] = NLA_POLICY_FULL_RANGE(NLA_U32, &seal_a_rule_port_min_range),
	[SEAL_A_RULE_PORT_MAX] = NLA_POLICY_FULL_RANGE(NLA_U32, &seal_a_rule_port_max_range),
	[SEAL_A_RULE_MAX_PENDING] = NLA_POLICY_RANGE(NLA_U32, 1, 1024),
};

/* SEAL_CMD_CLAIM - do */
static const struct nla_policy seal_claim_nl_policy[SEAL_A_SOCKET_PIDFD + 1] = {
	[SEAL_A_SOCKET_SOCKFD] = NLA_POLICY_MIN(NLA_S32, 0),
	[SEAL_A_SOCKET_PIDFD] = NLA_POLICY_MIN(NLA_S32, 0),
};

/* SEAL_CMD_ATTACH - do */
static const struct nla_policy seal_attach_nl_policy[SEAL_A_SOCKET_REVOKES + 1] = {
	[SEAL_A_SOCKET_SOCKFD] = NLA_POLICY_MIN(NLA_S32, 0),
	[SEAL_A_SOCKET_DEADLINE] = { .type = NLA_U64, },
	[SEAL_A_SOCKET_PEER] = { .type = NLA_NUL_STRING, .len = 255, },
	[SEAL_A_SOCKET_POLICY] = { .type = NLA_NUL_STRING, .len = 63, },
	[SEAL_A_SOCKET_AK_NAME] = { .type = NLA_BINARY, },
	[SEAL_A_SOCKET_CONNECTION_ID] = NLA_POLICY_EXACT_LEN(16),
	[SEAL_A_SOCKET_PCR_DIGEST] = { .type = NLA_BINARY, },
	[SEAL_A_SOCKET_CLAIMS] = { .type = NLA_NUL_STRING, .len = 255, },
	[SEAL_A_SOCKET_AUTHENTICATED] = NLA_POLICY_MAX(NLA_U32, 1),
	[SEAL_A_SOCKET_TX_INFO] = { .type = NLA_BINARY, },
	[SEAL_A_SOCKET_RX_INFO] = { .type = NLA_BINARY, },
	[SEAL_A_SOCKET_AGENT] = NLA_POLICY_MIN(NLA_U32, 1),
	[SEAL_A_SOCKET_REVOKES] = { .type = NLA_U32, },
};

/* SEAL_CMD_GET - do */
static const struct nla_policy seal_get_nl_policy[SEAL_A_SOCKET_SOCKFD + 1] = {
	[SEAL_A_SOCKET_ID] = { .type = NLA_U64, },
	[SEAL_A_SOCKET_SOCKFD] = NLA_POLICY_MIN(NLA_S32, 0),
};

/* SEAL_CMD_REVOKE - do */
static const struct nla_policy seal_revoke_nl_policy[SEAL_A_SOCKET_ALL + 1] = {
	[SEAL_A_SOCKET_ID] = { .type = NLA_U64, },
	[SEAL_A_SOCKET_PEER] = { .type = NLA_NUL_STRING, .len = 255, },
	[SEAL_A_SOCKET_AK_NAME] = { .type = NLA_BINARY, },
	[SEAL_A_SOCKET_POLICY] = { .type = NLA_NUL_STRING, .len = 63, },
	[SEAL_A_SOCKET_ALL] = { .type = NLA_FLAG, },
	[SEAL_A_SOCKET_REASON] = { .type = NLA_NUL_STRING, .len = 127, },
};

/* SEAL_CMD_EXTEND - do */
static const struct nla_policy seal_extend_nl_policy[SEAL_A_SOCKET_DEADLINE + 1] = {
	[SEAL_A_SOCKET_ID] = { .type = NLA_U64, },
	[SEAL_A_SOCKET_SOCKFD] = NLA_POLICY_MIN(NLA_S32, 0),
	[SEAL_A_SOCKET_DEADLINE] = { .type = NLA_U64, },
};

/* SEAL_CMD_RULES_SET - do */
static const struct nla_policy seal_rules_set_nl_policy[SEAL_A_RULES_RULE + 1] = {
	[SEAL_A_RULES_RULE] = NLA_POLICY_NESTED(seal_rule_nl_policy),
};

/* SEAL_CMD_REGISTER - do */
static const struct nla_policy seal_register_nl_policy[SEAL_A_AGENT_ON_DEATH + 1] = {
	[SEAL_A_AGENT_ON_DEATH] = NLA_POLICY_MAX(NLA_U32, 1),
};

/* Ops table for seal */
static const struct genl_split_ops seal_nl_ops[] = {
	{
		.cmd		= SEAL_CMD_CLAIM,
		.pre_doit	= seal_nl_pre_doit,
		.doit		= seal_nl_claim_doit,
		.policy		= seal_claim_nl_policy,
		.maxattr	= SEAL_A_SOCKET_PIDFD,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SEAL_CMD_ATTACH,
		.pre_doit	= seal_nl_pre_doit,
		.doit		= seal_nl_attach_doit,
		.policy		= seal_attach_nl_policy,
		.maxattr	= SEAL_A_SOCKET_REVOKES,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SEAL_CMD_GET,
		.pre_doit	= seal_nl_pre_doit,
		.doit		= seal_nl_get_doit,
		.policy		= seal_get_nl_policy,
		.maxattr	= SEAL_A_SOCKET_SOCKFD,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SEAL_CMD_GET,
		.dumpit	= seal_nl_get_dumpit,
		.flags	= GENL_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SEAL_CMD_REVOKE,
		.pre_doit	= seal_nl_pre_doit,
		.doit		= seal_nl_revoke_doit,
		.policy		= seal_revoke_nl_policy,
		.maxattr	= SEAL_A_SOCKET_ALL,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SEAL_CMD_EXTEND,
		.pre_doit	= seal_nl_pre_doit,
		.doit		= seal_nl_extend_doit,
		.policy		= seal_extend_nl_policy,
		.maxattr	= SEAL_A_SOCKET_DEADLINE,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SEAL_CMD_RULES_SET,
		.doit		= seal_nl_rules_set_doit,
		.policy		= seal_rules_set_nl_policy,
		.maxattr	= SEAL_A_RULES_RULE,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SEAL_CMD_RULES_GET,
		.dumpit	= seal_nl_rules_get_dumpit,
		.flags	= GENL_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SEAL_CMD_REGISTER,
		.pre_doit	= seal_nl_pre_doit,
		.doit		= seal_nl_register_doit,
		.policy		= seal_register_nl_policy,
		.maxattr	= SEAL_A_AGENT_ON_DEATH,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
};

static const struct genl_multicast_group seal_nl_mcgrps[] = {
	[SEAL_NLGRP_STATUS] = { "status", },
};

struct genl_family seal_nl_family __ro_after_init = {
	.name		= SEAL_FAMILY_NAME,
	.version	= SEAL_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.split_ops	= seal_nl_ops,
	.n_split_ops	= ARRAY_SIZE(seal_nl_ops),
	.mcgrps		= seal_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(seal_nl_mcgrps),
};
