/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pinned attestation keys: the files admitted/NAME.json,
 *
 *	{ "identity": "dns:host.example.org",
 *	  "ak_public": "hex of TPMT_PUBLIC", "ak_name": "hex" }
 *
 * where ak_name must be the name of ak_public. Other members are refused.
 */
#ifndef SEAL_VERIFY_ADMITTED_H
#define SEAL_VERIFY_ADMITTED_H

#include "verify/tpm.h"
#include "verify/x509.h"

#define SEAL_ADMITTED_MAX	4096u
#define SEAL_ADMITTED_FILE_MAX	16384u

struct seal_admitted_entry {
	struct seal_identity identity;
	struct seal_tpm_name name;
};

/**
 * struct seal_admitted - all of them
 * @entry: in the order in which they came
 * @count: of @entry
 * @by_name: their numbers in the order of the names; NULL for a single one
 */
struct seal_admitted {
	struct seal_admitted_entry *entry;
	size_t count;
	uint16_t *by_name;
};

/*
 * Add the entry in the JSON text @json. False with a sentence in @why (of
 * @why_size octets) when it is not legal, or when its key is already there for
 * another identity. Allocates; seal_admitted_free().
 */
bool seal_admitted_parse(struct seal_admitted *admitted, struct seal_bytes json,
			 char *why, size_t why_size);
void seal_admitted_free(struct seal_admitted *admitted);

/*
 * SEAL_REASON_ACCEPTED when @name is pinned for @id, SEAL_REASON_AK_IDENTITY
 * when it is pinned for another identity, else SEAL_REASON_AK_UNKNOWN.
 */
enum seal_reason seal_admitted_check(const struct seal_admitted *admitted,
				     const struct seal_identity *id,
				     const struct seal_tpm_name *name);

#endif /* SEAL_VERIFY_ADMITTED_H */
