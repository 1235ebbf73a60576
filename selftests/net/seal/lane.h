/* SPDX-License-Identifier: GPL-2.0-only */
/* The sockets that stand ready for two who race: see race.c. */
#ifndef SEAL_TEST_LANE_H
#define SEAL_TEST_LANE_H

#include "racers.h"

#define BATCH		16	/* sockets that stand ready */

/* What a round begins with. */
struct lane {
	int fd[2];
	uint64_t id;
	enum start start;
	unsigned int coin;
	unsigned int delay[2];	/* ns after the start */
	bool certain;
};

struct course {
	struct arena arena;
	struct lane lanes[BATCH];
	const struct lane *lane, *last;
	const struct racer *racer[2];
	int listener[2];	/* IPv4 and IPv6; they would hold a namespace */
	unsigned int turn;	/* which beginning is the first */
	unsigned int took[2];	/* ns, about */
	unsigned int ready;	/* how often somebody came; even between rounds */
	unsigned int go;
	unsigned int done;
	bool over;
};

/* As one of the two. */
bool takes_part(const struct course *course, const char *name);

/* The other end is kTLS without seal, and has sent something: 0 or a negative errno. */
int peer_open(int fd);
/* What lane_open() accepts from; -1: none. */
int lane_listener(enum family family);
/* A connection whose one end is as lane->start says: 0 or a negative errno. */
int lane_open(struct course *course, struct lane *lane);
/* Its round begins; also what could not be before: 0 or a negative errno. */
int lane_enter(struct course *course, const struct lane *lane);
/* What was asked is answered, or it would wait in the next round: 0 or a negative errno. */
int lane_leave(struct course *course, struct lane *lane);
void lane_close(const struct lane *lane);

#endif /* SEAL_TEST_LANE_H */
