// SPDX-License-Identifier: GPL-2.0-or-later
/* sealctl ima: a measurement list as a table, and its replay. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sealctl/files.h"
#include "sealctl/print.h"
#include "sealctl/sealctl.h"
#include "verify/ima.h"

static const uint16_t algs[] = {
	SEAL_TPM_ALG_SHA1, SEAL_TPM_ALG_SHA256, SEAL_TPM_ALG_SHA384, SEAL_TPM_ALG_SHA512,
};

#define ALGS	(sizeof(algs) / sizeof(algs[0]))

/* What one run over the list finds out. */
struct ima_run {
	struct seal_bank hashed[ALGS];
	struct seal_bank padded[ALGS];
	uint32_t false_hashes;
	size_t false_at;
};

static void run_init(struct ima_run *run)
{
	*run = (struct ima_run){ 0 };
	for (size_t i = 0; i < ALGS; i++) {
		seal_bank_init(&run->hashed[i], algs[i]);
		seal_bank_init(&run->padded[i], algs[i]);
	}
}

/* The hash is there and is not that of the data. */
static bool is_false(const struct seal_ima_entry *e)
{
	return !e->proven && !e->violation && e->data.len;
}

static void run_entry(struct ima_run *run, const struct seal_ima_entry *e)
{
	for (size_t i = 0; i < ALGS; i++) {
		seal_ima_extend(&run->hashed[i], e, SEAL_IMA_HASHED);
		seal_ima_extend(&run->padded[i], e, SEAL_IMA_PADDED);
	}
	if (is_false(e) && !run->false_hashes++)
		run->false_at = e->offset;
}

static const char *standing(const struct seal_ima_entry *e)
{
	return e->violation ? "violation" : is_false(e) ? "FALSE" :
	       !e->known ? "opaque" : e->sig.len ? "signed" : "";
}

static void print_hex(struct seal_bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		printf("%02x", b.data[i]);
}

static void print_entry(const struct seal_ima_entry *e)
{
	printf("%5" PRIu32 "  %2" PRIu32 "  ", e->number, e->pcr);
	print_text(e->template);
	printf("  ");
	if (e->alg.len) {
		print_text(e->alg);
		putchar(':');
	}
	print_hex(e->digest);
	printf("  ");
	print_text(e->name);
	printf("%s%s\n", *standing(e) ? "  " : "", standing(e));
}

static json_t *entry_json(const struct seal_ima_entry *e)
{
	json_t *json = json_pack("{s:I, s:I, s:I, s:o, s:o, s:b, s:b}", "number",
				 (json_int_t)e->number, "offset", (json_int_t)e->offset, "pcr",
				 (json_int_t)e->pcr, "template_hash", hex_json(e->hash),
				 "template", text_json(e->template), "violation", e->violation,
				 "proven", e->proven);

	if (!e->known)
		return json;
	json_object_set_new(json, "algorithm", text_json(e->alg));
	json_object_set_new(json, "digest", hex_json(e->digest));
	json_object_set_new(json, "name", text_json(e->name));
	if (e->sig.len)
		json_object_set_new(json, "signature", hex_json(e->sig));
	if (e->buf.len)
		json_object_set_new(json, "buffer", hex_json(e->buf));
	return json;
}

static void complain(const char *path, const struct seal_ima *ima, const struct ima_run *run)
{
	if (ima->error)
		fprintf(stderr, "sealctl: %s: entry %" PRIu32 " at octet %zu: %s\n", path,
			ima->count, ima->error_at, ima->error);
	if (run->false_hashes)
		fprintf(stderr, "sealctl: %s: %" PRIu32 " template hashes are not those of their "
			"data, the first at octet %zu\n", path, run->false_hashes, run->false_at);
}

static bool all_well(const struct seal_ima *ima, const struct ima_run *run)
{
	return !ima->error && !run->false_hashes;
}

static int as_text(const char *path, struct seal_ima *ima)
{
	struct seal_ima_entry e;
	struct ima_run run;

	run_init(&run);
	while (seal_ima_next(ima, &e)) {
		run_entry(&run, &e);
		print_entry(&e);
	}
	fflush(stdout);
	complain(path, ima, &run);
	if (ima->error)
		return EXIT_FAILED;
	print_banks(run.hashed, ALGS);
	printf("by kernels before 5.8, which extend all banks by the SHA-1 hash:\n");
	print_banks(run.padded + 1, ALGS - 1);
	return all_well(ima, &run) ? EXIT_DONE : EXIT_FAILED;
}

static int as_json(const char *path, struct seal_ima *ima)
{
	json_t *entries = json_array(), *all;
	struct seal_ima_entry e;
	struct ima_run run;
	bool well;

	run_init(&run);
	while (seal_ima_next(ima, &e)) {
		run_entry(&run, &e);
		json_array_append_new(entries, entry_json(&e));
	}
	complain(path, ima, &run);
	well = all_well(ima, &run);
	all = json_pack("{s:b, s:b, s:o}", "ok", well, "ascii", ima->text, "entries", entries);
	if (!ima->error) {
		json_object_set_new(all, "pcrs", banks_json(run.hashed, ALGS));
		json_object_set_new(all, "pcrs_padded", banks_json(run.padded + 1, ALGS - 1));
	} else {
		json_object_set_new(all, "error", json_string(ima->error));
		json_object_set_new(all, "offset", json_integer(ima->error_at));
	}
	print_json(all);
	return well ? EXIT_DONE : EXIT_FAILED;
}

int cmd_ima(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ 0 }
	};
	int c, status = EXIT_FAILED;
	struct seal_bytes file;
	struct seal_ima ima;
	bool json = false;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'j')
			return usage_of("ima");
		json = true;
	}
	if (argc - optind != 1)
		return usage_of("ima");
	if (!file_read(argv[optind], SEAL_LOG_MAX, &file))
		return EXIT_USAGE;
	if (seal_ima_open(&ima, file))
		status = json ? as_json(argv[optind], &ima) : as_text(argv[optind], &ima);
	else
		fprintf(stderr, "sealctl: out of memory\n");
	seal_ima_close(&ima);
	file_free(&file);
	return status;
}
