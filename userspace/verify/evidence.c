// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of evidence types. */
#include "verify/evidence.h"

#include <string.h>

#include "verify/appraise_tpm.h"
#include "verify/passport.h"

static const struct seal_evidence_type types[] = {
	{ SEAL_MEDIA_TPM, SEAL_CMW_EVIDENCE, SEAL_HELLO_EVIDENCE,
	  seal_tpm_evidence_decode, seal_tpm_appraise },
	{ SEAL_MEDIA_PASSPORT, SEAL_CMW_EVIDENCE | SEAL_CMW_RESULT, SEAL_HELLO_PASSPORT,
	  seal_passport_decode, seal_passport_appraise },
	{ SEAL_MEDIA_EAT_CWT, SEAL_CMW_RESULT, SEAL_HELLO_INTERACTIVE | SEAL_HELLO_PLAIN,
	  seal_result_take_cwt, seal_result_appraise },
	{ SEAL_MEDIA_EAT_JWT, SEAL_CMW_RESULT, SEAL_HELLO_INTERACTIVE | SEAL_HELLO_PLAIN,
	  seal_result_take_jwt, seal_result_appraise },
};

#define TYPES	(sizeof(types) / sizeof(types[0]))

_Static_assert(TYPES <= SEAL_MEDIA_MAX, "all types fit into a hello");

static struct seal_bytes media_type(const struct seal_evidence_type *type)
{
	return (struct seal_bytes){ (const uint8_t *)type->media_type,
				    strlen(type->media_type) };
}

const struct seal_evidence_type *seal_evidence_type(struct seal_bytes wanted)
{
	for (size_t i = 0; i < TYPES; i++)
		if (seal_bytes_equal(media_type(&types[i]), wanted))
			return &types[i];
	return NULL;
}

bool seal_evidence_serves(const struct seal_evidence_type *type, uint8_t mode)
{
	return mode >= SEAL_MODE_EVIDENCE && mode <= SEAL_MODE_PLAIN &&
	       type->modes >> (mode - 1) & 1;
}

void seal_evidence_offer(struct seal_hello *hello)
{
	for (size_t i = 0; i < TYPES; i++)
		hello->media_types[i] = media_type(&types[i]);
	hello->media_count = TYPES;
	hello->modes = SEAL_HELLO_EVIDENCE;
}

size_t seal_evidence_wrap(const struct seal_tpm_evidence *evidence,
			  uint8_t *out, size_t size)
{
	const size_t room = sizeof(SEAL_MEDIA_TPM) + 16;	/* for the record */
	struct seal_cmw cmw = {
		.type = { (const uint8_t *)SEAL_MEDIA_TPM, strlen(SEAL_MEDIA_TPM) },
		.ind = SEAL_CMW_EVIDENCE,
	};
	uint8_t map[SEAL_CMW_MAX];

	cmw.value.data = map;
	cmw.value.len = seal_evidence_encode(evidence, map, sizeof(map) - room);
	return cmw.value.len ? seal_cmw_encode(&cmw, out, size) : 0;
}
