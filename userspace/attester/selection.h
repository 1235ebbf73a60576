/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which PCRs may be quoted for a peer: any that firmware, loader and kernel measured
 * into, or a short list of the administrator's. Each selection more is one quote more
 * where many peers wait, and shows a peer more of this machine. Pure.
 */
#ifndef SEAL_ATTESTER_SELECTION_H
#define SEAL_ATTESTER_SELECTION_H

#include "attester/tpm.h"
#include "verify/tpm.h"

#define ATT_SELECTIONS_MAX	16u

/**
 * struct att_selections - what peers may ask for; zeros are nothing
 * @any: whatever att_selection_decode() takes
 * @entry: of @count, else
 */
struct att_selections {
	bool any;
	size_t count;
	struct att_selection entry[ATT_SELECTIONS_MAX];
};

/**
 * att_selection_decode - a selection that can be quoted at all
 * @select: TPML_PCR_SELECTION as the peer asked
 *
 * One bank, SHA-256 or SHA-384, PCRs 0 to 15. PCR 16 and above can be reset by
 * software.
 */
bool att_selection_decode(struct seal_bytes select, struct att_selection *out);

/** att_selections_allow - is it one of them, PCR by PCR? */
bool att_selections_allow(const struct att_selections *list, const struct att_selection *one);

/**
 * att_selections_parse - "any", or "sha256:0-7,14; sha384:0-7"
 *
 * Each once, at most ATT_SELECTIONS_MAX. False when it is something else.
 */
bool att_selections_parse(const char *text, struct att_selections *out);

#endif /* SEAL_ATTESTER_SELECTION_H */
