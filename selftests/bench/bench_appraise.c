// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_appraise [SECONDS]: full appraisals on one core, nothing cached: both
 * certificate chains, the authenticator, certify and quote, and the boot log of
 * a real machine replayed to the quoted PCRs. Then the same where both paths,
 * certify and quote were seen before (verify/seen.h): what is left is the
 * connection's own, with one signature. The rows "evidence" are the part of both that
 * a verifier has to do that is no end of the connection: octets of the evidence, the AK's
 * chain and the boot log in, verdict out; three signatures and none. Before them, how
 * many signatures of a key on P-256 the library checks: a full appraisal has five, and
 * cannot be faster than they are. Prints name=value lines; seconds are those that this
 * process had a core for, so that others on the machine count as little as can be; what
 * they do to the clock and caches of a core that is shared is in the mean, and least in
 * the best tenth of a second. At last, what a verifier reads before: rules with as many
 * admitted keys as there may be, nearly, and a list of files. COUNT=N in the environment
 * makes exactly N, for counting instructions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "../unit/lib/scene.h"
#include "../unit/lib/tap.h"
#include "verify/appraise_tpm.h"
#include "verify/eventlog.h"
#include "wire/authenticator.h"

#define PCRS	0x3ffu		/* 0 to 9 */
#define SLICE	0.1		/* seconds */

static struct seal_bytes log_bytes;

static void with_log(struct scene *s, struct seal_verify_in *in)
{
	in->boot = log_bytes;
	s->used = false;
}

static void without_log(struct scene *s, struct seal_verify_in *in)
{
	s->used = false;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* How many there were of what is measured since @begin; also the best slice. */
struct rate {
	unsigned long count;
	double begin, now, best;
};

static void repeat(struct rate *rate, double until, unsigned long count,
		   void (*once)(void *arg), void *arg)
{
	while (count ? rate->count < count : rate->now < until) {
		once(arg);
		rate->count++;
		rate->now = seconds();
	}
}

/* Returns the best rate a second. */
static double measure(const char *name, double limit, unsigned long count,
		      void (*once)(void *arg), void *arg)
{
	struct rate rate = { .begin = seconds() };

	rate.now = rate.begin;
	do {
		unsigned long before = rate.count;
		double from = rate.now;

		repeat(&rate, from + SLICE, count, once, arg);
		if ((rate.count - before) / (rate.now - from) > rate.best)
			rate.best = (rate.count - before) / (rate.now - from);
	} while (!count && rate.now < rate.begin + limit);
	printf("%s=%.0f per second, at best %.0f (%lu in %.2f s)\n", name,
	       rate.count / (rate.now - rate.begin), rate.best, rate.count,
	       rate.now - rate.begin);
	return rate.best;
}

static void judge(void *arg)
{
	struct scene *s = arg;

	must(scene_judge(s) == SEAL_REASON_ACCEPTED, seal_reason_name(s->verdict.reason));
}

/* The evidence alone, with what the connection gives it to be held against. */

__typeof__(seal_tpm_appraise) __real_seal_tpm_appraise, __wrap_seal_tpm_appraise;

static struct {
	const char *name;	/* NULL: not now */
	struct seal_bytes cmw;
	double limit, best;
	unsigned long count;
} evidence;

static void appraise_evidence(void *arg)
{
	static union seal_evidence decoded;
	struct seal_appraisal found;
	struct seal_cmw cmw;

	must(seal_cmw_decode(evidence.cmw, &cmw) && seal_tpm_evidence_decode(cmw.value, &decoded) &&
	     __real_seal_tpm_appraise(&decoded, arg, &found) == SEAL_REASON_ACCEPTED, "evidence");
}

/* Within a whole appraisal, as that is where all of @in is alive. */
enum seal_reason __wrap_seal_tpm_appraise(const union seal_evidence *decoded,
					  const struct seal_appraisal_in *in,
					  struct seal_appraisal *ret)
{
	struct seal_appraisal_in copy = *in;

	if (evidence.name)
		evidence.best = measure(evidence.name, evidence.limit, evidence.count,
					appraise_evidence, &copy);
	evidence.name = NULL;
	return __real_seal_tpm_appraise(decoded, in, ret);
}

static double measure_evidence(const char *name, double limit, unsigned long count,
			       struct scene *s)
{
	struct seal_authenticator auth;

	must(seal_authenticator_decode((struct seal_bytes){ s->auth_raw, s->auth_len }, &auth),
	     "authenticator");
	evidence.cmw = auth.cmw;
	evidence.limit = limit;
	evidence.count = count;
	evidence.name = name;
	judge(s);
	return evidence.best;
}

/* A signature by the AK, and what checks it. */
struct signed_digest {
	struct seal_cert cert;
	struct blob signature;
	uint8_t digest[SEAL_SHA256_LEN];
};

static void check_signature(void *arg)
{
	struct signed_digest *d = arg;

	must(seal_verify_scheme(&d->cert.key, SEAL_SCHEME_P256, d->digest, of(&d->signature)),
	     "signature");
}

static double measure_signatures(double limit)
{
	static struct signed_digest d;

	must(seal_cert_decode(of(&world()->ak_cert), &d.cert), "certificate");
	tls_sign(world()->ak, SEAL_SCHEME_P256, d.digest, &d.signature);
	return measure("signatures_checked", limit, 0, check_signature, &d);
}

static void print_bound(const char *name, double rate, double signatures, unsigned int each)
{
	printf("%s_of_bound=%.0f %% of %.0f per second, %u signature%s each, at best\n", name,
	       100 * rate * each / signatures, signatures / each, each, each > 1 ? "s" : "");
}

/* The peer's PCRs are those that the log leads to, and policy knows PCR 7. */
static const char *adopt(struct scene *s, const struct seal_bank *bank)
{
	static char policy[1024];
	char hex[2 * SEAL_PCR_VALUE_MAX + 1];

	s->pcr_mask = PCRS;
	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++)
		memcpy(s->pcr[i], bank->pcr[i], bank->len);
	for (size_t i = 0; i < bank->len; i++)
		snprintf(hex + 2 * i, 3, "%02x", bank->pcr[7][i]);
	snprintf(policy, sizeof(policy), "[policy bench]\npeer = *\nmode = require\n"
		 "ak-trust = certificate\nkey = tpm\npcrs = sha256:0-9\npcr-7 = %s\n", hex);
	return policy;
}

/* What a verifier reads before it knows anything of the peer. */

#define FILES	300000u
#define HOSTS	4000u

static char rules_dir[] = "/tmp/seal-bench.XXXXXX";

static FILE *rules_file(const char *name, unsigned int number)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), name, rules_dir, number);
	f = fopen(path, "w");
	must(f != NULL, path);
	return f;
}

static void make_rules(void)
{
	char path[64];
	FILE *f;

	must(mkdtemp(rules_dir) != NULL, rules_dir);
	snprintf(path, sizeof(path), "%s/policy.d", rules_dir);
	must(!mkdir(path, 0700), path);
	snprintf(path, sizeof(path), "%s/admitted", rules_dir);
	must(!mkdir(path, 0700), path);
	f = rules_file("%s/policy.d/%02u.conf", 0);
	fputs("[policy bench]\npeer = *\nmode = require\nak-trust = certificate\n"
	      "pcrs = sha256:10\nlogs = ima\nima-list = files\n", f);
	fclose(f);
	f = rules_file("%s/policy.d/files", 0);
	for (unsigned int i = 0; i < FILES; i++)
		fprintf(f, "%08x%056x  /usr/lib/file-%u\n", i * 2654435761u, i, i);
	fclose(f);
	for (unsigned int i = 0; i < HOSTS; i++) {
		f = rules_file("%s/admitted/%u.json", i);
		fputs(admitted_json(new_key(P256), GOOD_AK, "dns:host.example.org", "", false), f);
		fclose(f);
	}
}

/* @arg: also the list of the policy, which is for a peer whose quote was good. */
static void load_rules(void *arg)
{
	struct seal_policy_error error;
	struct seal_rules rules;

	must(seal_rules_open(rules_dir, &rules, &error), error.text);
	if (arg)
		must(seal_rules_lists(&rules, rules.policies.policy, &error), error.text);
	seal_rules_free(&rules);
}

static void measure_rules(double limit)
{
	char command[64];

	make_rules();
	measure("rules_opened", limit, 0, load_rules, NULL);
	measure("rules_with_list", limit, 0, load_rules, rules_dir);
	snprintf(command, sizeof(command), "rm -r %s", rules_dir);
	must(!system(command), command);
}

int main(int argc, char **argv)
{
	const char *count = getenv("COUNT");
	unsigned long n = count ? strtoul(count, NULL, 10) : 0;
	double limit = argc > 1 ? atof(argv[1]) : 3, signatures, full, alone, seen;
	struct seal_eventlog log;
	static struct scene s;
	struct seal_bank bank;
	uint8_t *data;
	size_t len;

	data = corpus("golden-hpe/binary_bios_measurements", &len);
	if (!data) {
		printf("no corpus\n");
		return 0;
	}
	log_bytes = (struct seal_bytes){ data, len };
	seal_bank_init(&bank, SEAL_TPM_ALG_SHA256);
	must(seal_eventlog_replay_bank(log_bytes, &bank, &log), "log");
	scene_init(&s);
	s.policy = adopt(&s, &bank);
	scene_speak(&s);
	signatures = n ? 1 : measure_signatures(limit / 3);
	s.edit_in = with_log;
	full = measure("appraisals_with_boot_log", limit, n, judge, &s);
	alone = measure_evidence("evidence_with_boot_log", limit, n, &s);
	s.edit_in = without_log;
	if (!n)
		measure("appraisals_without_log", limit, n, judge, &s);
	seal_rules_remember(&s.rules, 64);
	seen = measure("appraisals_seen_before", limit, n, judge, &s);
	s.edit_in = with_log;
	measure_evidence("evidence_seen_before", limit, n, &s);
	if (!n) {
		print_bound("appraisals_with_boot_log", full, signatures, 5);
		print_bound("evidence_with_boot_log", alone, signatures, 3);
		print_bound("appraisals_seen_before", seen, signatures, 1);
		measure_rules(limit / 3);
	}
	scene_end(&s);
	return 0;
}
