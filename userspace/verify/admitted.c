// SPDX-License-Identifier: GPL-2.0-or-later
/* Pinned attestation keys. */
#include "verify/admitted.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify/hex.h"

#define PUBLIC_MAX	2048u
#define MEMBERS		3u

static const char *member(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return json_is_string(value) ? json_string_value(value) : "";
}

/* The entry that the JSON object describes; a sentence when it does not. */
static const char *entry_of(const json_t *object,
			    struct seal_admitted_entry *entry)
{
	uint8_t area[PUBLIC_MAX], name[SEAL_TPM_NAME_MAX];
	struct seal_tpm_public pub;
	size_t len;

	if (!json_is_object(object) || json_object_size(object) != MEMBERS)
		return "not an object of identity, ak_public and ak_name";
	if (!seal_identity_parse(member(object, "identity"), &entry->identity))
		return "identity is not dns:, ip: or uri:";
	len = seal_hex_decode(member(object, "ak_public"), area, sizeof(area));
	if (!len || !seal_tpm_public_decode((struct seal_bytes){ area, len }, &pub))
		return "ak_public is not a TPMT_PUBLIC in hex";
	if (!seal_tpm_is_ak(&pub))
		return "ak_public is not a restricted signing key fixed to a TPM";
	len = seal_hex_decode(member(object, "ak_name"), name, sizeof(name));
	if (!seal_bytes_equal((struct seal_bytes){ name, len },
			      seal_tpm_name_bytes(&pub.name)))
		return "ak_name is not the name of ak_public";
	entry->name = pub.name;
	return NULL;
}

/* One key belongs to one machine, once and for all. */
static const char *add(struct seal_admitted *admitted,
		       const struct seal_admitted_entry *entry)
{
	struct seal_admitted_entry *grown;

	if (seal_admitted_check(admitted, &entry->identity, &entry->name) !=
	    SEAL_REASON_AK_UNKNOWN)
		return "this key is admitted already";
	if (admitted->count == SEAL_ADMITTED_MAX)
		return "too many keys";
	grown = realloc(admitted->entry, (admitted->count + 1) * sizeof(*grown));
	if (!grown)
		return "out of memory";
	admitted->entry = grown;
	admitted->entry[admitted->count++] = *entry;
	return NULL;
}

bool seal_admitted_parse(struct seal_admitted *admitted, struct seal_bytes json,
			 char *why, size_t why_size)
{
	struct seal_admitted_entry entry = { 0 };
	const char *wrong = "larger than 16 KiB";
	json_error_t error;
	json_t *object;

	if (json.len > SEAL_ADMITTED_FILE_MAX)
		goto out;
	object = json_loadb((const char *)json.data, json.len,
			    JSON_REJECT_DUPLICATES, &error);
	wrong = object ? entry_of(object, &entry) : "not JSON";
	json_decref(object);
	if (!wrong)
		wrong = add(admitted, &entry);
out:
	if (wrong)
		snprintf(why, why_size, "%s", wrong);
	return !wrong;
}

void seal_admitted_free(struct seal_admitted *admitted)
{
	free(admitted->entry);
	*admitted = (struct seal_admitted){ 0 };
}

enum seal_reason seal_admitted_check(const struct seal_admitted *admitted,
				     const struct seal_identity *id,
				     const struct seal_tpm_name *name)
{
	for (size_t i = 0; admitted && i < admitted->count; i++) {
		const struct seal_admitted_entry *entry = &admitted->entry[i];

		if (!seal_bytes_equal(seal_tpm_name_bytes(&entry->name),
				      seal_tpm_name_bytes(name)))
			continue;
		return strcmp(entry->identity.text, id->text)
		       ? SEAL_REASON_AK_IDENTITY : SEAL_REASON_ACCEPTED;
	}
	return SEAL_REASON_AK_UNKNOWN;
}
