// SPDX-License-Identifier: GPL-2.0-or-later
/* Bounded reading and writing with a sticky error. */
#include "wire/buf.h"

#include <string.h>

bool seal_bytes_equal(struct seal_bytes a, struct seal_bytes b)
{
	return a.len == b.len && (!a.len || !memcmp(a.data, b.data, a.len));
}

bool seal_bytes_equal_ct(struct seal_bytes a, struct seal_bytes b)
{
	volatile uint8_t diff = 0;

	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		diff |= a.data[i] ^ b.data[i];
	return !diff;
}

int seal_bytes_order(struct seal_bytes a, struct seal_bytes b)
{
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return a.len ? memcmp(a.data, b.data, a.len) : 0;
}

bool seal_bytes_start(struct seal_bytes bytes, const char *word)
{
	size_t len = strlen(word);

	return bytes.len >= len && (!len || !memcmp(bytes.data, word, len));
}

bool seal_bytes_are(struct seal_bytes bytes, const char *word)
{
	return bytes.len == strlen(word) && seal_bytes_start(bytes, word);
}

const uint8_t *seal_bytes_chr(struct seal_bytes bytes, uint8_t octet)
{
	return bytes.len ? memchr(bytes.data, octet, bytes.len) : NULL;
}

const uint8_t *seal_bytes_rchr(struct seal_bytes bytes, uint8_t octet)
{
	return bytes.len ? memrchr(bytes.data, octet, bytes.len) : NULL;
}

const uint8_t *seal_bytes_find(struct seal_bytes bytes, const char *word)
{
	return bytes.len ? memmem(bytes.data, bytes.len, word, strlen(word)) : NULL;
}

struct seal_reader seal_reader(const void *data, size_t len)
{
	return (struct seal_reader){ .at = data, .left = len };
}

struct seal_reader seal_reader_of(struct seal_bytes bytes)
{
	return seal_reader(bytes.data, bytes.len);
}

struct seal_bytes seal_get_bytes(struct seal_reader *r, size_t len)
{
	struct seal_bytes view = { 0 };

	if (r->bad || len > r->left) {
		r->bad = true;
		return view;
	}
	if (!len)
		return view;
	view.data = r->at;
	view.len = len;
	r->at += len;
	r->left -= len;
	return view;
}

/* Big-endian number of @width octets; 0 on error. */
static uint64_t get_number(struct seal_reader *r, unsigned int width)
{
	struct seal_bytes b = seal_get_bytes(r, width);
	uint64_t v = 0;

	for (size_t i = 0; i < b.len; i++)
		v = v << 8 | b.data[i];
	return v;
}

uint8_t seal_get_u8(struct seal_reader *r)
{
	return get_number(r, 1);
}

uint16_t seal_get_u16(struct seal_reader *r)
{
	return get_number(r, 2);
}

uint32_t seal_get_u24(struct seal_reader *r)
{
	return get_number(r, 3);
}

uint32_t seal_get_u32(struct seal_reader *r)
{
	return get_number(r, 4);
}

uint64_t seal_get_u64(struct seal_reader *r)
{
	return get_number(r, 8);
}

void seal_get_copy(struct seal_reader *r, void *dst, size_t len)
{
	struct seal_bytes b = seal_get_bytes(r, len);

	if (b.len)
		memcpy(dst, b.data, len);
	else
		memset(dst, 0, len);
}

static struct seal_bytes get_vec(struct seal_reader *r, unsigned int width,
				 size_t min, size_t max)
{
	size_t len = get_number(r, width);

	if (len < min || len > max)
		r->bad = true;
	return seal_get_bytes(r, len);
}

struct seal_bytes seal_get_vec8(struct seal_reader *r, size_t min, size_t max)
{
	return get_vec(r, 1, min, max);
}

struct seal_bytes seal_get_vec16(struct seal_reader *r, size_t min, size_t max)
{
	return get_vec(r, 2, min, max);
}

struct seal_bytes seal_get_vec24(struct seal_reader *r, size_t min, size_t max)
{
	return get_vec(r, 3, min, max);
}

struct seal_bytes seal_get_rest(struct seal_reader *r)
{
	return seal_get_bytes(r, r->left);
}

bool seal_reader_done(const struct seal_reader *r)
{
	return !r->bad && !r->left;
}

struct seal_writer seal_writer(void *buf, size_t size)
{
	return (struct seal_writer){ .buf = buf, .size = size };
}

void seal_put_bytes(struct seal_writer *w, const void *data, size_t len)
{
	if (w->bad || len > w->size - w->len) {
		w->bad = true;
		return;
	}
	if (len)
		memcpy(w->buf + w->len, data, len);
	w->len += len;
}

static void put_number(struct seal_writer *w, uint64_t v, unsigned int width)
{
	uint8_t raw[8];

	if (width < 8 && v >> (8 * width))
		w->bad = true;
	for (unsigned int i = 0; i < width; i++)
		raw[i] = v >> (8 * (width - 1 - i));
	seal_put_bytes(w, raw, width);
}

void seal_put_u8(struct seal_writer *w, uint8_t v)
{
	put_number(w, v, 1);
}

void seal_put_u16(struct seal_writer *w, uint16_t v)
{
	put_number(w, v, 2);
}

void seal_put_u24(struct seal_writer *w, uint32_t v)
{
	put_number(w, v, 3);
}

void seal_put_u32(struct seal_writer *w, uint32_t v)
{
	put_number(w, v, 4);
}

void seal_put_u64(struct seal_writer *w, uint64_t v)
{
	put_number(w, v, 8);
}

static void put_vec(struct seal_writer *w, struct seal_bytes v,
		    unsigned int width)
{
	put_number(w, v.len, width);
	seal_put_bytes(w, v.data, v.len);
}

void seal_put_vec8(struct seal_writer *w, struct seal_bytes v)
{
	put_vec(w, v, 1);
}

void seal_put_vec16(struct seal_writer *w, struct seal_bytes v)
{
	put_vec(w, v, 2);
}

void seal_put_vec24(struct seal_writer *w, struct seal_bytes v)
{
	put_vec(w, v, 3);
}

size_t seal_put_open(struct seal_writer *w, unsigned int width)
{
	put_number(w, 0, width);
	return w->len;
}

void seal_put_close(struct seal_writer *w, size_t mark, unsigned int width)
{
	struct seal_writer field;

	if (w->bad || mark < width || mark > w->len) {
		w->bad = true;
		return;
	}
	field = seal_writer(w->buf + mark - width, width);
	put_number(&field, w->len - mark, width);
	w->bad = field.bad;
}

size_t seal_writer_done(const struct seal_writer *w)
{
	return w->bad ? 0 : w->len;
}
