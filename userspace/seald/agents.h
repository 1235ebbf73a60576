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
 * @roots: of these, made by root: only such a process is given requests
 * @unknown: of these, held by no process that we may look at
 * @blind: there are processes that we may not look at: CAP_SYS_PTRACE
 * @seald: one that holds one of @roots is a seald
 * @who: names of those that hold @roots, for people
 */
struct agents {
	unsigned int sockets;
	unsigned int roots;
	unsigned int unknown;
	bool blind;
	bool seald;
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
 * Neither says whose they are, and the port number is chosen by who has it: that
 * is the owner of the socket's inode, which is found among the descriptors of all
 * processes. The owner of the process would not do, which may be one that gives
 * itself other rights and has inherited the socket.
 *
 * Returns 0 or a negative errno when neither could say; then nobody knows, and a
 * caller that fails closed does not start. Called after joining: of two agents
 * that start at once both see the other.
 */
int agents_look(uint32_t group, const uint32_t *mine, unsigned int count,
		struct agents *out);

/**
 * agents_look_no_more - give up what looking at processes needs, for good
 *
 * CAP_SYS_PTRACE, and CAP_SETPCAP, which giving it up needs. From then on whoever
 * is another user, or may more than we, is unknown.
 */
bool agents_look_no_more(void);

#endif /* SEALD_AGENTS_H */
