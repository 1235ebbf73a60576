/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The key of a verifier, and results signed with it. */
#ifndef SEALCTL_RESULT_SIGN_H
#define SEALCTL_RESULT_SIGN_H

#include <gnutls/abstract.h>

#include "sealctl/enroll_say.h"
#include "verify/cose.h"
#include "verify/ear_json.h"
#include "verify/jws.h"

/**
 * struct result_signer - a private key on P-256 or P-384
 * @key: of GnuTLS
 * @pub: its public half
 * @kid: SHA-256 of the DER SubjectPublicKeyInfo
 */
struct result_signer {
	gnutls_privkey_t key;
	struct seal_key pub;
	uint8_t kid[SEAL_SHA256_LEN];
};

/** result_signer_load - from PEM; -1 with the reason */
int result_signer_load(struct result_signer *signer, struct seal_bytes pem,
		       struct enroll_error *err);
/** result_signer_free - harmless for the zero value */
void result_signer_free(struct result_signer *signer);

/** result_cose - @ear in a COSE_Sign1; octets in @out, or 0 */
size_t result_cose(const struct result_signer *signer, const struct seal_ear *ear,
		   uint8_t *out, size_t size);

/** result_jws - @ear in JSON, in a JWS */
size_t result_jws(const struct result_signer *signer, const struct seal_ear *ear,
		  uint8_t *out, size_t size);

#endif /* SEALCTL_RESULT_SIGN_H */
