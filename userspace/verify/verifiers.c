// SPDX-License-Identifier: GPL-2.0-or-later
/* Keys of other verifiers. */
#include "verify/verifiers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify/cose.h"

bool seal_verifiers_add(struct seal_verifiers *verifiers, const char *name,
			struct seal_bytes pem)
{
	struct seal_verifier entry = { 0 }, *grown;

	snprintf(entry.name, sizeof(entry.name), "%s", name);
	if (!seal_key_of_pem(pem, &entry.key, entry.kid) || !seal_cose_alg(&entry.key))
		return false;
	grown = realloc(verifiers->entry, (verifiers->count + 1) * sizeof(*grown));
	if (!grown)
		return false;
	verifiers->entry = grown;
	verifiers->entry[verifiers->count++] = entry;
	return true;
}

void seal_verifiers_free(struct seal_verifiers *verifiers)
{
	free(verifiers->entry);
	*verifiers = (struct seal_verifiers){ 0 };
}

const struct seal_verifier *
seal_verifiers_find(const struct seal_verifiers *verifiers, const char *name)
{
	for (size_t i = 0; i < verifiers->count; i++)
		if (!strcmp(verifiers->entry[i].name, name))
			return &verifiers->entry[i];
	return NULL;
}

const struct seal_verifier *
seal_verifiers_trusted(const struct seal_verifiers *verifiers,
		       const struct seal_policy *policy, struct seal_bytes kid)
{
	for (size_t i = 0; i < policy->verifier_count; i++) {
		const struct seal_verifier *v =
			seal_verifiers_find(verifiers, policy->verifiers[i]);

		if (v && seal_bytes_equal(kid, (struct seal_bytes){ v->kid, sizeof(v->kid) }))
			return v;
	}
	return NULL;
}
