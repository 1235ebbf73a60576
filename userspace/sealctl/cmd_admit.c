// SPDX-License-Identifier: GPL-2.0-or-later
/* sealctl admit: pin another host's attestation key here. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "sealctl/commands.h"
#include "sealctl/enroll_dir.h"
#include "sealctl/enroll_request.h"
#include "verify/rules.h"

static int usage(int status)
{
	fputs("usage: sealctl admit [-c DIR] BUNDLE.json|AK.pub --identity ID [--replace]\n"
	      "\n"
	      "  BUNDLE.json   as sealctl enroll --csr wrote it on the other host\n"
	      "  AK.pub        the other host's identity/ak.pub\n"
	      "  --identity ID who that host is; a bundle must say the same\n"
	      "  --replace     although another key is pinned for it\n"
	      "\n"
	      "Carry the file by a way you trust: what is pinned is believed.\n",
	      status ? stderr : stdout);
	return status;
}

/** struct admit_options - the command line */
struct admit_options {
	const char *dir, *file, *identity;
	bool replace;
};

static int parse(struct admit_options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "identity", required_argument, NULL, 'i' },
		{ "replace", no_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 } };
	int c;

	optind = 0;
	while ((c = getopt_long(argc, argv, "c:h", longs, NULL)) != -1) {
		if (c == 'c')
			o->dir = optarg;
		else if (c == 'i')
			o->identity = optarg;
		else if (c == 'r')
			o->replace = true;
		else
			return 1;
	}
	if (optind != argc - 1 || !o->identity)
		return 1;
	o->file = argv[optind];
	return 0;
}

static int from_bundle(const char *text, size_t len, const struct seal_identity *id,
		       struct enroll_request *req, struct enroll_error *err)
{
	json_t *bundle = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	int ret;

	if (!json_is_object(bundle)) {
		json_decref(bundle);
		return enroll_refuse(err, "give BUNDLE.json or AK.pub", "the file is neither");
	}
	ret = enroll_request_parse(bundle, req, err);
	json_decref(bundle);
	if (!ret && strcmp(req->identity.text, id->text))
		ret = enroll_refuse(err, "give the identity that host enrolled for",
				    "the bundle is of %s", req->identity.text);
	return ret;
}

static int from_public(const uint8_t *data, size_t len, struct enroll_request *req)
{
	struct seal_bytes inner = seal_tpm_public_inner((struct seal_bytes){ data, len });

	if (!inner.len || inner.len > sizeof(req->ak_public.data))
		return -1;
	memcpy(req->ak_public.data, inner.data, inner.len);
	req->ak_public.len = inner.len;
	return 0;
}

/* Is the key in that very file? Another one of this identity may be there. */
static bool holds(const char *dir, const char *file, const struct seal_identity *id,
		  const struct seal_tpm_public *ak)
{
	struct seal_admitted one = { 0 };
	char why[128];
	uint8_t *text;
	size_t len;
	bool does;

	if (!seal_file_read(enroll_path(dir, file), SEAL_ADMITTED_FILE_MAX, &text, &len))
		return false;
	does = seal_admitted_parse(&one, (struct seal_bytes){ text, len }, why, sizeof(why)) &&
	       seal_admitted_check(&one, id, &ak->name) == SEAL_REASON_ACCEPTED;
	seal_admitted_free(&one);
	free(text);
	return does;
}

/* Rules with one key twice, or with too many, are none: nobody would be let in any more. */
static int check_others(const char *dir, const char *file, const struct seal_identity *id,
			const struct seal_tpm_public *ak, struct enroll_error *err)
{
	struct seal_policy_error error;
	struct seal_admitted admitted;
	enum seal_reason reason;
	size_t count;

	if (!seal_rules_load_admitted(dir, &admitted, &error))
		return enroll_refuse(err, "mend or remove it: nobody is let in while it is there",
				     "%.200s: %.100s", error.file, error.text);
	reason = seal_admitted_check(&admitted, id, &ak->name);
	count = admitted.count;
	seal_admitted_free(&admitted);
	if (reason == SEAL_REASON_AK_IDENTITY)
		return enroll_refuse(err, "if the host has a new name, remove the old file",
				     "this key is pinned for another identity already");
	if (reason == SEAL_REASON_ACCEPTED && !holds(dir, file, id, ak))
		return enroll_refuse(err, "remove that file first",
				     "this key is pinned for %s already, by a file of another name",
				     id->text);
	if (count >= SEAL_ADMITTED_MAX && !enroll_exists(dir, file))
		return enroll_refuse(err, "remove those of hosts that are no more, or let a CA "
				     "certify them: ak-trust = certificate",
				     "%u keys are pinned already", SEAL_ADMITTED_MAX);
	return 0;
}

/* To be freed; NULL: out of memory. */
static char *record(const char *identity, const char *ak_public, const char *ak_name)
{
	json_t *json = json_pack("{s:s, s:s, s:s}", "identity", identity,
				 "ak_public", ak_public, "ak_name", ak_name);
	char *text = json_dumps(json, JSON_INDENT(1) | JSON_PRESERVE_ORDER);

	json_decref(json);
	return text;
}

static int write_pin(const struct admit_options *o, const char *name,
		     const struct seal_identity *id, const struct enroll_request *req,
		     const struct seal_tpm_public *ak, struct enroll_error *err)
{
	char pub[2 * ATT_BLOB_MAX + 1], ak_name[2 * SEAL_TPM_NAME_MAX + 1], *text;
	int ret;

	text = record(id->text, enroll_hex(pub, req->ak_public.data, req->ak_public.len),
		      enroll_hex(ak_name, ak->name.data, ak->name.len));
	if (!text)
		return enroll_refuse(err, "", "out of memory");
	ret = o->replace ? enroll_write(o->dir, name, 0644, text, strlen(text), err)
			 : enroll_write_new(o->dir, name, 0644, text, strlen(text), err);
	free(text);
	if (ret > 0)
		return enroll_refuse(err, "--replace, if that host really has a new key",
				     "a key is pinned for %s already", id->text);
	if (!ret)
		enroll_step("admit", "%s/%s: %s", o->dir, name, ak_name);
	return ret;
}

static int pin(const struct admit_options *o, const struct seal_identity *id,
	       const struct enroll_request *req, const struct seal_tpm_public *ak,
	       struct enroll_error *err)
{
	char name[ENROLL_NAME_MAX + 16] = "admitted/";
	int lock, ret;

	if (!enroll_file_name(id->text, name + strlen(name), ENROLL_NAME_MAX))
		return enroll_refuse(err, "", "the identity is too long for a file name");
	strcat(name, ".json");
	if (enroll_mkdir(o->dir, "", 0755, err) || enroll_mkdir(o->dir, "admitted", 0755, err))
		return -1;
	/* Between the look and the file nobody pins the key for another. */
	lock = enroll_lock(o->dir, "admitted", true, err);
	if (lock < 0)
		return -1;
	ret = check_others(o->dir, name, id, ak, err);
	if (!ret)
		ret = write_pin(o, name, id, req, ak, err);
	close(lock);
	return ret;
}

static int admit(const struct admit_options *o, const struct seal_identity *id,
		 struct enroll_request *req, char *data, struct enroll_error *err)
{
	struct seal_tpm_public ak;
	ssize_t len;

	len = enroll_read("", o->file, data, ENROLL_LINE_MAX, err);
	if (len < 0)
		return -1;
	if (from_public((uint8_t *)data, len, req) && from_bundle(data, len, id, req, err))
		return -1;
	if (enroll_request_check(req, &ak, err))
		return -1;
	return pin(o, id, req, &ak, err);
}

int cmd_admit(int argc, char **argv)
{
	struct admit_options o = { .dir = "/etc/seal" };
	struct enroll_error err = { 0 };
	struct enroll_request *req;
	struct seal_identity id;
	char *data;
	int ret;

	if (parse(&o, argc, argv))
		return usage(argc == 2 && !strcmp(argv[1], "--help") ? 0 : 2);
	if (enroll_identity(o.identity, &id, &err))
		return enroll_misuse("admit", &err);
	req = calloc(1, sizeof(*req));
	data = calloc(1, ENROLL_LINE_MAX);
	ret = req && data ? admit(&o, &id, req, data, &err)
			  : enroll_refuse(&err, "", "out of memory");
	free(data);
	free(req);
	return ret ? enroll_report("admit", &err) : 0;
}
