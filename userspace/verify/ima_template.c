// SPDX-License-Identifier: GPL-2.0-or-later
/* IMA's templates: which fields, what they hold, and the hash over them. */
#include <string.h>

#include "verify/ima_private.h"

#define OLD		"ima"
#define NAME_HASHED	256u	/* a name in the old template, with its zeros */

#define ROLE(member)	offsetof(struct seal_ima_entry, member)

static const struct seal_ima_field fields[] = {
	{ "d", SEAL_IMA_DIGEST_OLD, ROLE(digest) },
	{ "n", SEAL_IMA_NAME_OLD, ROLE(name) },
	{ "d-ng", SEAL_IMA_DIGEST, ROLE(digest) },
	{ "d-ngv2", SEAL_IMA_DIGEST, ROLE(digest) },
	{ "n-ng", SEAL_IMA_NAME, ROLE(name) },
	{ "sig", SEAL_IMA_HEX, ROLE(sig) },
	{ "buf", SEAL_IMA_HEX, ROLE(buf) },
	{ "d-modsig", SEAL_IMA_DIGEST, 0 },
	{ "modsig", SEAL_IMA_HEX, 0 },
	{ "evmsig", SEAL_IMA_HEX, 0 },
	{ "xattrnames", SEAL_IMA_TEXT, 0 },
	{ "xattrlengths", SEAL_IMA_HEX, 0 },
	{ "xattrvalues", SEAL_IMA_HEX, 0 },
	{ "iuid", SEAL_IMA_U32, 0 },
	{ "igid", SEAL_IMA_U32, 0 },
	{ "imode", SEAL_IMA_U16, 0 },
};

static const struct template {
	const char *name;
	const char *format;
} templates[] = {
	{ "ima-ng", "d-ng|n-ng" },
	{ "ima-sig", "d-ng|n-ng|sig" },
	{ "ima-buf", "d-ng|n-ng|buf" },
	{ OLD, "d|n" },
	{ "ima-ngv2", "d-ngv2|n-ng" },
	{ "ima-sigv2", "d-ngv2|n-ng|sig" },
	{ "ima-modsig", "d-ng|n-ng|sig|d-modsig|modsig" },
	{ "evm-sig", "d-ng|n-ng|evmsig|xattrnames|xattrlengths|xattrvalues|iuid|igid|imode" },
};

static bool is(struct seal_bytes text, const char *word)
{
	return seal_bytes_are(text, word);
}

bool seal_ima_is_old(struct seal_bytes name)
{
	return is(name, OLD);
}

static const struct seal_ima_field *find(struct seal_bytes id)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (is(id, fields[i].id))
			return &fields[i];
	return NULL;
}

/* A template without a name is called by its format, which users may set. */
static struct seal_bytes format_of(struct seal_bytes name)
{
	for (size_t i = 0; i < sizeof(templates) / sizeof(templates[0]); i++)
		if (is(name, templates[i].name))
			return (struct seal_bytes){ (const uint8_t *)templates[i].format,
						    strlen(templates[i].format) };
	return name;
}

/*
 * No hash covers the name of a template, so the peer may give another one. In all
 * that the kernel has, the digest is first and the name second; what comes behind
 * is the choice of the file's owner, who could put a digest there.
 */
static bool is_sound(const struct seal_ima_layout *layout)
{
	if (layout->count < 2 || layout->field[0]->role != ROLE(digest) ||
	    layout->field[1]->role != ROLE(name))
		return false;
	for (size_t i = 2; i < layout->count; i++) {
		size_t role = layout->field[i]->role;

		for (size_t k = 0; role && k < i; k++)
			if (layout->field[k]->role == role)
				return false;
	}
	return true;
}

void seal_ima_layout(struct seal_ima_layout *layout, struct seal_bytes name)
{
	struct seal_bytes format;

	if (layout->name.len && seal_bytes_equal(layout->name, name))
		return;
	*layout = (struct seal_ima_layout){ .name = name };
	format = format_of(name);
	while (format.len) {
		const uint8_t *bar = seal_bytes_chr(format, '|');
		size_t len = bar ? (size_t)(bar - format.data) : format.len;
		const struct seal_ima_field *f = find((struct seal_bytes){ format.data, len });

		if (!f || layout->count == SEAL_IMA_FIELDS_MAX) {
			layout->count = 0;
			return;
		}
		layout->field[layout->count++] = f;
		len += bar ? 1 : 0;
		format.data += len;
		format.len -= len;
	}
	if (!is_sound(layout))
		layout->count = 0;
}

static bool is_type(struct seal_bytes text)
{
	return !text.len || is(text, "ima:") || is(text, "verity:");
}

/* "sha256:" or "ima:sha256:" or "verity:sha256:", a zero, and the octets. */
static bool digest_field(struct seal_bytes value, struct seal_bytes *type,
			 struct seal_bytes *alg, struct seal_bytes *digest)
{
	const uint8_t *zero = seal_bytes_chr(value, '\0');
	size_t end = zero ? (size_t)(zero - value.data) : 0, start;

	if (!end || zero[-1] != ':')
		return false;
	start = --end;
	while (start && value.data[start - 1] != ':')
		start--;
	*type = (struct seal_bytes){ value.data, start };
	*alg = (struct seal_bytes){ value.data + start, end - start };
	*digest = (struct seal_bytes){ zero + 1, value.len - (end + 2) };
	return alg->len && is_type(*type);
}

bool seal_ima_field(struct seal_ima_entry *entry, const struct seal_ima_field *field,
		    struct seal_bytes value)
{
	struct seal_bytes *role = field->role ? (void *)((char *)entry + field->role) : NULL;
	struct seal_bytes type = { 0 }, alg = { 0 };

	switch (field->kind) {
	case SEAL_IMA_DIGEST:
		if (value.len && !digest_field(value, &type, &alg, &value))
			return false;
		break;
	case SEAL_IMA_NAME:
		if (!value.len || seal_bytes_chr(value, '\0') != value.data + value.len - 1)
			return false;
		value.len--;
		break;
	case SEAL_IMA_U16:
	case SEAL_IMA_U32:
		if (value.len != (field->kind == SEAL_IMA_U16 ? 2 : 4))
			return false;
		break;
	case SEAL_IMA_DIGEST_OLD:
	case SEAL_IMA_NAME_OLD:
	case SEAL_IMA_HEX:
	case SEAL_IMA_TEXT:
		break;
	}
	if (role)
		*role = value;
	if (role == &entry->digest) {
		entry->type = type;
		entry->alg = alg;
	}
	return true;
}

bool seal_ima_hash(const struct seal_ima_entry *entry, uint16_t alg,
		   uint8_t out[SEAL_PCR_VALUE_MAX])
{
	static const uint8_t zeros[NAME_HASHED];
	struct seal_bytes parts[3] = { entry->data };

	if (!entry->data.len)
		return false;
	if (!seal_ima_is_old(entry->template))
		return seal_bank_hash(alg, parts, 1, out);
	if (entry->name.len > NAME_HASHED)
		return false;
	parts[0] = entry->digest;
	parts[1] = entry->name;
	parts[2] = (struct seal_bytes){ zeros, NAME_HASHED - entry->name.len };
	return seal_bank_hash(alg, parts, 3, out);
}

static uint16_t alg_of_len(size_t len)
{
	switch (len) {
	case 20:
		return SEAL_TPM_ALG_SHA1;
	case 32:
		return SEAL_TPM_ALG_SHA256;
	case 48:
		return SEAL_TPM_ALG_SHA384;
	case 64:
		return SEAL_TPM_ALG_SHA512;
	default:
		return 0;
	}
}

bool seal_ima_prove(struct seal_ima_entry *entry)
{
	uint8_t hash[SEAL_PCR_VALUE_MAX], any = 0;

	for (size_t i = 0; i < entry->hash.len; i++)
		any |= entry->hash.data[i];
	entry->violation = !any;
	entry->proven = seal_ima_hash(entry, alg_of_len(entry->hash.len), hash) &&
			!memcmp(hash, entry->hash.data, entry->hash.len);
	return entry->proven;
}

bool seal_ima_extend(struct seal_bank *bank, const struct seal_ima_entry *entry,
		     enum seal_ima_extend how)
{
	uint8_t digest[SEAL_PCR_VALUE_MAX] = { 0 };
	bool ok = true;

	if (entry->violation)
		memset(digest, 0xff, sizeof(digest));
	else if (entry->hash.len == bank->len && alg_of_len(bank->len) == bank->alg)
		memcpy(digest, entry->hash.data, bank->len);
	else if (how == SEAL_IMA_PADDED && entry->hash.len <= bank->len)
		memcpy(digest, entry->hash.data, entry->hash.len);
	else
		ok = how == SEAL_IMA_HASHED && seal_ima_hash(entry, bank->alg, digest);
	if (ok)
		ok = seal_bank_extend(bank, entry->pcr, (struct seal_bytes){ digest, bank->len });
	if (!ok && entry->pcr < SEAL_PCR_COUNT)
		bank->lost |= 1u << entry->pcr;
	return ok;
}
