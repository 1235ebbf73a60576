/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs of seald as child processes.
 */
#ifndef SEALD_SPAWN_H
#define SEALD_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

/* @pid 0: no process. @pidfd is closed by child_end() and child_reaped(). */
struct child {
	pid_t pid;
	int pidfd;
};

/**
 * spawn - fork and execute a program
 * @dir: where the programs of seald are
 * @name: file name in @dir
 * @argument: second word of its command line, or NULL; @value: third, or NULL
 * @fds: descriptors it gets as 3, 4, ...; everything else above 2 is closed
 * @count: of @fds, at most 4
 *
 * The child gets an empty environment, /dev/null as standard input, and
 * SIGKILL when we die. Returns 0 or a negative errno; a program that cannot be
 * executed shows as a child that exits at once.
 */
int spawn(struct child *child, const char *dir, const char *name,
	  const char *argument, const char *value, const int *fds, size_t count);

/**
 * spawn_work - fork, and do something there with what memory we have
 * @work: returns the exit status
 *
 * Descriptors, signals and death as spawn(). Returns 0 or a negative errno.
 */
int spawn_work(struct child *child, int (*work)(void *arg), void *arg,
	       const int *fds, size_t count);

/**
 * child_exited - collect the exit without waiting
 * @ok: set when it exited with status 0
 *
 * True once the child is gone and reaped; it is zeroed then.
 */
bool child_exited(struct child *child, bool *ok);

/** child_end - kill and reap, if there is a process */
void child_end(struct child *child);

/** socket_pair - two ends of a SEQPACKET channel, closed on exec */
int socket_pair(int fds[2]);

#endif /* SEALD_SPAWN_H */
