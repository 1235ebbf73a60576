/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tpm.c, tpm_ek.c and tpm_quote.c share. */
#ifndef SEAL_ATTESTER_TPM_PRIVATE_H
#define SEAL_ATTESTER_TPM_PRIVATE_H

#include <tss2/tss2_esys.h>

#include "attester/tpm.h"

struct att_tpm {
	TSS2_TCTI_CONTEXT *tcti;
	ESYS_CONTEXT *esys;
	struct att_tpm_ops ops;
	struct att_quote pcrs;	/* values last seen, a guess for the next quote */
	char error[256];
};

/* tpm.c */
int att_tpm_fail(struct att_tpm *tpm, const char *what, TSS2_RC rc);
int att_tpm_invalid(struct att_tpm *tpm, const char *what);
int att_tpm_describe(struct att_tpm *tpm, ESYS_TR object, struct att_key *key);
int att_tpm_pack_public(const TPMT_PUBLIC *pub, struct att_blob *out);
int att_tpm_reference(struct att_tpm *tpm, uint32_t handle, ESYS_TR *object);

/* tpm_ek.c */
int att_tpm_policy_session(struct att_tpm *tpm, ESYS_TR *session);
int att_tpm_secret_session(struct att_tpm *tpm, ESYS_TR ek, TPMA_SESSION attr, ESYS_TR *session);
void att_tpm_end(struct att_tpm *tpm, ESYS_TR *session);

#endif /* SEAL_ATTESTER_TPM_PRIVATE_H */
