/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One handshake from ACCEPT to DONE, as the monitor sees it.
 *
 * What may happen when is a table (state, event) -> state, whose zero refuses:
 * an event that is not in it, as keys without a verdict, ends the handshake.
 * The kernel is told of success only for a verdict that accepts, keys, and a worker that
 * ended well and is reaped; of what it asked for itself it hears nothing before that.
 */
#ifndef SEALD_HANDSHAKE_H
#define SEALD_HANDSHAKE_H

#include "seald/attacher.h"
#include "seald/attester_process.h"
#include "seald/genl_handshake.h"
#include "seald/genl_seal.h"
#include "seald/known.h"
#include "seald/leaving.h"
#include "seald/messages.h"
#include "seald/pair.h"
#include "seald/tally.h"

enum handshake_state {
	HS_OVER = 0,		/* refused, or done */
	HS_QUEUED,		/* waits for a place */
	HS_RUNNING,		/* both programs work */
	HS_ACCEPTED,		/* the verifier said yes */
	HS_READY,		/* and the worker gave the keys */
	HS_HANDING,		/* and ended well: they go to the kernel */
	HS_GOOD,		/* which has them */
	HS_REFUSED,		/* the verifier said no, the worker tells the peer */
	HS_FAILED,		/* the worker gave up */
	HS_STATE_COUNT
};

enum handshake_event {
	EV_NONE = 0,
	EV_STARTED,		/* a pair took it */
	EV_ACCEPT,		/* verdict: yes */
	EV_REFUSE,		/* verdict: no */
	EV_KEYS,		/* from the worker */
	EV_FAIL,		/* from the worker */
	EV_WORKER_OK,		/* reaped, status 0 */
	EV_WORKER_BAD,		/* reaped, another status */
	EV_HANDED,		/* keys and verdict are in the kernel */
	EV_VERIFIER_END,	/* reaped */
	EV_DEADLINE,
	EV_BROKEN,		/* an illegal message */
	EV_COUNT
};

/** handshake_next - the table; HS_OVER for all that is not in it */
enum handshake_state handshake_next(enum handshake_state state,
				    enum handshake_event event);

/* What all handshakes share. */
struct monitor {
	struct genl_handshake *handshakes;
	struct genl_seal *seal;		/* NULL: module not loaded */
	struct attester_process attester;
	struct known *known;
	struct tally tally;
	uint8_t ciphers;
	struct handshake *all;		/* in the order of their ACCEPT */
	unsigned int running;		/* pairs at work */
	struct leaving *leaving;
	const char *programs;
	const char *config;
	/* The module may be another one now, see gate_again(). False: nothing goes. */
	bool (*look_again)(struct monitor *m);
};

/**
 * struct handshake - one request of the kernel
 * @number: for logs
 * @cause: the last event, for the reason when nobody gave one
 * @started: CLOCK_BOOTTIME, ns, of ACCEPT
 * @waits: its worker waits for the peer or the TPM, as it says itself
 * @waits_since: CLOCK_BOOTTIME, ns, when it said so, or that it works
 * @waited: how often it has said so
 * @silent: for whom, by what is known of him
 * @placed: CLOCK_BOOTTIME, ns, when it got its pair or was refused, and later by what our
 *	own TPM took: from then on a silent peer's time counts
 * @busy_until: so long it is taken to want a CPU, if it does not say that it waits
 * @owner: whose the socket is, before the module has said who asks; 0: the kernel's
 * @deadline: then the worker is killed
 * @verdict: of the verifier, once it came
 * @keys: of the worker, wiped at the end
 * @attacher: takes them to the kernel, if that can take long
 * @id: of the attached socket, for the log
 * @failed: of the worker, or our own
 */
struct handshake {
	struct handshake *next;
	uint64_t number;
	enum handshake_state state;
	enum handshake_event cause;
	struct accept_request req;
	struct seal_claimed claimed;
	uint64_t started;
	bool waits;
	uint64_t waits_since;
	unsigned int waited;
	enum ipc_silent silent;
	uint64_t placed;
	uint64_t busy_until;
	uid_t owner;
	uint64_t deadline;
	struct ipc_address local;
	struct ipc_address remote;
	struct pair pair;
	struct ipc_verdict verdict;
	bool refused;			/* by @verdict */
	struct ipc_keys keys;
	struct attacher attacher;
	uint64_t id;
	struct ipc_failed failed;
};

/** handshake_owner - who made a socket; 0 also where that cannot be told */
uid_t handshake_owner(int fd);

/**
 * handshake_new - take over an accepted request
 *
 * The descriptor in @req is this handshake's from now on. NULL: out of memory,
 * and it is still the caller's. State HS_QUEUED, or HS_OVER for requests we do
 * not serve.
 */
struct handshake *handshake_new(struct monitor *m, struct accept_request *req,
				uint64_t number);

/** handshake_start - give it a pair, which is this handshake's from now on */
void handshake_start(struct monitor *m, struct handshake *hs,
		     struct pair *pair);

/** handshake_pump - read what came, reap who ended, look at the clock */
void handshake_pump(struct monitor *m, struct handshake *hs);

/**
 * handshake_place_until - so long its place is its own, though another waits for it
 *
 * CLOCK_BOOTTIME ns; UINT64_MAX if its peer is not silent, or if it has no place.
 */
uint64_t handshake_place_until(const struct handshake *hs);

/** handshake_give_way - end it, so that another has its place */
void handshake_give_way(struct handshake *hs);

/** handshake_leave - its programs end, if it has any, and another may have its place */
void handshake_leave(struct monitor *m, struct handshake *hs);

/** handshake_stop - end it now, as transient failure */
void handshake_stop(struct handshake *hs);

/**
 * handshake_finish - reap, tell the kernel, write the log line, free
 *
 * For HS_GOOD and HS_OVER.
 */
void handshake_finish(struct monitor *m, struct handshake *hs);

/** handshake_over - nothing more can happen: call handshake_finish() */
static inline bool handshake_over(const struct handshake *hs)
{
	return hs->state == HS_OVER || hs->state == HS_GOOD;
}

#endif /* SEALD_HANDSHAKE_H */
