// SPDX-License-Identifier: GPL-2.0-only
/*
 * How soon a caller that waits inside is out after a revoke began, and how long
 * the revoke takes: half of them are faster than p50, all but one in a hundred
 * faster than p99.
 */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest.h"
#include "lib.h"

#define ROUNDS	300
#define BIG	(64 << 20)	/* more than any socket buffer holds */

static const struct kind {
	const char *name;
	ssize_t (*fn)(int fd, int arg);
	int arg;
} kinds[] = {
	{ "reader",	do_recv,	0 },
	{ "writer",	do_send_all,	BIG },
	{ "splicer",	do_splice,	0 },
	{ "poller",	do_poll,	POLLIN },
};

static int by_value(const void *one, const void *two)
{
	uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)two;

	return a < b ? -1 : a > b;
}

static void print(const char *name, const char *what, uint64_t values[ROUNDS])
{
	qsort(values, ROUNDS, sizeof(values[0]), by_value);
	printf("revoke %s %s p50-us %llu p99-us %llu\n", name, what,
	       (unsigned long long)values[ROUNDS / 2] / 1000,
	       (unsigned long long)values[ROUNDS * 99 / 100] / 1000);
}

static int measure(struct nl *nl, const struct kind *kind)
{
	static uint64_t woken[ROUNDS], revoked[ROUNDS];
	struct call call;
	uint64_t id[2], began;
	int i, fd[2], err;

	for (i = 0; i < ROUNDS; i++) {
		err = pair_open(V4, fd) ?: pair_attach(nl, fd, id);
		if (err)
			return err;
		call_start(&call, kind->fn, fd[0], kind->arg);
		msleep(10);
		began = boottime();
		err = revoke_id(nl, id[0]);
		revoked[i] = boottime() - began;
		if (err || !call_end(&call, 10000))
			return err ?: -ETIMEDOUT;
		woken[i] = call.when - began;
		pair_close(fd);
	}
	print(kind->name, "out", woken);
	print(kind->name, "done", revoked);
	return 0;
}

int main(void)
{
	struct nl nl;
	size_t i;
	int err = netns_new() ?: nl_open(&nl, "seal", NULL);

	for (i = 0; !err && i < ARRAY_SIZE(kinds); i++)
		err = measure(&nl, &kinds[i]);
	if (err)
		fprintf(stderr, "bench_revoke: %s\n", strerror(-err));
	return err ? 1 : 0;
}
