// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel memory of an attested socket beyond that of a kTLS socket: what a
 * memory cgroup is charged for many of one kind and of the other.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib.h"

#define PAIRS	500
#define CGROUP	"/sys/fs/cgroup/seal-bench"

static long kernel_bytes(void)
{
	FILE *file = fopen(CGROUP "/memory.stat", "r");
	char word[64];
	long value, result = -1;

	while (file && fscanf(file, "%63s %ld", word, &value) == 2)
		if (!strcmp(word, "kernel"))
			result = value;
	if (file)
		fclose(file);
	return result;
}

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	ssize_t done = write(fd, text, strlen(text));

	close(fd);
	return done < 0 ? -errno : 0;
}

static int open_pairs(struct nl *nl, bool attested)
{
	uint64_t id[2];
	int i, fd[2], err;

	for (i = 0; i < PAIRS; i++) {
		err = pair_open(V4, fd);
		if (!err)
			err = attested ? pair_attach(nl, fd, id) : pair_plain_tls(fd);
		if (err)
			return err;
	}
	return 0;
}

/* In a process of its own, so that all is gone afterwards. */
static long measure(bool attested)
{
	struct rlimit limit = { 8 * PAIRS, 8 * PAIRS };
	int result[2], err;
	long bytes = -1;
	struct nl nl;
	pid_t pid;

	if (pipe(result))
		return -1;
	pid = fork();
	if (!pid) {
		char text[16];

		snprintf(text, sizeof(text), "%d", getpid());
		setrlimit(RLIMIT_NOFILE, &limit);
		err = put(CGROUP "/cgroup.procs", text) ?: netns_new() ?:
		      nl_open(&nl, "seal", NULL);
		if (!err) {
			bytes = kernel_bytes();
			err = open_pairs(&nl, attested);
			bytes = kernel_bytes() - bytes;
		}
		if (err)
			fprintf(stderr, "bench_memory: %s\n", strerror(-err));
		if (write(result[1], &bytes, sizeof(bytes)) != sizeof(bytes) || err)
			_exit(1);
		_exit(0);
	}
	if (read(result[0], &bytes, sizeof(bytes)) != sizeof(bytes))
		bytes = -1;
	waitpid(pid, &err, 0);
	return err ? -1 : bytes;
}

int main(void)
{
	long plain, attested;

	put("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	mkdir(CGROUP, 0755);
	measure(false);		/* fills caches */
	plain = measure(false);
	attested = measure(true);
	rmdir(CGROUP);
	if (plain < 0 || attested < 0)
		return 1;
	printf("# %d sockets: plain kTLS %ld bytes, attested %ld bytes\n", 2 * PAIRS,
	       plain, attested);
	printf("memory socket bytes %ld\n", (attested - plain) / (2 * PAIRS));
	return 0;
}
