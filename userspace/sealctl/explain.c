// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sealctl explain: for a refusal what was seen, what was wanted, and what would
 * make it pass. It reads what sealctl appraise --json wrote, lines of the log of
 * seald, or the name of a reason as that log has it.
 */
#include <stdio.h>
#include <string.h>

#include "sealctl/files.h"
#include "sealctl/print.h"
#include "sealctl/sealctl.h"
#include "verify/reason.h"

#define REPORT_MAX	(1u << 20)

/* A key given twice is an error: with a line there, its list becomes longer. */
#define STATE_IS_GOOD	"if that state is good, add to the policy, or to its line after a comma: "

/* How a sentence of the report becomes a line of a policy. */
static const struct remedy {
	const char *check;
	const char *seen;	/* with the number of a PCR, and a value */
	const char *line;
} remedies[] = {
	{ "pcr-policy", "PCR %u is %129s", "pcr-%u = %s" },
	{ "boot-events", "event %*u of PCR %u: %129s", "allow-%u = %s" },
};

static const char *text(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

/* The peer, or whoever wrote the file, has words in @text. */
static void say_words(const char *before, const char *text, const char *after)
{
	fputs(before, stdout);
	print_text((struct seal_bytes){ (const uint8_t *)text, strlen(text) });
	puts(after);
}

static void say(const char *before, const char *text)
{
	say_words(before, text, "");
}

static unsigned int reason_of(const char *name)
{
	for (unsigned int i = 0; i < SEAL_REASON_COUNT; i++)
		if (!strcmp(seal_reason_name(i), name))
			return i;
	return SEAL_REASON_COUNT;
}

/* The last word of what was seen, when it is a value. */
static const char *last_word(const char *seen)
{
	const char *space = strrchr(seen, ' ');

	return space ? space + 1 : seen;
}

/* PCRs that no log gives and that are not as a reset leaves them. */
static void say_values(const char *seen)
{
	static const char words[] = "as after a reset: ";
	const char *list = strstr(seen, words);
	char line[512];
	bool one;

	if (!list)
		return;
	list += strlen(words);
	one = !list[strspn(list, "0123456789")];
	snprintf(line, sizeof(line), "no log gives PCR %s: add pcr-%s = VALUE to the policy%s, or "
		 "give all values with --pcrs", list, one ? list : "N", one ? "" : " for each");
	say("  to pass:  ", line);
}

static void say_line(const char *check, const char *seen)
{
	char value[130], line[200];
	unsigned int pcr;

	for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++) {
		if (strcmp(check, remedies[i].check) ||
		    sscanf(seen, remedies[i].seen, &pcr, value) != 2)
			continue;
		snprintf(line, sizeof(line), remedies[i].line, pcr, value);
		say("  to pass:  " STATE_IS_GOOD, line);
		return;
	}
	if (!strcmp(check, "pcr-policy") && !strncmp(seen, "PCR digest is ", 14))
		say("  to pass:  " STATE_IS_GOOD "digest = ", seen + 14);
	else if (!strcmp(check, "pcr-values"))
		say_values(seen);
	else if (!strcmp(check, "files"))
		say("  to pass:  if that file is good, add to the policy: ima-digest = ",
		    last_word(seen));
}

static void explain_check(const json_t *check, const char *hint)
{
	say_words("", text(check, "check"), " failed");
	say("  seen:     ", text(check, "seen"));
	say("  wanted:   ", text(check, "wanted"));
	say_line(text(check, "check"), text(check, "seen"));
	if (*hint)
		say("  meaning:  ", hint);
}

static int explain_report(const json_t *report)
{
	const json_t *checks = json_object_get(report, "checks");
	const char *hint = text(report, "hint");
	const json_t *check;
	size_t i;

	if (!json_is_array(checks)) {
		fprintf(stderr, "sealctl: not a report of sealctl appraise --json\n");
		return EXIT_USAGE;
	}
	if (json_is_true(json_object_get(report, "accepted"))) {
		say("accepted by policy ", text(report, "policy"));
		return EXIT_DONE;
	}
	json_array_foreach(checks, i, check) {
		if (strcmp(text(check, "result"), "failed"))
			continue;
		explain_check(check, hint);
		hint = "";	/* it is of the first */
	}
	return EXIT_DONE;
}

/* What stands in the quotes after @key, into @out. False when it is not all there. */
static bool quoted(const char *line, const char *key, char *out, size_t size)
{
	const char *at = strstr(line, key), *end;

	at = at ? at + strlen(key) : NULL;
	end = at ? strchr(at, '"') : NULL;
	if (!end || (size_t)(end - at) >= size)
		return false;
	snprintf(out, size, "%.*s", (int)(end - at), at);
	return true;
}

/* The last of them: what was seen may have words of the peer. */
static char *cut_wanted(char *detail)
{
	static const char word[] = "; wanted: ";
	char *found = NULL, *next = detail;

	while ((next = strstr(next, word)))
		found = next++;
	if (!found)
		return NULL;
	*found = '\0';
	return found + strlen(word);
}

/* "CHECK: SEEN; wanted: WANTED", as userspace/verify/appraise_tpm.c writes it. */
static void explain_detail(char *detail)
{
	const char *wanted = cut_wanted(detail);
	char *seen = strstr(detail, ": ");

	if (!wanted || !seen) {
		say("  seen:     ", detail);
		return;
	}
	say("  seen:     ", seen + 2);
	say("  wanted:   ", wanted);
	*seen = '\0';
	if (strlen(seen + 2) < 3 || strcmp(seen + 2 + strlen(seen + 2) - 3, "..."))
		say_line(detail, seen + 2);
}

/* One line of the log of seald; false when it is of no refusal. */
static bool explain_line(const char *line)
{
	const char *at = strstr(line, " reason=");
	char name[64], detail[1024], peer[300];
	unsigned int reason;

	if (!at || sscanf(at, " reason=%63[a-z0-9-]", name) != 1)
		return false;
	reason = reason_of(name);
	if (reason == SEAL_REASON_COUNT || reason == SEAL_REASON_ACCEPTED)
		return false;
	at = strstr(line, " peer=");
	if (!at || sscanf(at, " peer=%299s", peer) != 1)
		snprintf(peer, sizeof(peer), "?");
	printf("%s, ", name);
	say("peer ", peer);
	if (quoted(line, " detail=\"", detail, sizeof(detail)) && *detail)
		explain_detail(detail);
	printf("  meaning:  %s\n", seal_reason_hint(reason));
	return true;
}

static bool explain_log(struct seal_bytes log)
{
	bool any = false;
	char line[4096];

	while (log.len) {
		const uint8_t *end = seal_bytes_chr(log, '\n');
		size_t len = end ? (size_t)(end - log.data) : log.len;

		snprintf(line, sizeof(line), "%.*s", (int)len, (const char *)log.data);
		any |= explain_line(line);
		len += end ? 1 : 0;
		log.data += len;
		log.len -= len;
	}
	return any;
}

/* A report that is broken, or no report at all: then it was to be a log. */
static void say_nothing_found(const char *path, struct seal_bytes file, json_error_t *error)
{
	/* It has words of the file. */
	for (char *at = error->text; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	while (file.len && strchr(" \t\r\n", *file.data)) {
		file.data++;
		file.len--;
	}
	if (file.len && *file.data == '{')
		fprintf(stderr, "sealctl: %s:%d: %s\n", path, error->line, error->text);
	else
		fprintf(stderr, "sealctl: %s: no refusal in it; try: "
			"journalctl -u seald -g refused\n", path);
}

static int explain_file(const char *path)
{
	struct seal_bytes file;
	json_error_t error;
	json_t *report;
	int status;

	if (!file_read(path, REPORT_MAX, &file)) {
		if (!strchr(path, '/'))
			fprintf(stderr, "  hint: no reason has this name; "
				"sealctl explain --list has all\n");
		return EXIT_USAGE;
	}
	report = json_loadb((const char *)file.data, file.len, 0, &error);
	if (!report && explain_log(file)) {
		file_free(&file);
		return EXIT_DONE;
	}
	if (!report)
		say_nothing_found(path, file, &error);
	status = report ? explain_report(report) : EXIT_USAGE;
	json_decref(report);
	file_free(&file);
	return status;
}

/* Every reason that a refusal can have. */
static int list_reasons(bool json)
{
	json_t *list = json_array();

	for (unsigned int i = SEAL_REASON_ACCEPTED + 1; i < SEAL_REASON_COUNT; i++) {
		json_array_append_new(list, json_pack("{s:s, s:s}", "reason", seal_reason_name(i),
						      "hint", seal_reason_hint(i)));
		if (!json)
			printf("%-31s %s\n", seal_reason_name(i), seal_reason_hint(i));
	}
	if (json)
		print_json(list);
	else
		json_decref(list);
	return EXIT_DONE;
}

int cmd_explain(int argc, char **argv)
{
	bool json = argc == 3 && !strcmp(argv[2], "--json");
	unsigned int reason;

	if ((argc == 2 || json) && !strcmp(argv[1], "--list"))
		return list_reasons(json);
	if (argc != 2)
		return usage_of("explain");
	reason = reason_of(argv[1]);
	if (reason == SEAL_REASON_COUNT)
		return explain_file(argv[1]);
	printf("%s: %s\n", argv[1], seal_reason_hint(reason));
	return EXIT_DONE;
}
