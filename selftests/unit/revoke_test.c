// SPDX-License-Identifier: GPL-2.0-or-later
/* What sealctl revoke tells whoever called it, with this file in the place of the kernel. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "lib/tap.h"
#include "sealctl/sealctl.h"
#include "sealctl/sockets.h"

static int answer, reachable;
static uint32_t closed;

struct sockets *sockets_open(void)
{
	errno = ENOENT;
	return reachable ? (struct sockets *)&answer : NULL;
}

int sockets_cannot(const char *command, int error)
{
	return EXIT_FAILED;
}

int sockets_revoke(struct sockets *sockets, const struct socket_match *match,
		   uint32_t *count_ret, uint32_t *draining_ret)
{
	*count_ret = closed;
	*draining_ret = 0;
	return answer;
}

const char *sockets_error(const struct sockets *sockets)
{
	return "";
}

void sockets_close(struct sockets *sockets)
{
}

int usage_of(const char *command)
{
	return EXIT_USAGE;
}

int main(void)
{
	static const struct {
		const char *what;
		int reachable, answer;
		uint32_t closed;
		int status;
	} rows[] = {
		{ "some were closed", 1, 0, 2, 0 },
		{ "none matches", 1, -ENOENT, 0, 3 },
		{ "none was closed", 1, 0, 0, 3 },
		{ "the kernel refuses", 1, -EPERM, 0, 1 },
		{ "the kernel cannot be asked", 0, 0, 0, 1 },
	};
	char *argv[] = { "revoke", "--all", NULL };

	must(freopen("/dev/null", "w", stderr) != NULL, "stderr");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		reachable = rows[i].reachable;
		answer = rows[i].answer;
		closed = rows[i].closed;
		optind = 0;
		ok(cmd_revoke(2, argv) == rows[i].status, "%s: %d", rows[i].what, rows[i].status);
	}
	return done();
}
