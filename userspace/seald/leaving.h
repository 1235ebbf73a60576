/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes that were killed and may not end for long.
 *
 * Who shares a socket can keep its lock, asleep in a page fault, for as long as he likes; a
 * process of ours that waits for that cannot be killed meanwhile. So the monitor, which has
 * others to serve, does not wait for one that has to do with the socket of a program.
 */
#ifndef SEALD_LEAVING_H
#define SEALD_LEAVING_H

#include <stdbool.h>
#include <stdint.h>

#include "seald/spawn.h"

/* When so many of one user are left that do not end he is served no more. */
#define LEAVING_USER_MAX	4u
/* Nobody is when they are so many of all users; of each no more than that count. */
#define LEAVING_MAX		64u
/* Who was killed less long ago has not had the time to end. */
#define LEAVING_NS		1000000000u

struct leaving;

/** leaving_room - may this user have one more process that could be left? */
bool leaving_room(const struct leaving *all, uint32_t uid);

/**
 * leaving_add - kill a process, and look after it until it has ended
 * @all: at first NULL
 * @child: is none afterwards, as is one that was none before
 * @uid: whose socket it has
 */
void leaving_add(struct leaving **all, struct child *child, uint32_t uid);

/** leaving_reap - forget those that have ended */
void leaving_reap(struct leaving **all);

#endif /* SEALD_LEAVING_H */
