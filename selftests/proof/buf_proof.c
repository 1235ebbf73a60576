// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The bounded reader and writer, wire/buf.c: from every state that is legal on
 * up to ROOM octets, a call with any lengths touches nothing else and leaves a
 * legal state, so any number of calls does; an error stays one; what was read
 * and what is left are the whole.
 */
#include "proof.h"
#include "wire/buf.h"

#define ROOM	9u	/* more than the widest number */

static const uint8_t *whole;
static size_t whole_len;

static void inside(struct seal_bytes view)
{
	claim(!view.len || (view.data >= whole && view.len <= whole_len &&
			    (size_t)(view.data - whole) <= whole_len - view.len),
	      "a view is inside");
}

static uint64_t read_number(struct seal_reader *r)
{
	switch (nondet_uint() % 5) {
	case 0:
		return seal_get_u8(r);
	case 1:
		return seal_get_u16(r);
	case 2:
		return seal_get_u24(r);
	case 3:
		return seal_get_u32(r);
	default:
		return seal_get_u64(r);
	}
}

static struct seal_bytes read_view(struct seal_reader *r)
{
	switch (nondet_uint() % 5) {
	case 0:
		return seal_get_bytes(r, nondet_size());
	case 1:
		return seal_get_vec8(r, nondet_size(), nondet_size());
	case 2:
		return seal_get_vec16(r, nondet_size(), nondet_size());
	case 3:
		return seal_get_vec24(r, nondet_size(), nondet_size());
	default:
		return seal_get_rest(r);
	}
}

static void read_copy(struct seal_reader *r)
{
	uint8_t copy[ROOM + 3];
	size_t len = nondet_size();

	assume(len <= sizeof(copy));
	seal_get_copy(r, copy, len);
	claim(!r->bad || !len || !copy[0], "a copy is zeros after an error");
}

static void read_one(struct seal_reader *r)
{
	bool was_bad = r->bad;
	size_t left = r->left;
	struct seal_bytes view;
	uint64_t number;

	switch (nondet_uint() % 3) {
	case 0:
		number = read_number(r);
		claim(!r->bad || !number, "a number is 0 after an error");
		break;
	case 1:
		view = read_view(r);
		inside(view);
		claim(!r->bad || !view.len, "a view is empty after an error");
		break;
	default:
		read_copy(r);
	}
	claim(!was_bad || r->bad, "an error stays one");
	claim(r->left <= left, "nothing is read twice");
	claim((size_t)(r->at - whole) + r->left == whole_len, "read and left are the whole");
}

void prove_reader(void)
{
	static uint8_t room[ROOM];
	struct seal_reader r;

	anything(room);
	whole_len = nondet_size();
	assume(whole_len <= ROOM);
	whole = room + ROOM - whole_len;
	r = seal_reader(whole, whole_len);
	r.left = nondet_size();
	assume(r.left <= whole_len);
	r.at += whole_len - r.left;
	r.bad = nondet_bool();
	read_one(&r);
	claim(!seal_reader_done(&r) || (!r.bad && !r.left), "done is all of it and no error");
}

static void write_vec(struct seal_writer *w, struct seal_bytes v)
{
	switch (nondet_uint() % 3) {
	case 0:
		seal_put_vec8(w, v);
		break;
	case 1:
		seal_put_vec16(w, v);
		break;
	default:
		seal_put_vec24(w, v);
	}
}

static void write_field(struct seal_writer *w)
{
	unsigned int width = nondet_uint();
	size_t mark;

	assume(width >= 1 && width <= 4);
	mark = seal_put_open(w, width);
	seal_put_u8(w, nondet_u8());
	seal_put_close(w, nondet_bool() ? mark : nondet_size(), width);
}

static void write_one(struct seal_writer *w)
{
	uint8_t some[4];
	struct seal_bytes v = { some, nondet_size() };
	bool was_bad = w->bad;
	size_t len = w->len;

	assume(v.len <= sizeof(some));
	switch (nondet_uint() % 5) {
	case 0:
		seal_put_u8(w, nondet_u8());
		break;
	case 1:
		seal_put_u24(w, nondet_uint());
		break;
	case 2:
		seal_put_bytes(w, v.data, v.len);
		break;
	case 3:
		write_vec(w, v);
		break;
	default:
		write_field(w);
	}
	claim(!was_bad || w->bad, "an error stays one");
	claim(w->len <= w->size && w->len >= len, "what is written is in the room");
}

void prove_writer(void)
{
	static uint8_t room[ROOM];
	size_t size = nondet_size();
	struct seal_writer w;

	assume(size <= ROOM);
	w = seal_writer(room + ROOM - size, size);
	w.len = nondet_size();
	assume(w.len <= size);
	w.bad = nondet_bool();
	write_one(&w);
	claim(!w.bad || !seal_writer_done(&w), "nothing comes of an error");
}
