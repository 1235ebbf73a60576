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

static void seal_test_abi_numbers(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, SEAL_STATE_NONE, 0);
	KUNIT_EXPECT_EQ(test, SEAL_STATE_ATTESTED, 2);
	KUNIT_EXPECT_EQ(test, SEAL_CMD_REVOKE, 5);
	KUNIT_EXPECT_EQ(test, SEAL_A_SOCKET_ALL, 23);
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
