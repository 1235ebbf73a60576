/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What policy says of the files in a measurement list. */
#ifndef SEAL_VERIFY_IMA_POLICY_H
#define SEAL_VERIFY_IMA_POLICY_H

#include "verify/values.h"

/*
 * Every entry of the beginning of @list that leads to quoted PCRs is a file
 * whose digest or signer the policy knows; the first may be the aggregate of
 * the boot, which must be that of the quoted PCRs. Fills @check; see
 * seal_boot_events().
 */
enum seal_reason seal_ima_files(const struct seal_policy *policy, struct seal_bytes list,
				const struct seal_values *values, struct seal_check *check);

/* Is security.ima of @entry a signature by one of the keys over its digest, of its type? */
bool seal_ima_signed(const struct seal_policy_ima *ima, const struct seal_ima_entry *entry);

#endif /* SEAL_VERIFY_IMA_POLICY_H */
