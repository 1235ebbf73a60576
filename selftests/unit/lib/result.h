/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Another verifier, which signs what it is told to. */
#ifndef SEAL_UNIT_RESULT_H
#define SEAL_UNIT_RESULT_H

#include "party.h"
#include "verify/cose.h"
#include "verify/ear.h"

/* The public key in PEM, and the SHA-256 of it. */
void public_pem(gnutls_privkey_t key, struct blob *pem, uint8_t spki[SEAL_SHA256_LEN]);
/* Fill the signature of @cose, whose header and payload are there, and write all. */
void sign_cose(gnutls_privkey_t key, struct seal_cose *cose, struct blob *out);

#endif /* SEAL_UNIT_RESULT_H */
