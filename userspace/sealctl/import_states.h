/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * States that manifests allow, put together as a policy can say them. A triple
 * is one state of the PCRs that it names, all of them; another triple on the same
 * PCRs is another state. Different PCRs hold beside each other.
 */
#ifndef SEALCTL_IMPORT_STATES_H
#define SEALCTL_IMPORT_STATES_H

#include "verify/bank.h"
#include "verify/corim.h"
#include "verify/policy.h"

/* One state, its values copied. */
struct import_state {
	const char *file;
	size_t at;		/* octet of @file */
	uint32_t pcrs;
	uint8_t value[SEAL_PCR_COUNT][SEAL_PCR_VALUE_MAX];
};

/**
 * struct import_states - what was gathered, all of one bank
 * @bank: SEAL_TPM_ALG_*
 * @state: no two equal; @count of them
 * @group: which states are of the same PCRs, rising
 * @groups: of them
 */
struct import_states {
	uint16_t bank;
	struct import_state *state;
	size_t count;
	size_t *group;
	size_t groups;
};

/* One more; false when out of memory. */
bool import_states_add(struct import_states *states, const char *file,
		       const struct seal_corim_state *state);
/*
 * Sort them into groups. False, with a sentence on stderr, where two states have some
 * PCRs in common but not all, or there are more than a policy can hold.
 */
bool import_states_group(struct import_states *states);
/* pcrs =, pcr-N = and, where values of several PCRs belong together, digest =. */
void import_states_print(const struct import_states *states);
void import_states_free(struct import_states *states);

#endif /* SEALCTL_IMPORT_STATES_H */
