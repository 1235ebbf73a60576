/* SPDX-License-Identifier: GPL-2.0-only */
/* Who races whom, and what about: see race.c. */
#ifndef SEAL_TEST_RACERS_H
#define SEAL_TEST_RACERS_H

#include "lib.h"

/* How a socket stands when a round begins. */
enum start {
	BARE,
	REQUIRED,	/* its owner wants nothing to pass */
	ASKED,		/* a request waits for an agent */
	ATTESTED,
	STARTS
};

#define AT(start)	(1u << (start))

/* Details that do not deserve a racer of their own. */
#define COIN_WAIT	1	/* readers and writers wait, where they can */
#define COIN_KEY	2	/* the sending one */
#define COIN_WORKER	4	/* another process is named */
#define COIN_FAMILY	8	/* IPv6 */

#define ASK_MS		30000	/* until what nobody decides is over */
#define WAIT_SEC	60	/* SO_RCVTIMEO and SO_SNDTIMEO of those who wait */

/* One socket, two racers, and what they need besides. */
struct arena {
	struct nl nl[2];	/* one for each; dies with its agent */
	struct nl agent;	/* attested the socket */
	struct nl handshake[2];
	int fd[2];		/* the first is raced for */
	uint64_t id;		/* its id, or 0: there is no other socket */
	int pidfd[2];		/* of the second's process and of another */
	enum start start;
	unsigned int coin;
	unsigned int ask_ms;
	bool certain;		/* at least one will close the socket */
	unsigned int attached;	/* how many attaches said so */
	unsigned int claimed;
	bool claim_lost;	/* nobody heard what became of a claim */
	bool keyed;		/* somebody set a key that no verdict is about */
	bool gone;		/* the descriptor was closed */
	bool peer_gone;		/* and so was that of the other end */
	bool dead;		/* some of the netlink sockets were */
	bool unloaded;		/* the module is away */
	uint64_t shut;		/* from then on nothing may pass; 0: not so far */
	bool complained;
	char wrong[128];	/* what was, first */
};

/**
 * struct racer - one thing that may happen to a socket at any time
 * @name: in a word
 * @starts: sockets that it is meant for; on others it must do no harm
 * @closes: where it leaves the socket closed for certain
 * @run: do it; @me is 0 or 1
 */
struct racer {
	const char *name;
	unsigned int starts;
	unsigned int closes;
	void (*run)(struct arena *arena, int me);
};

extern const struct racer racers[];
extern const unsigned int racers_len;

/* The netlink sockets, in the network namespace of the caller: 0 or an errno. */
int arena_open(struct arena *arena);
void arena_close(struct arena *arena);

/* Keep the first complaint. */
void wrong(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
bool status_closed(const struct seal_status *st);

#endif /* SEAL_TEST_RACERS_H */
