// SPDX-License-Identifier: GPL-2.0-or-later
/* sealctl result issue and answer: a verifier's word on a machine whose request is good. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sealctl/enroll_dir.h"
#include "sealctl/enroll_request.h"
#include "sealctl/files.h"
#include "sealctl/result.h"
#include "sealctl/result_appraise.h"
#include "sealctl/result_sign.h"
#include "sealctl/sealctl.h"
#include "verify/issue.h"
#include "verify/passport.h"
#include "wire/release.h"

#define REQUEST_MAX	(130u << 20)	/* both logs at their longest */
#define KEY_MAX		16384u
#define ANSWER_S	10u		/* the host is gone after 3 */
#define ISSUE_S		120u
#define VALID_MAX	(30 * 86400)

/**
 * struct issue - the command line, and what becomes of it
 * @json: in the form of a JWT
 * @answer: for a connection, from standard input to standard output
 * @kinds: of consumers, as the command line has them; 0: all
 * @mask: of consumers, as the result has them
 */
struct issue {
	bool answer;
	bool json;
	const char *dir, *request_path, *key_path, *policy_name, *out;
	const char *hex, *identity, *consumers, *valid_text;
	uint8_t nonce[SEAL_NONCE_MAX];
	size_t nonce_len;
	int64_t valid;
	struct seal_identity id;
	uint32_t kinds, mask;
	struct seal_bytes request, key;
	struct seal_rules rules;
	const struct seal_policy *policy;
	struct result_signer signer;
	struct seal_finding finding;
};

static bool set_valid(struct issue *is, const char *text)
{
	static const struct { char unit; int64_t seconds; } units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	is->valid = 0;
	if (end == text || !*end || end[1] || !n || n > VALID_MAX)
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].unit == *end)
			is->valid = (int64_t)n * units[i].seconds;
	return is->valid > 0 && is->valid <= VALID_MAX;
}

static bool parse(struct issue *is, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "request", required_argument, NULL, 'r' },
		{ "nonce", required_argument, NULL, 'n' },
		{ "key", required_argument, NULL, 'k' },
		{ "policy", required_argument, NULL, 'p' },
		{ "identity", required_argument, NULL, 'i' },
		{ "consumer", required_argument, NULL, 'C' },
		{ "valid", required_argument, NULL, 'v' },
		{ "jwt", no_argument, NULL, 'j' },
		{ 0 } };
	const struct { char c; const char **to; } texts[] = {
		{ 'c', &is->dir }, { 'r', &is->request_path }, { 'k', &is->key_path },
		{ 'p', &is->policy_name }, { 'i', &is->identity }, { 'C', &is->consumers },
		{ 'n', &is->hex }, { 'v', &is->valid_text } };
	int c;

	is->valid = 86400;
	optind = 0;
	while ((c = getopt_long(argc, argv, "c:", longs, NULL)) != -1) {
		if (c == '?')
			return false;
		if (c == 'j')
			is->json = true;
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
			if (texts[i].c == c)
				*texts[i].to = optarg;
	}
	if (!is->key_path || !is->policy_name)
		return false;
	if (is->answer) {
		is->request_path = "-";
		return optind == argc && !is->hex && !is->identity && !is->consumers;
	}
	if (optind != argc - 1 || !is->hex)
		return false;
	is->out = argv[optind];
	return is->request_path;
}

static int read_kinds(struct issue *is, struct enroll_error *err)
{
	char list[128], *word, *rest = list;
	bool known = snprintf(list, sizeof(list), "%s", is->consumers) < (int)sizeof(list);

	while (known && (word = strsep(&rest, ","))) {
		uint32_t bit = 0;

		for (unsigned int class = 1; class < SEAL_CLASS_COUNT; class++)
			if (!strcmp(word, seal_class_name(class)))
				bit = 1u << class;
		is->kinds |= bit;
		known = bit;
	}
	return known ? 0 : enroll_refuse(err, "nfs, nfsd, nvme, user, kernel",
					 "--consumer %.100s: unknown", is->consumers);
}

/* What can be said of the command line before anything is looked at. */
static int read_values(struct issue *is, struct enroll_error *err)
{
	if (is->valid_text && !set_valid(is, is->valid_text))
		return enroll_refuse(err, "a number and s, m, h or d, at most 30d",
				     "--valid %.100s", is->valid_text);
	if (is->hex && result_nonce(is->hex, is->nonce, &is->nonce_len, err))
		return -1;
	if (is->identity && enroll_identity(is->identity, &is->id, err))
		return -1;
	return is->consumers ? read_kinds(is, err) : 0;
}

static int load_rules(struct issue *is, struct enroll_error *err)
{
	struct seal_policy_error error = { 0 };

	if (!seal_rules_open(is->dir, &is->rules, &error))
		return enroll_refuse(err, "sealctl policy check", "%.100s:%u: %.140s",
				     error.file, error.line, error.text);
	for (size_t i = 0; i < is->rules.policies.count; i++)
		if (!strcmp(is->rules.policies.policy[i].name, is->policy_name))
			is->policy = &is->rules.policies.policy[i];
	if (!is->policy || !seal_policy_wants(is->policy))
		return enroll_refuse(err, "sealctl policy check shows them",
				     "no policy %.63s that asks for evidence", is->policy_name);
	if (!is->answer && is->policy->pcrs.mask >> SEAL_PCR_IMA & 1)
		return enroll_refuse(err, "it changes with every program that runs",
				     "no passport holds for PCR %u", SEAL_PCR_IMA);
	if (!seal_rules_lists(&is->rules, is->policy, &error))
		return enroll_refuse(err, "sealctl policy check", "%.100s:%u: %.140s",
				     error.file, error.line, error.text);
	return 0;
}

static bool reads_boot_log(const struct seal_policy *policy)
{
	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++)
		if (policy->require[i].count || policy->allow[i].count)
			return true;
	return policy->secure_boot || policy->lockdown;
}

/* A host sends both logs or none, and nobody knows yet who it is. */
static size_t longest(const struct issue *is)
{
	const struct seal_policy *policy = is->policy;

	if (!is->answer)
		return REQUEST_MAX;
	if (!policy->logs && !reads_boot_log(policy) && !seal_policy_reads_ima(policy))
		return SEAL_DOSSIER_MAX;
	return SEAL_DOSSIER_MAX + 2 * ((size_t)policy->log_limit << 20);
}

static int appraise(struct issue *is, struct enroll_error *err)
{
	struct seal_dossier_in in = {
		.rules = &is->rules, .policy = is->policy,
		.nonce = { is->nonce, is->nonce_len }, .now = time(NULL),
		.identity = is->identity ? &is->id : NULL,
	};
	enum seal_reason reason;

	if (result_appraise(is->request, is->answer, &in, &reason, &is->finding, err))
		return -1;
	if (reason == SEAL_REASON_ACCEPTED)
		return 0;
	return enroll_refuse(err, seal_reason_hint(reason), "refused: %s%s%s",
			     seal_reason_name(reason), *is->finding.found.detail ? ": " : "",
			     is->finding.found.detail);
}

/* The evidence of a connection says of whom it is. */
static int set_consumers(struct issue *is, struct enroll_error *err)
{
	uint32_t may = seal_issue_consumers(is->policy);
	uint32_t want = is->answer ? 1u << is->finding.claims.consumer : is->kinds;

	is->mask = want ? want : may;
	return is->mask & ~may ?
	       enroll_refuse(err, "sealctl policy check", "consumer %.100s: not in the policy",
			     is->answer ? seal_class_name(is->finding.claims.consumer) :
			     is->consumers) : 0;
}

static int write_result(struct issue *is, struct enroll_error *err)
{
	uint8_t out[SEAL_RESULT_MAX_LEN];
	int64_t now = time(NULL);
	struct seal_ear ear;
	size_t len;

	seal_issue_claims(&is->finding, is->policy, is->mask, SEAL_RELEASE, now, now + is->valid,
			  &ear);
	len = (is->json ? result_jws : result_cose)(&is->signer, &ear, out, sizeof(out));
	if (!len)
		return enroll_refuse(err, "", "the key does not sign");
	if (is->answer)
		return fwrite(out, 1, len, stdout) == len && !fflush(stdout) ? 0 :
		       enroll_refuse(err, "", "nobody takes the answer");
	if (enroll_write("", is->out, 0644, out, len, err))
		return -1;
	enroll_step("result", "%s: %s, %lld s", is->out, is->finding.identity.text,
		    (long long)(ear.expires - now));
	return 0;
}

/* What is not to be had of a policy is found before the machine is looked at. */
static int run(struct issue *is, struct enroll_error *err)
{
	if (load_rules(is, err))
		return -1;
	if (!is->answer && set_consumers(is, err))
		return -1;
	if (!file_read(is->request_path, longest(is), &is->request))
		return enroll_refuse(err, is->answer ? "with logs: what log-limit of the policy "
				     "says, where it reads them; else none" : "",
				     "the request cannot be read");
	if (appraise(is, err) || (is->answer && set_consumers(is, err)))
		return -1;
	if (!file_read(is->key_path, KEY_MAX, &is->key))
		return enroll_refuse(err, "", "the key cannot be read");
	return result_signer_load(&is->signer, is->key, err) ? -1 : write_result(is, err);
}

/* Told at once, though the key itself is read when there is nothing more to be read. */
static bool can_read(const char *path)
{
	if (!strcmp(path, "-") || !access(path, R_OK))
		return true;
	fprintf(stderr, "sealctl: %s: %s\n", path, strerror(errno));
	return false;
}

static int issue(int argc, char **argv, bool answer)
{
	struct issue *is = calloc(1, sizeof(*is));
	const char *name = answer ? "result answer" : "result issue";
	struct enroll_error err = { 0 };
	int status;

	if (!is)
		return EXIT_FAILED;
	is->answer = answer;
	is->dir = SEALCTL_CONFIG;
	if (!parse(is, argc, argv))
		status = result_usage(EXIT_USAGE);
	else if (read_values(is, &err))
		status = enroll_misuse(name, &err);
	else if (!can_read(is->key_path) || !can_read(is->request_path))
		status = EXIT_USAGE;
	else
		status = run(is, &err) ? enroll_report(name, &err) : EXIT_DONE;
	result_signer_free(&is->signer);
	seal_rules_free(&is->rules);
	if (is->key.len)
		explicit_bzero((void *)is->key.data, is->key.len);
	file_free(&is->key);
	file_free(&is->request);
	free(is);
	return status;
}

/* Also of the process that judges, which ends with us. */
static void too_late(int sig)
{
	static const char text[] = "sealctl: no end of the request, or of judging it, in time\n";

	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(EXIT_FAILED);
}

static void end_after(unsigned int seconds)
{
	signal(SIGALRM, too_late);
	alarm(seconds);
}

int result_issue(int argc, char **argv)
{
	end_after(ISSUE_S);
	return issue(argc, argv, false);
}

int result_answer(int argc, char **argv)
{
	end_after(ANSWER_S);
	return issue(argc, argv, true);
}
