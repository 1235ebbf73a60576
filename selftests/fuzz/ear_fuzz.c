// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz.h"
#include "verify/ear.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t again[SEAL_EAR_MAX];
	const struct seal_anchor *anchor;
	struct seal_ear ear;

	if (seal_ear_decode(input(data, size), &ear) != SEAL_REASON_ACCEPTED)
		return 0;
	must(seal_ear_encode(&ear, again, sizeof(again)) == size && !memcmp(again, data, size));
	seal_ear_check(&ear, 1800000000, &anchor);
	return 0;
}
