/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Heads of CBOR items, RFC 8949 3.1: major type and argument, the argument in
 * the shortest form. Indefinite lengths have no head here.
 */
#ifndef SEAL_WIRE_HEAD_H
#define SEAL_WIRE_HEAD_H

#include "wire/buf.h"

enum seal_major {
	SEAL_CBOR_UINT = 0,
	SEAL_CBOR_NINT = 1,
	SEAL_CBOR_BSTR = 2,
	SEAL_CBOR_TSTR = 3,
	SEAL_CBOR_ARRAY = 4,
	SEAL_CBOR_MAP = 5,
	SEAL_CBOR_TAG = 6,
	SEAL_CBOR_OTHER = 7,	/* also what is found at the end */
};

void seal_put_head(struct seal_writer *w, enum seal_major major, uint64_t n);
/* The head of a string and its octets. */
void seal_put_string(struct seal_writer *w, enum seal_major major,
		     struct seal_bytes s);
/* A number of either sign. */
void seal_put_int(struct seal_writer *w, int64_t n);
/*
 * The argument of a head of that type; 0 and an error for any other, and for
 * one of 2^32 or more.
 */
uint32_t seal_get_head(struct seal_reader *r, enum seal_major major);
/* The same for any argument. */
uint64_t seal_get_head64(struct seal_reader *r, enum seal_major major);
struct seal_bytes seal_get_string(struct seal_reader *r, enum seal_major major);
/* A text of 1 to @max octets of printable ASCII. */
struct seal_bytes seal_get_text(struct seal_reader *r, size_t max);
/* A number of either sign that an int64_t holds. */
int64_t seal_get_int(struct seal_reader *r);
/* The type of the next item, which is not read. */
enum seal_major seal_next_major(const struct seal_reader *r);

#endif /* SEAL_WIRE_HEAD_H */
