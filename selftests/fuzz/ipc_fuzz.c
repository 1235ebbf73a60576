// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages between monitor, worker and verifier: the first octet says which. */
#include "fuzz.h"
#include "seald/messages.h"

static uint8_t again[IPC_MAX];

#define SAME(name)								\
	static void same_##name(struct seal_bytes in)				\
	{									\
		struct ipc_##name m;						\
										\
		if (ipc_##name##_decode(in, &m))				\
			must(ipc_##name##_encode(&m, again, sizeof(again)) == in.len &&	\
			     (!in.len || !memcmp(again, in.data, in.len)));	\
	}

SAME(worker)
SAME(keys)
SAME(failed)
SAME(verifier)
SAME(verdict)
SAME(offer)
SAME(psk)
SAME(peer)
SAME(plan)
SAME(hellos)
SAME(authenticator)
SAME(accept)
SAME(refuse)

static void (*const same[])(struct seal_bytes in) = {
	same_worker, same_keys, same_failed, same_verifier, same_verdict, same_offer, same_psk,
	same_peer, same_plan, same_hellos, same_authenticator, same_accept, same_refuse,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size && *data < sizeof(same) / sizeof(same[0]))
		same[*data](input(data + 1, size - 1));
	return 0;
}
