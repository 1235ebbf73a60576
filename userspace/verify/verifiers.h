/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other verifiers, whose results a policy may take: verifiers/NAME.pem, where a
 * policy says "verifier = NAME". A result names its key by the SHA-256 of the DER
 * SubjectPublicKeyInfo.
 */
#ifndef SEAL_VERIFY_VERIFIERS_H
#define SEAL_VERIFY_VERIFIERS_H

#include "verify/policy.h"

struct seal_verifier {
	char name[SEAL_POLICY_NAME_MAX + 1];
	struct seal_key key;
	uint8_t kid[SEAL_SHA256_LEN];
};

struct seal_verifiers {
	struct seal_verifier *entry;
	size_t count;
};

/* False when @pem is no public key that COSE can use here. Allocates. */
bool seal_verifiers_add(struct seal_verifiers *verifiers, const char *name,
			struct seal_bytes pem);
void seal_verifiers_free(struct seal_verifiers *verifiers);
/* By name; or NULL. */
const struct seal_verifier *
seal_verifiers_find(const struct seal_verifiers *verifiers, const char *name);
/* By key, among those that @policy names; or NULL. */
const struct seal_verifier *
seal_verifiers_trusted(const struct seal_verifiers *verifiers,
		       const struct seal_policy *policy, struct seal_bytes kid);

#endif /* SEAL_VERIFY_VERIFIERS_H */
