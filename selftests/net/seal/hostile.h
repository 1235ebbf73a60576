/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attested sockets each with a reader that sleeps in a page fault, with the
 * socket locked, for as long as its owner likes (userfaultfd).
 */
#ifndef SEAL_TEST_HOSTILE_H
#define SEAL_TEST_HOSTILE_H

#include "lib.h"

struct hostile {
	struct call call;
	int fd[2];
	uint64_t id;
};

struct hostiles {
	struct hostile *each;
	int count;
	int uffd;
};

/* So many in this network namespace, all of them asleep: 0 or a negative errno. */
int hostiles_start(struct hostiles *h, struct nl *nl, int count);
/* Their pages come: all wake and go on. */
int hostiles_wake(struct hostiles *h);
/* Wait for them: how many came back with an end of the stream, or not at all. */
int hostiles_end(struct hostiles *h);

/* One more keeps the lock of @fd, if the kernel lets it: 0 or a negative errno. */
int hostile_holds(struct hostiles *h, int fd);
/* The same by asking for an option: not where the socket was never required. */
int hostile_asks(struct hostiles *h, int fd);
/* One that will read into a page that is missing, as soon as there is something. */
int hostile_reads(struct hostiles *h, int fd);
/* One that has not come to the lock yet, and will keep it when it is let go on. */
int hostile_comes(struct hostiles *h, int fd);
int hostile_goes_on(struct hostiles *h);
/* One that has not come to the lock yet either, and will read there what TCP has. */
int hostile_receives(struct hostiles *h, int fd, char *data, int size);
/* One that asks for the filter of the socket, which has one. */
int hostile_dumps(struct hostiles *h, int fd);
/* After its page came: how the call went. */
ssize_t hostile_lets_go(struct hostiles *h);

#endif /* SEAL_TEST_HOSTILE_H */
