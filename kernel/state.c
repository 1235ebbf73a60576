// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one state machine of the module.
 */

#include <linux/errno.h>

#include "internal.h"

/* Zero is SEAL_STATE_NONE: what is not listed here does not happen. */
static const u8 seal_transitions[SEAL_STATES][SEAL_EVENTS] = {
	[SEAL_STATE_NONE] = {
		[SEAL_EV_HOLD]		= SEAL_STATE_PENDING,
	},
	[SEAL_STATE_PENDING] = {
		[SEAL_EV_ATTACH]	= SEAL_STATE_ATTESTED,
		[SEAL_EV_REVOKE]	= SEAL_STATE_REVOKED,
		[SEAL_EV_FAIL]		= SEAL_STATE_REJECTED,
		[SEAL_EV_TIMEOUT]	= SEAL_STATE_REJECTED,
	},
	[SEAL_STATE_ATTESTED] = {
		[SEAL_EV_EXPIRE]	= SEAL_STATE_EXPIRED,
		[SEAL_EV_REVOKE]	= SEAL_STATE_REVOKED,
		[SEAL_EV_FAIL]		= SEAL_STATE_REJECTED,
	},
};

/**
 * seal_state_next() - what an event makes of a state
 * @state: where the socket is
 * @event: what happens to it
 *
 * Context: any.
 * Return: the new state, or SEAL_STATE_NONE if nothing changes.
 */
enum seal_state seal_state_next(enum seal_state state, enum seal_event event)
{
	if (state >= SEAL_STATES || event >= SEAL_EVENTS)
		return SEAL_STATE_NONE;
	return seal_transitions[state][event];
}

/**
 * seal_state_errno() - what a data call gets
 * @state: of the socket
 * @consumer: whose socket it is
 *
 * Kernel consumers are reset whatever happened: SUNRPC and NVMe reconnect on
 * ECONNRESET only, and on a hard mount any other number is an I/O error. Not
 * EKEYEXPIRED, which kTLS uses for a KeyUpdate of the peer.
 *
 * Context: any.
 * Return: a positive errno, 0 for SEAL_STATE_ATTESTED only.
 */
int seal_state_errno(enum seal_state state, enum seal_consumer consumer)
{
	static const int errnos[SEAL_STATES][2] = {
		[SEAL_STATE_PENDING]	= { EAGAIN, EAGAIN },
		[SEAL_STATE_EXPIRED]	= { ECONNRESET, EKEYREVOKED },
		[SEAL_STATE_REVOKED]	= { ECONNRESET, EKEYREJECTED },
		[SEAL_STATE_REJECTED]	= { ECONNRESET, EKEYREJECTED },
	};
	bool user = consumer == SEAL_CONSUMER_USER;

	if (state == SEAL_STATE_ATTESTED)
		return 0;
	if (state >= SEAL_STATES)
		state = SEAL_STATE_REJECTED;
	return errnos[state][user] ?: EKEYREJECTED;
}

/**
 * seal_state_name() - a state in a word, for people
 * @state: any value
 *
 * Context: any.
 * Return: a constant text.
 */
const char *seal_state_name(enum seal_state state)
{
	static const char * const names[SEAL_STATES] = {
		[SEAL_STATE_NONE]	= "none",
		[SEAL_STATE_PENDING]	= "pending",
		[SEAL_STATE_ATTESTED]	= "attested",
		[SEAL_STATE_EXPIRED]	= "expired",
		[SEAL_STATE_REVOKED]	= "revoked",
		[SEAL_STATE_REJECTED]	= "rejected",
	};

	return state < SEAL_STATES ? names[state] : "unknown";
}
