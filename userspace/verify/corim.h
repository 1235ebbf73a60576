/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reference values that others publish: CoRIM (draft-ietf-rats-corim), a map of
 * CoMID tags in CBOR, signed with COSE_Sign1 or not. Of it only what says which
 * values PCRs may have is read, and whatever would say more, or less, is an error:
 * a constraint that was left out is one that nobody looks at.
 *
 * The draft leaves open how maps are ordered. Heads must have the shortest form and
 * lengths be definite; keys are numbers, none twice.
 */
#ifndef SEAL_VERIFY_CORIM_H
#define SEAL_VERIFY_CORIM_H

#include "verify/crypto.h"
#include "verify/tpm.h"

#define SEAL_CORIM_MAX		(1u << 20)
#define SEAL_CORIM_ENVIRONMENT	600u	/* room for the text of one */

/* Why a file was refused: one sentence, and the octet at which it is about. */
struct seal_corim_error {
	size_t at;
	const char *text;
};

/**
 * struct seal_corim_in - what the reader goes by
 * @bytes: of the file
 * @bank: values of which bank are wanted, SEAL_TPM_ALG_SHA256 or SHA384
 * @key: whose signature there must be; NULL: there must be none
 * @now: seconds since 1970, for the times within which it is valid
 */
struct seal_corim_in {
	struct seal_bytes bytes;
	uint16_t bank;
	const struct seal_key *key;
	int64_t now;
};

/**
 * struct seal_corim_state - one reference triple: a state that an environment may be in
 * @environment: what it is about, in one spelling
 * @at: octet of the file at which it begins
 * @tag: identifier of the CoMID that it is in, encoded; a view into the file
 * @pcrs: which PCRs it has values for; at least one
 * @value: of those, views into the file
 * @others: it also has digests of other banks, which stand for the same values
 */
struct seal_corim_state {
	char environment[SEAL_CORIM_ENVIRONMENT];
	size_t at;
	struct seal_bytes tag;
	uint32_t pcrs;
	struct seal_bytes value[SEAL_PCR_COUNT];
	bool others;
};

/*
 * Read all of it and give each state to @each, which may refuse it by a text of its own.
 * False, with @error filled, for anything that is not understood to the last
 * octet; states may have been given before. Fuzz target: corim.
 */
bool seal_corim_read(const struct seal_corim_in *in,
		     const char *(*each)(void *arg, const struct seal_corim_state *state),
		     void *arg, struct seal_corim_error *error);

#endif /* SEAL_VERIFY_CORIM_H */
