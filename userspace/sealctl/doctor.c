// SPDX-License-Identifier: GPL-2.0-or-later
/* sealctl doctor: what this host lacks, one line a check. */
#include "sealctl/sealctl.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "sealctl/doctor.h"
#include "sealctl/print.h"
#include "seald/config.h"

static const struct check {
	const char *name;
	void (*run)(const struct host *host, struct finding *finding);
} checks[] = {
	{ "module", doctor_module },
	{ "version", doctor_version },
	{ "handshake", doctor_handshake },
	{ "agent", doctor_agent },
	{ "ktls", doctor_ciphers },
	{ "config", doctor_config },
	{ "policy", doctor_policy },
	{ "rules", doctor_rules },
	{ "owners", doctor_owners },
	{ "tpm", doctor_tpm },
	{ "ak", doctor_ak },
	{ "tls-key", doctor_tls_key },
	{ "tls-certificate", doctor_tls_certificate },
	{ "ak-certificate", doctor_ak_certificate },
	{ "keys", doctor_keys },
	{ "passport", doctor_passport },
	{ "verifier", doctor_verifier },
	{ "trust", doctor_trust },
	{ "clock", doctor_clock },
	{ "nfs", doctor_nfs },
};

static const char *const names[] = {
	[HEALTH_FAIL] = "FAIL",
	[HEALTH_WARN] = "warn",
	[HEALTH_SKIP] = "skip",
	[HEALTH_OK] = "ok",
};

void finding_set(struct finding *finding, enum health health, const char *hint,
		 const char *fmt, ...)
{
	va_list ap;

	finding->health = health;
	va_start(ap, fmt);
	vsnprintf(finding->text, sizeof(finding->text), fmt, ap);
	va_end(ap);
	snprintf(finding->hint, sizeof(finding->hint), "%s", hint ? hint : "");
}

static void print_finding(const char *name, const struct finding *f)
{
	printf("%-4s  %-16s %s\n", names[f->health], name, f->text);
	if (f->hint[0])
		printf("      %-16s hint: %s\n", "", f->hint);
	fflush(stdout);
}

static json_t *finding_json(const char *name, const struct finding *f)
{
	return json_pack("{s:s, s:s, s:o, s:o}", "check", name, "health", names[f->health],
			 "text", text_json(bytes_of(f->text)),
			 "hint", text_json(bytes_of(f->hint)));
}

/* True when nothing failed. */
static bool examine(const struct host *host, json_t *list)
{
	unsigned int failed = 0, warned = 0;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		struct finding finding = { .text = "the check said nothing" };

		checks[i].run(host, &finding);
		failed += finding.health == HEALTH_FAIL;
		warned += finding.health == HEALTH_WARN;
		if (list)
			json_array_append_new(list, finding_json(checks[i].name, &finding));
		else
			print_finding(checks[i].name, &finding);
	}
	if (!list)
		printf("%u failed, %u warnings\n", failed, warned);
	return !failed;
}

/* The whole of seald.conf, as seald and the attester read it. */
static void read_config(struct host *host)
{
	struct config ours;

	host->conf_read = att_hostconf_read(host->dir, &host->conf, host->conf_why,
					    sizeof(host->conf_why)) >= 0 &&
			  config_load(&ours, host->dir, host->conf_why, sizeof(host->conf_why));
}

int cmd_doctor(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ 0 }
	};
	struct host host = { .dir = SEALCTL_CONFIG };
	json_t *list = NULL;
	bool json = false, well;
	int c;

	while ((c = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		if (c == 'c')
			host.dir = optarg;
		else if (c == 'j')
			json = true;
		else
			return usage_of("doctor");
	}
	if (optind != argc)
		return usage_of("doctor");

	read_config(&host);
	if (json)
		list = json_array();
	well = examine(&host, list);
	if (list)
		print_json(list);
	return well ? EXIT_DONE : EXIT_FAILED;
}
