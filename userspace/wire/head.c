// SPDX-License-Identifier: GPL-2.0-or-later
/* Heads of CBOR items. */
#include "wire/head.h"

void seal_put_head(struct seal_writer *w, enum seal_major major, uint64_t n)
{
	uint8_t type = major << 5;

	if (n < 24) {
		seal_put_u8(w, type | n);
	} else if (n <= 0xff) {
		seal_put_u8(w, type | 24);
		seal_put_u8(w, n);
	} else if (n <= 0xffff) {
		seal_put_u8(w, type | 25);
		seal_put_u16(w, n);
	} else if (n <= 0xffffffff) {
		seal_put_u8(w, type | 26);
		seal_put_u32(w, n);
	} else {
		seal_put_u8(w, type | 27);
		seal_put_u64(w, n);
	}
}

void seal_put_int(struct seal_writer *w, int64_t n)
{
	if (n < 0)
		seal_put_head(w, SEAL_CBOR_NINT, -(n + 1));
	else
		seal_put_head(w, SEAL_CBOR_UINT, n);
}

void seal_put_string(struct seal_writer *w, enum seal_major major,
		     struct seal_bytes s)
{
	seal_put_head(w, major, s.len);
	seal_put_bytes(w, s.data, s.len);
}

uint64_t seal_get_head64(struct seal_reader *r, enum seal_major major)
{
	uint8_t first = seal_get_u8(r);
	uint64_t n = first & 0x1f, least = 0;

	if (n == 24) {
		n = seal_get_u8(r);
		least = 24;
	} else if (n == 25) {
		n = seal_get_u16(r);
		least = 0x100;
	} else if (n == 26) {
		n = seal_get_u32(r);
		least = 0x10000;
	} else if (n == 27) {
		n = seal_get_u64(r);
		least = 0x100000000;
	} else if (n > 27) {
		r->bad = true;
	}
	if (first >> 5 != major || n < least)
		r->bad = true;
	return r->bad ? 0 : n;
}

uint32_t seal_get_head(struct seal_reader *r, enum seal_major major)
{
	uint64_t n = seal_get_head64(r, major);

	if (n > UINT32_MAX)
		r->bad = true;
	return r->bad ? 0 : n;
}

int64_t seal_get_int(struct seal_reader *r)
{
	enum seal_major major = seal_next_major(r) == SEAL_CBOR_NINT ? SEAL_CBOR_NINT :
				SEAL_CBOR_UINT;
	uint64_t n = seal_get_head64(r, major);

	if (n > INT64_MAX)
		r->bad = true;
	if (r->bad)
		return 0;
	return major == SEAL_CBOR_NINT ? -1 - (int64_t)n : (int64_t)n;
}

struct seal_bytes seal_get_string(struct seal_reader *r, enum seal_major major)
{
	return seal_get_bytes(r, seal_get_head(r, major));
}

struct seal_bytes seal_get_text(struct seal_reader *r, size_t max)
{
	struct seal_bytes text = seal_get_string(r, SEAL_CBOR_TSTR);

	if (!text.len || text.len > max)
		r->bad = true;
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < 0x20 || text.data[i] > 0x7e)
			r->bad = true;
	return r->bad ? (struct seal_bytes){ 0 } : text;
}

enum seal_major seal_next_major(const struct seal_reader *r)
{
	return r->bad || !r->left ? SEAL_CBOR_OTHER : (enum seal_major)(*r->at >> 5);
}
