/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A worker and a verifier that know each other, and our channels to both.
 *
 * Both only wait until they are given a handshake, so a pair can be started
 * before there is one: executing two programs is then not on the way.
 */
#ifndef SEALD_PAIR_H
#define SEALD_PAIR_H

#include "seald/ipc.h"
#include "seald/spawn.h"

struct pair {
	struct child worker;
	struct child verifier;
	struct ipc_channel to_worker;
	struct ipc_channel to_verifier;
};

/** pair_clear - make @pair an empty one */
void pair_clear(struct pair *pair);

/** pair_there - is there a pair? */
bool pair_there(const struct pair *pair);

/**
 * pair_spawn - start both
 * @programs: directory of the programs
 * @config: configuration directory, the verifier's argument
 *
 * Returns 0 or a negative errno, with nothing left behind.
 */
int pair_spawn(struct pair *pair, const char *programs, const char *config);

/** pair_end - kill and reap both, close the channels; safe on an empty one */
void pair_end(struct pair *pair);

/**
 * pair_yield - let both give way to @older pairs, which asked before them
 *
 * Time limits are hard: of many handshakes at once some must be done in time
 * rather than all be late together.
 */
void pair_yield(const struct pair *pair, unsigned int older);

/** pair_alive - neither has ended so far */
bool pair_alive(const struct pair *pair);

#endif /* SEALD_PAIR_H */
