/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bounded reading and writing of network-order bytes.
 *
 * Both ends have a sticky error: after the first piece that does not fit,
 * every later call fails too, gets give zero or an empty view, and puts change
 * nothing. Callers check once, at the end. Nothing here allocates; a view
 * points into the bytes that were given and lives as long as they do.
 */
#ifndef SEAL_WIRE_BUF_H
#define SEAL_WIRE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct seal_bytes - a view of bytes that somebody else owns
 * @data: first byte, or NULL when @len is 0
 * @len: octets
 */
struct seal_bytes {
	const uint8_t *data;
	size_t len;
};

/* True when both views hold the same octets. Not constant time. */
bool seal_bytes_equal(struct seal_bytes a, struct seal_bytes b);
/* Same, in time that depends on the lengths only. */
bool seal_bytes_equal_ct(struct seal_bytes a, struct seal_bytes b);
/* Below, at or above 0 as @a comes before, with or after @b; the shorter one is first. */
int seal_bytes_order(struct seal_bytes a, struct seal_bytes b);
/* True when the view holds the text @word, or begins with it. */
bool seal_bytes_are(struct seal_bytes bytes, const char *word);
bool seal_bytes_start(struct seal_bytes bytes, const char *word);
/*
 * The first and the last place of @octet, and the first of the text @word, or NULL.
 * libc's own functions may not be given the NULL of an empty view, not even with
 * length 0.
 */
const uint8_t *seal_bytes_chr(struct seal_bytes bytes, uint8_t octet);
const uint8_t *seal_bytes_rchr(struct seal_bytes bytes, uint8_t octet);
const uint8_t *seal_bytes_find(struct seal_bytes bytes, const char *word);

struct seal_reader {
	const uint8_t *at;
	size_t left;
	bool bad;
};

struct seal_writer {
	uint8_t *buf;
	size_t size;
	size_t len;
	bool bad;
};

/* Start reading @len octets at @data. */
struct seal_reader seal_reader(const void *data, size_t len);
struct seal_reader seal_reader_of(struct seal_bytes bytes);

uint8_t seal_get_u8(struct seal_reader *r);
uint16_t seal_get_u16(struct seal_reader *r);
uint32_t seal_get_u24(struct seal_reader *r);
uint32_t seal_get_u32(struct seal_reader *r);
uint64_t seal_get_u64(struct seal_reader *r);
/* Exactly @len octets, as a view or as a copy (@dst is zeroed on error). */
struct seal_bytes seal_get_bytes(struct seal_reader *r, size_t len);
void seal_get_copy(struct seal_reader *r, void *dst, size_t len);
/*
 * TLS vectors (RFC 8446 3.4): length of 1, 2 or 3 octets, then the content,
 * which must be @min to @max octets long.
 */
struct seal_bytes seal_get_vec8(struct seal_reader *r, size_t min, size_t max);
struct seal_bytes seal_get_vec16(struct seal_reader *r, size_t min, size_t max);
struct seal_bytes seal_get_vec24(struct seal_reader *r, size_t min, size_t max);
/* The octets not read yet; reads them. */
struct seal_bytes seal_get_rest(struct seal_reader *r);
/* True when everything was read and nothing went wrong. */
bool seal_reader_done(const struct seal_reader *r);

/* Start writing at @buf, which has room for @size octets. */
struct seal_writer seal_writer(void *buf, size_t size);

void seal_put_u8(struct seal_writer *w, uint8_t v);
void seal_put_u16(struct seal_writer *w, uint16_t v);
void seal_put_u24(struct seal_writer *w, uint32_t v);
void seal_put_u32(struct seal_writer *w, uint32_t v);
void seal_put_u64(struct seal_writer *w, uint64_t v);
void seal_put_bytes(struct seal_writer *w, const void *data, size_t len);
/* A TLS vector; one longer than its length field can say is an error. */
void seal_put_vec8(struct seal_writer *w, struct seal_bytes v);
void seal_put_vec16(struct seal_writer *w, struct seal_bytes v);
void seal_put_vec24(struct seal_writer *w, struct seal_bytes v);
/*
 * A vector whose content is written between open and close: open reserves the
 * length field of @width (1, 2, 3 or 4) octets and returns a mark for close.
 */
size_t seal_put_open(struct seal_writer *w, unsigned int width);
void seal_put_close(struct seal_writer *w, size_t mark, unsigned int width);
/* Octets written, or 0 when anything did not fit. */
size_t seal_writer_done(const struct seal_writer *w);

#endif /* SEAL_WIRE_BUF_H */
