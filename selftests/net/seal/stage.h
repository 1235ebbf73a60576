/* SPDX-License-Identifier: GPL-2.0-only */
/* A connection brought into any state, for entries to be tried on. */
#ifndef SEAL_TEST_STAGE_H
#define SEAL_TEST_STAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "entries.h"
#include "lib.h"

/**
 * struct stage - one connection at a time
 * @nl: the agent's side
 * @scene: the socket under test
 * @peer: the other end: plain kTLS with the keys that fit, bare TCP in PENDING
 * @family: of the next connection
 * @owned: as far as seal can see the kernel uses it
 */
struct stage {
	struct nl nl;
	struct scene scene;
	int peer;
	enum family family;
	bool owned;
};

/* Loads insider.ko, which is beside the module that SEAL_KO names: a descriptor. */
int insider_open(void);
void insider_close(int insider);

/* INSIDER_STANDS and the like: 0 or a negative errno. */
int insider_op(int insider, uint32_t op, int fd);

/*
 * Who comes next to the function @at with the socket stands there until INSIDER_LET_GO, @ms
 * at most; NULL: past the table, and before the lock. 0 or a negative errno.
 */
int insider_stand(int insider, int fd, const char *at, uint32_t ms);

int stage_open(struct stage *stage);
void stage_close(struct stage *stage);

/*
 * A connection in this state, with something to read and, where it is closed,
 * something half written: 0 or a negative errno. PENDING wants an agent that
 * holds (agent.h).
 */
int stage_reach(struct stage *stage, enum seal_state state);
void stage_leave(struct stage *stage);

/* Make the socket block, or not, as the scene says. */
void stage_patience(struct stage *stage);

/* STAMP_LEN bytes that can be told from others. */
void stamp(char *page, char what);
bool stamped(const char *page, char what);

#endif /* SEAL_TEST_STAGE_H */
