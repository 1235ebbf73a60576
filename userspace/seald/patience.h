/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waiting for the peer or the TPM. It takes no CPU, so the monitor hears of it
 * and may begin another handshake meanwhile: quotes are shared by as many as
 * can wait at once.
 */
#ifndef SEALD_PATIENCE_H
#define SEALD_PATIENCE_H

#include <poll.h>

#include "seald/ipc.h"

/**
 * struct patience - of one worker
 * @monitor: hears IPC_WAITS and IPC_WORKS; NULL: nobody does
 * @told: how often so far
 * @shorts: waits that were too short to be told
 * @silent: who is waited for
 */
struct patience {
	struct ipc_channel *monitor;
	unsigned int told;
	unsigned int shorts;
	enum ipc_silent silent;
};

/**
 * patience_poll - as poll(2)
 *
 * Short waits are not told. After many waits, long or short, for a peer that sends
 * octet by octet, the last word to the monitor is IPC_WAITS.
 */
int patience_poll(struct patience *patience, struct pollfd *p, nfds_t n, int ms);

/** patience_end - before the last message to the monitor: IPC_WORKS if it is due */
void patience_end(struct patience *patience);

#endif /* SEALD_PATIENCE_H */
