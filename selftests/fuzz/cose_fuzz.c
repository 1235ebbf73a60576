// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz.h"
#include "verify/cose.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t again[1 << 16], header[SEAL_COSE_HEADER_MAX];
	struct seal_cose cose;

	if (size > sizeof(again) || seal_cose_decode(input(data, size), &cose) !=
	    SEAL_REASON_ACCEPTED)
		return 0;
	must(seal_cose_encode(&cose, again, sizeof(again)) == size && !memcmp(again, data, size));
	must(seal_cose_header(&cose, header, sizeof(header)) == cose.protected.len &&
	     !memcmp(header, cose.protected.data, cose.protected.len));
	return 0;
}
