// SPDX-License-Identifier: GPL-2.0-or-later
/* sealctl policy check: the rules of this host, read as the verifier reads them. */
#include "sealctl/sealctl.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "sealctl/print.h"
#include "verify/rules.h"
#include "wire/hello.h"
#include "wire/log.h"

static const char *mode_name(enum seal_policy_mode mode)
{
	switch (mode) {
	case SEAL_POLICY_MODE_NONE:
		return "none";
	case SEAL_POLICY_REQUIRE:
		return "require";
	case SEAL_POLICY_OFFER:
		return "offer";
	case SEAL_POLICY_OBSERVE:
		return "observe";
	case SEAL_POLICY_NEVER:
		return "never";
	}
	return "unknown";
}

static const char *role_name(enum seal_side role)
{
	return role == SEAL_SIDE_CLIENT ? "client" :
	       role == SEAL_SIDE_SERVER ? "server" : "both roles";
}

/* What a policy is for, as arrays; an empty one is any. */
static json_t *ports_of(const struct seal_policy *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->port_count; i++)
		json_array_append_new(list, json_integer(p->ports[i]));
	return list;
}

static json_t *peers_of(const struct seal_policy *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->peer_count; i++)
		json_array_append_new(list, json_string(p->peers[i].text));
	return list;
}

static json_t *addresses_of(const struct seal_policy *p)
{
	char ip[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN + 4];
	json_t *list = json_array();

	for (size_t i = 0; i < p->net_count; i++) {
		const struct seal_policy_net *net = &p->nets[i];

		if (!inet_ntop(net->family == 4 ? AF_INET : AF_INET6, net->addr, ip, sizeof(ip)))
			continue;
		snprintf(text, sizeof(text), "%s/%u", ip, net->prefix);
		json_array_append_new(list, json_string(text));
	}
	return list;
}

static void print_list(const char *key, json_t *list)
{
	const char *before = " ";
	const json_t *value;
	size_t i;

	fputs(key, stdout);
	if (!json_array_size(list))
		fputs(" any", stdout);
	json_array_foreach(list, i, value) {
		if (json_is_integer(value))
			printf("%s%" JSON_INTEGER_FORMAT, before, json_integer_value(value));
		else
			printf("%s%s", before, json_string_value(value));
		before = ", ";
	}
	json_decref(list);
}

/* It asks for evidence, and there is nobody to believe in what signs it. */
static bool trusts_nobody(const struct seal_rules *rules, const struct seal_policy *p)
{
	return p->mode == SEAL_POLICY_REQUIRE && p->modes & SEAL_HELLO_EVIDENCE && !rules->ak &&
	       (p->ak_trust == SEAL_AK_CERTIFICATE || p->ak_trust == SEAL_AK_ANY_ENDORSED);
}

/* Nothing may be in that PCR but what the policy knows. */
static bool bounds(const struct seal_policy *p, unsigned int pcr)
{
	return (p->digests.count && p->pcrs.mask >> pcr & 1) || p->pcr[pcr].count ||
	       p->allow[pcr].count;
}

static bool requires_alone(const struct seal_rules *rules, const struct seal_policy *p)
{
	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++)
		if (p->require[i].count && !bounds(p, i))
			return true;
	return false;
}

/* The command line is in PCR 8 by GRUB, 9 by the kernel's stub and 12 by systemd-stub. */
static bool files_of_any_boot(const struct seal_rules *rules, const struct seal_policy *p)
{
	return seal_policy_reads_ima(p) && !bounds(p, 8) && !bounds(p, 9) && !bounds(p, 12);
}

static bool lockdown_of_any_kernel(const struct seal_rules *rules, const struct seal_policy *p)
{
	return p->lockdown && !p->secure_boot && !bounds(p, 7) && !bounds(p, 9);
}

/* Who shows no certificate and no proof is not among those whom another policy names. */
static bool lets_anyone_by(const struct seal_rules *rules, const struct seal_policy *p)
{
	return p->anonymous && p->mode != SEAL_POLICY_REQUIRE && p->role != SEAL_SIDE_CLIENT;
}

static bool reads_events(const struct seal_policy *p)
{
	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++)
		if (p->require[i].count || p->allow[i].count)
			return true;
	return p->secure_boot || p->lockdown;
}

/* Such a policy is also for sealctl appraise, which is given its logs. */
static bool has_no_logs(const struct seal_rules *rules, const struct seal_policy *p)
{
	return seal_policy_wants(p) &&
	       ((reads_events(p) && !(p->logs & SEAL_WANT_LOG(SEAL_LOG_BOOT))) ||
		(seal_policy_reads_ima(p) && !(p->logs & SEAL_WANT_LOG(SEAL_LOG_IMA))));
}

static bool takes_any_machine(const struct seal_rules *rules, const struct seal_policy *p)
{
	return seal_policy_wants(p) && p->ak_trust == SEAL_AK_ANY_ENDORSED;
}

static bool has_port(const struct seal_policy *q, uint16_t port)
{
	for (size_t i = 0; i < q->port_count; i++)
		if (q->ports[i] == port)
			return true;
	return false;
}

static bool has_ports(const struct seal_policy *q, const struct seal_policy *p)
{
	for (size_t i = 0; i < p->port_count && q->port_count; i++)
		if (!has_port(q, p->ports[i]))
			return false;
	return !q->port_count || p->port_count;
}

static bool has_net(const struct seal_policy *q, const struct seal_policy_net *net)
{
	for (size_t i = 0; i < q->net_count; i++)
		if (q->nets[i].prefix <= net->prefix &&
		    seal_policy_net_holds(&q->nets[i], net->family, net->addr))
			return true;
	return false;
}

static bool has_addresses(const struct seal_policy *q, const struct seal_policy *p)
{
	for (size_t i = 0; i < p->net_count && q->net_count; i++)
		if (!has_net(q, &p->nets[i]))
			return false;
	return !q->net_count || p->net_count;
}

/* A pattern covers those that are not wider. Policies for keys are not compared. */
static bool has_peers(const struct seal_policy *q, const struct seal_policy *p)
{
	if (q->psk_count || p->psk_count || (p->anonymous && !q->anonymous))
		return false;
	for (size_t i = 0; i < p->peer_count; i++)
		if (!seal_policy_covers(q, &p->peers[i]))
			return false;
	return q->any_peer || !p->any_peer;
}

/* One of those before it is for all that it is for. */
static bool is_never_reached(const struct seal_rules *rules, const struct seal_policy *p)
{
	for (const struct seal_policy *q = rules->policies.policy; q < p; q++)
		if ((q->role == SEAL_SIDE_NONE || q->role == p->role) && has_peers(q, p) &&
		    has_ports(q, p) && has_addresses(q, p))
			return true;
	return false;
}

static const struct {
	bool (*applies)(const struct seal_rules *rules, const struct seal_policy *p);
	const char *text;
} warnings[] = {
	{ trusts_nobody, "no trust/ak.pem: no peer's attestation key is trusted" },
	{ requires_alone, "require-N alone: root can add the event after another boot, unless "
			  "allow-N or pcr-N says what else may be there" },
	{ files_of_any_boot, "ima-* without the kernel's command line (PCR 8, 9 or 12): it may be "
			     "one that measures nothing" },
	{ lockdown_of_any_kernel, "lockdown without secure-boot = on or PCR 9: GRUB then loads any "
				  "kernel and any module of its own" },
	{ lets_anyone_by, "anonymous = yes without mode = require: whoever leaves out certificate "
			  "and proof passes, also a machine that another policy names" },
	{ has_no_logs, "secure-boot, lockdown, require-N and allow-N need logs = boot, and ima-* "
		       "logs = ima: without it no peer is attested" },
	{ takes_any_machine, "ak-trust = any-endorsed: each machine with a certificate for its AK "
			     "can prove itself for any other" },
	{ is_never_reached, "never reached: a policy before it is for the same peers, ports and "
			    "addresses, or more" },
};

#define WARNINGS (sizeof(warnings) / sizeof(warnings[0]))

static void print_policy(const struct seal_policy *p)
{
	fputs("    ", stdout);
	print_list("peer", peers_of(p));
	print_list("; port", ports_of(p));
	print_list("; address", addresses_of(p));
	putchar('\n');
}

static void print_rules(const struct seal_rules *rules)
{
	for (size_t i = 0; i < rules->policies.count; i++) {
		const struct seal_policy *p = &rules->policies.policy[i];

		printf("%2zu. %-24s %-8s %-10s lifetime %u s\n", i + 1, p->name,
		       mode_name(p->mode), role_name(p->role), p->lifetime);
		print_policy(p);
		for (size_t k = 0; k < WARNINGS; k++)
			if (warnings[k].applies(rules, p))
				printf("    warning: %s\n", warnings[k].text);
	}
	if (!rules->policies.count)
		printf("no policy: every peer is refused\n");
	printf("CAs for TLS: %s, CAs for attestation keys: %s, admitted keys: %zu, "
	       "revocation lists: %u\n", rules->x509 ? "yes" : "none", rules->ak ? "yes" : "none",
	       rules->admitted.count, rules->crl_count);
}

static int is_not_read(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && strcmp(entry->d_name, "x509.pem") &&
	       strcmp(entry->d_name, "ak.pem") && strcmp(entry->d_name, "crl.pem");
}

/* What is in trust/ under another name; whoever put it there may think that it counts. */
static json_t *unread_files(const char *dir)
{
	json_t *list = json_array();
	struct dirent **entry;
	char path[4096];
	int count;

	snprintf(path, sizeof(path), "%s/trust", dir);
	count = scandir(path, &entry, is_not_read, alphasort);
	for (int i = 0; i < count; i++) {
		json_array_append_new(list, json_string(entry[i]->d_name));
		free(entry[i]);
	}
	if (count >= 0)
		free(entry);
	return list;
}

static void print_unread(json_t *files)
{
	const json_t *name;
	size_t i;

	json_array_foreach(files, i, name)
		printf("warning: trust/%s is not read\n", json_string_value(name));
	json_decref(files);
}

static json_t *policy_json(const struct seal_rules *rules, const struct seal_policy *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < WARNINGS; i++)
		if (warnings[i].applies(rules, p))
			json_array_append_new(list, json_string(warnings[i].text));
	return json_pack("{s:s, s:s, s:s, s:I, s:o, s:o, s:o, s:o}", "name", p->name,
			 "mode", mode_name(p->mode), "role", role_name(p->role),
			 "lifetime", (json_int_t)p->lifetime, "peers", peers_of(p),
			 "ports", ports_of(p), "addresses", addresses_of(p),
			 "warnings", list);
}

static json_t *rules_json(const struct seal_rules *rules, const char *dir)
{
	json_t *list = json_array();

	for (size_t i = 0; i < rules->policies.count; i++)
		json_array_append_new(list, policy_json(rules, &rules->policies.policy[i]));
	return json_pack("{s:b, s:o, s:b, s:b, s:I, s:I, s:o}", "ok",
			 rules->policies.count != 0, "policies", list,
			 "trust_x509", rules->x509 != NULL, "trust_ak", rules->ak != NULL,
			 "admitted", (json_int_t)rules->admitted.count,
			 "revocation_lists", (json_int_t)rules->crl_count,
			 "not_read", unread_files(dir));
}

static json_t *error_json(const struct seal_policy_error *error)
{
	return json_pack("{s:b, s:s, s:I, s:s}", "ok", 0, "file", error->file,
			 "line", (json_int_t)error->line, "error", error->text);
}

static void print_error(const struct seal_policy_error *error)
{
	if (error->line)
		fprintf(stderr, "%s:%u: %s\n", error->file, error->line, error->text);
	else
		fprintf(stderr, "%s: %s\n", error->file, error->text);
}

/* In it anything may be missing, but not the directory: then nobody would know of a typo. */
static bool there(const char *dir, struct seal_policy_error *error)
{
	DIR *d = opendir(dir);

	if (d)
		return !closedir(d);
	snprintf(error->file, sizeof(error->file), "%s", dir);
	snprintf(error->text, sizeof(error->text), "%s", strerror(errno));
	return false;
}

static int failed(const struct seal_policy_error *error, bool json, int status)
{
	if (json)
		print_json(error_json(error));
	else
		print_error(error);
	return status;
}

static int check(const char *dir, bool json)
{
	struct seal_policy_error error = { 0 };
	struct seal_rules rules;
	int ret = EXIT_DONE;

	if (!there(dir, &error)) {
		ret = failed(&error, json, EXIT_USAGE);
		fputs("  hint: sealctl enroll makes the directory\n", stderr);
		return ret;
	}
	if (!seal_rules_load(dir, &rules, &error))
		return failed(&error, json, EXIT_FAILED);
	if (json) {
		print_json(rules_json(&rules, dir));
	} else {
		print_rules(&rules);
		print_unread(unread_files(dir));
	}
	if (!rules.policies.count) {
		fputs("  hint: examples are in share/doc/seal/policy.d; seal-policy(5)\n", stderr);
		ret = EXIT_FAILED;
	}
	seal_rules_free(&rules);
	return ret;
}

int cmd_policy(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	const char *dir = SEALCTL_CONFIG;
	bool json = false;
	int c;

	if (argc > 1 && !strcmp(argv[1], "learn"))
		return cmd_learn(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "import"))
		return cmd_import(argc - 1, argv + 1);
	while ((c = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (c == 'c')
			dir = optarg;
		else if (c == 'j')
			json = true;
		else if (c == 'h')
			return help_of("policy");
		else
			return usage_of("policy");
	}
	if (argc - optind != 1 || strcmp(argv[optind], "check"))
		return usage_of("policy");
	return check(dir, json);
}
