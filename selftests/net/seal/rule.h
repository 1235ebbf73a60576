/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules about who may ask for a handshake, and asking as somebody. */
#ifndef SEAL_TEST_RULE_H
#define SEAL_TEST_RULE_H

#include <stdint.h>

#include "lib.h"

#define ANY	UINT32_MAX

/* One rule; members that are ANY, 0 or NULL are not sent. */
struct rule {
	uint32_t uid_min;
	uint32_t uid_max;
	uint32_t gid;
	uint64_t cgroup;
	uint32_t role;
	const char *address;
	uint32_t prefix_len;
	uint32_t port_min;
	uint32_t port_max;
	uint32_t max;
};

extern const struct rule rule_nothing;

/* These and no others: 0 or a negative errno. */
int rules_set(struct nl *nl, const struct rule *rule, unsigned int count);
/* How many there are, or a negative errno. */
int rules_count(struct nl *nl);

/* Half of what net/handshake queues on a machine of this size: what is seal's. */
int half_the_queue(void);

int ask(int fd, enum seal_role role, uint32_t timeout_ms);
int ask_as(uint32_t uid, int fd, enum seal_role role, uint32_t timeout_ms);

#endif /* SEAL_TEST_RULE_H */
