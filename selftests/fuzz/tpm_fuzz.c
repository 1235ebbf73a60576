// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz.h"
#include "verify/tpm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seal_bytes in = input(data, size);
	struct seal_tpm_signature sig;
	struct seal_tpm_statement st;
	struct seal_tpm_public pub;
	struct seal_pcrs pcrs;

	if (seal_tpm_public_decode(in, &pub)) {
		must(pub.name.len == 34 || pub.name.len == 50);
		must(!(seal_tpm_is_ak(&pub) && seal_tpm_is_tik(&pub)));
	}
	if (seal_tpm_statement_decode(in, &st))
		must(st.extra_len <= sizeof(st.extra) && st.digest_len <= sizeof(st.digest) &&
		     st.name.len <= sizeof(st.name.data));
	if (seal_tpm_signature_decode(in, &sig))
		must(sig.r_len <= sizeof(sig.r) && sig.s_len <= sizeof(sig.s));
	if (seal_pcrs_decode(in, &pcrs))
		must(pcrs.mask && pcrs.mask < 1u << 24);
	must(seal_tpm_public_inner(in).len <= size);
	must(seal_tpm_statement_inner(in).len <= size);
	for (unsigned int type = 0; type <= SEAL_KEY_RSA; type++) {
		const struct seal_key key = {
			.type = type, .len = size <= SEAL_KEY_PART_MAX ? size : 0 };

		if (seal_tpm_signature_bare(in, &key, &sig))
			must(sig.r_len <= sizeof(sig.r) && sig.s_len <= sizeof(sig.s));
	}
	return 0;
}
