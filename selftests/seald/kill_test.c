// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each of the four programs killed or stopped at any moment of a handshake:
 * no socket is attested that was not, and the next handshake works. Run by
 * selftests/seald/hosts.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stand.h"
#include "../unit/lib/tap.h"

#define POLICY	"[policy test]\npeer = *\nmode = require\nak-trust = certificate\n%P"

/* A handshake takes 20 to 30 ms; kill points lie this far apart. */
#define STEP_US		1500u
#define STEPS		24u

static struct stand_host a, b;

enum victim {
	WORKER,
	VERIFIER,
	ATTESTER,
};

static const char *const victim_names[] = { "worker", "verifier", "attester" };

struct blow {
	struct stand_side *side;
	enum victim victim;
	int signal;
	uint64_t at;		/* ns since the start */
	bool struck;		/* it was running when it was hit */
	pid_t pid;
};

static struct child *find_victim(const struct blow *blow)
{
	if (blow->victim == ATTESTER)
		return &blow->side->host->m.attester.child;
	if (!blow->side->hs)
		return NULL;
	return blow->victim == WORKER ? &blow->side->hs->pair.worker :
	       &blow->side->hs->pair.verifier;
}

static void strike(void *arg, uint64_t ns)
{
	struct blow *blow = arg;
	struct child *child;
	struct pollfd p = { .events = POLLIN };

	if (ns < blow->at || !blow->at)
		return;
	blow->at = 0;
	child = find_victim(blow);
	if (!child || !child->pid)
		return;
	p.fd = child->pidfd;
	blow->struck = poll(&p, 1, 0) == 0;
	blow->pid = child->pid;
	kill(child->pid, blow->signal);
}

static void run_with(struct stand_side *client, struct stand_side *server,
		     struct blow *blow)
{
	struct stand_side *const sides[] = { client, server };
	int fd[2];

	tcp_pair(fd);
	side_start(client, fd[0]);
	side_start(server, fd[1]);
	sides_run(sides, 2, strike, blow);
}

/* Told exactly one thing: attested with success, or failure without keys. */
static bool consistent(const struct stand_side *side)
{
	const struct stand_told *t = &side->told;

	return t->done && !t->plain && t->attached == (t->status == 0) &&
	       (!t->status || t->status == EACCES || t->status == ETIMEDOUT);
}

/* Until there is one again, another one than @dead. */
static void wait_for_attester(struct stand_host *host, pid_t dead)
{
	for (int i = 0; i < 800; i++) {
		attester_process_tick(&host->m.attester);
		if (host->m.attester.control >= 0 &&
		    host->m.attester.child.pid != dead)
			return;
		usleep(10000);
	}
}

static void after(struct stand_side *client, struct stand_side *server,
		  const struct blow *blow, unsigned int *wrong)
{
	wait_for_attester(&a, blow->pid);
	wait_for_attester(&b, blow->pid);
	/* Deaths we ordered are no reason to be careful. */
	a.m.attester.delay = b.m.attester.delay = 100000000u;
	run_both(client, server);
	if (!both_attested(client, server) && !(*wrong)++)
		note("next: %s / %s", client->told.line, server->told.line);
}

static void kill_all_along(bool server_side, enum victim victim)
{
	struct stand_side c = { .host = &b, .peername = "a.seal.test" };
	struct stand_side s = { .host = &a, .server = true };
	unsigned int wrong = 0, next = 0, struck = 0, refused = 0;

	for (unsigned int i = 1; i <= STEPS; i++) {
		struct blow blow = {
			.side = server_side ? &s : &c, .victim = victim,
			.signal = SIGKILL, .at = (uint64_t)i * STEP_US * 1000,
		};

		run_with(&c, &s, &blow);
		wrong += !consistent(&c) || !consistent(&s);
		struck += blow.struck;
		refused += blow.side->told.status != 0;
		after(&c, &s, &blow, &next);
	}
	ok(!wrong && !next && struck && refused, "%s of the %s killed: hit %u of %u, "
	   "refused %u", victim_names[victim], server_side ? "server" : "client",
	   struck, STEPS, refused);
}

/* A program that hangs is as good as dead, only later. */
static void stop_one(bool server_side, enum victim victim, const char *reason)
{
	struct stand_side c = { .host = &b, .peername = "a.seal.test" };
	struct stand_side s = { .host = &a, .server = true };
	struct blow blow = {
		.side = server_side ? &s : &c, .victim = victim,
		.signal = SIGSTOP, .at = 1,
	};
	unsigned int next = 0;

	/* The other one is patient: else it may hang up first, and that is the reason. */
	c.limit_ms = s.limit_ms = 30000;
	blow.side->limit_ms = 2000;
	run_with(&c, &s, &blow);
	ok(consistent(blow.side) && blow.side->told.status == ETIMEDOUT &&
	   blow.side->told.ms < 2000 && !strcmp(told_reason(blow.side), reason),
	   "%s of the %s hangs: %s after %u ms", victim_names[victim],
	   server_side ? "server" : "client", told_reason(blow.side),
	   blow.side->told.ms);
	if (victim == ATTESTER)
		kill(blow.side->host->m.attester.child.pid, SIGKILL);
	after(&c, &s, &blow, &next);
	ok(!next, "and the next handshake works");
}

/*
 * The monitor of the client: a process of its own, killed. Its programs must
 * be gone with it, and the server's side must not hang on.
 */
static void monitor_client(int fd, int report)
{
	static struct stand_host host;
	struct stand_side c = { .host = &host, .peername = "a.seal.test" };
	struct stand_side *const sides[] = { &c };
	pid_t pids[3];

	host_open(&host, "b");
	side_start(&c, fd);
	pids[0] = c.hs->pair.worker.pid;
	pids[1] = c.hs->pair.verifier.pid;
	pids[2] = host.m.attester.child.pid;
	must(write(report, pids, sizeof(pids)) == sizeof(pids), "report");
	sides_run(sides, 1, NULL, NULL);
	pause();
}

/* Whether anybody reaps orphans here is not our matter. */
static bool runs(pid_t pid)
{
	char path[64], state = 'X';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	if (!f)
		return false;
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 'X';
	fclose(f);
	return state != 'Z' && state != 'X';
}

static bool all_gone(const pid_t pids[3])
{
	for (int i = 0; i < 100; i++) {
		int alive = 0;

		for (int k = 0; k < 3; k++)
			alive += runs(pids[k]);
		if (!alive)
			return true;
		usleep(10000);
	}
	return false;
}

static void kill_monitor(void)
{
	struct stand_side s = { .host = &a, .server = true, .limit_ms = 3000 };
	struct stand_side *const sides[] = { &s };
	unsigned int wrong = 0, orphans = 0;

	host_close(&b);
	for (unsigned int i = 1; i <= 10; i++) {
		int fd[2], report[2];
		pid_t pids[3], pid;

		tcp_pair(fd);
		must(!pipe(report), "pipe");
		pid = fork();
		if (!pid) {
			close(fd[1]);
			monitor_client(fd[0], report[1]);
		}
		close(fd[0]);
		close(report[1]);
		must(read(report[0], pids, sizeof(pids)) == sizeof(pids), "pids");
		close(report[0]);
		side_start(&s, fd[1]);
		usleep(i * 3000);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		sides_run(sides, 1, NULL, NULL);
		wrong += !consistent(&s);
		orphans += !all_gone(pids);
	}
	ok(!wrong, "monitor of the client killed: the server decides by itself");
	ok(!orphans, "monitor killed: no program outlives it");
	host_open(&b, "b");
}

int main(void)
{
	host_open(&a, "a");
	host_open(&b, "b");
	host_policy(&a, "b", POLICY);
	host_policy(&b, "a", POLICY);
	for (int server = 0; server < 2; server++)
		for (int victim = WORKER; victim <= ATTESTER; victim++)
			kill_all_along(server, (enum victim)victim);
	stop_one(true, WORKER, "timeout");
	stop_one(true, VERIFIER, "verifier-unavailable");
	stop_one(true, ATTESTER, "attester-failed");
	stop_one(false, ATTESTER, "attester-failed");
	kill_monitor();
	host_close(&a);
	host_close(&b);
	return done();
}
