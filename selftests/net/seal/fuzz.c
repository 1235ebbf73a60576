// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fuzzer of the netlink family and the socket options that learns from KCOV: an
 * input that reaches code no other has reached is kept, and changed further. Only
 * the module is instrumented, so its code is all that counts.
 *
 * SEAL_FUZZ_SECONDS (60) and SEAL_FUZZ_SEED (1) come from the environment.
 */

#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/kcov.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "fuzz.h"

#define CORPUS_MAX	4096
#define INPUTS_MIN	1000
#define COVER_MAX	(64 << 10)
#define PLACES_MAX	(64 << 10)	/* a power of two */

static struct input *corpus[CORPUS_MAX];
static unsigned int corpus_len;
static unsigned long places[PLACES_MAX];
static unsigned int places_len;

/* What was reached */

static bool place_is_new(unsigned long pc)
{
	unsigned int i = (pc * 0x9e3779b97f4a7c15ull) >> 48 & (PLACES_MAX - 1);

	while (places[i] && places[i] != pc)
		i = (i + 1) & (PLACES_MAX - 1);
	if (places[i] || places_len > PLACES_MAX / 2)
		return false;
	places[i] = pc;
	places_len++;
	return true;
}

static unsigned int count_new(const unsigned long *cover)
{
	unsigned long i, n = __atomic_load_n(&cover[0], __ATOMIC_RELAXED);
	unsigned int found = 0;

	for (i = 0; i < n && i < COVER_MAX - 1; i++)
		found += place_is_new(cover[i + 1]);
	return found;
}

static unsigned long *kcov_start(void)
{
	int fd = open("/sys/kernel/debug/kcov", O_RDWR);
	unsigned long *cover;

	if (fd < 0 || ioctl(fd, KCOV_INIT_TRACE, COVER_MAX))
		return NULL;
	cover = mmap(NULL, COVER_MAX * sizeof(*cover), PROT_READ | PROT_WRITE, MAP_SHARED,
		     fd, 0);
	if (cover == MAP_FAILED || ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC))
		return NULL;
	return cover;
}

/* Changing an input */

static void random_bytes(uint8_t *to, unsigned int len)
{
	while (len--)
		*to++ = rand() >> 7;
}

static void mutate_once(struct input *in)
{
	const struct input *other = corpus[rand() % corpus_len];
	unsigned int at = rand() % (in->len + 1), n = 1 + rand() % 8;

	switch (rand() % 5) {
	case 0:
		if (at < in->len)
			in->bytes[at] = rand() >> 7;
		break;
	case 1:
		if (at < in->len)
			in->bytes[at] ^= 1 << rand() % 8;
		break;
	case 2:		/* more in the middle */
		if (in->len + n > INPUT_MAX)
			break;
		memmove(in->bytes + at + n, in->bytes + at, in->len - at);
		random_bytes(in->bytes + at, n);
		in->len += n;
		break;
	case 3:		/* less */
		if (at + n > in->len)
			break;
		memmove(in->bytes + at, in->bytes + at + n, in->len - at - n);
		in->len -= n;
		break;
	case 4:		/* the end of another */
		n = other->len ? rand() % other->len : 0;
		if (at + other->len - n > INPUT_MAX)
			break;
		memcpy(in->bytes + at, other->bytes + n, other->len - n);
		in->len = at + other->len - n;
		break;
	}
}

static void next_input(struct input *in)
{
	int n = 1 + rand() % 6;

	if (!corpus_len || rand() % 50 == 0) {
		in->len = 8 + rand() % 56;
		random_bytes(in->bytes, in->len);
		return;
	}
	*in = *corpus[rand() % corpus_len];
	while (n--)
		mutate_once(in);
}

static void keep(const struct input *in)
{
	if (corpus_len == CORPUS_MAX)
		return;
	corpus[corpus_len] = malloc(sizeof(*in));
	if (corpus[corpus_len])
		*corpus[corpus_len++] = *in;
}

static int setting(const char *name, int value)
{
	const char *text = getenv(name);

	return text ? atoi(text) : value;
}

static void show_places(const char *path)
{
	FILE *file = fopen(path, "w");
	unsigned int i;

	for (i = 0; file && i < PLACES_MAX; i++)
		if (places[i])
			fprintf(file, "%016lx\n", places[i]);
	if (file)
		fclose(file);
}

int main(int argc, char **argv)
{
	uint64_t end = boottime() + setting("SEAL_FUZZ_SECONDS", 60) * SEC;
	unsigned long *cover = kcov_start();
	unsigned int inputs = 0, seeds = 0;
	struct scene s;
	struct input in;

	if (!cover || netns_new() || nl_open(&s.nl, "seal", "status") ||
	    nl_open(&s.agent, "handshake", "tlshd") || nl_subscribe(&s.agent)) {
		perror("fuzz");
		return 1;
	}
	srand(setting("SEAL_FUZZ_SEED", 1));
	while (fuzz_seed(&in, seeds++))
		keep(&in);
	seeds = corpus_len;
	/* On a slow machine it takes longer. */
	while (boottime() < end || inputs < INPUTS_MIN) {
		if (inputs < seeds)
			in = *corpus[inputs];
		else
			next_input(&in);
		__atomic_store_n(&cover[0], 0, __ATOMIC_RELAXED);
		fuzz_run(&s, &in);
		if (count_new(cover))
			keep(&in);
		inputs++;
	}
	printf("# %u inputs, %u kept, %u places\n", inputs, corpus_len, places_len);
	if (argc > 1)
		show_places(argv[1]);
	return 0;
}
