// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What may happen in a handshake, and when. What is not here is HS_OVER.
 */
#include "handshake.h"

static const enum handshake_state table[HS_STATE_COUNT][EV_COUNT] = {
	[HS_QUEUED] = {
		[EV_STARTED] = HS_RUNNING,
	},
	[HS_RUNNING] = {
		[EV_ACCEPT] = HS_ACCEPTED,
		[EV_REFUSE] = HS_REFUSED,
		[EV_FAIL] = HS_FAILED,
	},
	[HS_ACCEPTED] = {
		[EV_KEYS] = HS_READY,
		[EV_FAIL] = HS_FAILED,
		[EV_VERIFIER_END] = HS_ACCEPTED,
	},
	[HS_READY] = {
		[EV_WORKER_OK] = HS_HANDING,
		[EV_VERIFIER_END] = HS_READY,
	},
	[HS_HANDING] = {
		[EV_HANDED] = HS_GOOD,
	},
	[HS_REFUSED] = {
		[EV_FAIL] = HS_REFUSED,
		[EV_VERIFIER_END] = HS_REFUSED,
	},
	[HS_FAILED] = {
		[EV_REFUSE] = HS_REFUSED,
		[EV_VERIFIER_END] = HS_FAILED,
	},
};

enum handshake_state handshake_next(enum handshake_state state,
				    enum handshake_event event)
{
	if (state >= HS_STATE_COUNT || event >= EV_COUNT)
		return HS_OVER;
	return table[state][event];
}
