/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole daemons over a fake kernel (fake_kernel.h), on hosts of
 * selftests/seald/hosts.
 */
#ifndef SEALD_DAEMONS_H
#define SEALD_DAEMONS_H

#include "fake_kernel.h"
#include "stand.h"

/**
 * struct daemon - one of them
 * @kernel: requests go in here, and what the kernel is told comes out
 * @reloads: before the next request, the module is loaded anew
 * @log: what the four programs say, a path
 */
struct daemon {
	pid_t pid;
	int kernel;
	bool reloads;
	char log[300];
};

/* Start the daemon of $SEALD_HOSTS/NAME. */
void daemon_start(struct daemon *d, const char *name);

/* End it; true when it ended well and soon. */
bool daemon_stop(struct daemon *d);

/**
 * daemon_request - a consumer asks for a handshake
 * @peername: of a client, else NULL
 * @fd: its connection, closed here
 */
void daemon_request(struct daemon *d, uint32_t id, const char *peername, enum accept_auth auth,
		    uint32_t ms, int fd);

/* The next end of a handshake, waited for @ms; false when there is none. */
bool daemon_done(struct daemon *d, struct fake_done *done, int ms);

/* Its attester's process id, or 0; it is a child of the monitor. */
pid_t daemon_attester(const struct daemon *d);

/* How many workers it has, those that wait for a connection included. */
unsigned int daemon_workers(const struct daemon *d);

#define DAEMON_SPARE	4u	/* that it keeps */

/* Until it has all of them, and these wait. */
void daemon_rest(const struct daemon *d);

/**
 * struct daemon_ops - what its attester has done so far
 * @claims: that were quoted
 */
struct daemon_ops {
	unsigned long quote, sign, certify, claims;
};

void daemon_ops(const struct daemon *d, struct daemon_ops *ops_ret);

/**
 * struct storm - many connections between two daemons at once
 * @limit_ms: each consumer's time limit
 * @good: attested at both ends, or plain at both where policies say so
 * @us: until the last of them ended
 * @busy: parts of 100 of this machine that we and our daemons had meanwhile; not the TPMs
 */
struct storm {
	unsigned int count;
	uint32_t limit_ms;
	unsigned int good;
	uint64_t us;
	unsigned int busy;
};

void storm_run(struct storm *storm, struct daemon *client, struct daemon *server,
	       const char *peername);

/* Make TEXT the only policy of a host, see host_policy(). */
void daemon_policy(const char *name, const char *other, const char *text);

/* Let each answer of a host's TPM take so long; hosts that began with SEALD_SLOW. */
void daemon_tpm_delay(const char *name, unsigned int ms);

#endif /* SEALD_DAEMONS_H */
