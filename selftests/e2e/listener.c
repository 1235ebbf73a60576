// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * listener: is a member of the group of handshake agents, as any user can be, with the port
 * number of process 1. Prints "listens", and stays.
 */
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

int main(void)
{
	struct nl_sock *nl = nl_socket_alloc();
	int group;

	if (!nl)
		return 1;
	nl_socket_set_local_port(nl, 1);
	if (genl_connect(nl))
		return 1;
	group = genl_ctrl_resolve_grp(nl, "handshake", "tlshd");
	if (group < 0 || nl_socket_add_membership(nl, group))
		return 1;
	puts("listens");
	fflush(stdout);
	while (true)
		pause();
}
