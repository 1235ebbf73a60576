// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz.h"
#include "verify/passport.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t again[SEAL_CMW_MAX];
	union seal_evidence evidence;

	if (!seal_passport_decode(input(data, size), &evidence))
		return 0;
	must(evidence.passport.result.len &&
	     seal_evidence_encode(&evidence.passport.tpm, again, sizeof(again)));
	return 0;
}
