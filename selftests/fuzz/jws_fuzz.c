// SPDX-License-Identifier: GPL-2.0-or-later
/* A JWS, and claims in JSON: the first octet says which. */
#include "fuzz.h"
#include "verify/ear_json.h"
#include "verify/jws.h"

static void claims(struct seal_bytes in)
{
	uint8_t room[SEAL_EAR_MAX], again[SEAL_EAR_MAX];
	static char json[4 * SEAL_EAR_MAX];
	struct seal_ear ear, second;
	size_t len;

	if (seal_ear_of_json(in, room, &ear) != SEAL_REASON_ACCEPTED)
		return;
	len = seal_ear_to_json(&ear, json, sizeof(json));
	must(len && seal_ear_of_json((struct seal_bytes){ (uint8_t *)json, len }, again, &second) ==
		    SEAL_REASON_ACCEPTED);
	must(second.count == ear.count && second.expires == ear.expires);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct seal_jws jws;
	struct seal_bytes in = input(data, size);

	if (!seal_jws_likely(in)) {
		claims(in);
		return 0;
	}
	if (seal_jws_decode(in, &jws) != SEAL_REASON_ACCEPTED)
		return 0;
	must(seal_cose_hash(jws.alg) && jws.payload_len && jws.signature_len);
	claims((struct seal_bytes){ jws.payload, jws.payload_len });
	return 0;
}
