/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verifier that this host asks for results on its connections (mode
 * interactive): a program behind a stream socket in the file system. For each
 * connection it is sent a dossier (verify/dossier.h) with the connection's
 * binder, ended by a shutdown of that direction, and answers with a signed
 * result whose nonce is the binder, and closes. Nothing, anything else or an
 * answer after ATT_REFERRAL_NS is a no.
 */
#ifndef SEAL_ATTESTER_REFERRAL_H
#define SEAL_ATTESTER_REFERRAL_H

#include "verify/dossier.h"
#include "verify/result.h"

#define ATT_REFERRAL_NS	3000000000ull	/* upcalls of the kernel end at 5 s */

enum att_referral_state {
	ATT_REFERRAL_FAILED = 0,
	ATT_REFERRAL_RUNS,
	ATT_REFERRAL_DONE,
};

/**
 * struct att_referral - one question
 * @deadline: CLOCK_BOOTTIME, ns
 * @out: the dossier, of @out_len octets, of which @sent are sent
 * @in: the answer, as far as it is there; one octet more than is taken
 */
struct att_referral {
	int fd;
	uint64_t deadline;
	uint8_t *out;
	size_t out_len, sent;
	uint8_t in[SEAL_RESULT_MAX_LEN + 1];
	size_t in_len;
};

/** att_referral_new - begin to ask the verifier at @path; NULL when nobody listens there */
struct att_referral *att_referral_new(const char *path, const struct seal_dossier *dossier,
				      uint64_t deadline);
/** att_referral_free - in any state; NULL is fine */
void att_referral_free(struct att_referral *referral);
/** att_referral_events - for poll(2) */
short att_referral_events(const struct att_referral *referral);
/**
 * att_referral_step - go on as far as it goes now
 *
 * Return: ATT_REFERRAL_DONE with the answer in @referral->in, if that is a result
 * with the nonce @binder. Its signature is the relying party's to check.
 */
enum att_referral_state att_referral_step(struct att_referral *referral,
					  const uint8_t binder[SEAL_SHA256_LEN]);

#endif /* SEAL_ATTESTER_REFERRAL_H */
