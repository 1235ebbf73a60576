/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two halves of the fuzzer know of each other. */
#ifndef SEAL_TEST_FUZZ_H
#define SEAL_TEST_FUZZ_H

#include "lib.h"

#define INPUT_MAX	256
#define SLOTS		4

/* A program: what to do, and with what. */
struct input {
	unsigned int len;
	uint8_t bytes[INPUT_MAX];
};

struct scene {
	struct nl nl;
	struct nl agent;
	int fd[SLOTS];		/* two pairs */
	uint64_t id[SLOTS];
};

/* fuzz_steps.c */
/* The @n-th input to begin with, each step in each state; false past the last. */
bool fuzz_seed(struct input *in, unsigned int n);
void fuzz_run(struct scene *s, const struct input *in);

#endif /* SEAL_TEST_FUZZ_H */
