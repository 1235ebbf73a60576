// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz.h"
#include "verify/evidence.h"

static uint8_t again[SEAL_CMW_MAX];

static void claims(struct seal_bytes in)
{
	struct seal_claims claims;

	if (!seal_claims_decode(in, &claims))
		return;
	must(seal_claims_encode(&claims, again, sizeof(again)) == in.len &&
	     !memcmp(again, in.data, in.len));
}

static void map(struct seal_bytes in)
{
	struct seal_tpm_evidence e;

	if (in.len > sizeof(again) || !seal_evidence_decode(in, &e))
		return;
	must(seal_evidence_encode(&e, again, sizeof(again)) == in.len &&
	     !memcmp(again, in.data, in.len));
	claims(e.claims);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seal_cmw cmw;

	map(input(data, size));
	claims(input(data, size));
	if (!seal_cmw_decode(input(data, size), &cmw))
		return 0;
	map(cmw.value);
	if (size <= sizeof(again))
		must(seal_cmw_encode(&cmw, again, sizeof(again)) == size &&
		     !memcmp(again, data, size));
	return 0;
}
