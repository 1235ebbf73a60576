/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The monitor's hold on seald-attester: one process, started at once, started
 * again with a growing delay when it ends.
 */
#ifndef SEALD_ATTESTER_PROCESS_H
#define SEALD_ATTESTER_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "seald/attester_proto.h"
#include "seald/spawn.h"

/**
 * struct attester_process - the process and its control channel
 * @programs: directory of the programs
 * @config: configuration directory
 * @control: channel on which connections are opened, -1 while it is down
 * @retry_at: CLOCK_BOOTTIME, ns, when to start it again
 * @delay: ns, the next back-off
 */
struct attester_process {
	const char *programs;
	const char *config;
	struct child child;
	int control;
	uint64_t started_at;
	uint64_t retry_at;
	uint64_t delay;
};

/**
 * attester_process_configured - would it start with this seald.conf?
 *
 * Executes it once, to read that and no more; it says itself what is wrong.
 */
bool attester_process_configured(const struct attester_process *ap);

/** attester_process_start - begin; a failure is retried like a death */
void attester_process_start(struct attester_process *ap);

/** attester_process_stop - end it */
void attester_process_stop(struct attester_process *ap);

/**
 * attester_process_tick - notice a death, restart when it is time
 *
 * Returns when to call again, CLOCK_BOOTTIME ns, UINT64_MAX if only a change of
 * the descriptors in @ap->child.pidfd and @ap->control matters.
 */
uint64_t attester_process_tick(struct attester_process *ap);

/**
 * attester_process_open - a channel for one handshake
 * @open: role, consumer class and uid, which the worker cannot choose
 *
 * Returns the worker's end, or a negative errno while there is no attester.
 */
int attester_process_open(struct attester_process *ap,
			  const struct att_open *open);

#endif /* SEALD_ATTESTER_PROCESS_H */
