// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the gate costs a data call: send and receive over an attested pair and
 * over a plain kTLS pair, in turns. Meant for a machine whose clock counts
 * instructions; anywhere else the numbers are noise.
 *
 * With "plain": what a call costs without an attested socket, TCP and kTLS, to be
 * compared between a kernel with the module and one without.
 */

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib.h"

#define ROUNDS	300
#define CALLS	10	/* a round of each kind */

static char buf[16384];
static int file;		/* as long as buf */
static int pipes[2];

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SEC + ts.tv_nsec;
}

static ssize_t by_send(int fd, size_t len)
{
	return send(fd, buf, len, 0);
}

static ssize_t by_sendfile(int fd, size_t len)
{
	off_t at = 0;

	return sendfile(fd, file, &at, len);
}

static ssize_t by_recv(int fd, size_t len)
{
	return recv(fd, buf, len, MSG_WAITALL);
}

/* Through a pipe and out of it again. */
static ssize_t by_splice(int fd, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = splice(fd, NULL, pipes[1], NULL, len - done, 0);
		if (n <= 0 || read(pipes[0], buf, n) != n)
			return -1;
		done += n;
	}
	return done;
}

struct way {
	const char *name;
	ssize_t (*out)(int fd, size_t len);
	ssize_t (*in)(int fd, size_t len);
	size_t len;
};

static const struct way ways[] = {
	{ "1",		by_send,	by_recv,	1 },
	{ "64",		by_send,	by_recv,	64 },
	{ "1024",	by_send,	by_recv,	1024 },
	{ "16384",	by_send,	by_recv,	16384 },
	{ "sendfile",	by_sendfile,	by_recv,	16384 },
	{ "splice",	by_send,	by_splice,	16384 },
};

static uint64_t round_trip(const struct way *way, const int fd[2])
{
	uint64_t began = now();
	int i;

	for (i = 0; i < CALLS; i++)
		if (way->out(fd[0], way->len) != (ssize_t)way->len ||
		    way->in(fd[1], way->len) != (ssize_t)way->len)
			exit(1);
	return now() - began;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static double median(uint64_t *values)
{
	qsort(values, ROUNDS, sizeof(*values), by_value);
	return values[ROUNDS / 2];
}

/* The order changes from round to round, so that neither profits from it. */
static void compare(const struct way *way, const char *family, const int plain[2],
		    const int attested[2])
{
	static uint64_t base[ROUNDS], ours[ROUNDS];
	int i;

	for (i = -20; i < ROUNDS; i++) {
		uint64_t first = round_trip(way, i & 1 ? plain : attested);
		uint64_t second = round_trip(way, i & 1 ? attested : plain);

		if (i < 0)
			continue;
		base[i] = i & 1 ? first : second;
		ours[i] = i & 1 ? second : first;
	}
	printf("# %s/%s: plain %.0f ns, attested %.0f ns a send and receive\n", way->name,
	       family, median(base) / CALLS, median(ours) / CALLS);
	printf("datapath %s/%s ratio %.4f\n", way->name, family,
	       median(ours) / median(base));
}

static void compare_all(struct nl *nl, enum family family)
{
	int plain[2], attested[2];
	uint64_t id[2];
	size_t i;

	if (pair_open(family, plain) || pair_open(family, attested) ||
	    pair_plain_tls(plain) || pair_attach(nl, attested, id))
		exit(1);
	for (i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		compare(&ways[i], family == V4 ? "v4" : "v6", plain, attested);
	pair_close(plain);
	pair_close(attested);
}

static void plain_all(enum family family, bool tls)
{
	static uint64_t times[ROUNDS];
	int fd[2], round;
	size_t i;

	if (pair_open(family, fd) || (tls && pair_plain_tls(fd)))
		exit(1);
	for (i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		for (round = -20; round < ROUNDS; round++)
			times[round < 0 ? 0 : round] = round_trip(&ways[i], fd);
		printf("%s %s/%s %.0f\n", tls ? "ktls" : "tcp", ways[i].name,
		       family == V4 ? "v4" : "v6", median(times));
	}
	pair_close(fd);
}

int main(int argc, char **argv)
{
	struct nl nl;

	file = memfd_create("bench", 0);
	if (pipe(pipes) || write(file, buf, sizeof(buf)) != sizeof(buf) || netns_new()) {
		perror("bench_datapath");
		return 1;
	}
	if (argc > 1 && !strcmp(argv[1], "plain")) {
		plain_all(V4, false);
		plain_all(V6, false);
		plain_all(V4, true);
		plain_all(V6, true);
		return 0;
	}
	if (nl_open(&nl, "seal", NULL)) {
		perror("bench_datapath");
		return 1;
	}
	compare_all(&nl, V4);
	compare_all(&nl, V6);
	return 0;
}
