// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz.h"
#include "verify/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seal_identity id;
	struct seal_cert cert;

	if (!seal_cert_decode(input(data, size), &cert))
		return 0;
	/* An identity of a certificate is in the one spelling. */
	for (size_t i = 0; i < cert.id_count; i++)
		must(seal_identity_parse(cert.ids[i].text, &id) &&
		     !strcmp(id.text, cert.ids[i].text));
	return 0;
}
