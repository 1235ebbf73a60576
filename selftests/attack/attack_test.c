// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Attacks over real connections on real programs: each is refused for its own
 * reason, and works on programs without the defence that is said to stop it.
 * Run by selftests/seald/hosts.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plot.h"
#include "../unit/lib/tap.h"
#include "wire/request.h"

/* Nothing here depends on it: an attack that is refused ends at once. */
#define LIMIT_MS	60000

static char *real_programs;

/* What Mallory saw; zeros of what did not come to her. */
struct seen {
	int code;
	int alert;
	uint8_t random[SEAL_RANDOM_LEN];	/* of the victim's SealHello */
	uint8_t context[SEAL_CONTEXT_LEN];	/* of its AuthRequest */
	bool shown;	/* the victim's own evidence */
};

static int report = -1;

/* What the victim drew for this connection, and what it showed. */
static void read_frames(const struct leg *leg, struct seen *seen)
{
	const enum seal_side side = seal_side_other(leg->side);
	const uint8_t *at = leg->frames[side].data;
	size_t left = leg->frames[side].len;
	struct seal_frame frame;
	struct seal_hello hello;
	struct seal_ask ask;

	while (left && seal_frame_decode(at, &frame)) {
		struct seal_bytes body = { at + SEAL_FRAME_HEADER_LEN, frame.length };

		if (frame.type == SEAL_FRAME_HELLO && seal_hello_decode(body, &hello))
			memcpy(seen->random, hello.random, sizeof(seen->random));
		if (frame.type == SEAL_FRAME_REQUEST && seal_ask_decode(body, &ask))
			memcpy(seen->context, ask.context, sizeof(seen->context));
		seen->shown |= frame.type == SEAL_FRAME_AUTHENTICATOR;
		at += SEAL_FRAME_HEADER_LEN + frame.length;
		left -= SEAL_FRAME_HEADER_LEN + frame.length;
	}
}

static void leave(const struct plot *p)
{
	struct seen seen = { .code = p->v.code, .alert = p->v.alert };

	read_frames(&p->v, &seen);
	must(write(report, &seen, sizeof(seen)) == sizeof(seen), "report");
	_exit(0);
}

void open_victim(struct plot *p, const struct leg_how *how)
{
	if (!leg_open(&p->v, p->victim, p->v.side, how))
		leave(p);
}

void open_genuine(struct plot *p, bool anonymous)
{
	if (!leg_open(&p->g, p->genuine, SEAL_SIDE_CLIENT,
		      &(struct leg_how){ .anonymous = anonymous }))
		leave(p);
}

void hear(struct plot *p, struct leg *leg, uint8_t type)
{
	if (!leg_await(leg, type, p->body, &p->len))
		leave(p);
}

void greet(struct plot *p, uint8_t roles)
{
	if (p->v.side == SEAL_SIDE_CLIENT)
		leg_put_hello(&p->v, roles);
	hear(p, &p->v, SEAL_FRAME_HELLO);
	if (p->v.side == SEAL_SIDE_SERVER)
		leg_put_hello(&p->v, roles);
}

void be_asked(struct plot *p, uint8_t roles)
{
	greet(p, roles);
	hear_request(p);
}

void hear_request(struct plot *p)
{
	hear(p, &p->v, SEAL_FRAME_REQUEST);
	must(p->len <= sizeof(p->request), "request fits");
	memcpy(p->request, p->body, p->len);
	p->request_len = p->len;
}

struct seal_bytes request_of(const struct plot *p)
{
	return (struct seal_bytes){ p->request, p->request_len };
}

void answer_with(struct plot *p, size_t cmw_len)
{
	size_t len = leg_prove(&p->v, request_of(p), (struct seal_bytes){ p->cmw, cmw_len },
			       p->out, sizeof(p->out));

	must(len, "authenticator");
	leg_put(&p->v, SEAL_FRAME_AUTHENTICATOR, p->out, len);
}

void finish(struct plot *p)
{
	hear(p, &p->v, SEAL_FRAME_RESULT);
	if (p->v.side == SEAL_SIDE_SERVER)
		hear(p, &p->v, SEAL_FRAME_DONE);
	leg_put_done(&p->v, false);
}

const char *programs_without(const char *granted, const char *removed)
{
	static const char *const names[] = { "seald-worker", "seald-verifier", "seald-attester" };
	char from[600], to[600];
	static char dir[400];

	if (!granted && !removed)
		return real_programs;
	snprintf(dir, sizeof(dir), "%s/without-%s%s%s", getenv("SEALD_HOSTS"),
		 granted ? granted : "", granted && removed ? "+" : "", removed ? removed : "");
	mkdir(dir, 0755);
	for (size_t i = 0; i < 3; i++) {
		snprintf(from, sizeof(from), "%s/tests/broken/%s", real_programs, names[i]);
		snprintf(to, sizeof(to), "%s/%s", dir, names[i]);
		must(!symlink(from, to) || errno == EEXIST, to);
	}
	return dir;
}

/* Of each pair the first end is hers. */
static pid_t start_mallory(const struct attack *attack, const int victim[2],
			   const int genuine[2], int *seen)
{
	static struct plot plot;
	int ends[2];
	pid_t pid;

	must(!pipe(ends), "pipe");
	pid = fork();
	if (!pid) {
		alarm(2 * LIMIT_MS / 1000);
		close(ends[0]);
		close(victim[1]);
		close(genuine[1]);
		report = ends[1];
		plot.victim = victim[0];
		plot.genuine = genuine[0];
		plot.v.side = attack->victim.server ? SEAL_SIDE_CLIENT : SEAL_SIDE_SERVER;
		plot.v.code = plot.v.alert = -1;
		attack->run(&plot);
		leg_drain(&plot.v);
		leave(&plot);
	}
	must(pid > 0, "fork");
	close(ends[1]);
	*seen = ends[0];
	return pid;
}

static void start_host(struct stand_host *host, struct stand_side *side,
		       const struct attack_host *what, const char *policy, int fd)
{
	host_policy(host, what->pcrs_of ? what->pcrs_of : "f", policy);
	*side = (struct stand_side){
		.host = host, .server = what->server, .limit_ms = LIMIT_MS,
		.auth = what->anonymous ? ACCEPT_AUTH_ANON : ACCEPT_AUTH_X509,
		.peername = what->server ? NULL : "f.seal.test",
	};
	side_start(side, fd);
}

/* What is known of her logs from an earlier play is not asked for again. */
static void forget_logs(const struct stand_host *host)
{
	struct dirent *entry;
	char path[700];
	DIR *dir;

	snprintf(path, sizeof(path), "%s/logs", host->state);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/logs/%s", host->state, entry->d_name);
		unlink(path);
	}
	if (dir)
		closedir(dir);
}

/* Values of which no two may be the same. */
static struct drawn {
	uint8_t value[400][SEAL_CONTEXT_LEN];
	size_t count, again;
} randoms, contexts;

static void remember(struct drawn *drawn, const uint8_t value[SEAL_CONTEXT_LEN])
{
	static const uint8_t none[SEAL_CONTEXT_LEN];

	if (!memcmp(value, none, sizeof(none)))
		return;
	must(drawn->count < sizeof(drawn->value) / sizeof(drawn->value[0]), "room");
	for (size_t i = 0; i < drawn->count; i++)
		drawn->again += !memcmp(drawn->value[i], value, sizeof(none));
	memcpy(drawn->value[drawn->count++], value, sizeof(none));
}

static void look_for_constants(void)
{
	ok(randoms.count > 1 && !randoms.again, "CVE-2026-6420: no two SealHellos are the same");
	ok(contexts.count > 1 && !contexts.again,
	   "CVE-2026-6420: no two AuthRequests are the same");
}

/* Her connections to both; each host has its own pair of programs. */
static void play(const struct attack *attack, const char *policy, struct stand_side side[2],
		 struct seen *seen)
{
	static struct stand_host hosts[2];
	struct stand_side *const sides[2] = { &side[0], &side[1] };
	int victim[2], genuine[2] = { -1, -1 }, from;
	bool third = attack->genuine.name;
	pid_t pid;

	tcp_pair(victim);
	if (third)
		tcp_pair(genuine);
	host_open(&hosts[0], attack->victim.name);
	forget_logs(&hosts[0]);
	if (third)
		host_open(&hosts[1], attack->genuine.name);
	pid = start_mallory(attack, victim, genuine, &from);
	close(victim[0]);
	start_host(&hosts[0], &side[0], &attack->victim, policy, victim[1]);
	if (third) {
		close(genuine[0]);
		start_host(&hosts[1], &side[1], &attack->genuine, attack->genuine.policy,
			   genuine[1]);
	}
	sides_run(sides, third ? 2 : 1, NULL, NULL);
	*seen = (struct seen){ .code = -1, .alert = -1 };
	if (read(from, seen, sizeof(*seen)) != sizeof(*seen))
		note("%s: Mallory died", attack->name);
	remember(&randoms, seen->random);
	remember(&contexts, seen->context);
	close(from);
	waitpid(pid, NULL, 0);
	host_close(&hosts[0]);
	if (third)
		host_close(&hosts[1]);
}

/* The victim's verdict on her, with these programs and this policy. */
static bool believed(const struct attack *attack, const char *programs, const char *policy,
		     struct stand_side side[2], struct seen *seen)
{
	setenv("SEAL_PROGRAMS", programs, 1);
	play(attack, policy, side, seen);
	return side->told.attached || side->told.plain;
}

/* Where the verifier is gone the monitor ends the worker, too, which may be about to tell it. */
static bool is_told(const struct attack *attack, int code)
{
	return code == attack->code ||
	       (code < 0 && attack->code == SEAL_CODE_VERIFIER_UNAVAILABLE);
}

/* Those that are after what the victim shows. */
static bool is_harvest(const struct attack *attack)
{
	return !strncmp(attack->name, "harvest", 7);
}

static void expect_refusal(const struct attack *attack)
{
	struct stand_side side[2];
	struct seen seen;

	if (believed(attack, programs_without(attack->granted, NULL), attack->victim.policy,
		     side, &seen)) {
		ok(false, "%s: the victim believes it", attack->name);
		return;
	}
	if (!ok(!strcmp(told_reason(&side[0]), attack->reason), "%s: %s", attack->name,
		attack->reason))
		note("%s", side->told.line);
	if (!ok(is_told(attack, seen.code), "%s: she is told %d", attack->name, attack->code))
		note("it was code %d, alert %d", seen.code, seen.alert);
	if (is_harvest(attack))
		ok(!seen.shown, "%s: she sees no evidence", attack->name);
}

static void expect_success(const struct attack *attack, const char *programs,
			   const char *policy, const char *how)
{
	struct stand_side side[2];
	struct seen seen;

	if (!ok(believed(attack, programs, policy, side, &seen), "%s: %s", attack->name, how))
		note("%s; she is told %d, alert %d", side->told.line, seen.code, seen.alert);
	if (is_harvest(attack))
		ok(seen.shown, "%s: and then she sees it", attack->name);
}

static void run_attack(const struct attack *attack)
{
	char how[200];

	if (!attack->reason) {
		expect_success(attack, real_programs, attack->victim.policy, "is believed");
		return;
	}
	expect_refusal(attack);
	if (attack->removed) {
		snprintf(how, sizeof(how), "works without %s", attack->removed);
		expect_success(attack, programs_without(attack->granted, attack->removed),
			       attack->victim.policy, how);
	}
	if (attack->weaker)
		expect_success(attack, real_programs, attack->weaker, "works on a weaker policy");
}

static void run_attacks(const struct attack *attack, const char *only)
{
	for (; attack->name; attack++)
		if (!only || strstr(attack->name, only))
			run_attack(attack);
}

/* What was taken out is taken out by the linker: the real programs have no such thing. */
static void look_for_switches(void)
{
	static const char *const names[] = { "seald-worker", "seald-verifier", "seald-attester",
					     "seald" };
	char path[600];
	gnutls_datum_t file;

	for (size_t i = 0; i < 7; i++) {
		bool broken = i >= 4, found;

		snprintf(path, sizeof(path), "%s/%s%s", real_programs,
			 broken ? "tests/broken/" : "", names[i % 4]);
		must(!gnutls_load_file(path, &file), path);
		found = memmem(file.data, file.size, "/without-", 9) ||
			memmem(file.data, file.size, "__wrap_", 7);
		gnutls_free(file.data);
		ok(found == broken, "%s%s: %s", names[i % 4], broken ? " of the attacks" : "",
		   broken ? "can be without" : "has no switches");
	}
}

/* argv: a word of the names of those to run. */
int main(int argc, char **argv)
{
	const char *only = argc > 1 ? argv[1] : NULL;

	real_programs = strdup(getenv("SEAL_PROGRAMS"));
	if (!only)
		look_for_switches();
	run_attacks(relays, only);
	run_attacks(lies_told, only);
	run_attacks(races, only);
	run_attacks(pieces, only);
	setenv("SEAL_PROGRAMS", real_programs, 1);
	prepare_passports();
	run_attacks(passports, only);
	if (!only)
		look_for_constants();
	if (!only || strstr("compromised worker", only))
		attack_attester();
	if (!only || strstr("resumption and early data", only))
		attack_resumption();
	return done();
}
