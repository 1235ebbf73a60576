/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What server.c (channels), queue.c (who is next at the TPM) and refer.c share. */
#ifndef SEAL_ATTESTER_SERVER_PRIVATE_H
#define SEAL_ATTESTER_SERVER_PRIVATE_H

#include <poll.h>

#include "attester/engine.h"
#include "attester/guest.h"
#include "attester/referral.h"

#define CONNS_MAX	ATT_BATCH_MAX	/* handshakes at once */
#define CONTROL		0		/* entries of struct att_server.polls */
#define SIGNALS		1
#define ENGINE		2
#define FIRST		3

/**
 * struct conn - a worker's channel
 * @turn: order in which requests came; @since: when, CLOCK_BOOTTIME, ns
 * @waiting: for the TPM, or ATT_NONE
 * @at_tpm: what it waits for is being done; @leaf: a claim's number in the batch
 * @guest: another certificate than ours, or NULL
 * @referral: our verifier is asked, or NULL
 */
struct conn {
	int fd;
	uint64_t turn;
	uint64_t since;
	enum att_type waiting;
	bool at_tpm;
	uint32_t leaf;
	struct att_guest *guest;
	struct att_referral *referral;
	struct att_channel ch;
};

/**
 * struct att_server - all of the loop's state
 * @engine: NULL: there is no TPM
 * @batch: that is being quoted
 * @op_ns: running mean of one TPM operation
 * @signs: since the last quote
 * @failures: of the TPM, in a row; @broken: too many, or its keys are others
 * @ops: counted when an operation is done; @claims: that were quoted
 */
struct att_server {
	struct att_keys *keys;
	const struct att_evidence_type *type;
	struct att_engine *engine;
	struct conn conn[CONNS_MAX];
	struct pollfd polls[FIRST + CONNS_MAX];
	size_t count;
	struct att_batch batch;
	uint64_t turn;
	uint64_t op_ns;
	unsigned int signs;
	unsigned int failures;
	bool broken;
	struct att_tpm_ops ops;
	unsigned long claims;
};

/* Answers. False: the channel must go. */
bool conn_status(struct conn *c, uint32_t status);
bool conn_granted(struct conn *c, enum att_type type, const void *head, size_t head_len,
		  const void *tail, size_t tail_len);

/* What a claim was made for. */
bool conn_claim(struct conn *c, const uint8_t *cmw, size_t len);

/* In mode plain the passport's result is all. */
bool refer_plain(struct att_server *s, struct conn *c);
/* In mode interactive evidence goes to our verifier, and what that says to the peer. */
bool refer_begin(struct att_server *s, struct conn *c, const uint8_t *cmw, size_t len);
/* Something came of it, or its time is over. */
bool refer_go(struct conn *c);

/** queue_add - @c asks for a signature or a quote. False: the channel must go. */
bool queue_add(struct att_server *s, struct conn *c, enum att_type type);

/** queue_go - let the TPM do what is next, if it does nothing */
void queue_go(struct att_server *s);

/** queue_done - the TPM did it: tell those who waited */
void queue_done(struct att_server *s);

#endif /* SEAL_ATTESTER_SERVER_PRIVATE_H */
