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

static int compare(const struct seal_tpm_name *a, const struct seal_tpm_name *b)
{
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return memcmp(a->data, b->data, a->len);
}

/* The first in the order of names that is not before @name; false: it is another. */
static bool find(const struct seal_admitted *admitted, const struct seal_tpm_name *name,
		 size_t *place, const struct seal_admitted_entry **entry)
{
	size_t from = 0, to = admitted->count;
	int is = 1;

	while (from < to && is) {
		size_t middle = from + (to - from) / 2;

		*entry = &admitted->entry[admitted->by_name ? admitted->by_name[middle] : middle];
		is = compare(&(*entry)->name, name);
		if (is < 0)
			from = middle + 1;
		else
			to = middle;
	}
	*place = from;
	return !is;
}

static bool grow(struct seal_admitted *admitted)
{
	struct seal_admitted_entry *entry = admitted->entry;
	size_t room = admitted->count ? 2 * admitted->count : 1;
	uint16_t *by_name = admitted->by_name;

	if (admitted->count & (admitted->count - 1))
		return true;
	entry = realloc(entry, room * sizeof(*entry));
	if (!entry)
		return false;
	admitted->entry = entry;
	by_name = realloc(by_name, room * sizeof(*by_name));
	if (!by_name)
		return false;
	admitted->by_name = by_name;
	return true;
}

/* One key belongs to one machine, once and for all. */
static const char *add(struct seal_admitted *admitted,
		       const struct seal_admitted_entry *entry)
{
	const struct seal_admitted_entry *other = NULL;
	size_t place;

	if (find(admitted, &entry->name, &place, &other))
		return "this key is admitted already";
	if (admitted->count == SEAL_ADMITTED_MAX)
		return "too many keys";
	if (!grow(admitted))
		return "out of memory";
	memmove(&admitted->by_name[place + 1], &admitted->by_name[place],
		(admitted->count - place) * sizeof(*admitted->by_name));
	admitted->by_name[place] = (uint16_t)admitted->count;
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
	free(admitted->by_name);
	*admitted = (struct seal_admitted){ 0 };
}

enum seal_reason seal_admitted_check(const struct seal_admitted *admitted,
				     const struct seal_identity *id,
				     const struct seal_tpm_name *name)
{
	const struct seal_admitted_entry *entry = NULL;
	size_t place;

	if (!admitted || !find(admitted, name, &place, &entry))
		return SEAL_REASON_AK_UNKNOWN;
	return strcmp(entry->identity.text, id->text) ? SEAL_REASON_AK_IDENTITY :
							 SEAL_REASON_ACCEPTED;
}
