/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What worker and verifier may ask of the kernel while they read what a peer
 * sent. They run as the user of the monitor, so what one who takes them over
 * could do is what is listed here, and not what that user could.
 */
#ifndef SEALD_CONFINE_H
#define SEALD_CONFINE_H

#include <stdbool.h>
#include <stdint.h>

/** confine_start - first of all: no core dump, no tracer, no new privileges */
void confine_start(void);

/**
 * confine_worker - only the descriptors that are there, no file, no process
 *
 * No capability is left, and nothing can be said on stderr, which is the log of
 * the monitor. A call that would find a file is told EACCES; what confine.c does
 * not list kills. Of the options of a socket TCP_NODELAY is left. No file that it has
 * may be written. It can send descriptors, as none of these programs does, but no more than
 * a message of them before somebody takes them.
 *
 * False: the kernel does not do it, and no peer may be listened to.
 */
bool confine_worker(void);

/**
 * confine_verifier - as a worker, with files below one directory and no socket options
 * @dir: the only one in which files can be read, made and removed; NULL: there is none
 * @keyring: where pre-shared keys are searched for, joined before (keyring.h), or 0;
 *	NULL: there are none, and no call about keys
 *
 * Where the kernel has no Landlock (lsm= on its command line without it) there is no
 * directory, and what a verifier would remember of its peers is not remembered. That a
 * file elsewhere is there can be found out by its name, and no more of it. None may become
 * longer than the longest log.
 */
bool confine_verifier(const char *dir, const uint32_t *keyring);

#endif /* SEALD_CONFINE_H */
