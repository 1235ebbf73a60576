// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Peers that get through TLS without a credential and stay, more of them than there are
 * places, beside one that is honest. Run by selftests/seald/hosts.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemons.h"
#include "peer.h"
#include "../unit/lib/tap.h"

#define POLICY	"[policy test]\npeer = *\nmode = require\nak-trust = certificate\n%P"
#define LONG_MS	600000u
#define CROWD_MAX	128u
#define PLACES	64u
#define FILES	300000u		/* of a root file system */

static const struct peer nobody = {
	.seal = "\1\1", .seal_len = 2, .no_cert = true, .stays = true };

static pid_t crowd[CROWD_MAX];
static int reports[CROWD_MAX];

/* Requests 1 to @count of the server's; a peer must not have those that others hold. */
static void come(struct daemon *server, unsigned int count)
{
	int fd[2];

	for (unsigned int i = 0; i < count; i++) {
		tcp_pair(fd);
		daemon_request(server, 1 + i, NULL, ACCEPT_AUTH_X509, LONG_MS, fd[1]);
		crowd[i] = peer_start(&nobody, fd[0], &reports[i]);
	}
}

static void leave(unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		kill(crowd[i], SIGKILL);
		waitpid(crowd[i], NULL, 0);
		close(reports[i]);
	}
}

/* One that is somebody, whose request is 0 at both ends. */
static bool is_served(struct daemon *client, struct daemon *server)
{
	struct fake_done done = { 0 };
	int fd[2];

	tcp_pair(fd);
	daemon_request(client, 0, "a.seal.test", ACCEPT_AUTH_X509, 120000, fd[0]);
	daemon_request(server, 0, NULL, ACCEPT_AUTH_X509, 120000, fd[1]);
	return daemon_done(client, &done, 130000) && !done.status && done.attached;
}

/* Where a policy takes clients without certificate. */
static void test_nobodies(struct daemon *a, struct daemon *b)
{
	enum { CROWD = 70 };
	struct fake_done done = { 0 };
	unsigned int away = 0;
	bool served;

	come(a, CROWD);
	served = is_served(b, a);
	while ((done.id = 1) && daemon_done(a, &done, 60000) && done.id)
		away++;
	ok(served && !done.id && done.attached,
	   "beside %u that are through with TLS, nobody and silent", CROWD);
	ok(away == CROWD + 1 - PLACES, "of whom %u gave way, one for each who came", away);
	leave(CROWD);
}

static void put_files(const char *host)
{
	char path[300];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s/policy.d/files.sha256", getenv("SEALD_HOSTS"), host);
	f = fopen(path, "w");
	must(f != NULL, path);
	for (unsigned int i = 0; i < FILES; i++)
		fprintf(f, "%08x%056x  /usr/lib/file-%u\n", i * 2654435761u, i, i);
	must(!fclose(f), path);
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

#define STRANGERS	50u

/* How long one that is honest takes beside some who have a connection and say nothing. */
static unsigned int beside_strangers(struct daemon *a, struct daemon *b)
{
	struct fake_done done = { 0 };
	int far[STRANGERS], fd[2];
	uint64_t begin;

	for (unsigned int i = 0; i < STRANGERS; i++) {
		tcp_pair(fd);
		far[i] = fd[0];
		daemon_request(a, 1 + i, NULL, ACCEPT_AUTH_X509, LONG_MS, fd[1]);
	}
	begin = now_ms();
	must(is_served(b, a), "served");
	begin = now_ms() - begin;
	for (unsigned int i = 0; i < STRANGERS; i++)
		close(far[i]);
	for (unsigned int i = 0; i < STRANGERS + 1; i++)
		must(daemon_done(a, &done, 60000), "each of them ends");
	return (unsigned int)begin;
}

/* Who has nothing to say does not have a policy's lists read. */
static void test_lists(struct daemon *a, struct daemon *b)
{
	unsigned int with, without;

	put_files("a");
	daemon_policy("a", "b", POLICY);
	without = beside_strangers(a, b);
	daemon_policy("a", "b", POLICY "[policy build]\npeer = dns:build.seal.test\n"
		      "mode = require\nak-trust = certificate\npcrs = sha256:10\nlogs = ima\n"
		      "ima-list = files.sha256\n");
	with = beside_strangers(a, b);
	ok(with < 2 * without + 1000, "beside %u strangers, with a list of %u files: %u ms, and "
	   "%u ms without", STRANGERS, FILES, with, without);
}

int main(void)
{
	struct daemon a, b;

	signal(SIGPIPE, SIG_IGN);
	daemon_policy("a", "b", POLICY);
	daemon_policy("b", "a", POLICY);
	daemon_start(&a, "a");
	daemon_start(&b, "b");
	test_lists(&a, &b);
	daemon_policy("a", "b", POLICY "anonymous = yes\n");
	test_nobodies(&a, &b);
	ok(daemon_stop(&a) & daemon_stop(&b), "and both end well");
	return done();
}
