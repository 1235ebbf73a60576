// SPDX-License-Identifier: GPL-2.0-or-later
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "attester/hostconf.h"

#define LINE_MAX_LEN	512

static bool set_key(struct att_hostconf *conf, const char *value)
{
	conf->key_in_tpm = !strcmp(value, "tpm");
	return conf->key_in_tpm || !strcmp(value, "file");
}

static bool set_tcti(struct att_hostconf *conf, const char *value)
{
	return snprintf(conf->tcti, sizeof(conf->tcti), "%s", value) < (int)sizeof(conf->tcti);
}

/* Persistent objects of the owner: Part 2, 7.8. */
static bool set_handle(uint32_t *handle, const char *value)
{
	char *end;
	unsigned long n = strtoul(value, &end, 0);

	*handle = n;
	return !*end && n >= 0x81000000ul && n <= 0x817ffffful;
}

static bool set_ak(struct att_hostconf *conf, const char *value)
{
	return set_handle(&conf->ak_handle, value);
}

static bool set_tik(struct att_hostconf *conf, const char *value)
{
	return set_handle(&conf->tik_handle, value);
}

static bool set_path(char out[ATT_PATH_MAX], const char *value)
{
	return *value == '/' && snprintf(out, ATT_PATH_MAX, "%s", value) < (int)ATT_PATH_MAX;
}

static bool set_boot_log(struct att_hostconf *conf, const char *value)
{
	return set_path(conf->boot_log, value);
}

static bool set_ima_log(struct att_hostconf *conf, const char *value)
{
	return set_path(conf->ima_log, value);
}

static bool set_batch(struct att_hostconf *conf, const char *value)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	conf->batch = n;
	return *value && !*end && n >= 1 && n <= ATT_BATCH_MAX;
}

static bool set_pcrs(struct att_hostconf *conf, const char *value)
{
	return att_selections_parse(value, &conf->pcrs);
}

static bool set_verifier(struct att_hostconf *conf, const char *value)
{
	return strlen(value) < sizeof(((struct sockaddr_un *)0)->sun_path) &&
	       set_path(conf->verifier, value);
}

static bool set_verifier_logs(struct att_hostconf *conf, const char *value)
{
	conf->verifier_logs = !strcmp(value, "yes");
	return conf->verifier_logs || !strcmp(value, "no");
}

static_assert(ATT_BATCH_MAX == 1024, "as is said of batch below");

static const struct row {
	const char *section, *key;
	bool (*set)(struct att_hostconf *conf, const char *value);
	const char *wants;
} rows[] = {
	{ "identity", "key", set_key, "key is tpm or file" },
	{ "tpm", "tcti", set_tcti, "tcti is like device:/dev/tpmrm0" },
	{ "tpm", "ak-handle", set_ak, "a handle is 0x81000000 to 0x817fffff" },
	{ "tpm", "tik-handle", set_tik, "a handle is 0x81000000 to 0x817fffff" },
	{ "tpm", "batch", set_batch, "batch is a number from 1 to 1024" },
	{ "tpm", "pcrs", set_pcrs, "pcrs is any, or like sha256:0,1,2,7" },
	{ "tpm", "boot-log", set_boot_log, "boot-log is a path from /" },
	{ "tpm", "ima-log", set_ima_log, "ima-log is a path from /" },
	{ "verifier", "socket", set_verifier, "socket is a path from /, up to 107 characters" },
	{ "verifier", "logs", set_verifier_logs, "logs is yes or no" },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/** struct parser - where we are in the file */
struct parser {
	char section[64];
	bool ours;
	bool seen[ROWS];
};

static char *trim(char *text)
{
	char *end;

	while (isspace((unsigned char)*text))
		text++;
	for (end = text + strlen(text); end > text && isspace((unsigned char)end[-1]); end--)
		;
	*end = '\0';
	return text;
}

static const char *open_section(struct parser *p, char *text)
{
	char *end = strchr(text, ']');
	size_t i;

	if (!end || end[1] || end - text > (int)sizeof(p->section))
		return "a section is written [name]";
	*end = '\0';
	snprintf(p->section, sizeof(p->section), "%s", text + 1);
	p->ours = false;
	for (i = 0; i < ROWS; i++)
		p->ours |= !strcmp(rows[i].section, p->section);
	return NULL;
}

static const char *set_value(struct parser *p, struct att_hostconf *conf, char *text)
{
	char *equal = strchr(text, '=');
	const char *key, *value;
	size_t i;

	if (!p->ours)
		return NULL;
	if (!equal)
		return "a setting is written key = value";
	*equal = '\0';
	key = trim(text);
	value = trim(equal + 1);
	for (i = 0; i < ROWS; i++)
		if (!strcmp(rows[i].section, p->section) && !strcmp(rows[i].key, key))
			break;
	if (i == ROWS)
		return "unknown key";
	if (p->seen[i])
		return "key given twice";
	p->seen[i] = true;
	return rows[i].set(conf, value) ? NULL : rows[i].wants;
}

static const char *parse_line(struct parser *p, struct att_hostconf *conf, char *line)
{
	char *text;

	if (!strchr(line, '\n') && strlen(line) == LINE_MAX_LEN - 1)
		return "line too long";
	line[strcspn(line, "#")] = '\0';
	text = trim(line);
	if (!*text)
		return NULL;
	return *text == '[' ? open_section(p, text) : set_value(p, conf, text);
}

#define SECURITYFS	"/sys/kernel/security/"

/* Each TPM of the kernel has the log of those who extended it at boot. */
static void default_logs(struct att_hostconf *conf)
{
	unsigned int n = 0;

	if (sscanf(conf->tcti, "device:/dev/tpmrm%u", &n) != 1)
		sscanf(conf->tcti, "device:/dev/tpm%u", &n);
	if (!*conf->boot_log)
		snprintf(conf->boot_log, sizeof(conf->boot_log),
			 SECURITYFS "tpm%u/binary_bios_measurements", n);
	if (!*conf->ima_log)
		snprintf(conf->ima_log, sizeof(conf->ima_log), "%s",
			 SECURITYFS "ima/binary_runtime_measurements");
}

int att_hostconf_read(const char *dir, struct att_hostconf *conf, char *why, size_t why_size)
{
	char path[4096], line[LINE_MAX_LEN];
	struct parser p = { 0 };
	const char *problem = NULL;
	unsigned int n;
	FILE *f;

	*conf = (struct att_hostconf){
		.key_in_tpm = true, .tcti = "device:/dev/tpmrm0",
		.ak_handle = ATT_AK_HANDLE, .tik_handle = ATT_TIK_HANDLE,
		.batch = ATT_BATCH_MAX, .pcrs.any = true };
	snprintf(path, sizeof(path), "%s/seald.conf", dir);
	f = fopen(path, "re");
	if (!f) {
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
		default_logs(conf);
		return errno == ENOENT ? 0 : -errno;
	}
	for (n = 1; !problem && fgets(line, sizeof(line), f); n++)
		problem = parse_line(&p, conf, line);
	if (!problem && ferror(f))
		problem = "read error";
	fclose(f);
	default_logs(conf);
	if (!problem && conf->ak_handle == conf->tik_handle)
		problem = "ak-handle and tik-handle are one";
	if (!problem)
		return 1;
	snprintf(why, why_size, "%s:%u: %s", path, n - 1, problem);
	return -EINVAL;
}
