// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests that come faster than they can be turned away keep a daemon from nothing else.
 * Run by selftests/seald/hosts.
 */
#include "daemons.h"
#include "../unit/lib/tap.h"

int main(void)
{
	struct fake_done first;
	struct daemon d;
	bool answers;
	int first_fd[2], fd[2];

	daemon_policy("a", "b", "[policy test]\npeer = *\nmode = require\n"
		      "ak-trust = certificate\n%P");
	daemon_start(&d, "a");
	tcp_pair(first_fd);
	tcp_pair(fd);
	daemon_request(&d, 1, NULL, ACCEPT_AUTH_UNKNOWN, 0, first_fd[0]);
	must(daemon_done(&d, &first, 60000), "it has started");
	daemon_request(&d, 2, NULL, (enum accept_auth)FAKE_ENDLESS, 0, fd[1]);
	answers = daemon_done(&d, &first, 20000);
	ok(daemon_stop(&d) && answers, "requests without end: it answers, and ends when told to");
	return done();
}
