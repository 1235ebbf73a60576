/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is there another handshake agent in this network namespace?
 */
#ifndef SEALD_AGENTS_H
#define SEALD_AGENTS_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct agents - who listens, beside ourselves
 * @sockets: that are members of the group
 * @agents: of these, held by who is given requests: CAP_NET_ADMIN, and his own socket
 * @unknown: of these, held by no such process that we see
 * @blind: there may be processes that we do not see: CAP_SYS_PTRACE, another PID namespace
 * @seald: one that holds one of @agents is a seald
 * @hidden: who or what made us blind last, for people
 * @who: names of those that hold @agents, for people
 */
struct agents {
	unsigned int sockets;
	unsigned int agents;
	unsigned int unknown;
	bool blind;
	bool seald;
	char hidden[64];
	char who[192];
};

/**
 * agents_look - find the sockets that listen to a generic netlink group, and whose they are
 * @group: the group "tlshd" of the family "handshake"
 * @mine: port numbers of our own sockets, @count of them
 *
 * Every agent must join that group, or the kernel tells its consumers that
 * there is none. Whoever accepts first wins, so beside an agent that asks for
 * no proof (tlshd) the policy would hold for some connections only: fail open.
 * But any user may join it, and gets nothing by that.
 *
 * sock_diag gives all netlink sockets of this namespace with all their groups,
 * whatever process holds them. Without it /proc/net/netlink has the first 32
 * groups of each socket, which is enough when the group's number is below 33.
 * Neither says whose they are, and the port number is chosen by who has it: the socket
 * is looked for among the descriptors of the processes that have CAP_NET_ADMIN in our user
 * namespace. It is theirs if root made it, or who they are now: a program that gives itself
 * rights may have inherited it from a user.
 *
 * Where it cannot be told it is looked again, for less than half a second: who comes or ends
 * meanwhile cannot be seen either.
 *
 * Returns 0 or a negative errno when neither could say; then nobody knows, and a
 * caller that fails closed does not start. Called after joining: of two agents
 * that start at once both see the other.
 */
int agents_look(uint32_t group, const uint32_t *mine, unsigned int count,
		struct agents *out);

/**
 * agents_count - how many sockets listen to the group, whosever they are
 *
 * Returns that, or a negative errno. Looks at no process, of which users can have many.
 */
int agents_count(uint32_t group, const uint32_t *mine, unsigned int count);

/**
 * agents_look_no_more - give up what looking at processes needs, for good
 *
 * CAP_SYS_PTRACE, and CAP_SETPCAP, which giving it up needs. From then on whoever
 * is another user, or may more than we, is unknown.
 */
bool agents_look_no_more(void);

#endif /* SEALD_AGENTS_H */
