// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz.h"
#include "verify/tpm.h"
#include "wire/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t again[SEAL_REQUEST_MAX];
	struct seal_ask ask, second;
	struct seal_pcrs pcrs;
	size_t len;

	if (!seal_ask_decode(input(data, size), &ask))
		return 0;
	/* Unknown extensions and their order are lost: the meaning is not. */
	len = seal_ask_encode(&ask, again, sizeof(again));
	must(len && seal_ask_decode(input(again, len), &second));
	must(ask.from == second.from && ask.scheme_count == second.scheme_count &&
	     ask.exchange == second.exchange &&
	     seal_bytes_equal(ask.pcr_select, second.pcr_select));
	if (seal_pcrs_decode(ask.pcr_select, &pcrs))
		must(pcrs.mask && pcrs.mask < 1u << 24);
	return 0;
}
