// SPDX-License-Identifier: GPL-2.0-or-later
/* What a machine hands to a verifier: what is read can be written, and is the same. */
#include "fuzz.h"
#include "verify/dossier.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t record[SEAL_CMW_MAX], again[SEAL_DOSSIER_MAX], other[SEAL_CMW_MAX];
	struct seal_dossier d, second;
	size_t len;

	if (!seal_dossier_decode(input(data, size), record, &d))
		return 0;
	must(d.chain_count && d.evidence.len);
	must(!d.binder.len || d.binder.len == SEAL_SHA256_LEN);
	len = seal_dossier_encode(&d, again, sizeof(again));
	must(len);
	must(seal_dossier_decode((struct seal_bytes){ again, len }, other, &second));
	must(second.chain_count == d.chain_count && seal_bytes_equal(second.boot, d.boot));
	return 0;
}
