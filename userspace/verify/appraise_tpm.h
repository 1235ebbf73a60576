/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The TPM's row in the table of evidence types. For evidence.c only. */
#ifndef SEAL_VERIFY_APPRAISE_TPM_H
#define SEAL_VERIFY_APPRAISE_TPM_H

#include "verify/evidence.h"

bool seal_tpm_evidence_decode(struct seal_bytes in, union seal_evidence *ret);
/* Fills *@ret as far as it gets, whatever the reason. */
enum seal_reason seal_tpm_appraise(const union seal_evidence *evidence,
				   const struct seal_appraisal_in *in,
				   struct seal_appraisal *ret);

#endif /* SEAL_VERIFY_APPRAISE_TPM_H */
