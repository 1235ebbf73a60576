// SPDX-License-Identifier: GPL-2.0-or-later
/* The forms in which tools keep keys, quotes and PCR values. */
#include "sealctl/appraise_files.h"

#include <string.h>

#include "verify/le.h"

/* tpm2-tools' "serialized" is the memory of two structures on a small-endian host. */
#define SELECTION_LEN	132u	/* TPML_PCR_SELECTION */
#define DIGESTS_MAX	8u	/* of one TPML_DIGEST */
#define DIGEST_ROOM	64u

static bool key_of_area(struct seal_bytes area, struct seal_tpm_public *pub)
{
	return area.len && seal_tpm_public_decode(area, pub);
}

bool key_of_file(struct seal_bytes file, struct seal_tpm_public *pub, const char **form_ret)
{
	memset(pub, 0, sizeof(*pub));
	*form_ret = "TPM2B_PUBLIC";
	if (key_of_area(seal_tpm_public_inner(file), pub))
		return true;
	*form_ret = "TPMT_PUBLIC";
	if (key_of_area(file, pub))
		return true;
	*form_ret = "a key in PEM or DER";
	return seal_key_of_any(file, &pub->key);
}

bool signature_is_bare(struct seal_bytes file)
{
	struct seal_tpm_signature sig;

	return !seal_tpm_signature_decode(file, &sig);
}

static bool take(const struct seal_pcrs *selection, struct seal_bytes v, unsigned int *pcr,
		 struct seal_bytes value[SEAL_PCR_COUNT])
{
	while (*pcr < SEAL_PCR_COUNT && !(selection->mask >> *pcr & 1))
		++*pcr;
	if (*pcr == SEAL_PCR_COUNT || v.len != seal_tpm_bank_len(selection->bank))
		return false;
	value[(*pcr)++] = v;
	return true;
}

static bool complete(const struct seal_pcrs *selection, unsigned int pcr)
{
	return !(selection->mask >> pcr);
}

static bool from_values(struct seal_bytes file, const struct seal_pcrs *selection,
			struct seal_bytes value[SEAL_PCR_COUNT])
{
	struct seal_reader r = seal_reader_of(file);
	unsigned int pcr = 0;

	while (r.left)
		if (!take(selection, seal_get_bytes(&r, seal_tpm_bank_len(selection->bank)),
			  &pcr, value))
			return false;
	return complete(selection, pcr);
}

static bool from_memory(struct seal_bytes file, const struct seal_pcrs *selection,
			struct seal_bytes value[SEAL_PCR_COUNT])
{
	struct seal_reader r = seal_reader_of(file);
	unsigned int pcr = 0;
	uint32_t lists;

	seal_get_bytes(&r, SELECTION_LEN);
	for (lists = seal_get_le(&r, 4); lists && !r.bad; lists--) {
		uint32_t count = seal_get_le(&r, 4);

		if (count > DIGESTS_MAX)
			return false;
		for (unsigned int i = 0; i < DIGESTS_MAX; i++) {
			uint16_t len = seal_get_le(&r, 2);
			struct seal_bytes room = seal_get_bytes(&r, DIGEST_ROOM);

			if (r.bad || len > DIGEST_ROOM)
				return false;
			room.len = len;
			if (i < count && !take(selection, room, &pcr, value))
				return false;
		}
	}
	return seal_reader_done(&r) && complete(selection, pcr);
}

bool pcrs_of_file(struct seal_bytes file, const struct seal_pcrs *selection,
		  struct seal_bytes value[SEAL_PCR_COUNT])
{
	memset(value, 0, SEAL_PCR_COUNT * sizeof(*value));
	if (!selection->mask)
		return false;
	if (from_values(file, selection, value))
		return true;
	memset(value, 0, SEAL_PCR_COUNT * sizeof(*value));
	return from_memory(file, selection, value);
}
