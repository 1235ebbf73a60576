// SPDX-License-Identifier: GPL-2.0-or-later

#include "log_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verify/evidence.h"
#include "wire/authenticator.h"

#define HEAD_LEN	LOG_CACHE_HEAD_LEN
#define PATH_LEN	LOG_CACHE_PATH_LEN
#define FILES_MAX	4096u	/* of 16 KiB each the octets end, too */

bool log_cache_dir(const char *state, char path[PATH_LEN])
{
	struct stat st;

	snprintf(path, PATH_LEN, "%.300s/logs", state);
	return !mkdir(path, 0700) || (!lstat(path, &st) && S_ISDIR(st.st_mode));
}

static bool key_peer(const struct seal_tpm_name *ak, struct seal_bytes cert,
		     uint8_t out[SEAL_SHA256_LEN])
{
	const uint8_t len = (uint8_t)ak->len;
	const struct seal_bytes parts[] = {
		{ (const uint8_t *)"SEAL-log-cache-v1", 18 },
		{ &len, 1 },
		seal_tpm_name_bytes(ak),
		cert,
	};

	return seal_hash_parts(SEAL_HASH_SHA256, parts, 4, out);
}

bool log_key_of(const char *dir, struct seal_bytes authenticator,
		struct log_key *key_ret)
{
	struct log_key key = { .dir = dir };
	struct seal_tpm_evidence evidence;
	struct seal_tpm_statement quote;
	struct seal_authenticator auth;
	struct seal_tpm_public ak;
	struct seal_cmw cmw;

	if (!seal_authenticator_decode(authenticator, &auth) || !auth.cmw.len ||
	    !auth.cert_count || !seal_cmw_decode(auth.cmw, &cmw) ||
	    !seal_evidence_decode(cmw.value, &evidence) ||
	    !seal_tpm_statement_decode(evidence.quote, &quote) ||
	    !seal_tpm_public_decode(evidence.ak_public, &ak) ||
	    !key_peer(&ak.name, auth.certs[0], key.peer))
		return false;
	key.reset = quote.reset_count;
	key.restart = quote.restart_count;
	*key_ret = key;
	return true;
}

static void path_of(const struct log_key *key, enum seal_log log,
		    const char *suffix, char path[PATH_LEN])
{
	int at = snprintf(path, PATH_LEN, "%.300s/logs/", key->dir);

	for (size_t i = 0; i < SEAL_SHA256_LEN; i++)
		at += snprintf(path + at, PATH_LEN - at, "%02x", key->peer[i]);
	snprintf(path + at, PATH_LEN - at, ".%s%s", seal_log_name(log), suffix);
}

static void put_head(const struct log_key *key, uint8_t head[HEAD_LEN])
{
	struct seal_writer w = seal_writer(head, HEAD_LEN);

	seal_put_bytes(&w, "SEALlog1", 8);
	seal_put_u32(&w, key->reset);
	seal_put_u32(&w, key->restart);
}

static size_t load(const struct log_key *key, FILE *f, size_t max,
		   uint8_t **data_ret)
{
	uint8_t want[HEAD_LEN], head[HEAD_LEN], *data;
	struct stat st;
	size_t len;

	put_head(key, want);
	if (fstat(fileno(f), &st) || st.st_size <= (off_t)HEAD_LEN ||
	    (size_t)st.st_size - HEAD_LEN > max ||
	    fread(head, 1, HEAD_LEN, f) != HEAD_LEN ||
	    memcmp(head, want, HEAD_LEN))
		return 0;
	len = (size_t)st.st_size - HEAD_LEN;
	data = malloc(len);
	if (!data || fread(data, 1, len, f) != len) {
		free(data);
		return 0;
	}
	*data_ret = data;
	return len;
}

size_t log_cache_load(const struct log_key *key, enum seal_log log, size_t max,
		      uint8_t **data_ret)
{
	char path[PATH_LEN];
	size_t len;
	FILE *f;

	path_of(key, log, "", path);
	f = fopen(path, "re");
	if (!f)
		return 0;
	len = load(key, f, max, data_ret);
	fclose(f);
	return len;
}

/*
 * By a descriptor: to look at a file by its name is not allowed any more (confine.c). What cannot
 * be looked at no verifier of ours has left there: it is too large, and the first to go.
 */
static bool look(int dir_fd, const char *name, struct stat *st)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool seen = fd >= 0 && !fstat(fd, st);

	if (fd >= 0)
		close(fd);
	else if (errno == ENOENT)
		return false;
	if (!seen)
		*st = (struct stat){ .st_size = LOG_CACHE_MAX + 1 };
	return true;
}

static bool is_older(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

/*
 * Octets in the directory, and the file there that is oldest. More than FILES_MAX are not
 * ours: those are taken away as they are met.
 */
static size_t look_at(int dir_fd, char oldest[256])
{
	struct timespec first = { 0 };
	struct dirent *entry;
	struct stat st;
	size_t sum = 0, files = 0;
	DIR *dir = fdopendir(dup(dir_fd));

	oldest[0] = '\0';
	if (!dir)
		return SIZE_MAX;
	rewinddir(dir);
	while ((entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (++files > FILES_MAX) {
			unlinkat(dir_fd, entry->d_name, 0);
			continue;
		}
		if (!look(dir_fd, entry->d_name, &st))
			continue;
		sum += (size_t)st.st_size;
		if (!oldest[0] || is_older(&st.st_mtim, &first)) {
			first = st.st_mtim;
			snprintf(oldest, 256, "%s", entry->d_name);
		}
	}
	closedir(dir);
	return sum;
}

static bool make_room(int dir_fd, size_t len)
{
	char oldest[256];

	if (len > LOG_CACHE_MAX)
		return false;
	for (;;) {
		size_t sum = look_at(dir_fd, oldest);
		bool room = sum <= LOG_CACHE_MAX - len;

		if (room || !oldest[0] || unlinkat(dir_fd, oldest, 0))
			return room;
	}
}

static bool write_all(const char *path, const uint8_t head[HEAD_LEN],
		      struct seal_bytes data)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	bool ok;

	if (!f)
		return false;
	ok = fwrite(head, 1, HEAD_LEN, f) == HEAD_LEN &&
	     fwrite(data.data, 1, data.len, f) == data.len;
	return !fclose(f) && ok;
}

static void write_log(const struct log_key *key, enum seal_log log, struct seal_bytes data)
{
	char path[PATH_LEN], fresh[PATH_LEN], suffix[32];
	uint8_t head[HEAD_LEN];

	snprintf(suffix, sizeof(suffix), ".%d", (int)getpid());
	path_of(key, log, "", path);
	path_of(key, log, suffix, fresh);
	put_head(key, head);
	if (!write_all(fresh, head, data) || rename(fresh, path))
		unlink(fresh);
}

/* -1: there is none (log_cache_dir()), or another verifier is at it, for whom none waits. */
static int lock_dir(const struct log_key *key)
{
	char path[PATH_LEN];
	int fd;

	snprintf(path, sizeof(path), "%.300s/logs", key->dir);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Room that is found is one's own until it is filled. */
void log_cache_store(const struct log_key *key, enum seal_log log,
		     struct seal_bytes data)
{
	int dir_fd = data.len ? lock_dir(key) : -1;

	if (dir_fd < 0)
		return;
	if (make_room(dir_fd, data.len + HEAD_LEN))
		write_log(key, log, data);
	close(dir_fd);
}

void log_cache_drop(const struct log_key *key, enum seal_log log)
{
	char path[PATH_LEN];

	path_of(key, log, "", path);
	unlink(path);
}
