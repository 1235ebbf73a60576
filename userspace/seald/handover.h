/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys and verdict on their way into the kernel.
 */
#ifndef SEALD_HANDOVER_H
#define SEALD_HANDOVER_H

#include "seald/handshake.h"

/*
 * So many processes attach at a time, and so many of one user but root: all that he may have at
 * work. Each holds a copy of the monitor's memory for as long as somebody keeps the lock of its
 * socket.
 */
#define ATTACHING_MAX		256u
#define ATTACHING_USER_MAX	32u

/** handover_room - may one more be handed over? What the kernel asks for always may. */
bool handover_room(const struct monitor *m, const struct handshake *hs);

/**
 * handover_start - the worker is gone: they are the kernel's from now on
 *
 * Returns 0, -EINPROGRESS if another process does it, or a negative errno.
 */
int handover_start(struct monitor *m, struct handshake *hs);

/** handover_end - the same after -EINPROGRESS, without waiting */
int handover_end(struct handshake *hs);

#endif /* SEALD_HANDOVER_H */
