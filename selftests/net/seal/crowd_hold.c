// SPDX-License-Identifier: GPL-2.0-only
/*
 * crowd_hold COUNT: so many hostile sockets, in the network namespace it runs in,
 * until it is told to end. For tests of what lives beside them.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostile.h"

int main(int argc, char **argv)
{
	struct hostiles hostiles;
	struct nl nl;
	int err, signal;
	sigset_t term;

	/* Before there are threads, which would end on it. */
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	err = nl_open(&nl, "seal", NULL);
	if (!err)
		err = hostiles_start(&hostiles, &nl, argc > 1 ? atoi(argv[1]) : 600);
	if (err) {
		fprintf(stderr, "crowd_hold: %s\n", strerror(-err));
		return 1;
	}
	puts("held");
	fflush(stdout);
	sigwait(&term, &signal);
	return hostiles_wake(&hostiles) || hostiles_end(&hostiles);
}
