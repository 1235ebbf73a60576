/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which identity belongs to which TPM, for ever: DIR/db/id-NAME and
 * DIR/db/ek-FINGERPRINT, both written once. A TPM is its EK here: nothing in the
 * certificates of two EKs says that they are of one TPM. A machine whose TPM was replaced
 * needs a human to remove its two files (CVE-2025-13609 is what happens when
 * the newest claim wins).
 */
#ifndef SEALCTL_ENROLL_DB_H
#define SEALCTL_ENROLL_DB_H

#include <stdbool.h>

#include "sealctl/enroll_request.h"

/** enroll_db_check - could @id be bound to this EK? Changes nothing. */
int enroll_db_check(const char *dir, const struct seal_identity *id,
		    const uint8_t print[SEAL_SHA256_LEN], struct enroll_error *err);

/**
 * enroll_db_bind - bind @id to this EK
 *
 * 0 when it is bound now or was bound to the same EK before. Two at a time
 * are decided by link(2): one of them wins, and the other leaves nothing.
 */
int enroll_db_bind(const char *dir, const struct seal_identity *id,
		   const uint8_t print[SEAL_SHA256_LEN], struct enroll_error *err);

#endif /* SEALCTL_ENROLL_DB_H */
