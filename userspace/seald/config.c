// SPDX-License-Identifier: GPL-2.0-or-later

#include "config.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum config_section {
	SECTION_NONE = 0,
	SECTION_OURS,
	SECTION_OTHERS,
};

struct config_reader {
	char path[CONFIG_PATH_MAX + 16];
	char *why;
	size_t why_size;
	unsigned int line;
	enum config_section section;
	unsigned int seen;		/* a bit for each key */
};

static bool config_bad(const struct config_reader *r, const char *what)
{
	snprintf(r->why, r->why_size, "%s:%u: %s", r->path, r->line, what);
	return false;
}

static char *trim(char *text)
{
	char *end;

	while (isspace((unsigned char)*text))
		text++;
	end = text + strlen(text);
	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return text;
}

static bool config_section(struct config_reader *r, const char *name)
{
	if (!strcmp(name, "[seald]"))
		r->section = SECTION_OURS;
	else if (!strcmp(name, "[identity]") || !strcmp(name, "[tpm]") ||
		 !strcmp(name, "[verifier]"))
		r->section = SECTION_OTHERS;
	else
		return config_bad(r, "unknown section");
	return true;
}

static bool set_state(struct config_reader *r, struct config *config, const char *value)
{
	if (value[0] != '/' || strlen(value) >= sizeof(config->state))
		return config_bad(r, "not an absolute path, or too long");
	strcpy(config->state, value);
	return true;
}

static bool set_on_death(struct config_reader *r, struct config *config, const char *value)
{
	config->close_on_death = !strcmp(value, "close");
	if (!config->close_on_death && strcmp(value, "keep"))
		return config_bad(r, "neither keep nor close");
	return true;
}

static const struct {
	const char *key;
	bool (*set)(struct config_reader *r, struct config *config, const char *value);
} settings[] = {
	{ "state", set_state },
	{ "on-death", set_on_death },
};

#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

static bool config_setting(struct config_reader *r, struct config *config,
			   char *text)
{
	char *equal = strchr(text, '=');
	const char *key;
	size_t i;

	if (r->section == SECTION_OTHERS)
		return true;
	if (r->section == SECTION_NONE || !equal)
		return config_bad(r, "not a section or \"key = value\"");
	*equal = '\0';
	key = trim(text);
	for (i = 0; i < SETTINGS && strcmp(key, settings[i].key); i++)
		;
	if (i == SETTINGS)
		return config_bad(r, "unknown key");
	if (r->seen >> i & 1)
		return config_bad(r, "key given twice");
	r->seen |= 1u << i;
	return settings[i].set(r, config, trim(equal + 1));
}

static bool config_line(struct config_reader *r, struct config *config,
			char *line)
{
	char *text;

	/* Wherever it is, as for the attester, who reads the same file. */
	line[strcspn(line, "#")] = '\0';
	text = trim(line);
	if (!*text)
		return true;
	if (*text == '[')
		return config_section(r, text);
	return config_setting(r, config, text);
}

static bool config_read(struct config_reader *r, struct config *config, FILE *f)
{
	char line[CONFIG_PATH_MAX + 64];

	while (fgets(line, sizeof(line), f)) {
		r->line++;
		if (!strchr(line, '\n') && !feof(f))
			return config_bad(r, "line too long");
		if (!config_line(r, config, line))
			return false;
	}
	return !ferror(f) || config_bad(r, "read error");
}

bool config_load(struct config *config, const char *dir, char *why, size_t why_size)
{
	struct config_reader r = { .why = why, .why_size = why_size };
	char real[PATH_MAX];
	bool ok;
	FILE *f;

	if (!realpath(dir, real) || strlen(real) >= sizeof(config->dir)) {
		snprintf(why, why_size, "%s: %s", dir, strerror(errno));
		return false;
	}
	strcpy(config->dir, real);
	strcpy(config->state, "/run/seal");
	config->close_on_death = false;
	snprintf(r.path, sizeof(r.path), "%s/seald.conf", config->dir);
	f = fopen(r.path, "re");
	if (!f) {
		if (errno == ENOENT)
			return true;
		snprintf(why, why_size, "%s: %s", r.path, strerror(errno));
		return false;
	}
	ok = config_read(&r, config, f);
	fclose(f);
	return ok;
}

static bool file_requires(const char *path)
{
	FILE *f = fopen(path, "re");
	char line[8192 + 2];
	bool found = false;

	if (!f)
		return true;
	while (!found && fgets(line, sizeof(line), f)) {
		char *text = trim(line), *equal = strchr(text, '=');
		char *comment = equal ? strchr(equal, '#') : NULL;

		/* As of the policies: one that stands apart. */
		while (comment && comment[-1] != ' ' && comment[-1] != '\t')
			comment = strchr(comment + 1, '#');
		if (comment)
			*comment = '\0';
		if (!equal || strncmp(text, "mode", 4))
			continue;
		found = !strcmp(trim(equal + 1), "require");
	}
	fclose(f);
	return found;
}

/* As the verifier chooses what it reads: what it does not read binds nobody. */
static bool is_policy(const char *name)
{
	size_t len = strlen(name);

	return name[0] != '.' && len > 5 && !strcmp(name + len - 5, ".conf");
}

bool config_requires(const struct config *config)
{
	char path[CONFIG_PATH_MAX + 300];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/policy.d", config->dir);
	dir = opendir(path);
	if (!dir)
		return errno != ENOENT;
	while (!found && (entry = readdir(dir))) {
		if (!is_policy(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/policy.d/%s", config->dir,
			 entry->d_name);
		found = file_requires(path);
	}
	closedir(dir);
	return found;
}
