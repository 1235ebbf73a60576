/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request is read and judged by a process of its own. */
#ifndef SEALCTL_RESULT_APPRAISE_H
#define SEALCTL_RESULT_APPRAISE_H

#include "sealctl/enroll_say.h"
#include "verify/dossier.h"

/**
 * result_appraise - seal_dossier_decode() and seal_dossier_appraise(), behind walls
 * @request: octets of whomever
 * @connected: of a connection; else of our nonce
 * @in: what it is held against
 *
 * A mistake in a parser is not to give away the key that signs results: they run in a
 * child without capabilities, files or sockets (seald/confine.h), and before that key is
 * read. What the child finds is the word of one who may be taken over, about this request.
 *
 * Return: -1 when it is no such request, or there is no answer: @err says why.
 */
int result_appraise(struct seal_bytes request, bool connected,
		    const struct seal_dossier_in *in, enum seal_reason *reason_ret,
		    struct seal_finding *finding_ret, struct enroll_error *err);

#endif /* SEALCTL_RESULT_APPRAISE_H */
