/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is there another handshake agent in this network namespace?
 */
#ifndef SEALD_AGENTS_H
#define SEALD_AGENTS_H

#include <stdint.h>

/**
 * agents_others - count sockets that listen to a generic netlink group
 * @group: the group "tlshd" of the family "handshake"
 * @mine: port numbers of our own sockets, @count of them
 *
 * Every agent must join that group, or the kernel tells its consumers that
 * there is none. Whoever accepts first wins, so beside an agent that asks for
 * no proof (tlshd) the policy would hold for some connections only: fail open.
 *
 * sock_diag gives all netlink sockets of this namespace with all their groups,
 * whatever process holds them. Without it /proc/net/netlink has the first 32
 * groups of each socket, which is enough when the group's number is below 33.
 *
 * Returns the number of others, or a negative errno when neither could say;
 * then nobody knows, and a caller that fails closed does not start. Called
 * after joining: of two agents that start at once both see the other.
 */
int agents_others(uint32_t group, const uint32_t *mine, unsigned int count);

#endif /* SEALD_AGENTS_H */
