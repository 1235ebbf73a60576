// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit tests of what can be told without a socket: transitions, errnos, the
 * binary interface, the tables.
 */

#include <kunit/test.h>
#include <linux/module.h>
#include <linux/net.h>
#include <net/inet_common.h>

#include "internal.h"

/* All that may happen; the matrix must have nothing beyond. */
static const struct {
	enum seal_state from;
	enum seal_event event;
	enum seal_state to;
} seal_allowed[] = {
	{ SEAL_STATE_NONE,	SEAL_EV_HOLD,	 SEAL_STATE_PENDING },
	{ SEAL_STATE_PENDING,	SEAL_EV_ATTACH,	 SEAL_STATE_ATTESTED },
	{ SEAL_STATE_PENDING,	SEAL_EV_REVOKE,	 SEAL_STATE_REVOKED },
	{ SEAL_STATE_PENDING,	SEAL_EV_FAIL,	 SEAL_STATE_REJECTED },
	{ SEAL_STATE_PENDING,	SEAL_EV_TIMEOUT, SEAL_STATE_REJECTED },
	{ SEAL_STATE_ATTESTED,	SEAL_EV_EXPIRE,	 SEAL_STATE_EXPIRED },
	{ SEAL_STATE_ATTESTED,	SEAL_EV_REVOKE,	 SEAL_STATE_REVOKED },
	{ SEAL_STATE_ATTESTED,	SEAL_EV_FAIL,	 SEAL_STATE_REJECTED },
};

static enum seal_state seal_expected(enum seal_state from, enum seal_event event)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(seal_allowed); i++)
		if (seal_allowed[i].from == from && seal_allowed[i].event == event)
			return seal_allowed[i].to;
	return SEAL_STATE_NONE;
}

static void seal_test_matrix(struct kunit *test)
{
	unsigned int from, event;

	for (from = 0; from < SEAL_STATES + 3; from++)
		for (event = 0; event < SEAL_EVENTS + 3; event++)
			KUNIT_EXPECT_EQ(test, seal_state_next(from, event),
					seal_expected(from, event));
}

static void seal_test_closed_is_final(struct kunit *test)
{
	unsigned int state, event;

	for (state = 0; state < SEAL_STATES; state++)
		for (event = 0; event < SEAL_EVENTS; event++)
			if (seal_state_closed(state))
				KUNIT_EXPECT_EQ(test, seal_state_next(state, event),
						SEAL_STATE_NONE);
}

static void seal_test_errno(struct kunit *test)
{
	unsigned int state;

	for (state = 0; state < SEAL_STATES + 3; state++) {
		int user = seal_state_errno(state, SEAL_CONSUMER_USER);
		int kernel = seal_state_errno(state, SEAL_CONSUMER_KERNEL);

		KUNIT_EXPECT_EQ(test, user == 0, state == SEAL_STATE_ATTESTED);
		KUNIT_EXPECT_EQ(test, kernel == 0, state == SEAL_STATE_ATTESTED);
		if (seal_state_closed(state))
			KUNIT_EXPECT_EQ(test, kernel, ECONNRESET);
		KUNIT_EXPECT_NE(test, user, EKEYEXPIRED);
	}
	KUNIT_EXPECT_EQ(test, seal_state_errno(SEAL_STATE_EXPIRED, SEAL_CONSUMER_USER),
			EKEYREVOKED);
	KUNIT_EXPECT_EQ(test, seal_state_errno(SEAL_STATE_REVOKED, SEAL_CONSUMER_USER),
			EKEYREJECTED);
	KUNIT_EXPECT_EQ(test, seal_state_errno(SEAL_STATE_REJECTED, SEAL_CONSUMER_USER),
			EKEYREJECTED);
	KUNIT_EXPECT_EQ(test, seal_state_errno(SEAL_STATE_PENDING, SEAL_CONSUMER_USER),
			EAGAIN);
}

static void seal_test_names(struct kunit *test)
{
	unsigned int state;

	for (state = 0; state < SEAL_STATES; state++)
		KUNIT_EXPECT_STRNEQ(test, seal_state_name(state), "unknown");
	KUNIT_EXPECT_STREQ(test, seal_state_name(SEAL_STATES), "unknown");
}

static void seal_test_abi_status(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, sizeof(struct seal_status), 896);
	KUNIT_EXPECT_EQ(test, __alignof__(struct seal_status), 8);
	KUNIT_EXPECT_EQ(test, offsetof(struct seal_status, size), 0);
	KUNIT_EXPECT_EQ(test, offsetof(struct seal_status, state), 4);
	KUNIT_EXPECT_EQ(test, offsetof(struct seal_status, id), 8);
	KUNIT_EXPECT_EQ(test, offsetof(struct seal_status, deadline), 16);
	KUNIT_EXPECT_EQ(test, offsetof(struct seal_status, consumer), 24);
	KUNIT_EXPECT_EQ(test, offsetof(struct seal_status, uid), 28);
	KUNIT_EXPECT_EQ(test, offsetof(struct seal_status, authenticated), 32);
	KUNIT_EXPECT_EQ(test, offsetof(struct seal_status, error), 36);
	KUNIT_EXPECT_EQ(test, offsetof(struct seal_status, connection_id), 40);
	KUNIT_EXPECT_EQ(test, offsetof(struct seal_status, ak_name_len), 56);
	KUNIT_EXPECT_EQ(test, offsetof(struct seal_status, pcr_digest_len), 58);
	KUNIT_EXPECT_EQ(test, offsetof(struct seal_status, ak_name), 60);
	KUNIT_EXPECT_EQ(test, offsetof(struct seal_status, pcr_digest), 126);
	KUNIT_EXPECT_EQ(test, offsetof(struct seal_status, __reserved), 190);
	KUNIT_EXPECT_EQ(test, offsetof(struct seal_status, peer), 192);
	KUNIT_EXPECT_EQ(test, offsetof(struct seal_status, policy), 448);
	KUNIT_EXPECT_EQ(test, offsetof(struct seal_status, claims), 512);
	KUNIT_EXPECT_EQ(test, offsetof(struct seal_status, reason), 768);
}

static void seal_test_abi_request(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, sizeof(struct seal_request), 272);
	KUNIT_EXPECT_EQ(test, __alignof__(struct seal_request), 4);
	KUNIT_EXPECT_EQ(test, offsetof(struct seal_request, size), 0);
	KUNIT_EXPECT_EQ(test, offsetof(struct seal_request, role), 4);
	KUNIT_EXPECT_EQ(test, offsetof(struct seal_request, flags), 8);
	KUNIT_EXPECT_EQ(test, offsetof(struct seal_request, timeout_ms), 12);
	KUNIT_EXPECT_EQ(test, offsetof(struct seal_request, peername), 16);
}

/* As they were given away once: programs that were built then have them. */
static const struct {
	unsigned int is;
	unsigned int was;
} seal_abi_numbers[] = {
	{ SEAL_SO_STATUS, 0x5ea0 },
	{ SEAL_SO_REQUEST, 0x5ea1 },
	{ SEAL_SO_REVOKE, 0x5ea2 },
	{ SEAL_SO_TIGHTEN, 0x5ea3 },
	{ SEAL_SO_REQUIRE, 0x5ea4 },
	{ SEAL_ROLE_CLIENT, 1 },
	{ SEAL_ROLE_SERVER, 2 },
	{ SEAL_REQUEST_ANONYMOUS, 1 },
	{ SEAL_REQUIRE_MAX_MS, 3600000 },
	{ SEAL_PEER_MAX, 256 },
	{ SEAL_POLICY_MAX, 64 },
	{ SEAL_CLAIMS_MAX, 256 },
	{ SEAL_REASON_MAX, 128 },
	{ SEAL_AK_NAME_MAX, 66 },
	{ SEAL_PCR_DIGEST_MAX, 64 },
	{ SEAL_CONNECTION_ID_LEN, 16 },
	{ SEAL_STATE_NONE, 0 },
	{ SEAL_STATE_PENDING, 1 },
	{ SEAL_STATE_ATTESTED, 2 },
	{ SEAL_STATE_EXPIRED, 3 },
	{ SEAL_STATE_REVOKED, 4 },
	{ SEAL_STATE_REJECTED, 5 },
	{ SEAL_CONSUMER_KERNEL, 0 },
	{ SEAL_CONSUMER_USER, 1 },
	{ SEAL_ON_DEATH_KEEP, 0 },
	{ SEAL_ON_DEATH_CLOSE, 1 },
	{ SEAL_A_SOCKET_ID, 1 },
	{ SEAL_A_SOCKET_SOCKFD, 2 },
	{ SEAL_A_SOCKET_PIDFD, 3 },
	{ SEAL_A_SOCKET_STATE, 4 },
	{ SEAL_A_SOCKET_CONSUMER, 5 },
	{ SEAL_A_SOCKET_UID, 6 },
	{ SEAL_A_SOCKET_DEADLINE, 7 },
	{ SEAL_A_SOCKET_PEER, 8 },
	{ SEAL_A_SOCKET_POLICY, 9 },
	{ SEAL_A_SOCKET_AK_NAME, 10 },
	{ SEAL_A_SOCKET_CONNECTION_ID, 11 },
	{ SEAL_A_SOCKET_PCR_DIGEST, 12 },
	{ SEAL_A_SOCKET_CLAIMS, 13 },
	{ SEAL_A_SOCKET_AUTHENTICATED, 14 },
	{ SEAL_A_SOCKET_TX_INFO, 15 },
	{ SEAL_A_SOCKET_RX_INFO, 16 },
	{ SEAL_A_SOCKET_LOCAL, 17 },
	{ SEAL_A_SOCKET_REMOTE, 18 },
	{ SEAL_A_SOCKET_COOKIE, 19 },
	{ SEAL_A_SOCKET_COUNT, 20 },
	{ SEAL_A_SOCKET_DRAINING, 21 },
	{ SEAL_A_SOCKET_REASON, 22 },
	{ SEAL_A_SOCKET_ALL, 23 },
	{ SEAL_A_SOCKET_PAD, 24 },
	{ SEAL_A_SOCKET_AGENT, 25 },
	{ SEAL_A_SOCKET_REVOKES, 26 },
	{ SEAL_A_RULE_UID_MIN, 1 },
	{ SEAL_A_RULE_UID_MAX, 2 },
	{ SEAL_A_RULE_GID, 3 },
	{ SEAL_A_RULE_CGROUP, 4 },
	{ SEAL_A_RULE_ROLE, 5 },
	{ SEAL_A_RULE_ADDRESS, 6 },
	{ SEAL_A_RULE_PREFIX_LEN, 7 },
	{ SEAL_A_RULE_PORT_MIN, 8 },
	{ SEAL_A_RULE_PORT_MAX, 9 },
	{ SEAL_A_RULE_MAX_PENDING, 10 },
	{ SEAL_A_RULE_PAD, 11 },
	{ SEAL_A_RULES_RULE, 1 },
	{ SEAL_A_AGENT_ON_DEATH, 1 },
	{ SEAL_CMD_CLAIM, 1 },
	{ SEAL_CMD_ATTACH, 2 },
	{ SEAL_CMD_GET, 3 },
	{ SEAL_CMD_STATUS_NTF, 4 },
	{ SEAL_CMD_REVOKE, 5 },
	{ SEAL_CMD_EXTEND, 6 },
	{ SEAL_CMD_RULES_SET, 7 },
	{ SEAL_CMD_RULES_GET, 8 },
	{ SEAL_CMD_REGISTER, 9 },
};

static void seal_test_abi_numbers(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(seal_abi_numbers); i++)
		KUNIT_EXPECT_EQ_MSG(test, seal_abi_numbers[i].is, seal_abi_numbers[i].was,
				    "row %u", i);
	/* What comes at the end gets a row above. */
	KUNIT_EXPECT_EQ(test, SEAL_CMD_MAX, SEAL_CMD_REGISTER);
	KUNIT_EXPECT_EQ(test, SEAL_A_SOCKET_MAX, SEAL_A_SOCKET_REVOKES);
	KUNIT_EXPECT_EQ(test, SEAL_A_RULE_MAX, SEAL_A_RULE_PAD);
	KUNIT_EXPECT_EQ(test, SEAL_A_RULES_MAX, SEAL_A_RULES_RULE);
	KUNIT_EXPECT_EQ(test, SEAL_A_AGENT_MAX, SEAL_A_AGENT_ON_DEATH);
	KUNIT_EXPECT_STREQ(test, SEAL_FAMILY_NAME, "seal");
	KUNIT_EXPECT_EQ(test, SEAL_FAMILY_VERSION, 1);
}

/* What an attested socket calls on its data path is what was there before. */
static void seal_test_attested_table(struct kunit *test)
{
	const struct proto_ops *base = &inet_stream_ops, *ops;
	struct seal_group *group = seal_group_get(base);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, group);
	KUNIT_EXPECT_PTR_EQ(test, group, seal_group_get(base));
	KUNIT_EXPECT_EQ(test, PTR_ERR(seal_group_get(&group->ops[SEAL_STATE_ATTESTED])),
			-EBUSY);
	ops = &group->ops[SEAL_STATE_ATTESTED];
	KUNIT_EXPECT_PTR_EQ(test, ops->owner, THIS_MODULE);
	KUNIT_EXPECT_PTR_EQ(test, ops->sendmsg, base->sendmsg);
	KUNIT_EXPECT_PTR_EQ(test, ops->recvmsg, base->recvmsg);
	KUNIT_EXPECT_PTR_EQ(test, ops->poll, base->poll);
	KUNIT_EXPECT_PTR_EQ(test, ops->splice_read, base->splice_read);
	KUNIT_EXPECT_PTR_EQ(test, ops->splice_eof, base->splice_eof);
	KUNIT_EXPECT_PTR_EQ(test, ops->read_sock, base->read_sock);
	KUNIT_EXPECT_PTR_NE(test, ops->read_skb, base->read_skb);
	KUNIT_EXPECT_PTR_NE(test, ops->sendmsg_locked, base->sendmsg_locked);
	KUNIT_EXPECT_PTR_NE(test, ops->mmap, base->mmap);
	KUNIT_EXPECT_PTR_NE(test, ops->release, base->release);
	KUNIT_EXPECT_PTR_NE(test, ops->setsockopt, base->setsockopt);
	KUNIT_EXPECT_PTR_NE(test, ops->getsockopt, base->getsockopt);
}

/* In every other state every way for a byte is ours. */
static void seal_test_other_tables(struct kunit *test)
{
	const struct proto_ops *base = &inet_stream_ops, *ops;
	struct seal_group *group = seal_group_get(base);
	unsigned int state;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, group);
	for (state = 0; state < SEAL_STATES; state++) {
		if (state == SEAL_STATE_ATTESTED)
			continue;
		ops = &group->ops[state];
		KUNIT_EXPECT_PTR_NE(test, ops->sendmsg, base->sendmsg);
		KUNIT_EXPECT_PTR_NE(test, ops->recvmsg, base->recvmsg);
		KUNIT_EXPECT_PTR_NE(test, ops->poll, base->poll);
		KUNIT_EXPECT_PTR_NE(test, ops->splice_read, base->splice_read);
		KUNIT_EXPECT_PTR_NE(test, ops->splice_eof, base->splice_eof);
		KUNIT_EXPECT_PTR_NE(test, ops->read_sock, base->read_sock);
		KUNIT_EXPECT_PTR_NE(test, ops->read_skb, base->read_skb);
		KUNIT_EXPECT_PTR_NE(test, ops->sendmsg_locked, base->sendmsg_locked);
		KUNIT_EXPECT_PTR_NE(test, ops->mmap, base->mmap);
		KUNIT_EXPECT_PTR_NE(test, ops->release, base->release);
	}
}

static struct kunit_case seal_cases[] = {
	KUNIT_CASE(seal_test_matrix),
	KUNIT_CASE(seal_test_closed_is_final),
	KUNIT_CASE(seal_test_errno),
	KUNIT_CASE(seal_test_names),
	KUNIT_CASE(seal_test_abi_status),
	KUNIT_CASE(seal_test_abi_request),
	KUNIT_CASE(seal_test_abi_numbers),
	KUNIT_CASE(seal_test_attested_table),
	KUNIT_CASE(seal_test_other_tables),
	{}
};

static struct kunit_suite seal_suite = {
	.name = "seal",
	.test_cases = seal_cases,
};

kunit_test_suite(seal_suite);
