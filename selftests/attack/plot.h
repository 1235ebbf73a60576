/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One attack: an honest victim with real programs, Mallory in a process of her
 * own, and where she needs one an honest host that she has a connection to.
 */
#ifndef SEAL_ATTACK_PLOT_H
#define SEAL_ATTACK_PLOT_H

#include "mallory.h"
#include "../seald/stand.h"

/* What is said to the victim by one who is root on host f, or who has its key. */
#define HEAD	"[policy v]\npeer = *\nak-trust = certificate\n"
#define ANY_KEY	HEAD "key = any\nmode = require\n%P"
#define IN_TPM	HEAD "key = tpm\nmode = require\n%P"
#define OFFER	HEAD "key = any\nmode = offer\n%P"
#define PROVES_TO_ANYONE "[policy g]\npeer = *\nmode = never\nanonymous = yes\n"

/**
 * struct plot - what she works with
 * @victim: connected to the host that is to believe her
 * @genuine: connected to the honest one, or -1
 */
struct plot {
	int victim, genuine;
	struct leg v, g;
	uint8_t body[SEAL_FRAME_MAX];
	size_t len;
	uint8_t request[SEAL_REQUEST_MAX];
	size_t request_len;
	uint8_t out[SEAL_FRAME_MAX];
	uint8_t cmw[ATT_MAX_EVIDENCE];
};

/** struct attack_host - a host in it; the other end of its connection is hers */
struct attack_host {
	const char *name;
	bool server;
	bool anonymous;		/* as a client shows no certificate */
	const char *policy;
	const char *pcrs_of;	/* %P of the policy */
};

/**
 * struct attack - what she does, and how it must end
 * @run: in her process
 * @reason: the victim's exact one; NULL: it is no attack and succeeds
 * @code: what she is told in a SealError, -1: no word
 * @granted: defences that the attack takes for gone from the beginning
 * @removed: and those without which it works; NULL: see @weaker
 * @weaker: a policy with which it works
 */
struct attack {
	const char *name;
	void (*run)(struct plot *plot);
	struct attack_host victim;
	struct attack_host genuine;
	const char *reason;
	int code;
	const char *granted;
	const char *removed;
	const char *weaker;
};

/* Steps that many attacks share. Each ends her part if the other end is gone. */

void open_victim(struct plot *p, const struct leg_how *how);
void open_genuine(struct plot *p, bool anonymous);
void hear(struct plot *p, struct leg *leg, uint8_t type);
/* SealHello both ways with the victim; @roles are hers. */
void greet(struct plot *p, uint8_t roles);
/* Hellos, and the victim's request in @request. */
void be_asked(struct plot *p, uint8_t roles);
void hear_request(struct plot *p);
struct seal_bytes request_of(const struct plot *p);
/* An authenticator to the victim with what is in @cmw. */
void answer_with(struct plot *p, size_t cmw_len);
/* What comes after it: she takes the result and ends as she should. */
void finish(struct plot *p);

/* The attacks of each file; they end with one without a name. */
extern const struct attack relays[];
extern const struct attack lies_told[];
extern const struct attack races[];
extern const struct attack pieces[];
extern const struct attack passports[];

/* Results on the hosts, where the attacks find them. */
void prepare_passports(void);

/* The compromised worker: not a plot, its cases are its own. */
void attack_attester(void);
/* Tickets and early data: what counts is that TLS does not resume. */
void attack_resumption(void);

/* A directory of programs without those defences; NULL: the real ones. */
const char *programs_without(const char *granted, const char *removed);

#endif /* SEAL_ATTACK_PLOT_H */
