// SPDX-License-Identifier: GPL-2.0-or-later
/* sealctl result show and verify. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sealctl/files.h"
#include "sealctl/print.h"
#include "sealctl/result.h"
#include "sealctl/sealctl.h"
#include "verify/envelope.h"
#include "verify/issue.h"
#include "verify/passport.h"
#include "verify/rules.h"

/** struct shown - the command line, and the result */
struct shown {
	const char *dir, *policy, *path;
	bool json;
	struct seal_bytes file;
	struct seal_envelope envelope;
	uint8_t room[SEAL_EAR_MAX];
	struct seal_ear ear;
};

static bool parse(struct shown *s, int argc, char **argv, bool verify)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "policy", required_argument, NULL, 'p' },
		{ "json", no_argument, NULL, 'j' },
		{ 0 } };
	int c;

	optind = 0;
	while ((c = getopt_long(argc, argv, "c:", longs, NULL)) != -1) {
		if (c == 'j')
			s->json = true;
		else if (c == 'c' && verify)
			s->dir = optarg;
		else if (c == 'p' && verify)
			s->policy = optarg;
		else
			return false;
	}
	if (optind != argc - 1 || !s->policy != !verify)
		return false;
	s->path = argv[optind];
	return true;
}

static json_t *time_json(int64_t t)
{
	time_t v = t;
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&v, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(text);
}

static json_t *consumers_json(uint32_t mask)
{
	json_t *list = json_array();

	for (unsigned int class = 1; class < SEAL_CLASS_COUNT; class++)
		if (mask >> class & 1)
			json_array_append_new(list, json_string(seal_class_name(class)));
	return list;
}

static json_t *anchor_json(const struct seal_anchor *a)
{
	json_t *pcrs = json_array();

	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++)
		if (a->pcrs.mask >> i & 1)
			json_array_append_new(pcrs, json_integer(i));
	return json_pack("{s:o, s:o, s:s, s:o, s:o, s:I, s:I, s:I, s:o}",
			 "subject_key", hex_json((struct seal_bytes){ a->subject_key,
								      SEAL_SHA256_LEN }),
			 "ak", hex_json(seal_tpm_name_bytes(&a->ak)),
			 "bank", seal_tpm_bank_name(a->pcrs.bank), "pcrs", pcrs,
			 "digest", hex_json((struct seal_bytes){ a->digest, a->digest_len }),
			 "reset_count", (json_int_t)a->reset_count,
			 "restart_count", (json_int_t)a->restart_count,
			 "clock", (json_int_t)a->clock,
			 "consumers", consumers_json(a->consumers));
}

static json_t *appraisal_json(const struct seal_ear_appraisal *a)
{
	json_t *vector = json_object(), *policies = json_array(), *json;

	for (unsigned int i = 0; i < SEAL_TRUST_CLAIMS; i++)
		if (a->has >> i & 1)
			json_object_set_new(vector, seal_trust_claim_name(i),
					    json_integer(a->vector[i]));
	for (size_t i = 0; i < a->policy_count; i++)
		json_array_append_new(policies, text_json(a->policy[i]));
	json = json_pack("{s:s, s:o, s:o}", "status", seal_tier_name(a->status), "vector", vector,
			 "policies", policies);
	if (a->anchored)
		json_object_set_new(json, "anchor", anchor_json(&a->anchor));
	return json;
}

static json_t *result_json(const struct shown *s)
{
	json_t *parts = json_object(), *json;
	char name[SEAL_EAR_TEXT_MAX + 1];

	for (size_t i = 0; i < s->ear.count; i++) {
		const struct seal_ear_appraisal *a = &s->ear.appraisal[i];

		snprintf(name, sizeof(name), "%.*s", (int)a->name.len, (const char *)a->name.data);
		json_object_set_new(parts, name, appraisal_json(a));
	}
	json = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "subject", text_json(s->ear.subject),
			 "issued", time_json(s->ear.issued), "verifier",
			 text_json(s->ear.developer), "build", text_json(s->ear.build),
			 "key", hex_json(s->envelope.kid), "appraisals", parts);
	if (s->ear.expires)
		json_object_set_new(json, "expires", time_json(s->ear.expires));
	if (s->ear.nonce.len)
		json_object_set_new(json, "nonce", hex_json(s->ear.nonce));
	return json;
}

static enum seal_reason read_result(struct shown *s)
{
	enum seal_reason reason = seal_envelope_open(s->file, &s->envelope);

	return reason == SEAL_REASON_ACCEPTED ?
	       seal_envelope_claims(&s->envelope, s->room, &s->ear) : reason;
}

/* For humans: the same members, one a line. */
static void print_member(const char *name, const json_t *value, int depth)
{
	const char *key;
	json_t *member;
	char *text;

	printf("%*s%-*s", 2 * depth, "", 12 - 2 * depth, name);
	if (!json_is_object(value)) {
		text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
		printf(" %s\n", text ? text : "");
		free(text);
		return;
	}
	putchar('\n');
	json_object_foreach((json_t *)value, key, member)
		print_member(key, member, depth + 1);
}

static int refused(const struct shown *s, enum seal_reason reason)
{
	if (s->json)
		print_json(json_pack("{s:b, s:s, s:s}", "accepted", 0, "reason",
				     seal_reason_name(reason), "hint", seal_reason_hint(reason)));
	else
		printf("refused: %s: %s\n", seal_reason_name(reason), seal_reason_hint(reason));
	return EXIT_FAILED;
}

int result_show(int argc, char **argv)
{
	struct shown s = { 0 };
	enum seal_reason reason;
	const char *key;
	json_t *json, *member;
	int status = EXIT_DONE;

	if (!parse(&s, argc, argv, false))
		return result_usage(EXIT_USAGE);
	if (!file_read(s.path, SEAL_RESULT_MAX_LEN, &s.file))
		return EXIT_USAGE;
	reason = read_result(&s);
	if (reason != SEAL_REASON_ACCEPTED) {
		status = refused(&s, reason);
	} else if (s.json) {
		print_json(result_json(&s));
	} else {
		json = result_json(&s);
		json_object_foreach(json, key, member)
			print_member(key, member, 0);
		json_decref(json);
	}
	file_free(&s.file);
	return status;
}

/* Is it on one of those whom the policy names? */
static bool names_peer(const struct seal_policy *policy, struct seal_bytes subject)
{
	struct seal_identity id;
	char text[SEAL_IDENTITY_MAX + 1];

	if (subject.len > SEAL_IDENTITY_MAX)
		return false;
	memcpy(text, subject.data, subject.len);
	text[subject.len] = '\0';
	return strlen(text) == subject.len && seal_identity_parse(text, &id) &&
	       seal_policy_covers(policy, &id);
}

/* What the policy says of the host itself, of what a result tells without its quote. */
static enum seal_reason about_host(const struct seal_policy *policy, const struct seal_ear *ear,
				   const struct seal_anchor *anchor)
{
	enum seal_reason reason;

	if (!names_peer(policy, ear->subject))
		return SEAL_REASON_IDENTITY_POLICY;
	if (policy->kernel_only && !(anchor->consumers & seal_issue_consumers(policy)))
		return SEAL_REASON_EAR_CONSUMER;
	if (anchor->pcrs.bank != policy->pcrs.bank || anchor->pcrs.mask != policy->pcrs.mask)
		return SEAL_REASON_EAR_SELECTION;
	if (policy->age && time(NULL) - ear->issued > (int64_t)policy->age)
		return SEAL_REASON_AGE;
	/* One with a nonce is for a connection, or goes with a quote: it is never plain. */
	if (ear->nonce.len && policy->modes & SEAL_HELLO_PLAIN &&
	    !(policy->modes & SEAL_HELLO_PASSPORT))
		return SEAL_REASON_EAR_NONCE;
	/* With a passport the quote says where the key is. */
	reason = policy->modes & SEAL_HELLO_PASSPORT ? SEAL_REASON_ACCEPTED :
		 seal_result_residency(policy, ear);
	return reason == SEAL_REASON_ACCEPTED ? seal_result_state(policy, anchor) : reason;
}

/* By the policy's verifiers; whether it is on the host that shows it, only a quote says. */
static int check(const struct shown *s, const struct seal_rules *rules)
{
	const struct seal_policy *policy = NULL;
	const struct seal_anchor *anchor;
	uint8_t room[SEAL_EAR_MAX];
	enum seal_reason reason;
	struct seal_ear ear;

	for (size_t i = 0; i < rules->policies.count; i++)
		if (!strcmp(rules->policies.policy[i].name, s->policy))
			policy = &rules->policies.policy[i];
	if (!policy) {
		fprintf(stderr, "sealctl: no policy is named %s; sealctl policy check shows them\n",
			s->policy);
		return refused(s, SEAL_REASON_NO_POLICY);
	}
	reason = seal_result_check(s->file, &rules->verifiers, policy, time(NULL), room,
				   &ear, &anchor);
	if (reason == SEAL_REASON_ACCEPTED)
		reason = about_host(policy, &ear, anchor);
	if (reason != SEAL_REASON_ACCEPTED)
		return refused(s, reason);
	if (s->json)
		print_json(json_pack("{s:b, s:s}", "accepted", 1, "policy", policy->name));
	else
		printf("accepted by policy %s\n", policy->name);
	return EXIT_DONE;
}

int result_verify(int argc, char **argv)
{
	struct shown s = { .dir = SEALCTL_CONFIG };
	struct seal_policy_error error = { 0 };
	struct seal_rules rules;
	int status = EXIT_FAILED;

	if (!parse(&s, argc, argv, true))
		return result_usage(EXIT_USAGE);
	if (!file_read(s.path, SEAL_RESULT_MAX_LEN, &s.file))
		return EXIT_USAGE;
	if (seal_rules_load(s.dir, &rules, &error)) {
		status = check(&s, &rules);
		seal_rules_free(&rules);
	} else {
		fprintf(stderr, "sealctl: %s:%u: %s\n", error.file, error.line, error.text);
	}
	file_free(&s.file);
	return status;
}
