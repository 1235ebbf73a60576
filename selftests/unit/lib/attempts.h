/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one who took over a worker or a verifier may try, and what it is tried on.
 */
#ifndef SEAL_UNIT_ATTEMPTS_H
#define SEAL_UNIT_ATTEMPTS_H

#include <stddef.h>
#include <stdint.h>

#define KILLED	(-1)	/* for a system call that is none of its own */

enum wall { NONE, WORKER, VERIFIER, WITHOUT_DIRECTORY, WITH_KEYS, WALLS };

/**
 * struct attempt - one of them
 * @what: 0, or the errno
 * @comes: what comes of it behind each wall: that, or KILLED
 */
struct attempt {
	const char *name;
	int (*what)(void);
	int comes[WALLS];
};

extern const struct attempt attempts[];
extern const size_t attempts_count;

/* Files, another process, sockets, keys. */
void attempts_stage(void);
void attempts_clear(void);
/* What is kept of peers, which a verifier may reach. */
const char *attempts_dir(void);
/* A consumer's keyring; 0: keyctl(2) is not to be had. */
uint32_t attempts_ring(void);
/* The log of who tries is its second end; one of them reads the first. */
extern int attempts_pipe[2];

#endif /* SEAL_UNIT_ATTEMPTS_H */
