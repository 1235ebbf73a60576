// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Manifests have more than one encoding: what must hold is that an accepted one says
 * something, every state of it about PCRs, and an error is in the file.
 */
#include "fuzz.h"
#include "verify/corim.h"

#define NOW	1800000000

static const char *each(void *arg, const struct seal_corim_state *s)
{
	size_t *states = arg;

	++*states;
	must(s->environment[0] && s->tag.len && s->pcrs && !(s->pcrs & SEAL_PCR_RESETTABLE));
	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++)
		must(s->value[i].len == (s->pcrs >> i & 1 ? 32u : 0u));
	return NULL;
}

/* Signatures do not get in the way: a payload is read as one that is not signed. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seal_key key = { .type = SEAL_KEY_P256, .len = 32 };
	struct seal_corim_in in = {
		.bytes = input(data, size), .bank = SEAL_TPM_ALG_SHA256, .now = NOW,
	};
	struct seal_corim_error error;
	size_t states = 0;

	if (seal_corim_read(&in, each, &states, &error))
		must(states && !error.text);
	else
		must(error.text && error.at <= size);
	in.key = &key;
	must(!seal_corim_read(&in, each, &states, &error));
	return 0;
}
