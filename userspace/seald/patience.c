// SPDX-License-Identifier: GPL-2.0-or-later

#include "patience.h"

#include <errno.h>

#define SHORT_MS	10
#define SHORTS_MAX	64u

static void tell(struct patience *patience, enum ipc_type type)
{
	const uint8_t silent = (uint8_t)patience->silent;
	const struct seal_bytes body = { &silent, type == IPC_WAITS && silent };

	/* A monitor that is gone is noticed where it matters. */
	ipc_send(patience->monitor, type, body, NULL, 0);
}

/* Is there anybody, and did he not hear for good that we wait? */
static bool is_heard(const struct patience *patience)
{
	return patience && patience->monitor && patience->told < IPC_WAITS_MAX;
}

/* Until the peer is somebody: a wait that takes CPU only between many others like it. */
static void short_wait(struct patience *patience)
{
	if (!is_heard(patience) || !patience->silent || ++patience->shorts < SHORTS_MAX)
		return;
	patience->told = IPC_WAITS_MAX;
	tell(patience, IPC_WAITS);
}

static int long_wait(struct patience *patience, struct pollfd *p, nfds_t n, int ms)
{
	int ret, err;

	tell(patience, IPC_WAITS);
	ret = poll(p, n, ms);
	err = errno;
	if (++patience->told < IPC_WAITS_MAX)
		tell(patience, IPC_WORKS);
	errno = err;
	return ret;
}

int patience_poll(struct patience *patience, struct pollfd *p, nfds_t n, int ms)
{
	int ret = poll(p, n, 0);

	if (ret || !ms)
		return ret;
	ret = poll(p, n, ms < SHORT_MS ? ms : SHORT_MS);
	if (ret || ms <= SHORT_MS) {
		short_wait(patience);
		return ret;
	}
	return is_heard(patience) ? long_wait(patience, p, n, ms - SHORT_MS) :
				    poll(p, n, ms - SHORT_MS);
}

void patience_end(struct patience *patience)
{
	if (patience->told == IPC_WAITS_MAX)
		tell(patience, IPC_WORKS);
	patience->monitor = NULL;
}
