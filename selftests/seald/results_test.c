// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Passports over the wire, with whole programs: a verifier issues a result by
 * sealctl, a host shows it, another takes it. Run by selftests/seald/hosts.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "office.h"
#include "stand.h"
#include "../unit/lib/tap.h"

#define HEAD	"[policy test]\npeer = *\nkey = any\nak-trust = certificate\nmode = require\n"
#define EVIDENCE HEAD "%P"
#define BY	"pcrs = sha256:0-9\nverifier = office\nmodes = "
#define ZEROS	"0000000000000000000000000000000000000000000000000000000000000000"
#define PASSPORT HEAD BY "passport\n"

/* Names and types of the members of the object that an expression makes of the result r. */
#define SHOWN(of) "$s result show --json b.cwt | python3 -c 'import json, sys; r = json.load(" \
	"sys.stdin); print(*(k + \"=\" + type(v).__name__ for k, v in " of ".items()))'"
#define APPRAISAL "[*r[\"appraisals\"].values()][0]"

static struct stand_host a, b;

/* b mounts from a. */
static void connect_them(const char *server, const char *client, struct stand_side *c,
			 struct stand_side *s)
{
	*c = (struct stand_side){ .host = &b, .peername = "a.seal.test" };
	*s = (struct stand_side){ .host = &a, .server = true };
	host_policy(&a, "b", server);
	host_policy(&b, "a", client);
	host_forget(&a);
	host_forget(&b);
	run_both(c, s);
}

static void refused(const char *server, const char *reason, const char *claim)
{
	struct stand_side c, s;

	connect_them(server, EVIDENCE, &c, &s);
	if (!ok(!s.told.attached && s.told.status == EACCES &&
		!strcmp(told_reason(&s), reason), "%s: %s", claim, reason))
		note("status %d, %s", s.told.status, s.told.line);
}

/* The verifier says no, and why. */
static void withheld(const char *host, const char *more, const char *why, const char *claim)
{
	ok(office_issue(host, more) == 1 && office_said(why), "%s", claim);
}

/* A policy of a does not take the result on b. */
static void not_taken(const char *reason, const char *claim)
{
	ok(office_sh("$s result verify -c a --policy test b.cwt") == 1 && office_said(reason),
	   "%s", claim);
}

static void test_issue(void)
{
	office_policy("b", "");
	ok(!office_issue("b", ""), "issue: a result on a good machine");
	ok(!office_sh("test $(stat -c %%a b.request) = 600"),
	   "request: the logs in it are for nobody else");
	ok(!office_sh("$s result show b.cwt") && office_said("subject.*dns:b.seal.test") &&
	   office_said("status.*affirming"), "show: says who and what");
	ok(!office_sh(SHOWN("r")) &&
	   office_said("^subject=str issued=str verifier=str build=str key=str appraisals=dict "
		       "expires=str$") &&
	   !office_sh(SHOWN(APPRAISAL)) &&
	   office_said("^status=str vector=dict policies=list anchor=dict$") &&
	   !office_sh(SHOWN(APPRAISAL "[\"anchor\"]")) &&
	   office_said("^subject_key=str ak=str bank=str pcrs=list digest=str reset_count=int "
		       "restart_count=int clock=int consumers=list$"),
	   "show: JSON, as sealctl(8) has it");
	office_policy("b", "key-is-none = x\n");
	withheld("b", "", "unknown key", "issue: not by a policy that cannot be read");
	office_policy("b", "");
	withheld("b", "--identity dns:a.seal.test", "identity-not-asked-for",
		 "issue: not for another identity");
	ok(office_issue("b", "--consumer nfs,dancer") == 2 && office_said("unknown"),
	   "issue: not for consumers that are none");
	ok(office_sh("$s result issue -c v --request b.request --nonce 0011223344556677 "
		     "--key v/key.pem --policy fleet b.cwt") == 1 &&
	   office_said("quote-not-for-this-connection"), "issue: not on an old request");
	office_policy("b", "consumer = kernel\n");
	withheld("b", "--consumer user", "not in the policy",
		 "issue: not for consumers that the policy would refuse");
	ok(office_sh("$s result issue -c v --request v/key.pem --nonce " OFFICE_NONCE
		     " --key v/key.pem --policy fleet --consumer user b.cwt") == 1 &&
	   office_said("not in the policy"), "issue: which is found before the appraisal");
	ok(!office_issue("b", "--consumer nfs"), "issue: for those it would not");
	office_sh("sed -i 's/^pcr-8 = ../pcr-8 = ee/' v/policy.d/test.conf");
	withheld("b", "", "pcr-value-refused", "issue: not on other values");
	office_sh("sed -i 's/^key = any/key = tpm/' v/policy.d/test.conf");
	withheld("f", "", "tls-key-residency", "issue: not on a key in a file");
	ok(office_sh("$s result issue -c v --request b.cwt --nonce " OFFICE_NONCE
		     " --key v/key.pem --policy fleet b.cwt") == 1 &&
	   office_said("not a request"), "issue: not on anything");
}

/* Said before it ends, for the host is refused then. */
static void test_doctor(void)
{
	office_policy("b", "");
	must(!office_issue("b", "--valid 8s"), "issue");
	office_install("b", "b");
	office_sh("for i in $(seq 99); do $s doctor -c b >doctor; "
		  "grep -E \"^(warn|FAIL) +passport\" doctor && break; sleep .3; done");
	ok(office_said("^warn +passport +the passport ends in 0 minutes"), "doctor: it ends soon");
	office_sh("sleep 3; $s doctor -c b");
	ok(office_said("^FAIL +passport +the passport has ended"), "doctor: it has ended");
	must(!office_issue("b", "--valid 60s"), "issue");
	office_install("b", "b");
	office_sh("$s doctor -c b");
	ok(office_said("^ok +passport +the passport is good for "), "doctor: a new one");
}

static void test_passport(void)
{
	struct stand_side c, s;
	uint64_t before;

	office_sh("rm -f b/identity/result.cwt");
	refused(PASSPORT, "mode-not-supported", "a host without one");
	office_policy("b", "");
	must(!office_issue("b", "--valid 60s --consumer nfs"), "issue");
	office_install("b", "b");
	before = ipc_now();
	connect_them(PASSPORT, EVIDENCE, &c, &s);
	ok(both_attested(&c, &s), "passport: accepted, without a new start");
	ok(strstr(s.told.claims, "mode=passport") && strstr(s.told.claims, "not-covered=ima") &&
	   !strstr(c.told.claims, "passport"), "passport: '%s'", s.told.claims);
	ok(s.told.deadline > before && s.told.deadline <= before + 61000000000ull,
	   "passport: no longer than the result");
	if (!s.told.attached)
		note("%s", s.told.line);
	connect_them(HEAD BY "evidence, passport\n"
		     "pcr-7 = " ZEROS "\n", EVIDENCE, &c, &s);
	ok(both_attested(&c, &s) && !strstr(s.told.claims, "passport"),
	   "passport: evidence is better where both are taken");
	ok(!office_sh("printf '" PASSPORT "' >a/policy.d/test.conf && "
		      "$s result verify -c a --policy test b.cwt"),
	   "verify: a policy would take it");
}

static void verified_by(const char *policy, const char *reason, const char *claim)
{
	must(!office_sh("printf '%s' >a/policy.d/test.conf", policy), "policy");
	not_taken(reason, claim);
}

#define OF_KEY(peer, key) "[policy test]\npeer = " peer "\nkey = " key "\nmode = require\n" BY

/* What seald would refuse is not accepted here. */
static void test_verify(void)
{
	office_policy("b", "");
	must(!office_issue("b", "--consumer user"), "issue");
	verified_by(OF_KEY("dns:z.seal.test", "any") "passport\n", "identity-not-in-policy",
		    "verify: a result on another machine");
	verified_by(OF_KEY("*", "any") "passport\nconsumer = kernel\n", "result-consumer",
		    "verify: for none of the consumers that policy takes");
	verified_by(OF_KEY("*", "file") "interactive\n", "tls-key-residency",
		    "verify: a key elsewhere, by the verifier's word");
}

#define INTERACTIVE	HEAD BY "interactive\n"

static void test_interactive(void)
{
	struct stand_side c, s;

	office_policy("b", "");
	office_answer("b", NULL);
	connect_them(INTERACTIVE, EVIDENCE, &c, &s);
	ok(both_attested(&c, &s) && strstr(s.told.claims, "key=tpm") &&
	   strstr(s.told.claims, "mode=interactive"), "interactive: accepted, '%s'",
	   s.told.claims);
	if (!s.told.attached)
		note("%s / %s", s.told.line, c.told.line);
	connect_them(HEAD BY "passport, interactive, plain\nage = 1h\n", EVIDENCE, &c, &s);
	ok(strstr(s.told.claims, "mode=interactive"), "interactive: better than a passport");
}

/* What the client's host does not get from its verifier, it does not show. */
static void unanswered(const char *command, const char *claim)
{
	struct stand_side c, s;

	if (command)
		office_answer("b", command);
	connect_them(INTERACTIVE, EVIDENCE, &c, &s);
	if (!ok(!s.told.attached && !c.told.attached && c.told.status == ETIMEDOUT &&
		!strcmp(told_reason(&c), "verifier-unavailable"), "interactive: %s", claim))
		note("%s / %s", s.told.line, c.told.line);
}

static void test_unanswered(void)
{
	office_sh("sed -i 's/^pcr-8 = ../pcr-8 = ee/' v/policy.d/test.conf");
	office_answer("b", NULL);
	unanswered(NULL, "the verifier refuses");
	ok(!office_sh("grep -q pcr-value-refused answer.log"), "interactive: and says why");
	office_policy("b", "");
	unanswered("cat", "its own dossier comes back");
	unanswered("cat b.cwt", "a result that was made for no connection");
	unanswered("head -c 20000 /dev/zero", "too much");
	unanswered("sleep 6", "nothing in time");
	unanswered("true", "no answer");
	office_shut();
	unanswered(NULL, "nobody listens");
	office_sh("rm b.verifier");
	unanswered(NULL, "no socket");
}

static void test_plain(void)
{
	struct stand_side c, s;

	must(!office_issue("b", ""), "issue");
	office_install("b", "b");
	connect_them(HEAD BY "plain\nage = 1h\n", EVIDENCE, &c, &s);
	ok(both_attested(&c, &s) && strstr(s.told.claims, "mode=plain") &&
	   strstr(s.told.claims, "not-covered=state"), "plain: accepted, '%s'", s.told.claims);
	sleep(2);
	refused(PASSPORT "age = 1s\n", "too-old", "plain: a passport that is too old");
}

#define ANSWER	"$s result answer -c v --policy fleet --key "

/* Strangers, for all that it knows. */
static void test_answers(void)
{
	office_policy("b", "");
	ok(office_sh("echo x >v/no.key; echo x | " ANSWER "v/no.key") == 1 &&
	   office_said("not a request"),
	   "answer: a request is read before the key is");
	ok(office_sh("head -c 100000 /dev/zero | " ANSWER "v/key.pem") == 1 &&
	   office_said("File too large"), "answer: and no longer one than policy asks for");
	office_policy("b", "logs = boot\nlog-limit = 1\n");
	ok(office_sh("head -c 2100000 /dev/zero | " ANSWER "v/key.pem") == 1 &&
	   office_said("not a request") &&
	   office_sh("head -c 2300000 /dev/zero | " ANSWER "v/key.pem") == 1 &&
	   office_said("File too large"), "answer: with logs as log-limit says");
	office_policy("b", "");
	ok(office_sh("sleep 14 | " ANSWER "v/key.pem") == 1 && office_said("in time"),
	   "answer: who says nothing has ten seconds");
}

/* A host has kept its dossier of one connection, and the verifier looks at it again. */
static void replayed(const char *form)
{
	struct stand_side c, s;

	office_answer("b", "tee saved | $s result answer -c v --key v/key.pem --policy fleet");
	connect_them(INTERACTIVE, EVIDENCE, &c, &s);
	ok(both_attested(&c, &s), "replay: the connection itself%s", form);
	office_shut();
	ok(!office_sh("$s result answer -c v --key v/key.pem --policy fleet%s <saved >b.cwt",
		      form), "replay: a new result on the old dossier%s", form);
	office_install("b", "b");
	refused(HEAD BY "plain\nage = 1h\n", "result-not-for-this-connection",
		"replay: is not taken for a plain one");
	ok(!office_sh("printf '" HEAD BY "plain\nage = 1h\n' >a/policy.d/test.conf"),
	   "replay: a policy of plain results");
	not_taken("result-not-for-this-connection", "verify: neither");
	connect_them(PASSPORT, EVIDENCE, &c, &s);
	ok(both_attested(&c, &s), "replay: beside a quote of now it says no more than that");
}

static void test_replay(void)
{
	office_policy("b", "");
	replayed("");
	replayed(" --jwt");
	must(!office_sh("sed -i '$aage = 1h' v/policy.d/test.conf"), "age");
	ok(office_sh("$s result answer -c v --key v/key.pem --policy fleet <saved >b.cwt") == 1 &&
	   office_said("too-old"), "replay: whose age the verifier cannot know");
	office_policy("b", "");
}

static void test_jwt(void)
{
	struct stand_side c, s;

	must(!office_issue("b", "--jwt"), "issue");
	ok(!office_sh("$s result show b.cwt") && office_said("dns:b.seal.test") &&
	   !office_sh("head -c 3 b.cwt") && office_said("eyJ"), "JWT: issued and shown");
	office_install("b", "b");
	connect_them(PASSPORT, EVIDENCE, &c, &s);
	ok(both_attested(&c, &s) && strstr(s.told.claims, "mode=passport"),
	   "JWT: as a passport, '%s'", s.told.claims);
	office_answer("b", "exec $s result answer -c v --key v/key.pem --policy fleet --jwt");
	connect_them(INTERACTIVE, EVIDENCE, &c, &s);
	ok(both_attested(&c, &s) && strstr(s.told.claims, "mode=interactive"),
	   "JWT: for a connection, '%s'", s.told.claims);
	if (!s.told.attached)
		note("%s / %s", s.told.line, c.told.line);
	office_shut();
}

static void test_refusals(void)
{
	must(!office_issue("b", "--consumer nfsd"), "issue");
	office_install("b", "b");
	refused(PASSPORT, "result-consumer", "for another consumer");
	must(!office_issue("b", ""), "issue");
	office_install("b", "b");
	refused(HEAD "pcrs = sha256:0-7\nverifier = office\nmodes = passport\n",
		"result-selection", "on other PCRs");
	must(!office_sh("cp a/verifiers/office.pem a/office.aside && "
			"openssl ecparam -name prime256v1 -genkey -noout -out v/other.pem && "
			"openssl ec -in v/other.pem -pubout -out a/verifiers/office.pem"),
	     "other key");
	refused(PASSPORT, "result-verifier-unknown", "of another verifier");
	not_taken("result-verifier-unknown", "verify: by the same rules");
	must(!office_sh("mv a/office.aside a/verifiers/office.pem"), "office");
	must(!office_issue("f", ""), "issue");
	office_install("f", "b");
	refused(PASSPORT, "mode-not-supported", "a result on another machine is not even shown");
	must(!office_issue("b", "--valid 1s"), "issue");
	office_install("b", "b");
	sleep(2);
	refused(PASSPORT, "mode-not-supported", "nor one that is too old");
	not_taken("result-expired", "verify: too old");
	must(!office_sh("head -c 300 b.cwt >b/identity/result.cwt"), "half");
	refused(PASSPORT, "mode-not-supported", "nor half of one");
}

/* The one that quotes says what may be asked of it, in its seald.conf. */
static void test_selection(void)
{
	struct stand_side c, s;

	connect_them(HEAD "pcrs = sha256:0-8\npcr-0 = " ZEROS "\n", EVIDENCE, &c, &s);
	if (!ok(!c.told.attached && c.told.status == EACCES &&
		!strcmp(told_reason(&c), "selection-not-allowed") &&
		!strcmp(told_reason(&s), "peer-error"), "PCRs that are not in its list"))
		note("%s / %s", c.told.line, s.told.line);
}

#define SOFT(mode) "[policy test]\npeer = *\nkey = any\nak-trust = certificate\nmode = " mode "\n"

/* What a peer cannot give is not there to be observed, and the connection ends. */
static void test_soft(void)
{
	static const char *const modes[] = { SOFT("observe"), SOFT("offer") };
	char policy[300];

	for (size_t i = 0; i < 2; i++) {
		snprintf(policy, sizeof(policy), "%spcrs = sha256:0-8\npcr-0 = " ZEROS "\n",
			 modes[i]);
		refused(policy, "peer-error", i ? "offer: PCRs that are not in its list" :
			"observe: PCRs that are not in its list");
		snprintf(policy, sizeof(policy), "%s" BY "passport\n", modes[i]);
		refused(policy, "mode-not-supported", i ? "offer: a passport that it has not" :
			"observe: a passport that it has not");
	}
}

/* Last: PCRs do not go back. */
static void test_change(void)
{
	struct stand_side c, s;

	must(!office_issue("b", "") && !office_issue("a", ""), "issue");
	office_install("b", "b");
	office_install("a", "a");
	connect_them(PASSPORT, PASSPORT, &c, &s);
	ok(both_attested(&c, &s) && strstr(s.told.claims, "passport") &&
	   strstr(c.told.claims, "passport"), "mutual passports");
	must(!office_sh("tpm2_pcrextend -T $(cat b.tcti) 8:sha256=%064d", 1), "extend");
	refused(PASSPORT, "result-digest", "not the state that was appraised");
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "issue", test_issue },
	{ "doctor", test_doctor },
	{ "passport", test_passport },
	{ "verify", test_verify },
	{ "interactive", test_interactive },
	{ "unanswered", test_unanswered },
	{ "answers", test_answers },
	{ "plain", test_plain },
	{ "replay", test_replay },
	{ "jwt", test_jwt },
	{ "refusals", test_refusals },
	{ "selection", test_selection },
	{ "soft", test_soft },
	{ "change", test_change },
};

int main(int argc, char **argv)
{
	office_open();
	office_sh("printf '[tpm]\npcrs = sha256:0-7; sha256:0-9\n[verifier]\n"
		  "socket = %s/b.verifier\n' >>b/seald.conf", getenv("SEALD_HOSTS"));
	host_open(&a, "a");
	host_open(&b, "b");
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		if (argc < 2 || !strcmp(argv[1], tests[i].name))
			tests[i].run();
	office_shut();
	host_close(&a);
	host_close(&b);
	return done();
}
