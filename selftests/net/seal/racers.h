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
#define COIN_FOR	16	/* who attaches does it for another agent */

#define ASK_MS		30000	/* until what nobody decides is over */
#define WAIT_SEC	600	/* SO_RCVTIMEO and SO_SNDTIMEO: its machine may have to wait, too */

/* One socket, two racers, and what they need besides. */
struct arena {
	struct nl nl[2];	/* one for each; dies with its agent */
	struct nl agent;	/* attested the socket */
	uint32_t port;		/* its */
	struct nl handshake[2];
	int fd[2];		/* the first is raced for */
	uint64_t id;		/* its id, or 0: there is no other socket */
	int pipe[2][2];		/* of the one and the other, while they splice */
	int pidfd[2];		/* of the second's process and of another */
	enum start start;
	unsigned int coin;
	unsigned int ask_ms;
	bool certain;		/* at least one will close the socket */
	bool ended[2];		/* what the one and the other did */
	unsigned int attached;	/* how many attaches said so */
	unsigned int claimed;
	bool claim_lost;	/* nobody heard what became of a claim */
	unsigned int asked;	/* how many requests were made */
	int refused;		/* what another was told, but for EALREADY */
	bool keyed;		/* somebody set a key that no verdict is about */
	bool gone;		/* the descriptor was closed */
	bool peer_gone;		/* and so was that of the other end */
	bool dead;		/* some of the netlink sockets were */
	bool unloaded;		/* the module is away */
	bool shut;		/* from now on nothing may pass */
	bool complained;
	char wrong[128];	/* what was, first */
};

#define TALKS	1	/* to the module, by netlink */
#define LISTENS	2	/* somebody must, for requests */

/**
 * struct racer - one thing that may happen to a socket at any time
 * @name: in a word
 * @starts: sockets that it is meant for; on others it must do no harm
 * @closes: where it leaves the socket closed for certain
 * @needs: TALKS, LISTENS
 * @cost: of a round, about, in those of a cheap one
 * @part: 1, or 16 for another form of one that is in the table: so small a part of its
 *	rounds
 * @run: do it; @me is 0 or 1
 */
struct racer {
	const char *name;
	unsigned int starts;
	unsigned int closes;
	unsigned int needs;
	unsigned int cost;
	unsigned int part;
	void (*run)(struct arena *arena, int me);
};

extern const struct racer racers[];
extern const unsigned int racers_len;

/* Nothing is open. */
void arena_forget(struct arena *arena);
/*
 * The netlink sockets that the two need, in the network namespace of the caller: 0 or
 * an errno. Somebody listens where one of them or @asked wants it.
 */
int arena_open(struct arena *arena, const struct racer * const racer[2], bool asked);
void arena_close(struct arena *arena);

/* Keep the first complaint. */
void wrong(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
bool status_closed(const struct seal_status *st);
/* A small record, as all that is sent here. */
ssize_t record_send(int fd, int flags);

#endif /* SEAL_TEST_RACERS_H */
