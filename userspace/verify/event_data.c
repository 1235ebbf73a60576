// SPDX-License-Identifier: GPL-2.0-or-later
/* The data of boot events. */
#include "verify/event_data.h"

#include <string.h>

#include "verify/le.h"

#define GUID_LEN	16u
#define NODE_MEDIA	4u	/* UEFI 10.3.5: media device path, */
#define NODE_FILE	4u	/* file path */
#define NODE_HEADER	4u

static const uint8_t global_guid[GUID_LEN] = {
	0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11,
	0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c,
};

bool seal_event_variable(struct seal_bytes data, struct seal_variable *ret)
{
	struct seal_reader r = seal_reader_of(data);
	struct seal_variable var;
	uint64_t name, value;

	var.guid = seal_get_bytes(&r, GUID_LEN);
	name = seal_get_le(&r, 8);
	value = seal_get_le(&r, 8);
	if (r.bad || name > r.left / 2 || value > r.left - 2 * name)
		return false;
	var.name = seal_get_bytes(&r, 2 * name);
	var.value = seal_get_bytes(&r, value);
	if (!seal_reader_done(&r))
		return false;
	*ret = var;
	return true;
}

bool seal_variable_is_global(const struct seal_variable *var, const char *name)
{
	size_t len = strlen(name);

	if (var->name.len != 2 * len || memcmp(var->guid.data, global_guid, GUID_LEN))
		return false;
	for (size_t i = 0; i < len; i++)
		if (var->name.data[2 * i] != (uint8_t)name[i] || var->name.data[2 * i + 1])
			return false;
	return true;
}

struct seal_bytes seal_event_image_path(struct seal_bytes data)
{
	struct seal_reader r = seal_reader_of(data);
	struct seal_bytes path = { 0 };

	seal_get_bytes(&r, 24);			/* address, length, link address */
	if (seal_get_le(&r, 8) > r.left)
		return path;
	while (!r.bad && r.left) {
		uint8_t type = seal_get_u8(&r), subtype = seal_get_u8(&r);
		size_t len = seal_get_le(&r, 2);
		struct seal_bytes node;

		if (len < NODE_HEADER)
			break;
		node = seal_get_bytes(&r, len - NODE_HEADER);
		if (type == NODE_MEDIA && subtype == NODE_FILE)
			path = node;
	}
	return path;
}

/* Every second octet of a UTF-16 text of our alphabets is zero. */
static bool is_wide(struct seal_bytes text)
{
	return text.len >= 4 && text.len % 2 == 0 && text.data[0] && !text.data[1] &&
	       !text.data[3];
}

void seal_event_text(struct seal_bytes text, char *out, size_t size)
{
	size_t step = is_wide(text) ? 2 : 1, n = 0;

	for (size_t i = 0; i + step <= text.len && n + 1 < size; i += step) {
		uint8_t c = step == 2 && text.data[i + 1] ? '?' : text.data[i];

		if (!c)
			break;
		out[n++] = c < 0x20 || c > 0x7e ? '?' : c;
	}
	out[n] = '\0';
}

bool seal_event_plain(struct seal_bytes text, size_t size)
{
	size_t step = is_wide(text) ? 2 : 1, n = 0;

	if (text.len % step)
		return false;
	while (step == 2 && text.len && !text.data[text.len - 1] && !text.data[text.len - 2])
		text.len -= 2;
	for (size_t i = 0; i < text.len; i += step, n++) {
		uint8_t c = text.data[i];

		if ((c < 0x20 && c != '\t') || c > 0x7e || (step == 2 && text.data[i + 1]))
			return false;
	}
	return n < size;
}

bool seal_event_data_hashed(uint16_t alg, struct seal_bytes digest,
			    struct seal_bytes data)
{
	uint8_t hash[SEAL_PCR_VALUE_MAX];

	return seal_bank_hash(alg, &data, 1, hash) &&
	       seal_bytes_equal(digest, (struct seal_bytes){ hash, seal_bank_len(alg) });
}
