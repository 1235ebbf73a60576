// SPDX-License-Identifier: GPL-2.0-or-later
/* What sealctl revoke tells whoever called it, with this file in the place of the kernel. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "lib/tap.h"
#include "sealctl/sealctl.h"
#include "sealctl/sockets.h"

static int answer, reachable;
static uint32_t closed;
static char asked[SEAL_PEER_MAX];

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
	snprintf(asked, sizeof(asked), "%s", match->peer ? match->peer : "");
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

/* The kernel is asked for the spelling that it has, or not at all. */
static void peers(void)
{
	static const struct {
		char *text;
		const char *peer;
	} rows[] = {
		{ "dns:client.example.org", "dns:client.example.org" },
		{ "dns:Client.example.org", "dns:client.example.org" },
		{ "dns:client.example.org.", "dns:client.example.org" },
		{ "ip:2001:DB8:0::1", "ip:2001:db8::1" },
		{ "uri:spiffe://example.org/A", "uri:spiffe://example.org/A" },
		{ "client.example.org", NULL },
		{ "192.0.2.1", NULL },
		{ "dns:*.example.org", NULL },
		{ "", NULL },
	};

	reachable = 1;
	answer = 0;
	closed = 1;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *argv[] = { "revoke", "--peer", rows[i].text, NULL };

		*asked = '\0';
		optind = 0;
		ok(cmd_revoke(3, argv) == (rows[i].peer ? 0 : EXIT_USAGE) &&
		   !strcmp(asked, rows[i].peer ? rows[i].peer : ""), "--peer '%s': %s",
		   rows[i].text, rows[i].peer ? rows[i].peer : "says nobody");
	}
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
	peers();
	return done();
}
