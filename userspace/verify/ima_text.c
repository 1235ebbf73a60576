// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IMA's measurement lists: the ASCII form,
 *
 *	10 HASH TEMPLATE sha256:DIGEST NAME [HEX ...]
 *
 * from which the octets that were hashed are put together again. The kernel
 * writes small hex digits; capitals would be a second way to say the same.
 */
#include <string.h>

#include "verify/ima_private.h"

static int digit(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void put_hex(struct seal_writer *w, struct seal_bytes hex)
{
	w->bad |= hex.len % 2;
	for (size_t i = 0; i + 1 < hex.len && !w->bad; i += 2) {
		int high = digit(hex.data[i]), low = digit(hex.data[i + 1]);

		if (high < 0 || low < 0)
			w->bad = true;
		else
			seal_put_u8(w, high << 4 | low);
	}
}

/* A number below @max in decimal. */
static bool number(struct seal_bytes text, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9' || v > max)
			return false;
		v = 10 * v + (text.data[i] - '0');
	}
	*ret = v;
	return text.len && v < max && (text.data[0] != '0' || text.len == 1);
}

static void put_le(struct seal_writer *w, uint64_t v, unsigned int width)
{
	for (; width; width--, v >>= 8)
		seal_put_u8(w, v & 0xff);
}

static void put_number(struct seal_writer *w, struct seal_bytes text, unsigned int width)
{
	uint64_t v;

	w->bad |= !number(text, 1ull << (8 * width), &v);
	if (!w->bad)
		put_le(w, v, width);
}

/* "sha256:HEX" as "sha256:", a zero and octets. */
static void put_digest(struct seal_writer *w, struct seal_bytes text)
{
	size_t at = text.len;

	while (at && text.data[at - 1] != ':')
		at--;
	if (!at) {
		w->bad |= text.len > 0;
		return;
	}
	seal_put_bytes(w, text.data, at);
	seal_put_u8(w, 0);
	put_hex(w, (struct seal_bytes){ text.data + at, text.len - at });
}

static void put_value(struct seal_writer *w, enum seal_ima_kind kind, struct seal_bytes text)
{
	switch (kind) {
	case SEAL_IMA_DIGEST:
		put_digest(w, text);
		break;
	case SEAL_IMA_DIGEST_OLD:
	case SEAL_IMA_HEX:
		put_hex(w, text);
		break;
	case SEAL_IMA_NAME:
		seal_put_bytes(w, text.data, text.len);
		seal_put_u8(w, 0);
		break;
	case SEAL_IMA_NAME_OLD:
	case SEAL_IMA_TEXT:
		seal_put_bytes(w, text.data, text.len);
		break;
	case SEAL_IMA_U16:
		put_number(w, text, 2);
		break;
	case SEAL_IMA_U32:
		put_number(w, text, 4);
		break;
	}
}

/* The length, which is little-endian, and the value. */
static struct seal_bytes put_field(struct seal_writer *w, enum seal_ima_kind kind,
				   struct seal_bytes text)
{
	size_t mark = w->len + 4, len;

	put_le(w, 0, 4);
	put_value(w, kind, text);
	if (w->bad)
		return (struct seal_bytes){ 0 };
	len = w->len - mark;
	for (unsigned int i = 0; i < 4; i++)
		w->buf[mark - 4 + i] = len >> (8 * i);
	return (struct seal_bytes){ w->buf + mark, len };
}

/* The word up to the first space, which goes too. False without a space. */
static bool take_first(struct seal_bytes *text, struct seal_bytes *word)
{
	const uint8_t *space = seal_bytes_chr(*text, ' ');

	if (!space)
		return false;
	*word = (struct seal_bytes){ text->data, space - text->data };
	text->len -= word->len + 1;
	text->data = space + 1;
	return true;
}

/* The word behind the last space, likewise. */
static bool take_last(struct seal_bytes *text, struct seal_bytes *word)
{
	const uint8_t *space = seal_bytes_rchr(*text, ' ');

	if (!space)
		return false;
	*word = (struct seal_bytes){ space + 1, text->data + text->len - (space + 1) };
	text->len = space - text->data;
	return true;
}

static bool is_name(const struct seal_ima_field *f)
{
	return f->kind == SEAL_IMA_NAME || f->kind == SEAL_IMA_NAME_OLD;
}

/*
 * Cut @rest into one word for each field. A name may have spaces: what is
 * before it is cut off in front, and @behind words at the end. Fields without
 * a word are empty: the kernel writes their space, and not all copies keep it.
 */
static bool cut(const struct seal_ima_layout *layout, struct seal_bytes rest, size_t behind,
		struct seal_bytes word[SEAL_IMA_FIELDS_MAX])
{
	size_t name = 0;

	while (name < layout->count && !is_name(layout->field[name])) {
		if (!take_first(&rest, &word[name]))
			return false;
		name++;
	}
	if (name == layout->count || behind > layout->count - 1 - name)
		return false;
	for (size_t i = name + 1; i < layout->count; i++)
		word[i] = (struct seal_bytes){ 0 };
	for (size_t i = name + behind; i > name; i--)
		if (!take_last(&rest, &word[i]))
			return false;
	word[name] = rest;
	return true;
}

/* Build the template data for one way to cut the line. */
static bool build(struct seal_ima *ima, struct seal_bytes rest, size_t behind, size_t used,
		  struct seal_ima_entry *entry)
{
	struct seal_writer w = seal_writer(ima->scratch + used, ima->scratch_len - used);
	struct seal_bytes word[SEAL_IMA_FIELDS_MAX];
	const struct seal_ima_layout *layout = &ima->layout;

	if (!cut(layout, rest, behind, word))
		return false;
	for (size_t i = 0; i < layout->count; i++) {
		struct seal_bytes value = put_field(&w, layout->field[i]->kind, word[i]);

		if (w.bad || !seal_ima_field(entry, layout->field[i], value))
			return false;
	}
	entry->data = (struct seal_bytes){ w.buf, w.len };
	entry->known = true;
	return true;
}

/*
 * Try the ways to cut the line, most words first; the hash knows which is
 * right. Where it knows none, the first that has a shape.
 */
static bool read_fields(struct seal_ima *ima, struct seal_bytes rest, size_t used,
			struct seal_ima_entry *entry)
{
	struct seal_ima_entry plain = *entry;
	bool shaped = false;
	size_t first = 0;

	for (size_t behind = ima->layout.count; behind-- > 0;) {
		*entry = plain;
		if (!build(ima, rest, behind, used, entry))
			continue;
		if (seal_ima_prove(entry))
			return true;
		if (!shaped)
			first = behind;
		shaped = true;
	}
	*entry = plain;
	return shaped && build(ima, rest, first, used, entry);
}

static bool is_hash_len(size_t len)
{
	return len == 20 || len == 32 || len == 48 || len == 64;
}

/* The first three words: PCR (which has a space before it when it is short). */
static const char *read_head(struct seal_ima *ima, struct seal_bytes *line, size_t *used,
			     struct seal_ima_entry *entry)
{
	struct seal_writer w = seal_writer(ima->scratch, ima->scratch_len);
	struct seal_bytes pcr, hash;
	uint64_t v;

	if (line->len && line->data[0] == ' ') {
		line->data++;
		line->len--;
	}
	if (!take_first(line, &pcr) || !take_first(line, &hash) ||
	    !take_first(line, &entry->template) || !number(pcr, SEAL_PCR_COUNT, &v))
		return "not PCR, HASH, TEMPLATE and fields";
	entry->pcr = v;
	put_hex(&w, hash);
	if (w.bad || !is_hash_len(w.len))
		return "not a template hash in hex";
	if (ima->hash_len && ima->hash_len != w.len)
		return "a template hash of another length than the first";
	ima->hash_len = w.len;
	entry->hash = (struct seal_bytes){ w.buf, w.len };
	*used = w.len;
	return NULL;
}

const char *seal_ima_line(struct seal_ima *ima, struct seal_bytes line,
			  struct seal_ima_entry *entry)
{
	size_t used;
	const char *why = read_head(ima, &line, &used, entry);

	if (why)
		return why;
	seal_ima_layout(&ima->layout, entry->template);
	if (!ima->layout.count)
		return NULL;
	return read_fields(ima, line, used, entry) ? NULL :
	       "the line has not the fields of its template";
}
