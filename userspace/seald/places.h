/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who is at work and who waits: of the places, of the CPUs and of the queue no user
 * has so much that others get nothing.
 */
#ifndef SEALD_PLACES_H
#define SEALD_PLACES_H

#include "seald/handshake.h"

#define RUNNING_MAX	64u	/* pairs at work; the others wait */
#define WAITING_MAX	256u	/* beyond: refused at once */
/*
 * So many of them for each CPU may want it. Who waits for a peer or for the TPM
 * wants none, says so and does not count: many can wait for one quote.
 */
#define BUSY_PER_CPU	4u

/* In the place of a user: */
#define PLACES_ANYBODY	((uid_t)0)
#define PLACES_USERS	((uid_t)-1)	/* all but root, who makes the kernel's */

/** places_are_of - is that user the owner? */
bool places_are_of(const struct handshake *hs, uid_t uid);

/**
 * places_queue - may a request of that owner wait?
 *
 * Returns NULL, or for the log whose are too many: "", or a comma and words.
 */
const char *places_queue(const struct handshake *all, uid_t owner);

/**
 * places_busy - how many want a CPU
 * @until: brought forward to when it will be fewer, if none of them speaks before
 */
unsigned int places_busy(const struct handshake *all, uint64_t *until);

/**
 * places_make_way - all places are taken, or all that @uid may have, and another waits
 *
 * Of the silent peers, or his, the one whose time is over first gives its place to who
 * waits. Returns when to look again: 0 when one has given way.
 */
uint64_t places_make_way(struct handshake *all, uid_t uid);

/**
 * places_full - may one more of that owner be at work?
 * @busy_max: as many of all may want a CPU
 * @fewer: when those who do will be fewer
 * @until: brought forward to when to look again
 *
 * Returns PLACES_ANYBODY if so, or whose part is taken: his, or PLACES_USERS. Of those who
 * take it a silent one may give way.
 */
uid_t places_full(struct handshake *all, uid_t owner, unsigned int busy_max, uint64_t fewer,
		  uint64_t *until);

#endif /* SEALD_PLACES_H */
