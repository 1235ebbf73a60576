// SPDX-License-Identifier: GPL-2.0-or-later
/* wire/buf: nothing is read or written outside, and errors stick. */
#include <string.h>

#include "lib/tap.h"

static const uint8_t sample[] = {
	0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a,
	0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12,
};

static void numbers(void)
{
	struct seal_reader r = seal_reader(sample, sizeof(sample));

	ok(seal_get_u8(&r) == 0x01, "u8");
	ok(seal_get_u16(&r) == 0x0203, "u16 is big endian");
	ok(seal_get_u24(&r) == 0x040506, "u24");
	ok(seal_get_u32(&r) == 0x0708090a, "u32");
	ok(seal_get_u64(&r) == 0x0b0c0d0e0f101112, "u64");
	ok(seal_reader_done(&r), "all is read");
	ok(!seal_get_u8(&r) && r.bad, "one octet more is an error");
	ok(!seal_reader_done(&r), "an error is never done");
}

static void errors_stick(void)
{
	struct seal_reader r = seal_reader(sample, 3);
	uint8_t copy[4] = { 9, 9, 9, 9 };

	ok(!seal_get_u32(&r) && r.bad, "a number that does not fit is 0");
	ok(!seal_get_u8(&r) && r.bad, "nor is anything after it");
	ok(!seal_get_rest(&r).len, "nor the rest");
	seal_get_copy(&r, copy, sizeof(copy));
	ok(!copy[0] && !copy[3], "a copy that fails is zeros");
}

static void vectors(void)
{
	static const uint8_t in[] = { 2, 0xaa, 0xbb, 0, 1, 0xcc, 0, 0, 0 };
	struct seal_reader r = seal_reader(in, sizeof(in));
	struct seal_bytes v = seal_get_vec8(&r, 0, 2);

	ok(v.len == 2 && v.data == in + 1, "vec8 is a view");
	v = seal_get_vec16(&r, 1, 9);
	ok(v.len == 1 && v.data[0] == 0xcc, "vec16");
	v = seal_get_vec24(&r, 0, 0);
	ok(!v.len && !v.data && seal_reader_done(&r), "an empty vec24");
	r = seal_reader(in, sizeof(in));
	seal_get_vec8(&r, 0, 1);
	ok(r.bad, "longer than allowed");
	r = seal_reader(in, sizeof(in));
	seal_get_vec8(&r, 3, 9);
	ok(r.bad, "shorter than allowed");
	r = seal_reader(in, 2);
	seal_get_vec8(&r, 0, 255);
	ok(r.bad, "longer than what is there");
}

static void writing(void)
{
	struct seal_bytes v = { sample, 3 };
	uint8_t buf[64], small[4];
	struct seal_writer w = seal_writer(buf, sizeof(buf));
	size_t mark;

	seal_put_u8(&w, 1);
	seal_put_u16(&w, 0x0203);
	seal_put_u24(&w, 0x040506);
	seal_put_u32(&w, 0x0708090a);
	seal_put_u64(&w, 0x0b0c0d0e0f101112);
	ok(seal_writer_done(&w) == sizeof(sample) &&
	   !memcmp(buf, sample, sizeof(sample)), "numbers are big endian");
	w = seal_writer(buf, sizeof(buf));
	mark = seal_put_open(&w, 2);
	seal_put_vec8(&w, v);
	seal_put_vec24(&w, v);
	seal_put_close(&w, mark, 2);
	ok(is_hex(buf, seal_writer_done(&w), "000a 03010203 000003010203"),
	   "a vector of vectors");
	w = seal_writer(small, sizeof(small));
	seal_put_u24(&w, 1);
	seal_put_u16(&w, 2);
	ok(w.bad && w.len == 3 && !seal_writer_done(&w), "too much writes nothing");
	seal_put_u8(&w, 3);
	ok(w.bad && w.len == 3, "and the error sticks");
	w = seal_writer(buf, sizeof(buf));
	seal_put_u24(&w, 0x1000000);
	ok(w.bad, "a number wider than its field");
}

static void long_vectors(void)
{
	static uint8_t big[70000], out[140000];
	struct seal_writer w = seal_writer(out, sizeof(out));
	size_t mark;

	seal_put_vec8(&w, (struct seal_bytes){ big, 256 });
	ok(w.bad, "vec8 of 256 octets");
	w = seal_writer(out, sizeof(out));
	seal_put_vec16(&w, (struct seal_bytes){ big, 65536 });
	ok(w.bad, "vec16 of 65536 octets");
	w = seal_writer(out, sizeof(out));
	mark = seal_put_open(&w, 2);
	seal_put_bytes(&w, big, 65536);
	seal_put_close(&w, mark, 2);
	ok(!seal_writer_done(&w), "closing a vector that grew too long");
}

static void equality(void)
{
	struct seal_bytes a = { sample, 4 }, b = { sample, 5 }, none = { 0 };
	uint8_t other[4];

	memcpy(other, sample, 4);
	ok(seal_bytes_equal(a, (struct seal_bytes){ other, 4 }) &&
	   seal_bytes_equal_ct(a, (struct seal_bytes){ other, 4 }), "equal");
	other[3] ^= 0x80;
	ok(!seal_bytes_equal(a, (struct seal_bytes){ other, 4 }) &&
	   !seal_bytes_equal_ct(a, (struct seal_bytes){ other, 4 }), "one bit differs");
	ok(!seal_bytes_equal(a, b) && !seal_bytes_equal_ct(a, b), "a prefix is not equal");
	ok(!seal_bytes_equal_ct(none, a) && seal_bytes_equal_ct(none, none),
	   "empty equals only empty");
}

static void searching(void)
{
	struct seal_bytes a = { (const uint8_t *)"ab: ab: ", 8 }, none = { 0 };

	ok(seal_bytes_chr(a, ':') == a.data + 2 && !seal_bytes_chr(a, 'c') &&
	   !seal_bytes_chr(none, 'a'), "the first of an octet");
	ok(seal_bytes_rchr(a, ':') == a.data + 6 && !seal_bytes_rchr(a, 'c') &&
	   !seal_bytes_rchr(none, 'a'), "the last of an octet");
	ok(seal_bytes_find(a, ": ") == a.data + 2 && !seal_bytes_find(a, "ba") &&
	   !seal_bytes_find(none, "a") && !seal_bytes_find(none, ""), "the first of a word");
	ok(seal_bytes_start(a, "ab:") && !seal_bytes_start(a, "b") &&
	   !seal_bytes_start(a, "ab: ab: c") && seal_bytes_start(none, "") &&
	   !seal_bytes_start(none, "a"), "how it begins");
	ok(seal_bytes_are(a, "ab: ab: ") && !seal_bytes_are(a, "ab") &&
	   seal_bytes_are(none, ""), "what it is");
	ok(seal_bytes_order(none, a) < 0 && seal_bytes_order(a, none) > 0 &&
	   !seal_bytes_order(none, none) && !seal_bytes_order(a, a) &&
	   seal_bytes_order((struct seal_bytes){ a.data + 1, 2 },
			    (struct seal_bytes){ a.data, 2 }) > 0, "what comes first");
}

int main(void)
{
	numbers();
	errors_stick();
	vectors();
	writing();
	long_vectors();
	equality();
	searching();
	return done();
}
