/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that attaches one socket of a program, and may wait long for its lock.
 */
#ifndef SEALD_ATTACHER_H
#define SEALD_ATTACHER_H

#include "seald/genl_seal.h"
#include "seald/spawn.h"

/*
 * @child.pid 0: there is none. @answer becomes readable when it is done, or ended; -1 if
 * that was read.
 */
struct attacher {
	struct child child;
	int answer;
};

/**
 * attacher_start - fork it; the keys in @attach are its copy from then on
 *
 * Returns 0 or a negative errno.
 */
int attacher_start(struct attacher *at, const struct seal_attach *attach);

/**
 * attacher_end - how it went
 * @id: receives the module's number for the socket
 *
 * The process stays, and has the socket, until it is killed: who closes a socket last waits as
 * long as its owner wants to linger, but not who is killed.
 *
 * Returns -EINPROGRESS, or what genl_seal_attach() does.
 */
int attacher_end(struct attacher *at, uint64_t *id);

#endif /* SEALD_ATTACHER_H */
