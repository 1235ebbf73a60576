// SPDX-License-Identifier: GPL-2.0-or-later
/* Policies, the keys of admitted/, lists of digests, signers, and public keys. */
#include "fuzz.h"
#include "verify/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seal_policy_set set = { 0 };
	struct seal_admitted admitted = { 0 };
	struct seal_policy_values digests = { 0 };
	struct seal_policy_ima ima = { 0 };
	struct seal_policy_error error;
	struct seal_key key;
	char why[128];

	if (seal_policy_parse(&set, "fuzz", input(data, size), &error))
		for (size_t i = 0; i < set.count; i++)
			must(set.policy[i].mode != SEAL_POLICY_MODE_NONE &&
			     set.policy[i].lifetime &&
			     (!seal_policy_wants(&set.policy[i]) ||
			      seal_pcrs_safe(&set.policy[i].pcrs)));
	else
		must(!set.count && error.text[0]);
	seal_policy_set_free(&set);
	seal_admitted_parse(&admitted, input(data, size), why, sizeof(why));
	seal_admitted_free(&admitted);
	if (!seal_policy_digests(&digests, "fuzz", input(data, size), &error))
		must(error.text[0]);
	free(digests.value);
	if (size && *data == '-')
		seal_policy_keys(&ima, input(data, size));
	free(ima.keys);
	/* Looked at where it begins as one does: the library is slow to say no. */
	if (size && (*data == '-' || *data == 0x30) && seal_key_of_any(input(data, size), &key))
		must(key.type != SEAL_KEY_NONE && key.len && key.len <= sizeof(key.x));
	return 0;
}
