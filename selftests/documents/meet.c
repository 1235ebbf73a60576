// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * meet CLIENT SERVER NAME: one handshake between two hosts of selftests/seald/hosts,
 * as they are configured; the client wants to reach NAME. Prints what either log
 * says. Exit status 0: both attested, 1: not.
 */
#include <stdio.h>

#include "../seald/stand.h"
#include "../unit/lib/tap.h"

int main(int argc, char **argv)
{
	static struct stand_host client, server;
	struct stand_side c = { .host = &client }, s = { .host = &server, .server = true };

	must(argc == 4, "usage: meet CLIENT SERVER NAME");
	host_open(&client, argv[1]);
	host_open(&server, argv[2]);
	c.peername = argv[3];
	run_both(&c, &s);
	printf("client: %s\nserver: %s\n", c.told.line, s.told.line);
	host_close(&client);
	host_close(&server);
	return !both_attested(&c, &s);
}
