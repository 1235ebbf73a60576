/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules as attributes of the "seal" family (seal.yaml), both ways. */
#ifndef SEAL_RULES_NETLINK_H
#define SEAL_RULES_NETLINK_H

#include <netlink/msg.h>

#include "rules/rules.h"

/** rules_message_size - room that RULES_SET needs for all of @rules, in octets */
size_t rules_message_size(const struct rules *rules);

/** rules_put - all of them into a RULES_SET; 0, or -1 if the message has no room */
int rules_put(struct nl_msg *msg, const struct rules *rules);

/** rule_get - one RULE of an answer; 0, or -1 if it is not understood */
int rule_get(struct nlattr *nest, struct rule *rule_ret);

#endif /* SEAL_RULES_NETLINK_H */
