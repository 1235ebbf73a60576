// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pre-shared keys: whose handshake it may be is what policy says of the
 * identity, and only then the key leaves its keyring.
 */
#include <string.h>

#include "appraise.h"
#include "keyring.h"

static bool map(struct appraisal *a, struct seal_bytes identity)
{
	const struct seal_policy *policy =
		seal_policy_match_psk(&a->rules.policies, &a->query, identity);

	if (policy)
		a->policy = policy;
	return policy;
}

static struct seal_bytes text(const char *name)
{
	return (struct seal_bytes){ (const uint8_t *)name, strlen(name) };
}

/* Client: the first of the consumer's keys that a policy knows. */
static uint32_t choose(struct appraisal *a, char *name)
{
	for (size_t i = 0; i < a->job.psk_count; i++)
		if (keyring_name(a->job.psks[i], name, IPC_PSK_IDENTITY_MAX + 1) &&
		    map(a, text(name)))
			return a->job.psks[i];
	return 0;
}

/* A zero octet would end the name that keyrings are searched for. */
static bool take_name(struct seal_bytes identity, char *name)
{
	if (!identity.len || identity.len > IPC_PSK_IDENTITY_MAX ||
	    seal_bytes_chr(identity, '\0'))
		return false;
	memcpy(name, identity.data, identity.len);
	name[identity.len] = '\0';
	return true;
}

enum seal_decision appraise_psk(struct appraisal *a, struct seal_bytes identity,
				uint8_t *key, char *name,
				struct ipc_psk *psk_ret)
{
	size_t len;

	if (a->job.auth != IPC_AUTH_PSK || a->psk)
		return appraise_refuse(a, SEAL_REASON_INTERNAL, "no key is due");
	*name = '\0';
	if (a->job.side == SEAL_SIDE_CLIENT)
		a->psk = choose(a, name);
	else if (take_name(identity, name) && map(a, identity))
		a->psk = keyring_find(a->job.keyring, name);
	else
		return appraise_refuse(a, SEAL_REASON_PSK_UNMAPPED, "%.160s", name);
	if (!a->psk)
		return appraise_refuse(a, a->job.side == SEAL_SIDE_CLIENT ?
				       SEAL_REASON_PSK_UNMAPPED : SEAL_REASON_PSK_KEY,
				       "%.160s", name);
	len = keyring_read(a->psk, key, IPC_PSK_MAX);
	if (len != 32 && len != IPC_PSK_MAX) {
		a->psk = 0;
		return appraise_refuse(a, SEAL_REASON_PSK_KEY, "%.160s", name);
	}
	*psk_ret = (struct ipc_psk){ text(name), { key, len } };
	return SEAL_DECIDE_ATTESTED;
}
