// SPDX-License-Identifier: GPL-2.0-or-later
/* sealctl appraise: a quote in files, every check with its result. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sealctl/appraise_files.h"
#include "sealctl/files.h"
#include "sealctl/print.h"
#include "sealctl/sealctl.h"
#include "verify/hex.h"
#include "verify/quote.h"
#include "verify/rules.h"

#define SMALL_FILE_MAX	65536u
#define DATA_MAX	256u

enum file {
	FILE_QUOTE, FILE_SIGNATURE, FILE_AK, FILE_POLICY, FILE_EVENTLOG, FILE_IMA, FILE_PCRS,
	FILES,
};

static const struct {
	const char *option;
	size_t max;
	bool needed;
} kinds[FILES] = {
	[FILE_QUOTE] = { "quote", SMALL_FILE_MAX, true },
	[FILE_SIGNATURE] = { "signature", SMALL_FILE_MAX, true },
	[FILE_AK] = { "ak", SMALL_FILE_MAX, true },
	[FILE_POLICY] = { "policy", SEAL_POLICY_FILE_MAX, true },
	[FILE_EVENTLOG] = { "eventlog", SEAL_LOG_MAX, false },
	[FILE_IMA] = { "ima", SEAL_LOG_MAX, false },
	[FILE_PCRS] = { "pcrs", SMALL_FILE_MAX, false },
};

/* The command line, and what its files hold. */
struct appraisal {
	const char *path[FILES];
	struct seal_bytes file[FILES];
	const char *data_hex;
	const char *name;
	int64_t issued;
	bool json;
	uint8_t data[DATA_MAX];
	size_t data_len;
	struct seal_policy_set policies;
	const struct seal_policy *policy;
	struct seal_tpm_public ak;
	struct seal_report report;
	struct seal_quote quote;
};

static int usage(int status)
{
	fputs("usage: sealctl appraise --quote FILE --signature FILE --ak FILE --qualifying HEX\n"
	      "           --policy FILE [--name POLICY] [--eventlog FILE] [--ima FILE]\n"
	      "           [--pcrs FILE] [--issued SECONDS] [--json]\n"
	      "\n"
	      "  --quote FILE      TPMS_ATTEST, also inside a TPM2B_ATTEST\n"
	      "  --signature FILE  TPMT_SIGNATURE, or bare: DER (ECDSA), octets (RSA)\n"
	      "  --ak FILE         TPM2B_PUBLIC, TPMT_PUBLIC, PEM or DER\n"
	      "  --qualifying HEX  what the quote was asked to contain\n"
	      "  --policy FILE     as in /etc/seal/policy.d; of several the first that asks\n"
	      "                    for evidence, or --name\n"
	      "  --eventlog FILE   boot log of the machine\n"
	      "  --ima FILE        measurement list of its kernel\n"
	      "  --pcrs FILE       values, as tpm2_quote -o writes them\n"
	      "  --issued SECONDS  when the qualifying data was made, since 1970\n"
	      "\n"
	      "Exit status: 0 accepted, 1 refused, 2 called wrongly or a file cannot be read.\n",
	      status ? stderr : stdout);
	return status;
}

static bool parse(struct appraisal *a, int argc, char **argv)
{
	static const struct option options[] = {
		{ "quote", required_argument, NULL, FILE_QUOTE },
		{ "signature", required_argument, NULL, FILE_SIGNATURE },
		{ "ak", required_argument, NULL, FILE_AK },
		{ "policy", required_argument, NULL, FILE_POLICY },
		{ "eventlog", required_argument, NULL, FILE_EVENTLOG },
		{ "ima", required_argument, NULL, FILE_IMA },
		{ "pcrs", required_argument, NULL, FILE_PCRS },
		{ "qualifying", required_argument, NULL, 'q' },
		{ "name", required_argument, NULL, 'n' },
		{ "issued", required_argument, NULL, 'i' },
		{ "json", no_argument, NULL, 'j' },
		{ 0 }
	};
	char *end;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'i') {
			a->issued = strtoll(optarg, &end, 10);
			if (a->issued <= 0 || *end)
				return false;
		} else if (c == 'q')
			a->data_hex = optarg;
		else if (c == 'n')
			a->name = optarg;
		else if (c == 'j')
			a->json = true;
		else if (c < FILES)
			a->path[c] = optarg;
		else
			return false;
	}
	for (int i = 0; i < FILES; i++)
		if (kinds[i].needed && !a->path[i])
			return false;
	return optind == argc && a->data_hex;
}

/* An empty value is a way to ask for nothing, which is refused, not misspelt. */
static bool read_data(struct appraisal *a)
{
	if (!*a->data_hex)
		return true;
	a->data_len = seal_hex_decode(a->data_hex, a->data, sizeof(a->data));
	if (!a->data_len)
		fprintf(stderr, "sealctl: --qualifying: not 1 to %u octets in hex\n", DATA_MAX);
	return a->data_len;
}

static bool read_files(struct appraisal *a)
{
	for (int i = 0; i < FILES; i++)
		if (a->path[i] && !file_read(a->path[i], kinds[i].max, &a->file[i]))
			return false;
	return true;
}

/* False when the text is wrong; one that says nothing is a reason to refuse. */
static bool read_policies(struct appraisal *a)
{
	const char *path = a->path[FILE_POLICY];
	struct seal_policy_error error;

	if (seal_policy_parse(&a->policies, path, a->file[FILE_POLICY], &error) &&
	    seal_rules_load_lists(&a->policies, path, &error))
		return true;
	fprintf(stderr, "sealctl: %s:%u: %s\n", error.file, error.line, error.text);
	return error.vacuous;
}

static struct seal_check *judge(struct seal_check *check, enum seal_reason reason)
{
	check->reason = reason;
	check->standing = reason == SEAL_REASON_ACCEPTED ? SEAL_CHECK_OK : SEAL_CHECK_FAILED;
	return check;
}

static bool choose_policy(struct appraisal *a)
{
	struct seal_check *check = seal_report_add(&a->report, "policy");

	for (size_t i = 0; i < a->policies.count && !a->policy; i++) {
		const struct seal_policy *p = &a->policies.policy[i];

		if (a->name ? !strcmp(p->name, a->name) : seal_policy_wants(p))
			a->policy = p;
	}
	seal_check_wanted(check, "%s", a->name ? a->name : "one that asks for evidence");
	if (!a->policy) {
		seal_check_seen(check, "none in %zu policies", a->policies.count);
		judge(check, SEAL_REASON_NO_POLICY);
	} else {
		seal_check_seen(check, "%s", a->policy->name);
		judge(check, seal_policy_vacuous(a->policy) ? SEAL_REASON_POLICY_VACUOUS :
		      SEAL_REASON_ACCEPTED);
	}
	return check->standing == SEAL_CHECK_OK;
}

static bool read_ak(struct appraisal *a)
{
	struct seal_check *check = seal_report_add(&a->report, "ak");
	const char *form;

	seal_check_wanted(check, "a restricted signing key born in and fixed to its TPM");
	if (!key_of_file(a->file[FILE_AK], &a->ak, &form)) {
		seal_check_seen(check, "no public key of a kind that we take");
		judge(check, SEAL_REASON_AK_BAD);
	} else if (!a->ak.name.len) {
		seal_check_seen(check, "%s, which says nothing of the TPM", form);
	} else {
		seal_check_seen(check, "%s, attributes %08x, scheme %04x", form,
				a->ak.attributes, a->ak.scheme);
		judge(check, seal_tpm_is_ak(&a->ak) ? SEAL_REASON_ACCEPTED :
		      SEAL_REASON_AK_ATTRIBUTES);
	}
	return check->standing != SEAL_CHECK_FAILED;
}

/* The values are those of the quote's own selection; without one, of none. */
static bool read_pcrs(struct appraisal *a, struct seal_bytes value[SEAL_PCR_COUNT],
		      uint16_t *bank)
{
	struct seal_bytes st = seal_tpm_statement_inner(a->file[FILE_QUOTE]);
	struct seal_tpm_statement quote;
	struct seal_check *check;

	if (!a->path[FILE_PCRS])
		return true;
	if (!seal_tpm_statement_decode(st, &quote))
		return true;
	*bank = quote.pcrs.bank;
	if (pcrs_of_file(a->file[FILE_PCRS], &quote.pcrs, value))
		return true;
	check = seal_report_add(&a->report, "pcrs-file");
	seal_check_seen(check, "%zu octets", a->file[FILE_PCRS].len);
	seal_check_wanted(check, "a value for each PCR of the quote");
	judge(check, SEAL_REASON_PCR_SHAPE);
	return false;
}

static void appraise(struct appraisal *a)
{
	struct seal_bytes value[SEAL_PCR_COUNT];
	struct seal_quote_in in = {
		.ak = &a->ak,
		.statement = seal_tpm_statement_inner(a->file[FILE_QUOTE]),
		.signature = a->file[FILE_SIGNATURE],
		.bare = signature_is_bare(a->file[FILE_SIGNATURE]),
		.data = { a->data, a->data_len },
		.given = a->path[FILE_PCRS] ? value : NULL,
		.boot = a->file[FILE_EVENTLOG],
		.ima = a->file[FILE_IMA],
		.age = a->issued ? time(NULL) - a->issued : -1,
		.all = true,
	};

	if (!choose_policy(a) || !read_ak(a) || !read_pcrs(a, value, &in.given_bank))
		return;
	in.policy = a->policy;
	in.asked = a->policy->pcrs;
	seal_quote_appraise(&in, &a->quote, &a->report);
}

static const char *standing_text(const struct seal_check *check)
{
	switch (check->standing) {
	case SEAL_CHECK_OK:
		return "ok";
	case SEAL_CHECK_FAILED:
		return "failed";
	case SEAL_CHECK_NOT_DONE:
		break;
	}
	return "not done";
}

static void print_report(const struct appraisal *a)
{
	const struct seal_check *failed = seal_report_failed(&a->report);

	for (size_t i = 0; i < a->report.count; i++) {
		const struct seal_check *c = &a->report.check[i];

		printf("%-16s %-9s", c->name, standing_text(c));
		if (*c->seen)
			printf("seen: %s", c->seen);
		if (*c->wanted)
			printf("%swanted: %s", *c->seen ? "; " : "", c->wanted);
		putchar('\n');
	}
	if (failed)
		printf("refused: %s: %s\n", seal_reason_name(failed->reason),
		       seal_reason_hint(failed->reason));
	else
		printf("accepted by policy %s\n", a->policy->name);
}

static json_t *values_json(const struct appraisal *a)
{
	const struct seal_values *v = &a->quote.values;
	json_t *pcrs = json_object();
	char index[12];

	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++) {
		if (!(v->known >> i & 1))
			continue;
		snprintf(index, sizeof(index), "%u", i);
		json_object_set_new(pcrs, index,
				    hex_json((struct seal_bytes){ v->value[i], v->len }));
	}
	return pcrs;
}

static void report_json(const struct appraisal *a)
{
	const struct seal_check *failed = seal_report_failed(&a->report);
	enum seal_reason reason = failed ? failed->reason : SEAL_REASON_ACCEPTED;
	json_t *checks = json_array();

	for (size_t i = 0; i < a->report.count; i++) {
		const struct seal_check *c = &a->report.check[i];

		json_array_append_new(checks, json_pack("{s:s, s:s, s:s, s:s}", "check", c->name,
							"result", standing_text(c), "seen",
							c->seen, "wanted", c->wanted));
	}
	print_json(json_pack("{s:b, s:s, s:s, s:s, s:o, s:o}", "accepted", !failed, "policy",
			     a->policy ? a->policy->name : "", "reason",
			     seal_reason_name(reason), "hint", seal_reason_hint(reason),
			     "checks", checks, "pcrs", values_json(a)));
}

static int run(struct appraisal *a)
{
	if (!read_data(a) || !read_files(a) || !read_policies(a))
		return EXIT_USAGE;
	appraise(a);
	if (a->json)
		report_json(a);
	else
		print_report(a);
	return seal_report_failed(&a->report) ? EXIT_FAILED : EXIT_DONE;
}

int cmd_appraise(int argc, char **argv)
{
	struct appraisal a = { 0 };
	int status;

	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
		return usage(EXIT_DONE);
	status = parse(&a, argc, argv) ? run(&a) : usage(EXIT_USAGE);
	seal_policy_set_free(&a.policies);
	for (int i = 0; i < FILES; i++)
		file_free(&a.file[i]);
	return status;
}
