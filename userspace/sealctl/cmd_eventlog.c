// SPDX-License-Identifier: GPL-2.0-or-later
/* sealctl eventlog: a boot log as a table, and its replay. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "sealctl/event_text.h"
#include "sealctl/files.h"
#include "sealctl/print.h"
#include "sealctl/sealctl.h"

/* The digest that a human compares: of the first bank that the event has. */
static struct seal_bytes first_digest(const struct seal_eventlog *log,
				      const struct seal_event *e)
{
	for (size_t i = 0; i < log->bank_count; i++)
		if (e->digest[i].len)
			return e->digest[i];
	return (struct seal_bytes){ 0 };
}

static void print_event(const struct seal_eventlog *log, const struct seal_event *e)
{
	char digest[2 * SEAL_PCR_VALUE_MAX + 1], type[16], text[EVENT_TEXT_MAX];

	event_text(e, text);
	if (e->pcr < SEAL_PCR_COUNT)
		printf("%4" PRIu32 "  %2" PRIu32, e->number, e->pcr);
	else
		printf("%4" PRIu32 "   -", e->number);
	printf("  %-32s  %s  %s\n", event_type_text(e->type, type),
	       hex_text(first_digest(log, e), digest), text);
}

static json_t *event_json(const struct seal_eventlog *log, const struct seal_event *e)
{
	json_t *digests = json_object();
	char name[16], type[16], text[EVENT_TEXT_MAX];

	for (size_t i = 0; i < log->bank_count; i++) {
		const char *known = seal_bank_name(log->bank[i].alg);

		if (!e->digest[i].len)
			continue;
		snprintf(name, sizeof(name), "0x%04x", log->bank[i].alg);
		json_object_set_new(digests, known ? known : name, hex_json(e->digest[i]));
	}
	event_text(e, text);
	return json_pack("{s:I, s:I, s:I, s:s, s:I, s:o, s:s, s:o}", "number",
			 (json_int_t)e->number, "offset", (json_int_t)e->offset,
			 "pcr", (json_int_t)e->pcr, "type", event_type_text(e->type, type),
			 "type_code", (json_int_t)e->type, "digests", digests,
			 "text", text, "data", hex_json(e->data));
}

static void complain(const char *path, const struct seal_eventlog *log)
{
	fprintf(stderr, "sealctl: %s: event %" PRIu32 " at octet %zu: %s\n", path, log->count,
		log->error_at, log->error);
}

static int as_text(const char *path, struct seal_bytes bytes)
{
	struct seal_eventlog log = seal_eventlog(bytes);
	struct seal_replay replay;
	struct seal_event e;

	while (seal_eventlog_next(&log, &e))
		print_event(&log, &e);
	fflush(stdout);
	if (!seal_eventlog_replay(bytes, &replay, &log)) {
		complain(path, &log);
		return EXIT_FAILED;
	}
	if (!log.agile)
		printf("a log of SHA-1 times: it proves nothing\n");
	print_banks(replay.bank, replay.bank_count);
	return EXIT_DONE;
}

static int as_json(const char *path, struct seal_bytes bytes)
{
	struct seal_eventlog log = seal_eventlog(bytes);
	json_t *events = json_array(), *all;
	struct seal_replay replay;
	struct seal_event e;
	bool ok;

	while (seal_eventlog_next(&log, &e))
		json_array_append_new(events, event_json(&log, &e));
	ok = seal_eventlog_replay(bytes, &replay, &log);
	all = json_pack("{s:b, s:b, s:I, s:o}", "ok", ok, "crypto_agile", log.agile,
			"startup_locality", (json_int_t)replay.locality, "events", events);
	if (ok) {
		json_object_set_new(all, "pcrs", banks_json(replay.bank, replay.bank_count));
	} else {
		json_object_set_new(all, "error", json_string(log.error));
		json_object_set_new(all, "offset", json_integer(log.error_at));
		complain(path, &log);
	}
	print_json(all);
	return ok ? EXIT_DONE : EXIT_FAILED;
}

int cmd_eventlog(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ 0 }
	};
	struct seal_bytes file;
	bool json = false;
	int c, status;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'j')
			return usage_of("eventlog");
		json = true;
	}
	if (argc - optind != 1)
		return usage_of("eventlog");
	if (!file_read(argv[optind], SEAL_LOG_MAX, &file))
		return EXIT_USAGE;
	status = json ? as_json(argv[optind], file) : as_text(argv[optind], file);
	file_free(&file);
	return status;
}
