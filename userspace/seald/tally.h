/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How handshakes ended, counted since seald was started, for whoever watches many hosts.
 * The file is what the text file collector of Prometheus' node exporter reads.
 */
#ifndef SEALD_TALLY_H
#define SEALD_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "verify/reason.h"

enum tally_end {
	TALLY_REFUSED = 0,
	TALLY_ATTESTED,
	TALLY_OBSERVED,		/* not attested, and let pass by observe */
	TALLY_UNATTESTED,	/* and by offer or never */
	TALLY_ENDS
};

/** struct tally - counters of one daemon; all zero at first */
struct tally {
	uint64_t counts[TALLY_ENDS][2][SEAL_REASON_COUNT];
	bool complained;
};

/**
 * tally_add - a handshake ended
 * @server: our role in it
 * @reason: why it was not attested; SEAL_REASON_ACCEPTED if it was, SEAL_REASON_UNSET
 *	if nobody asked
 */
void tally_add(struct tally *tally, enum tally_end end, bool server, enum seal_reason reason);

/**
 * tally_write - into STATE/metrics.prom, whole or not at all
 * @waiting: requests that wait for a place
 * @running: that have one
 *
 * What keeps it from that is reported once.
 */
void tally_write(struct tally *tally, const char *state, unsigned int waiting,
		 unsigned int running);

#endif /* SEALD_TALLY_H */
