// SPDX-License-Identifier: GPL-2.0-or-later
/* The logs of peers that verifiers keep, several of them at once. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/tap.h"
#include "seald/log_cache.h"
#include "verify/eventlog.h"
#include "verify/evidence.h"

#define CROWD	8u
#define LONG	(SEAL_LOG_MAX / 4)	/* twice too much for all of them */

static char state[] = "/tmp/seal-log-cache.XXXXXX";
static char logs[LOG_CACHE_PATH_LEN];
static uint8_t octets[LONG];

static struct log_key key_of(uint8_t peer)
{
	struct log_key key = { .dir = state, .reset = 1, .restart = 2 };

	key.peer[0] = peer;
	return key;
}

static void store(uint8_t peer, size_t len)
{
	const struct log_key key = key_of(peer);

	log_cache_store(&key, SEAL_LOG_BOOT, (struct seal_bytes){ octets, len });
}

static bool is_kept(uint8_t peer, size_t len)
{
	const struct log_key key = key_of(peer);
	uint8_t *data = NULL;
	bool kept = log_cache_load(&key, SEAL_LOG_BOOT, LONG, &data) == len;

	free(data);
	return kept;
}

static size_t sum(void)
{
	DIR *dir = opendir(logs);
	struct dirent *entry;
	struct stat st;
	size_t total = 0;

	must(dir != NULL, logs);
	while ((entry = readdir(dir)))
		if (!fstatat(dirfd(dir), entry->d_name, &st, 0) && S_ISREG(st.st_mode))
			total += (size_t)st.st_size;
	closedir(dir);
	return total;
}

static void test_crowd(void)
{
	int start[2];
	size_t all;
	char c;

	must(!pipe(start), "pipe");
	for (uint8_t i = 0; i < CROWD; i++) {
		if (fork())
			continue;
		close(start[1]);
		if (!read(start[0], &c, 1))
			store(10 + i, LONG);
		_exit(0);
	}
	close(start[0]);
	close(start[1]);
	while (wait(NULL) > 0)
		;
	all = sum();
	ok(all >= LONG && all <= SEAL_LOG_MAX + 16,
	   "%u verifiers at once keep no more than all may: %zu octets", CROWD, all);
}

static void test_other(void)
{
	int other = open(logs, O_RDONLY | O_DIRECTORY);

	must(other >= 0 && !flock(other, LOCK_EX), "lock");
	store(2, 100);
	ok(!is_kept(2, 100), "while another is at it nothing is kept, and nobody waits");
	close(other);
	store(2, 100);
	ok(is_kept(2, 100), "and the next time it is");
}

/* What one who took over a verifier leaves there, so that it is not seen or cannot be read. */
static void put(const char *name, mode_t mode, off_t len)
{
	char path[LOG_CACHE_PATH_LEN + 20];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", logs, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, mode);
	must(fd >= 0 && !ftruncate(fd, len), path);
	close(fd);
}

static unsigned int count_files(void)
{
	DIR *dir = opendir(logs);
	unsigned int count = 0;

	must(dir != NULL, logs);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

static bool is_there(const char *name)
{
	char path[LOG_CACHE_PATH_LEN + 20];

	snprintf(path, sizeof(path), "%s/%s", logs, name);
	return !access(path, F_OK);
}

static void test_strays(void)
{
	put(".hidden", 0600, LOG_CACHE_MAX);
	store(3, 100);
	ok(!is_there(".hidden") && is_kept(3, 100), "what is hidden counts, and goes");
	put("unread", 0, 100);
	must(!chown(state, 65534, 65534) && !chown(logs, 65534, 65534) && !seteuid(65534),
	     "a verifier has no capability");
	store(4, 100);
	must(!seteuid(0), "root again");
	ok(!is_there("unread") && is_kept(4, 100), "and what cannot be read");
	for (unsigned int i = 0; i < 4200; i++) {
		char name[20];

		snprintf(name, sizeof(name), "empty-%u", i);
		put(name, 0600, 0);
	}
	store(5, 100);
	ok(count_files() <= 4097 && is_kept(5, 100), "and more than there can be, of no octets");
}

int main(void)
{
	char command[100];

	must(mkdtemp(state) && log_cache_dir(state, logs), "directory");
	store(1, 1000);
	ok(is_kept(1, 1000) && !is_kept(2, 1000), "a log is kept for its peer");
	test_crowd();
	test_other();
	test_strays();
	snprintf(command, sizeof(command), "rm -r %s", state);
	must(!system(command), command);
	return done();
}
