// SPDX-License-Identifier: GPL-2.0-or-later
/* sealctl rules: who may ask for a handshake in this network namespace. */
#include "sealctl/sealctl.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "rules/rules.h"
#include "sealctl/print.h"
#include "sealctl/sockets.h"

#define ROW	"%-21s %-10s %-20s %-7s %-24s %-11s %s\n"

struct view {
	json_t *json;		/* NULL: for people */
	unsigned int seen;
};

static int failed(struct sockets *sockets, int error)
{
	fprintf(stderr, "sealctl rules: %s%s%s\n", strerror(-error),
		*sockets_error(sockets) ? ": " : "", sockets_error(sockets));
	return EXIT_FAILED;
}

/* "7000", "7000-7009", or a word for all there are. */
static const char *range_text(const struct rule *rule, enum rule_has has, uint32_t min,
			      uint32_t max, char out[24])
{
	if (!(rule->has & has))
		return "any";
	snprintf(out, 24, min == max ? "%u" : "%u-%u", min, max);
	return out;
}

static const char *number_text(const struct rule *rule, enum rule_has has, uint64_t value,
			       char out[24])
{
	if (!(rule->has & has))
		return "any";
	snprintf(out, 24, "%" PRIu64, value);
	return out;
}

static void print_row(const struct rule *rule)
{
	char user[24], group[24], cgroup[24], port[24], peer[64];

	printf(ROW, range_text(rule, RULE_USER, rule->uid_min, rule->uid_max, user),
	       number_text(rule, RULE_GROUP, rule->gid, group),
	       number_text(rule, RULE_CGROUP, rule->cgroup, cgroup),
	       rule->has & RULE_ROLE ? rule_role(rule) : "any",
	       rule->has & RULE_PEER ? rule_peer(rule, peer) : "any",
	       range_text(rule, RULE_PORT, rule->port_min, rule->port_max, port),
	       number_text(rule, RULE_PENDING, rule->pending, (char[24]){ 0 }));
}

static void range_json(json_t *object, const char *key, uint32_t min, uint32_t max)
{
	json_object_set_new(object, key, json_pack("[II]", (json_int_t)min, (json_int_t)max));
}

/* Only what the rule says: a key that is missing matches all. */
static json_t *rule_json(const struct rule *rule)
{
	json_t *object = json_object();
	char peer[64];

	if (rule->has & RULE_USER)
		range_json(object, "user", rule->uid_min, rule->uid_max);
	if (rule->has & RULE_GROUP)
		json_object_set_new(object, "group", json_integer(rule->gid));
	if (rule->has & RULE_CGROUP)
		json_object_set_new(object, "cgroup", json_integer((json_int_t)rule->cgroup));
	if (rule->has & RULE_ROLE)
		json_object_set_new(object, "role", json_string(rule_role(rule)));
	if (rule->has & RULE_PEER)
		json_object_set_new(object, "peer", json_string(rule_peer(rule, peer)));
	if (rule->has & RULE_PORT)
		range_json(object, "port", rule->port_min, rule->port_max);
	json_object_set_new(object, "pending", json_integer(rule->pending));
	return object;
}

static void show_one(const struct rule *rule, void *arg)
{
	struct view *view = arg;

	if (view->json) {
		json_array_append_new(view->json, rule_json(rule));
		return;
	}
	if (!view->seen++)
		printf(ROW, "USER", "GROUP", "CGROUP", "ROLE", "PEER", "PORT", "PENDING");
	print_row(rule);
}

static int show(struct sockets *sockets, bool json)
{
	struct view view = { .json = json ? json_array() : NULL };
	int ret = sockets_each_rule(sockets, show_one, &view);

	if (ret) {
		json_decref(view.json);
		return failed(sockets, ret);
	}
	if (json)
		print_json(view.json);
	else if (!view.seen)
		printf("no rules: only who has CAP_NET_ADMIN may ask\n");
	return EXIT_DONE;
}

/* Only the default one may be missing: of a name that was typed wrong nothing is known. */
static int load(struct rules *rules, const char *path)
{
	const char *file = path ? path : RULES_PATH;
	struct rules_error error;

	if (rules_load(rules, file, !path, &error))
		return EXIT_DONE;
	if (error.line)
		fprintf(stderr, "%s:%u: %s\n", file, error.line, error.text);
	else
		fprintf(stderr, "%s: %s\n", file, error.text);
	if (error.number == ENOENT)
		fputs("  hint: sealctl rules clear leaves no rule\n", stderr);
	return error.number ? EXIT_USAGE : EXIT_FAILED;
}

static int check(const char *path)
{
	char text[RULE_TEXT_MAX];
	struct rules rules;
	int ret = load(&rules, path);

	if (ret)
		return ret;
	for (size_t i = 0; i < rules.count; i++)
		puts(rule_format(&rules.rule[i], text));
	return EXIT_DONE;
}

static int set(struct sockets *sockets, const struct rules *rules)
{
	int ret = sockets_set_rules(sockets, rules);

	return ret ? failed(sockets, ret) : EXIT_DONE;
}

static int run(const char *what, const char *path, bool json)
{
	struct rules rules = { 0 };
	struct sockets *sockets;
	int ret = strcmp(what, "set") ? EXIT_DONE : load(&rules, path);

	if (ret)
		return ret;
	sockets = sockets_open();
	if (!sockets)
		return sockets_cannot("rules", errno);
	ret = strcmp(what, "show") ? set(sockets, &rules) : show(sockets, json);
	sockets_close(sockets);
	return ret;
}

static bool takes_file(const char *what)
{
	return !strcmp(what, "set") || !strcmp(what, "check");
}

static bool known(const char *what)
{
	return takes_file(what) || !strcmp(what, "show") || !strcmp(what, "clear");
}

int cmd_rules(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ 0 }
	};
	const char *what = "show", *path = NULL;
	bool json = false;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'j')
			return usage_of("rules");
		json = true;
	}
	if (optind < argc)
		what = argv[optind++];
	if (optind < argc && takes_file(what))
		path = argv[optind++];
	if (optind < argc || !known(what) || (json && strcmp(what, "show")))
		return usage_of("rules");
	if (!strcmp(what, "check"))
		return check(path);
	return run(what, path, json);
}
