// SPDX-License-Identifier: GPL-2.0-or-later

#include "known.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

#define KNOWN_MAX	4096u
#define KNOWN_NAME_MAX	300u

/* A ring in order of age; a few thousand names are found by looking at all. */
struct known {
	char path[4096];
	char *name[KNOWN_MAX];
	size_t first;
	size_t count;
	bool complained;
};

static bool known_legal(const char *name)
{
	size_t n = strlen(name);

	if (!n || n > KNOWN_NAME_MAX)
		return false;
	for (; *name; name++)
		if (*name <= ' ' || *name > '~')
			return false;
	return true;
}

static bool known_keep(struct known *known, const char *name)
{
	char *copy = strdup(name);
	char **slot;

	if (!copy)
		return false;
	slot = &known->name[(known->first + known->count) % KNOWN_MAX];
	if (known->count == KNOWN_MAX) {
		free(*slot);
		known->first = (known->first + 1) % KNOWN_MAX;
	} else {
		known->count++;
	}
	*slot = copy;
	return true;
}

static void known_read(struct known *known)
{
	FILE *f = fopen(known->path, "re");
	char line[KNOWN_NAME_MAX + 2];

	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (known_legal(line) && !known_has(known, line))
			known_keep(known, line);
	}
	fclose(f);
}

struct known *known_open(const char *state)
{
	struct known *known = calloc(1, sizeof(*known));

	if (!known)
		return NULL;
	snprintf(known->path, sizeof(known->path), "%s/known", state);
	if (mkdir(state, 0700) && errno != EEXIST)
		seald_log(LOG_WARNING, "%s: %s", state, strerror(errno));
	known_read(known);
	return known;
}

void known_close(struct known *known)
{
	if (!known)
		return;
	for (size_t i = 0; i < KNOWN_MAX; i++)
		free(known->name[i]);
	free(known);
}

bool known_has(const struct known *known, const char *name)
{
	for (size_t i = 0; i < known->count; i++)
		if (!strcmp(known->name[(known->first + i) % KNOWN_MAX], name))
			return true;
	return false;
}

static bool known_append(const struct known *known, const char *name)
{
	int fd = open(known->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
		      O_NOFOLLOW, 0600);
	char line[KNOWN_NAME_MAX + 2];
	int n = snprintf(line, sizeof(line), "%s\n", name);
	bool ok;

	if (fd < 0)
		return false;
	ok = write(fd, line, (size_t)n) == n && !fdatasync(fd);
	close(fd);
	return ok;
}

/* Rewritten only when the file has grown to twice what we keep. */
static void known_trim(const struct known *known)
{
	char path[sizeof(known->path) + 8];
	struct stat st;
	FILE *f;
	int fd;

	if (stat(known->path, &st) ||
	    st.st_size < (off_t)(2 * KNOWN_MAX * KNOWN_NAME_MAX))
		return;
	snprintf(path, sizeof(path), "%s.new", known->path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f) {
		if (fd >= 0)
			close(fd);
		return;
	}
	for (size_t i = 0; i < known->count; i++)
		fprintf(f, "%s\n", known->name[(known->first + i) % KNOWN_MAX]);
	if (!fflush(f) && !fdatasync(fileno(f)) && !rename(path, known->path))
		path[0] = '\0';
	fclose(f);
}

void known_add(struct known *known, const char *name)
{
	if (!known_legal(name) || known_has(known, name))
		return;
	known_keep(known, name);
	if (!known_append(known, name) && !known->complained) {
		known->complained = true;
		seald_log(LOG_WARNING, "%s: %s hint=\"after a restart refusals "
			  "will look like first contact\"", known->path,
			  strerror(errno));
	}
	known_trim(known);
}
