// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_appraise [SECONDS]: full appraisals on one core, nothing cached: both
 * certificate chains, the authenticator, certify and quote, and the boot log of
 * a real machine replayed to the quoted PCRs. Then the same where both paths,
 * certify and quote were seen before (verify/seen.h): what is left is the
 * connection's own, with one signature. Prints name=value lines; seconds
 * are those that this process had a core for, so that others on the machine
 * count as little as can be. COUNT=N in the environment makes exactly N, for
 * counting instructions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../unit/lib/scene.h"
#include "../unit/lib/tap.h"
#include "verify/eventlog.h"

#define PCRS	0x3ffu		/* 0 to 9 */

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

static void measure(struct scene *s, const char *name, double limit, unsigned long count)
{
	double begin = seconds(), now = begin;
	unsigned long n = 0;

	while (count ? n < count : now < begin + limit) {
		must(scene_judge(s) == SEAL_REASON_ACCEPTED, seal_reason_name(s->verdict.reason));
		n++;
		now = seconds();
	}
	printf("%s=%.0f per second (%lu in %.2f s)\n", name, n / (now - begin), n, now - begin);
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

int main(int argc, char **argv)
{
	const char *count = getenv("COUNT");
	unsigned long n = count ? strtoul(count, NULL, 10) : 0;
	double limit = argc > 1 ? atof(argv[1]) : 3;
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
	s.edit_in = with_log;
	measure(&s, "appraisals_with_boot_log", limit, n);
	s.edit_in = without_log;
	if (!n)
		measure(&s, "appraisals_without_log", limit, n);
	seal_rules_remember(&s.rules, 64);
	measure(&s, "appraisals_seen_before", limit, n);
	scene_end(&s);
	return 0;
}
