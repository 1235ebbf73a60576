/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The descriptors that a program of seald starts with, besides 0 to 2.
 */
#ifndef SEALD_SPAWN_FDS_H
#define SEALD_SPAWN_FDS_H

enum {
	SPAWN_FD_MONITOR = 3,	/* channel to the monitor */
	SPAWN_FD_PEER = 4,	/* worker and verifier: channel to each other */
};

#endif /* SEALD_SPAWN_FDS_H */
