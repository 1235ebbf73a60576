// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules as messages: what is taken, what is refused, and what a list of them says.
 * Whom they let ask is tested by policy.c.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>

#include "kselftest_harness.h"
#include "lib.h"
#include "rule.h"

FIXTURE(rules)
{
	struct nl nl;
};

FIXTURE_SETUP(rules)
{
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", NULL));
}

FIXTURE_TEARDOWN(rules)
{
	nl_close(&self->nl);
}

TEST_F_TIMEOUT(rules, ranges_are_checked, 120)
{
	struct rule rule = rule_nothing;

	rule.role = 3;
	EXPECT_EQ(-ERANGE, rules_set(&self->nl, &rule, 1));
	rule = rule_nothing;
	rule.port_max = 65536;
	EXPECT_EQ(-ERANGE, rules_set(&self->nl, &rule, 1));
	rule = rule_nothing;
	rule.uid_min = 5;
	rule.max = 1025;
	EXPECT_EQ(-ERANGE, rules_set(&self->nl, &rule, 1));
	EXPECT_EQ(0, rules_count(&self->nl));
}

/* What struct rule has no words for. */
TEST_F_TIMEOUT(rules, forms_are_checked, 120)
{
	unsigned char address[8] = { 10 };
	static struct rule many[257];
	struct msg msg;
	size_t nest;
	int i;

#define refused(put) ({									\
	msg_init(&msg, SEAL_CMD_RULES_SET);						\
	nest = msg_nest(&msg, SEAL_A_RULES_RULE);					\
	put;										\
	msg_nest_end(&msg, nest);							\
	EXPECT_EQ(-EINVAL, nl_call(&self->nl, &msg));					\
})
	refused(msg_u32(&msg, SEAL_A_RULE_UID_MIN, 5); msg_u32(&msg, SEAL_A_RULE_UID_MIN, 6));
	EXPECT_STREQ("the attribute was given twice", self->nl.extack);
	refused(msg_put(&msg, SEAL_A_RULE_ADDRESS, address, sizeof(address)));
	EXPECT_STREQ("an address has 4 or 16 bytes", self->nl.extack);
	refused(msg_u64(&msg, SEAL_A_RULE_CGROUP, 0));
	refused(msg_u32(&msg, SEAL_A_RULE_UID_MAX, UINT32_MAX));
	for (i = 0; i < 257; i++) {
		many[i] = rule_nothing;
		many[i].gid = i;
	}
	EXPECT_EQ(-E2BIG, rules_set(&self->nl, many, 257));
	EXPECT_STREQ("more than 256 rules", self->nl.extack);
	EXPECT_EQ(0, rules_count(&self->nl));
	EXPECT_EQ(0, rules_set(&self->nl, many, 256));
	EXPECT_EQ(256, rules_count(&self->nl));
}

/* Of the last rule that was listed. */
static uint32_t listed(struct nl *nl, uint16_t type)
{
	const struct nlattr *attr;
	size_t len;

	attr = nl_attr(nl, SEAL_A_RULES_RULE, &len);
	for (; attr && len >= sizeof(*attr) + 4; len -= NLA_ALIGN(attr->nla_len)) {
		if (attr->nla_type == type)
			return *(const uint32_t *)(attr + 1);
		attr = (const void *)((const char *)attr + NLA_ALIGN(attr->nla_len));
	}
	return ANY;
}

TEST_F_TIMEOUT(rules, are_listed_as_they_were_set, 120)
{
	struct rule rule = rule_nothing;

	rule.uid_min = 7;
	rule.uid_max = 8;
	rule.gid = 9;
	rule.role = SEAL_ROLE_SERVER;
	rule.address = "10.1.0.0";
	rule.prefix_len = 16;
	rule.port_min = 20;
	rule.port_max = 21;
	rule.max = 3;
	ASSERT_EQ(0, rules_set(&self->nl, &rule, 1));
	ASSERT_EQ(1, rules_count(&self->nl));
	EXPECT_EQ(7, listed(&self->nl, SEAL_A_RULE_UID_MIN));
	EXPECT_EQ(8, listed(&self->nl, SEAL_A_RULE_UID_MAX));
	EXPECT_EQ(9, listed(&self->nl, SEAL_A_RULE_GID));
	EXPECT_EQ(SEAL_ROLE_SERVER, listed(&self->nl, SEAL_A_RULE_ROLE));
	EXPECT_EQ(htonl(0x0a010000), listed(&self->nl, SEAL_A_RULE_ADDRESS));
	EXPECT_EQ(16, listed(&self->nl, SEAL_A_RULE_PREFIX_LEN));
	EXPECT_EQ(20, listed(&self->nl, SEAL_A_RULE_PORT_MIN));
	EXPECT_EQ(21, listed(&self->nl, SEAL_A_RULE_PORT_MAX));
	EXPECT_EQ(3, listed(&self->nl, SEAL_A_RULE_MAX_PENDING));
}

/* Asks for all and, when the first part has been made, has them replaced. */
static int list_meanwhile(struct nl *nl, struct nl *other)
{
	struct rule rule = rule_nothing;
	struct msg msg;
	int err;

	rule.uid_max = 2000;
	msg_init(&msg, SEAL_CMD_RULES_GET);
	msg.hdr.nlmsg_flags |= NLM_F_DUMP;
	err = nl_ask(nl, &msg);
	if (!err && other)
		err = rules_set(other, &rule, 1);
	return err ?: nl_answer(nl);
}

TEST_F_TIMEOUT(rules, a_list_of_two_halves_says_so, 120)
{
	static struct rule many[256];
	struct nl other;
	int i;

	for (i = 0; i < 256; i++) {
		many[i] = rule_nothing;
		many[i].gid = i;
	}
	ASSERT_EQ(0, nl_open(&other, "seal", NULL));
	ASSERT_EQ(0, rules_set(&other, many, 256));
	EXPECT_EQ(0, list_meanwhile(&self->nl, NULL));
	EXPECT_FALSE(self->nl.interrupted);
	EXPECT_EQ(0, list_meanwhile(&self->nl, &other));
	EXPECT_TRUE(self->nl.interrupted);
	nl_close(&other);
}

TEST_HARNESS_MAIN
