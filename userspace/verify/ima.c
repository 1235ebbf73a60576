// SPDX-License-Identifier: GPL-2.0-or-later
/* IMA's measurement lists: walking them, and the binary form. */
#include "verify/ima.h"

#include <stdlib.h>
#include <string.h>

#include "verify/ima_private.h"
#include "verify/le.h"

#define LINE_ROOM	256u	/* what data may be longer than its line */

/* Template hashes come in these lengths: SHA-1 first, and each bank of its own. */
static const uint8_t hash_lens[] = { 20, 32, 48, 64 };

static bool read_fields(const struct seal_ima_layout *layout, struct seal_ima_entry *entry)
{
	struct seal_reader r = seal_reader_of(entry->data);

	for (size_t i = 0; i < layout->count; i++) {
		uint32_t len = seal_get_le(&r, 4);
		struct seal_bytes value = seal_get_bytes(&r, len);

		if (r.bad || !seal_ima_field(entry, layout->field[i], value))
			return false;
	}
	entry->known = layout->count;
	return !layout->count || seal_reader_done(&r);
}

/* The first template has neither a length of its data nor one of its digest. */
static bool read_old(struct seal_reader *r, struct seal_ima_entry *entry)
{
	struct seal_reader start = *r;
	uint32_t len;

	entry->digest = seal_get_bytes(r, IMA_DIGEST_LEN);
	len = seal_get_le(r, 4);
	entry->name = seal_get_bytes(r, len);
	entry->known = true;
	entry->data = seal_get_bytes(&start, start.left - r->left);
	return !r->bad && len <= SEAL_IMA_NAME_MAX;
}

/* One entry at @r. NULL, or what is wrong with it. */
static const char *read_entry(struct seal_ima_layout *layout, size_t hash_len,
			      struct seal_reader *r, struct seal_ima_entry *entry)
{
	uint32_t len;

	entry->pcr = seal_get_le(r, 4);
	entry->hash = seal_get_bytes(r, hash_len);
	len = seal_get_le(r, 4);
	if (!r->bad && (!len || len > SEAL_IMA_NAME_MAX))
		return "not the name of a template";
	entry->template = seal_get_bytes(r, len);
	if (r->bad)
		return "the entry ends after the list";
	if (seal_ima_is_old(entry->template))
		return read_old(r, entry) ? NULL : "not an entry of the template ima";
	len = seal_get_le(r, 4);
	entry->data = seal_get_bytes(r, len);
	if (r->bad)
		return "the entry ends after the list";
	seal_ima_layout(layout, entry->template);
	return read_fields(layout, entry) ? NULL : "the data has not the fields of its template";
}

/* The list of each bank has hashes of its own length, and nothing says so. */
static size_t guess_hash_len(struct seal_bytes list)
{
	size_t guess = 0;

	for (size_t i = 0; i < sizeof(hash_lens); i++) {
		struct seal_reader r = seal_reader_of(list);
		struct seal_ima_layout layout = { 0 };
		struct seal_ima_entry entry = { 0 };

		if (read_entry(&layout, hash_lens[i], &r, &entry))
			continue;
		if (seal_ima_prove(&entry))
			return hash_lens[i];
		if (!guess)
			guess = hash_lens[i];
	}
	return guess ? guess : hash_lens[0];
}

/* Binary lists begin with a PCR below 24, text with a digit or a space. */
static bool is_text(struct seal_bytes list)
{
	return list.len && list.data[0] >= SEAL_PCR_COUNT;
}

static struct seal_bytes first_line(struct seal_reader *r)
{
	const uint8_t *end = seal_bytes_chr((struct seal_bytes){ r->at, r->left }, '\n');
	struct seal_bytes line = seal_get_bytes(r, end ? (size_t)(end - r->at) : r->left);

	if (end)
		seal_get_bytes(r, 1);
	return line;
}

static bool make_scratch(struct seal_ima *ima)
{
	struct seal_reader r = ima->left;
	size_t longest = 0;

	while (r.left) {
		size_t len = first_line(&r).len;

		longest = len > longest ? len : longest;
	}
	ima->scratch_len = longest + LINE_ROOM;
	ima->scratch = malloc(ima->scratch_len);
	return ima->scratch;
}

bool seal_ima_open(struct seal_ima *ima, struct seal_bytes list)
{
	*ima = (struct seal_ima){ .all = list, .left = seal_reader_of(list) };
	if (list.len > SEAL_LOG_MAX) {
		ima->error = "the list is larger than 64 MiB";
		return true;
	}
	ima->text = is_text(list);
	if (ima->text)
		return make_scratch(ima);
	ima->hash_len = guess_hash_len(list);
	return true;
}

void seal_ima_close(struct seal_ima *ima)
{
	free(ima->scratch);
	*ima = (struct seal_ima){ 0 };
}

bool seal_ima_next(struct seal_ima *ima, struct seal_ima_entry *entry_ret)
{
	struct seal_ima_entry entry = {
		.number = ima->count,
		.offset = ima->all.len - ima->left.left,
	};
	const char *why;

	if (ima->error || (ima->count && !ima->left.left))
		return false;
	if (!ima->left.left)
		why = "the list is empty";
	else if (ima->text)
		why = seal_ima_line(ima, first_line(&ima->left), &entry);
	else
		why = read_entry(&ima->layout, ima->hash_len, &ima->left, &entry);
	if (!why && entry.pcr >= SEAL_PCR_COUNT)
		why = "there is no such PCR";
	if (why) {
		ima->error = why;
		ima->error_at = entry.offset;
		return false;
	}
	seal_ima_prove(&entry);
	ima->count++;
	*entry_ret = entry;
	return true;
}
