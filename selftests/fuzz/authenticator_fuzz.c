// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz.h"
#include "verify/ea.h"
#include "wire/authenticator.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t again[SEAL_AUTHENTICATOR_MAX];
	struct seal_bytes certs[SEAL_CERTS_MAX];
	struct seal_authenticator auth;
	struct seal_writer w = seal_writer(again, sizeof(again));
	size_t count;

	if (seal_chain_decode(input(data, size), certs, &count))
		must(count <= SEAL_CERTS_MAX);
	if (size > sizeof(again) || !seal_authenticator_decode(input(data, size), &auth))
		return 0;
	if (!auth.refusal) {
		seal_put_certificate(&w, auth.context, auth.certs, auth.cert_count, auth.cmw);
		seal_put_certificate_verify(&w, auth.scheme, auth.signature);
	}
	seal_put_finished(&w, auth.verify_data);
	must(seal_writer_done(&w) == size && !memcmp(again, data, size));
	return 0;
}
