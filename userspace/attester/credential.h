/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TPM2_MakeCredential in software: what a CA sends to learn whether an AK is
 * in the same TPM as an EK (TPM 2.0 Part 1, 24 and annexes B.10.4, C.6.4).
 */
#ifndef SEAL_ATTESTER_CREDENTIAL_H
#define SEAL_ATTESTER_CREDENTIAL_H

#include "attester/tpm.h"

/**
 * att_credential_make - wrap a secret that only the TPM with this EK and an
 * object of this Name opens
 * @ek: TPMT_PUBLIC of the EK: ECC P-256 or RSA-2048 with SHA-256, AES-128-CFB,
 *      and the attributes of an endorsement key; anything else is refused
 * @name: Name of the AK, ATT_NAME_SIZE bytes
 * @secret: 1 to 32 bytes
 * @id_object: TPMS_ID_OBJECT, the credentialBlob of ActivateCredential
 * @enc_secret: TPM2B_ENCRYPTED_SECRET without its size
 *
 * Return: 0, -EINVAL for an EK that is none, -EIO if the library failed.
 */
int att_credential_make(const struct att_blob *ek, const uint8_t *name,
			const uint8_t *secret, size_t secret_len,
			struct att_blob *id_object, struct att_blob *enc_secret);

#endif /* SEAL_ATTESTER_CREDENTIAL_H */
