// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many connections at once before a slow TPM: all are served, they share quotes,
 * who is late is told to come again and is served then. And how old a verdict is
 * when it comes. Run by selftests/seald/hosts with SEALD_SLOW set.
 *
 *	storm_test [COUNT]: that many instead of 100; 0: the age of a verdict alone
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemons.h"
#include "../unit/lib/tap.h"

#define HEAD	"[policy storm]\npeer = *\n"
#define TAKES	HEAD "mode = never\n"		/* and proves itself when asked */
#define ASKS	HEAD "mode = require\nkey = any\nak-trust = certificate\n%P"

#define NAME_OF_A	"a.seal.test"
#define NAME_OF_F	"f.seal.test"

static void begin(struct daemon *server, const char *name, const char *at_server,
		  struct daemon *client, const char *at_client)
{
	daemon_policy(name, "b", at_server);
	daemon_policy("b", name, at_client);
	daemon_start(server, name);
	daemon_start(client, "b");
}

static void end(struct daemon *server, const char *name, struct daemon *client)
{
	daemon_tpm_delay(name, 0);
	daemon_tpm_delay("b", 0);
	ok(daemon_stop(server) && daemon_stop(client), "both daemons end");
}

/* A second for each quote: those that come meanwhile wait for the next. */
static void test_shared(struct daemon *f, struct daemon *b)
{
	struct storm first = { .count = 1, .limit_ms = 60000 };
	struct storm storm = { .count = 40, .limit_ms = 120000 };
	struct daemon_ops before, after;

	storm_run(&first, b, f, NAME_OF_F);
	daemon_tpm_delay("f", 1000);
	daemon_ops(f, &before);
	storm_run(&storm, b, f, NAME_OF_F);
	daemon_ops(f, &after);
	ok(first.good == 1 && storm.good == storm.count && after.claims - before.claims == 40 &&
	   after.quote - before.quote <= 30, "40 sessions share %lu quotes of 1 s (%lu ms)",
	   after.quote - before.quote, storm.us / 1000);
}

static void test_many(struct daemon *f, struct daemon *b, unsigned int count)
{
	struct storm storm = { .count = count, .limit_ms = 120000 };

	daemon_tpm_delay("f", 40);
	storm_run(&storm, b, f, NAME_OF_F);
	ok(storm.good == count, "%u of %u clients at once are served (%lu ms)", storm.good, count,
	   storm.us / 1000);
}

/* One round: who was not @served asks again. False: somebody was refused for good. */
static bool one_round(struct daemon *a, struct daemon *b, uint8_t *served, unsigned int count)
{
	unsigned int asked = 0;
	struct fake_done done;
	bool final = false;
	int fd[2];

	for (unsigned int i = 0; i < count; i++) {
		if (served[i] == 2)
			continue;
		served[i] = 0;
		tcp_pair(fd);
		daemon_request(b, i, NAME_OF_A, ACCEPT_AUTH_X509, 2500, fd[0]);
		daemon_request(a, i, NULL, ACCEPT_AUTH_X509, 2500, fd[1]);
		asked++;
	}
	for (unsigned int i = 0; i < 2 * asked; i++) {
		must(daemon_done(i < asked ? a : b, &done, 10000), "each is told in time");
		final |= done.status && done.status != ETIMEDOUT;
		served[done.id] += !done.status;
	}
	return !final;
}

static unsigned int count_served(const uint8_t *served, unsigned int count)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < count; i++)
		n += served[i] == 2;
	return n;
}

/* More than the TPM can sign for before their time is over. */
static void test_late(struct daemon *a, struct daemon *b)
{
	enum { COUNT = 40, ROUNDS = 100 };
	uint8_t served[COUNT] = { 0 };
	unsigned int rounds = 0, first = 0;
	bool retryable = true;

	daemon_tpm_delay("a", 60);
	while (retryable && rounds < ROUNDS && count_served(served, COUNT) < COUNT) {
		retryable = one_round(a, b, served, COUNT);
		if (!rounds++)
			first = count_served(served, COUNT);
	}
	ok(retryable && count_served(served, COUNT) == COUNT && first < COUNT,
	   "more than can be served in time: %u of %u at first, all in %u rounds, nobody "
	   "refused for good", first, COUNT, rounds);
}

/* Both ask for proof; one connection, whose end is not waited for. */
static void begin_one(struct daemon *a, struct daemon *b)
{
	int fd[2];

	tcp_pair(fd);
	daemon_request(b, 1, NAME_OF_A, ACCEPT_AUTH_X509, 60000, fd[0]);
	daemon_request(a, 1, NULL, ACCEPT_AUTH_X509, 60000, fd[1]);
}

static bool both_attested_now(struct daemon *a, struct daemon *b)
{
	struct fake_done done;

	daemon_tpm_delay("a", 0);
	daemon_tpm_delay("b", 0);
	return daemon_done(a, &done, 60000) && !done.status && done.attached &&
	       daemon_done(b, &done, 60000) && !done.status && done.attached;
}

/*
 * The client's TPM is at its quote, and the server's is done with its own: it did
 * not wait for the client's.
 */
static void test_at_once(struct daemon *a, struct daemon *b)
{
	struct storm first = { .count = 1, .limit_ms = 60000 };
	struct daemon_ops at_a, at_b, before_a, before;
	int i;

	storm_run(&first, b, a, NAME_OF_A);
	daemon_ops(a, &before_a);
	daemon_ops(b, &before);
	daemon_tpm_delay("b", 1000);
	begin_one(a, b);
	for (i = 0; i < 2000; i++) {
		daemon_ops(a, &at_a);
		if (at_a.quote > before_a.quote)
			break;
		usleep(10000);
	}
	daemon_ops(b, &at_b);
	ok(first.good == 1 && at_a.quote > before_a.quote && at_b.sign <= before.sign + 1,
	   "the server's quote is made before the client's authenticator is signed");
	ok(both_attested_now(a, b), "and both are attested");
}

/* What the client is asked for does not wait for what the server asks its own attester. */
static void test_asked_first(struct daemon *a, struct daemon *b)
{
	struct daemon_ops at_a, at_b, before_a, before;
	pid_t attester = daemon_attester(a);
	int i;

	daemon_ops(a, &before_a);
	daemon_ops(b, &before);
	daemon_tpm_delay("b", 3000);
	begin_one(a, b);
	for (i = 0; i < 2000; i++) {
		daemon_ops(a, &at_a);
		if (at_a.sign > before_a.sign)
			break;
		usleep(10000);
	}
	kill(attester, SIGSTOP);
	daemon_ops(b, &at_b);
	must(at_b.sign == before.sign, "the client has not signed yet");
	for (i = 0; i < 2000; i++) {
		daemon_ops(b, &at_b);
		if (at_b.quote > before.quote)
			break;
		usleep(10000);
	}
	ok(at_b.quote > before.quote, "the client is asked before the server's own quote is");
	kill(attester, SIGCONT);
	ok(both_attested_now(a, b), "and both are attested");
}

/* A wait for the TPM is time to start programs, the end of a handshake is not. */
static void test_spare(struct daemon *a, struct daemon *b)
{
	struct fake_done done;
	int i;

	daemon_rest(a);
	daemon_tpm_delay("a", 3000);
	begin_one(a, b);
	for (i = 0; i < 1000 && daemon_workers(a) <= DAEMON_SPARE; i++)
		usleep(10000);
	ok(daemon_workers(a) == DAEMON_SPARE + 1 && !daemon_done(a, &done, 0),
	   "while the TPM is at work the next pair is started");
	ok(both_attested_now(a, b), "and then both are attested");
}

/*
 * What came of it is as old as the question: the client's quote and signature, each of
 * which takes its TPM so long, come off what the policy gives.
 */
static void test_deadline(void)
{
	enum { SLOW_MS = 300 };
	static struct stand_host a, b;
	struct stand_side s = { .host = &a, .server = true, .limit_ms = 60000 };
	struct stand_side c = { .host = &b, .peername = NAME_OF_A, .limit_ms = 60000 };
	const uint64_t begin = ipc_now(), lifetime = 300000000000u;

	host_open(&a, "a");
	host_open(&b, "b");
	host_policy(&a, "b", ASKS "lifetime = 300s\n");
	host_policy(&b, "a", TAKES);
	daemon_tpm_delay("b", SLOW_MS);
	run_both(&c, &s);
	daemon_tpm_delay("b", 0);
	if (!ok(s.told.attached && s.told.deadline >= begin + lifetime &&
		s.told.deadline + 2 * SLOW_MS * 1000000u <= ipc_now() + lifetime,
		"the deadline counts from the request, not from the answer"))
		note("%s", s.told.line);
	host_close(&a);
	host_close(&b);
}

int main(int argc, char **argv)
{
	unsigned int count = argc > 1 ? (unsigned int)atoi(argv[1]) : 100;
	struct daemon server, client;

	signal(SIGPIPE, SIG_IGN);
	test_deadline();
	if (!count)
		return done();
	begin(&server, "f", TAKES, &client, ASKS);
	test_shared(&server, &client);
	test_many(&server, &client, count);
	end(&server, "f", &client);
	begin(&server, "a", ASKS, &client, ASKS);
	test_at_once(&server, &client);
	test_asked_first(&server, &client);
	test_spare(&server, &client);
	end(&server, "a", &client);
	begin(&server, "a", TAKES, &client, ASKS);
	test_late(&server, &client);
	end(&server, "a", &client);
	return done();
}
