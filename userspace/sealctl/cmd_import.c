// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sealctl policy import: a policy from the reference values that a maker publishes
 * as CoRIM. Nothing in such a file says which of our peers it is about: that is for
 * who imports it to say.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sealctl/files.h"
#include "sealctl/import_states.h"
#include "sealctl/sealctl.h"
#include "verify/cose.h"

#define WANTED_MAX	16u
#define FILES_MAX	64u
#define SEEN_MAX	256u

struct import {
	const char *key_path, *name;
	const char *wanted[WANTED_MAX];
	size_t wanted_count;
	bool used[WANTED_MAX];		/* some triple is about it */
	bool all;
	const char *paths[FILES_MAX];
	struct seal_bytes file[FILES_MAX];
	size_t files, now;		/* the file that is read */
	struct seal_key key;
	struct import_states states;
	bool others;
	/* Environments, and the identifiers of tags with the file that each is in. */
	char *seen[SEEN_MAX];
	size_t seen_count;
	struct seal_bytes tag[SEEN_MAX];
	size_t tag_file[SEEN_MAX], tag_count;
};

static int usage(int status)
{
	fputs("usage: sealctl policy import [--key FILE] [--bank NAME] [--name NAME]\n"
	      "           (--environment TEXT ... | --any-environment) FILE...\n"
	      "\n"
	      "  FILE                CoRIM with reference values (CBOR)\n"
	      "  --key FILE          public key or certificate whose signature all must have\n"
	      "  --bank NAME         sha256 (the default) or sha384\n"
	      "  --name NAME         of the policy\n"
	      "  --environment TEXT  what the values must be about, as this command lists it\n"
	      "                      when it is not given\n"
	      "  --any-environment   whatever they are about, it is the machine\n"
	      "\n"
	      "Prints a policy with the PCRs of the manifests. What a policy cannot say is an\n"
	      "error, with the octet of the file at which it is.\n", status ? stderr : stdout);
	return status;
}

static bool parse(struct import *im, int argc, char **argv)
{
	static const struct option options[] = {
		{ "key", required_argument, NULL, 'k' },
		{ "bank", required_argument, NULL, 'b' },
		{ "name", required_argument, NULL, 'n' },
		{ "environment", required_argument, NULL, 'e' },
		{ "any-environment", no_argument, NULL, 'a' },
		{ 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'k')
			im->key_path = optarg;
		else if (c == 'b')
			im->states.bank = seal_tpm_bank_of(optarg);
		else if (c == 'n')
			im->name = optarg;
		else if (c == 'e' && im->wanted_count < WANTED_MAX)
			im->wanted[im->wanted_count++] = optarg;
		else if (c == 'a')
			im->all = true;
		else
			return false;
	}
	for (; optind < argc && im->files < FILES_MAX; im->files++)
		im->paths[im->files] = argv[optind++];
	return optind == argc && im->files && !(im->all && im->wanted_count) &&
	       (im->states.bank == SEAL_TPM_ALG_SHA256 || im->states.bank == SEAL_TPM_ALG_SHA384);
}

/* Is it about what was asked for? Notes each environment for the list. */
static bool is_wanted(struct import *im, const char *environment)
{
	bool wanted = im->all;
	size_t i = 0;

	for (size_t k = 0; k < im->wanted_count; k++)
		if (!strcmp(im->wanted[k], environment))
			wanted = im->used[k] = true;
	while (i < im->seen_count && strcmp(im->seen[i], environment))
		i++;
	if (i == im->seen_count && i < SEEN_MAX)
		im->seen[im->seen_count++] = strdup(environment);
	return wanted;
}

/* Of a tag that is there twice one may be the older version. */
static const char *note_tag(struct import *im, struct seal_bytes tag)
{
	for (size_t i = 0; i < im->tag_count; i++)
		if (seal_bytes_equal(im->tag[i], tag))
			return im->tag_file[i] == im->now && im->tag[i].data == tag.data ? NULL :
			       "a tag that is there twice, or in another of the files too: "
			       "which one holds?";
	if (im->tag_count == SEEN_MAX)
		return "more tags than can be imported at once";
	im->tag[im->tag_count] = tag;
	im->tag_file[im->tag_count++] = im->now;
	return NULL;
}

static const char *take_state(void *arg, const struct seal_corim_state *state)
{
	struct import *im = arg;
	const char *no = note_tag(im, state->tag);

	if (no || !is_wanted(im, state->environment))
		return no;
	im->others |= state->others;
	return import_states_add(&im->states, im->paths[im->now], state) ? NULL : "out of memory";
}

static bool read_key(struct import *im)
{
	struct seal_bytes pem;
	bool ok;

	if (!im->key_path)
		return true;
	if (!file_read(im->key_path, 1u << 16, &pem))
		return false;
	ok = seal_key_of_any(pem, &im->key) && seal_cose_alg(&im->key);
	if (!ok)
		fprintf(stderr, "sealctl: %s: not a public key on P-256 or P-384, nor a "
			"certificate of one\n", im->key_path);
	file_free(&pem);
	return ok;
}

static bool read_manifests(struct import *im)
{
	struct seal_corim_in in = {
		.bank = im->states.bank, .key = im->key_path ? &im->key : NULL, .now = time(NULL),
	};
	struct seal_corim_error error;

	for (im->now = 0; im->now < im->files; im->now++) {
		in.bytes = im->file[im->now];
		if (seal_corim_read(&in, take_state, im, &error))
			continue;
		fprintf(stderr, "sealctl: %s: octet %zu: %s\n", im->paths[im->now], error.at,
			error.text);
		return false;
	}
	return true;
}

/* False, with the environments there are, unless it is clear which are meant. */
static bool check_environments(const struct import *im)
{
	bool missing = !im->all && !im->wanted_count;

	for (size_t i = 0; i < im->wanted_count; i++) {
		if (im->used[i])
			continue;
		fprintf(stderr, "sealctl: nothing is about the environment %s\n", im->wanted[i]);
		missing = true;
	}
	if (!missing)
		return true;
	fprintf(stderr, "sealctl: which of these is the machine? Name each with --environment:\n");
	for (size_t i = 0; i < im->seen_count; i++)
		fprintf(stderr, "  '%s'\n", im->seen[i]);
	return false;
}

static void print(const struct import *im)
{
	for (size_t i = 0; i < im->files; i++)
		printf("# Imported from %s, %s.\n", im->paths[i],
		       im->key_path ? "signed" : "which is not signed");
	for (size_t i = 0; i < im->seen_count; i++) {
		bool taken = im->all;

		for (size_t k = 0; k < im->wanted_count; k++)
			taken |= !strcmp(im->wanted[k], im->seen[i]);
		printf("# %s: %s\n", taken ? "About" : "Left out, about", im->seen[i]);
	}
	if (im->others)
		printf("# Digests by other algorithms are left out: they stand for the same.\n");
	printf("# Name the peers, and try it with mode = observe first.\n"
	       "[policy %s]\npeer = *\nmode = require\n", im->name);
	import_states_print(&im->states);
}

static int run(struct import *im)
{
	for (size_t i = 0; i < im->files; i++)
		if (!file_read(im->paths[i], SEAL_CORIM_MAX, &im->file[i]))
			return EXIT_USAGE;
	if (!read_key(im))
		return EXIT_USAGE;
	if (!read_manifests(im) || !check_environments(im) || !import_states_group(&im->states))
		return EXIT_FAILED;
	print(im);
	return EXIT_DONE;
}

int cmd_import(int argc, char **argv)
{
	static struct import im = { .states.bank = SEAL_TPM_ALG_SHA256, .name = "imported" };
	int status;

	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
		return usage(EXIT_DONE);
	status = parse(&im, argc, argv) ? run(&im) : usage(EXIT_USAGE);
	import_states_free(&im.states);
	while (im.seen_count)
		free(im.seen[--im.seen_count]);
	for (size_t i = 0; i < im.files; i++)
		file_free(&im.file[i]);
	return status;
}
