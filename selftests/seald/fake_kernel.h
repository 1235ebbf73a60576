/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's part for a whole seald in a test: requests come in by a
 * SEQPACKET socket whose number is in SEALD_FAKE_KERNEL, and what the kernel
 * would be told goes back by it.
 */
#ifndef SEALD_FAKE_KERNEL_H
#define SEALD_FAKE_KERNEL_H

#include <stdint.h>

#define FAKE_FAILS	99u	/* ACCEPT of it fails */
#define FAKE_ENDLESS	98u	/* from now on there is always one more, whose end is not told */

/* With one descriptor. */
struct fake_request {
	uint32_t id;
	uint32_t server;
	uint32_t auth;		/* enum accept_auth, or one of those above */
	uint32_t timeout_ms;
	uint32_t reloads;	/* the module is another one from now on */
	char peername[256];
};

struct fake_done {
	uint32_t id;
	uint32_t status;
	uint32_t attached;
	uint32_t told;		/* the module knows rules and what death means */
};

#endif /* SEALD_FAKE_KERNEL_H */
