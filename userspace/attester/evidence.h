/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The attester's table of evidence types: for each the media type, how to
 * attest to some bytes, and how to wrap what came of it for one connection.
 */
#ifndef SEAL_ATTESTER_EVIDENCE_H
#define SEAL_ATTESTER_EVIDENCE_H

#include "attester/keys.h"

/** union att_proof - a statement that covers a whole batch */
union att_proof {
	struct att_quote tpm;
};

/**
 * struct att_evidence_type - one kind of evidence
 * @media_type: in the CMW
 * @attest: state that @data was here, with the state of this machine; 0 or -errno
 * @produce: evidence for claim @i of @batch, as a CMW record; octets or 0
 */
struct att_evidence_type {
	const char *media_type;
	int (*attest)(struct att_keys *keys, const struct att_selection *selection,
		      struct seal_bytes data, union att_proof *proof);
	size_t (*produce)(const struct att_keys *keys, const union att_proof *proof,
			  const struct att_batch *batch, uint32_t i, struct seal_bytes claims,
			  uint8_t *out, size_t size);
};

/** att_evidence_type - the row for a media type, or NULL */
const struct att_evidence_type *att_evidence_type(const char *media_type);

#endif /* SEAL_ATTESTER_EVIDENCE_H */
