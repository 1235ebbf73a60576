// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sealctl/enroll_db.h"
#include "sealctl/enroll_dir.h"

#define RECORD_MAX	512u

/** struct record - the same text in both files, and their names */
struct record {
	char text[RECORD_MAX];
	char id[ENROLL_PATH_MAX];
	char ek[ENROLL_PATH_MAX];
};

static int make_record(struct record *r, const struct seal_identity *id, const uint8_t *print,
		       struct enroll_error *err)
{
	char name[ENROLL_NAME_MAX], hex[2 * SEAL_SHA256_LEN + 1];

	if (!enroll_file_name(id->text, name, sizeof(name)))
		return enroll_refuse(err, "choose a shorter one", "the identity is too long");
	enroll_hex(hex, print, SEAL_SHA256_LEN);
	snprintf(r->text, sizeof(r->text), "{\"identity\": \"%s\", \"ek\": \"%s\"}\n",
		 id->text, hex);
	snprintf(r->id, sizeof(r->id), "db/id-%s", name);
	snprintf(r->ek, sizeof(r->ek), "db/ek-%s", hex);
	return 0;
}

/* A file that is there must say exactly what we would write: 1 where it says another thing. */
static int check_file(const char *dir, const char *name, const char *text, const char *reason,
		      struct enroll_error *err)
{
	char have[RECORD_MAX + 1];

	if (!enroll_exists(dir, name))
		return 0;
	if (enroll_read(dir, name, have, sizeof(have), err) < 0)
		return -1;
	if (!strcmp(have, text))
		return 0;
	enroll_refuse(err, "a binding is written once; if the machine's TPM was really "
		      "replaced, the CA's owner removes it from db/", "%s", reason);
	return 1;
}

static int check_ek(const char *dir, const struct record *r, struct enroll_error *err)
{
	return check_file(dir, r->ek, r->text, "this TPM is bound to another identity", err);
}

static int check_record(const char *dir, const struct record *r, struct enroll_error *err)
{
	if (check_file(dir, r->id, r->text, "this identity is bound to another TPM", err))
		return -1;
	return check_ek(dir, r, err) ? -1 : 0;
}

int enroll_db_check(const char *dir, const struct seal_identity *id,
		    const uint8_t print[SEAL_SHA256_LEN], struct enroll_error *err)
{
	struct record r;

	return make_record(&r, id, print, err) || check_record(dir, &r, err) ? -1 : 0;
}

int enroll_db_bind(const char *dir, const struct seal_identity *id,
		   const uint8_t print[SEAL_SHA256_LEN], struct enroll_error *err)
{
	struct record r;
	int ret;

	if (make_record(&r, id, print, err) || check_record(dir, &r, err))
		return -1;
	ret = enroll_write_new(dir, r.id, 0600, r.text, strlen(r.text), err);
	/* Another TPM may have got the identity meanwhile: this one is then bound to nothing. */
	if (ret < 0 || (ret > 0 && check_record(dir, &r, err)) ||
	    enroll_write_new(dir, r.ek, 0600, r.text, strlen(r.text), err) < 0)
		return -1;
	/* Or this TPM another identity: ours, which nobody with this TPM can get, is free again. */
	if (!ret && check_ek(dir, &r, err) > 0) {
		unlink(enroll_path(dir, r.id));
		return -1;
	}
	/* Whoever was first: what is there now decides. */
	return check_record(dir, &r, err);
}
