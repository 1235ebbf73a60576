/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * This host's passport: identity/result.cwt, what another verifier has found of
 * it. Nothing secret: who shows it needs the keys that it names.
 */
#ifndef SEAL_ATTESTER_RESULT_H
#define SEAL_ATTESTER_RESULT_H

#include "attester/channel.h"
#include "verify/passport.h"

/**
 * struct att_result - the file, as far as it is of use
 * @path: of it
 * @state: of the file when it was read: size and time, to see a new one
 * @len: octets; 0: none that names our keys
 * @expires: its end, seconds since 1970
 */
struct att_result {
	char path[4096];
	struct { long long size, sec, nsec; } state;
	size_t len;
	int64_t expires;
	uint8_t data[SEAL_RESULT_MAX_LEN];
};

/** att_result_open - where to look: DIR/identity/result.cwt */
void att_result_open(struct att_result *result, const char *dir);

/**
 * att_result_fresh - read the file again if it is another one
 * @self: whose it must be
 * @ak: Name of the AK
 * @now: seconds since 1970
 *
 * Its signature is the relying party's to check. A result on other keys, one
 * that is too old or that cannot be read is as good as none, and the log says so
 * once.
 *
 * Return: there is one to be shown.
 */
bool att_result_fresh(struct att_result *result, const struct att_self *self,
		      struct seal_bytes ak, int64_t now);

/**
 * att_result_join - evidence becomes a passport
 * @evidence: record of @len octets in @cmw, which has ATT_MAX_EVIDENCE octets
 *
 * Return: octets in @cmw, or 0.
 */
size_t att_result_join(const struct att_result *result, uint8_t *cmw, size_t len);

/** att_result_record - a result alone, as a record in @cmw; octets, or 0 */
size_t att_result_record(struct seal_bytes result, uint8_t cmw[ATT_MAX_EVIDENCE]);

#endif /* SEAL_ATTESTER_RESULT_H */
