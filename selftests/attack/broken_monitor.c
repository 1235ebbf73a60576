// SPDX-License-Identifier: GPL-2.0-or-later
/* The one defence of the monitor, which is in the test itself. */
#include <stdlib.h>

#include "broken.h"
#include "seald/handshake.h"

__typeof__(handshake_next) __real_handshake_next, __wrap_handshake_next;

/* A worker's keys are good before the verifier has said anything, or when it never will. */
enum handshake_state __wrap_handshake_next(enum handshake_state state,
					   enum handshake_event event)
{
	if ((state == HS_RUNNING || state == HS_READY) && event == EV_VERIFIER_END &&
	    without_in(getenv("SEAL_PROGRAMS"), "death"))
		return state;
	if (state == HS_RUNNING && event == EV_KEYS && without_in(getenv("SEAL_PROGRAMS"), "death"))
		return HS_READY;
	if (state == HS_RUNNING && event == EV_KEYS &&
	    without_in(getenv("SEAL_PROGRAMS"), "verdict-first"))
		return HS_READY;
	return __real_handshake_next(state, event);
}
