// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every algorithm that an attestation key can have, in both banks, and a signature
 * that is not by the key's own. Run by selftests/seald/hosts with SEALD_AKS.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stand.h"
#include "../attack/mallory.h"
#include "../unit/lib/tap.h"

#define HEAD	"[policy test]\npeer = *\nmode = require\n"
#define CERT	HEAD "ak-trust = certificate\n"
#define PIN	HEAD "ak-trust = admitted\n"

static struct stand_host a, b, f, g;

/** struct pair_of - two hosts and what their keys are */
struct pair_of {
	struct stand_host *server, *client;
	const char *algorithms;
	const char *key;		/* of the policy: f and g have it in a file */
};

static const struct pair_of pairs[] = {
	{ &a, &b, "ecc384 and rsa2048:rsassa", "key = tpm\n" },
	{ &g, &f, "ecc256 and rsa2048:rsapss", "key = file\n" },
};

static bool meet(const struct pair_of *p, const char *head, const char *pcrs)
{
	char name[32], policy[400];
	struct stand_side s = { .host = p->server, .server = true };
	struct stand_side c = { .host = p->client, .peername = name };
	bool good;

	snprintf(name, sizeof(name), "%s.seal.test", p->server->name);
	snprintf(policy, sizeof(policy), "%s%s%s", head, p->key, pcrs);
	host_policy(p->server, p->client->name, policy);
	host_policy(p->client, p->server->name, policy);
	run_both(&c, &s);
	good = both_attested(&c, &s);
	if (!good)
		note("%s; %s", c.told.line, s.told.line);
	return good;
}

static void admit(const struct stand_host *at, const struct stand_host *who)
{
	char command[1000];

	snprintf(command, sizeof(command), "%s/sealctl admit -c %s %s/identity/ak.pub --identity "
		 "dns:%s.seal.test >/dev/null", getenv("SEAL_PROGRAMS"), at->dir, who->dir,
		 who->name);
	must(!system(command), command);
}

static void attested(const struct pair_of *p)
{
	ok(meet(p, CERT, "%P"), "%s: certificates, bank sha256", p->algorithms);
	ok(meet(p, CERT, "%Q"), "%s: certificates, bank sha384", p->algorithms);
	ok(!meet(p, PIN, "%P"), "%s: pinned, but not yet", p->algorithms);
	admit(p->server, p->client);
	admit(p->client, p->server);
	ok(meet(p, PIN, "%P"), "%s: pinned", p->algorithms);
}

/* TPMT_SIGNATURE of RSAPSS by SHA-256, 256 octets, becomes one of RSASSA. */
static void relabel(uint8_t *cmw, size_t len)
{
	static const uint8_t head[] = { 0, 0x16, 0, 0x0b, 1, 0 };
	uint8_t *at = memmem(cmw, len, head, sizeof(head));

	must(at && !memmem(at + 1, len - (size_t)(at + 1 - cmw), head, sizeof(head)),
	     "one signature");
	at[1] = 0x14;
}

/* Root on f: all is as it should be, or all but the name of the scheme. */
static void prove(struct leg *leg, struct att_keys *who, bool lie)
{
	static uint8_t body[SEAL_FRAME_MAX], cmw[ATT_MAX_EVIDENCE], out[SEAL_FRAME_MAX];
	uint8_t request[SEAL_REQUEST_MAX];
	struct seal_bytes asked = { request, 0 };
	size_t len;

	leg_put_hello(leg, SEAL_HELLO_CAN_ATTEST);
	must(leg_await(leg, SEAL_FRAME_REQUEST, body, &asked.len) &&
	     asked.len <= sizeof(request), "request");
	memcpy(request, body, asked.len);
	len = leg_evidence(leg, who, true, asked, NULL, cmw, sizeof(cmw));
	if (lie)
		relabel(cmw, len);
	leg_put(leg, SEAL_FRAME_AUTHENTICATOR, out,
		leg_prove(leg, asked, (struct seal_bytes){ cmw, len }, out, sizeof(out)));
	if (leg_await(leg, SEAL_FRAME_RESULT, body, &len))
		leg_put_done(leg, false);
	leg_drain(leg);
}

static pid_t start_root_on_f(const int fd[2], bool lie)
{
	pid_t pid = fork();
	struct leg leg;

	must(pid >= 0, "fork");
	if (pid)
		return pid;
	alarm(120);
	close(fd[1]);
	must(leg_open(&leg, fd[0], SEAL_SIDE_CLIENT, &(struct leg_how){ 0 }), "TLS");
	prove(&leg, own_machine("f"), lie);
	_exit(leg.code < 0 ? 0 : leg.code);
}

/* What a has found, and what it told the peer. */
static struct stand_side judged(bool lie, int *code)
{
	struct stand_side s = { .host = &a, .server = true }, *const sides[] = { &s };
	int fd[2], status;
	pid_t pid;

	host_policy(&a, "f", CERT "key = file\n%P");
	tcp_pair(fd);
	pid = start_root_on_f(fd, lie);
	close(fd[0]);
	side_start(&s, fd[1]);
	sides_run(sides, 1, NULL, NULL);
	must(waitpid(pid, &status, 0) == pid && WIFEXITED(status), "waitpid");
	*code = WEXITSTATUS(status);
	return s;
}

static void other_scheme(void)
{
	struct stand_side s;
	int code;

	s = judged(false, &code);
	if (!ok(s.told.attached && !code, "an RSAPSS key signs by RSAPSS"))
		note("%s", s.told.line);
	s = judged(true, &code);
	if (!ok(!s.told.attached && !s.told.plain && !strcmp(told_reason(&s), "quote-scheme"),
		"an RSAPSS key does not sign by RSASSA"))
		note("%s", s.told.line);
	ok(code == SEAL_CODE_REJECTED, "and the peer is told no more than no");
}

int main(void)
{
	host_open(&a, "a");
	host_open(&b, "b");
	host_open(&f, "f");
	host_open(&g, "g");
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		attested(&pairs[i]);
	host_close(&b);
	host_close(&f);
	host_close(&g);
	other_scheme();
	host_close(&a);
	return done();
}
