// SPDX-License-Identifier: GPL-2.0-or-later
/* Measurement lists in both forms: the parser, the replay, and signatures. */
#include "fuzz.h"
#include "verify/ima_policy.h"

static void look(const struct seal_ima_entry *e)
{
	struct seal_policy_ima none = { 0 };
	uint8_t hash[SEAL_PCR_VALUE_MAX];

	must(e->pcr < SEAL_PCR_COUNT && e->hash.len <= SEAL_PCR_VALUE_MAX);
	must(!e->proven || e->data.len);
	must(!e->known || e->data.len);
	seal_ima_hash(e, SEAL_TPM_ALG_SHA256, hash);
	must(!seal_ima_signed(&none, e));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seal_bytes in = input(data, size);
	struct seal_bank hashed, padded;
	struct seal_ima_entry e;
	struct seal_ima ima;

	seal_bank_init(&hashed, SEAL_TPM_ALG_SHA256);
	seal_bank_init(&padded, SEAL_TPM_ALG_SHA384);
	if (seal_ima_open(&ima, in))
		while (seal_ima_next(&ima, &e)) {
			look(&e);
			seal_ima_extend(&hashed, &e, SEAL_IMA_HASHED);
			must(seal_ima_extend(&padded, &e, SEAL_IMA_PADDED) ||
			     e.hash.len > padded.len);
		}
	must(!ima.error || ima.error_at <= size);
	seal_ima_close(&ima);
	return 0;
}
