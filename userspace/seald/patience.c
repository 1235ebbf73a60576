// SPDX-License-Identifier: GPL-2.0-or-later

#include "patience.h"

#include <errno.h>

#define SHORT_MS	10

static void tell(struct patience *patience, enum ipc_type type)
{
	static const uint8_t one = 1;
	const bool silent = type == IPC_WAITS && patience->silent;

	/* A monitor that is gone is noticed where it matters. */
	ipc_send(patience->monitor, type, (struct seal_bytes){ &one, silent }, NULL, 0);
}

int patience_poll(struct patience *patience, struct pollfd *p, nfds_t n, int ms)
{
	int ret = poll(p, n, ms < SHORT_MS ? ms : SHORT_MS);
	int err;

	if (ret || ms <= SHORT_MS)
		return ret;
	if (!patience || !patience->monitor || patience->told == IPC_WAITS_MAX)
		return poll(p, n, ms - SHORT_MS);
	tell(patience, IPC_WAITS);
	ret = poll(p, n, ms - SHORT_MS);
	err = errno;
	if (++patience->told < IPC_WAITS_MAX)
		tell(patience, IPC_WORKS);
	errno = err;
	return ret;
}

void patience_end(struct patience *patience)
{
	if (patience->told == IPC_WAITS_MAX)
		tell(patience, IPC_WORKS);
	patience->monitor = NULL;
}
