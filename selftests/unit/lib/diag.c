// SPDX-License-Identifier: GPL-2.0-or-later
#include "diag.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES	40

/** struct entry - a key and its value, encoded, where a map is being made */
struct entry {
	size_t key_len, len;
	uint8_t data[2048];
};

struct text {
	const char *at;
	bool sorted;
};

struct out {
	uint8_t *data;
	size_t size, len;
};

static void put(struct out *o, const void *data, size_t len)
{
	must(o->len + len <= o->size, "diag: room");
	memcpy(o->data + o->len, data, len);
	o->len += len;
}

static void head(struct out *o, unsigned int major, uint64_t n)
{
	unsigned int width = n < 24 ? 0 : n < 0x100 ? 1 : n < 0x10000 ? 2 :
			     n < 0x100000000 ? 4 : 8;
	uint8_t first = major << 5 | (width == 8 ? 27 : width == 4 ? 26 : width == 2 ? 25 :
				      width == 1 ? 24 : n);

	put(o, &first, 1);
	while (width--) {
		uint8_t octet = n >> (8 * width);

		put(o, &octet, 1);
	}
}

static char next(struct text *t)
{
	for (;;) {
		while (isspace((unsigned char)*t->at))
			t->at++;
		if (*t->at != '/')
			return *t->at;
		t->at = strchr(t->at + 1, '/');
		must(t->at, "diag: comment");
		t->at++;
	}
}

static bool take(struct text *t, char c)
{
	if (next(t) != c)
		return false;
	t->at++;
	return true;
}

static void item(struct text *t, struct out *o);

static void number(struct text *t, struct out *o)
{
	bool negative = take(t, '-');
	char *end;
	uint64_t n = strtoull(t->at, &end, 10);

	must(end != t->at, "diag: number");
	t->at = end;
	if (take(t, '(')) {
		head(o, 6, n);
		item(t, o);
		must(take(t, ')'), "diag: tag");
		return;
	}
	head(o, negative, negative ? n - 1 : n);
}

static void octets(struct text *t, struct out *o)
{
	const char *end = strchr(t->at, '\'');
	uint8_t data[1024];
	char hex[2049];
	size_t len = 0;

	must(end, "diag: octets");
	snprintf(hex, sizeof(hex), "%.*s", (int)(end - t->at), t->at);
	if (*hex)
		len = unhex(hex, data, sizeof(data));
	head(o, 2, len);
	put(o, data, len);
	t->at = end + 1;
}

static void string(struct text *t, struct out *o)
{
	const char *end = strchr(t->at, '"');

	must(end, "diag: text");
	head(o, 3, end - t->at);
	put(o, t->at, end - t->at);
	t->at = end + 1;
}

static void array(struct text *t, struct out *o)
{
	uint8_t data[2048];
	struct out in = { data, sizeof(data), 0 };
	size_t count = 0;

	while (!take(t, ']')) {
		must(!count || take(t, ','), "diag: comma");
		item(t, &in);
		count++;
	}
	head(o, 4, count);
	put(o, data, in.len);
}

static int by_key(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	size_t len = x->key_len < y->key_len ? x->key_len : y->key_len;
	int order = memcmp(x->data, y->data, len);

	return order ? order : (x->key_len > y->key_len) - (x->key_len < y->key_len);
}

static void map(struct text *t, struct out *o)
{
	struct entry *entries = calloc(ENTRIES, sizeof(*entries));
	size_t count = 0;

	must(entries, "calloc");
	while (!take(t, '}')) {
		struct entry *e = &entries[count];
		struct out in = { e->data, sizeof(e->data), 0 };

		must((!count || take(t, ',')) && count < ENTRIES, "diag: comma");
		item(t, &in);
		e->key_len = in.len;
		must(take(t, ':'), "diag: colon");
		item(t, &in);
		e->len = in.len;
		count++;
	}
	if (t->sorted)
		qsort(entries, count, sizeof(*entries), by_key);
	head(o, 5, count);
	for (size_t i = 0; i < count; i++)
		put(o, entries[i].data, entries[i].len);
	free(entries);
}

static void item(struct text *t, struct out *o)
{
	static const struct {
		const char *begin;
		void (*rest)(struct text *t, struct out *o);
	} kinds[] = {
		{ "h'", octets }, { "\"", string }, { "[", array }, { "{", map }, { "", number },
	};

	next(t);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t len = strlen(kinds[i].begin);

		if (strncmp(t->at, kinds[i].begin, len))
			continue;
		t->at += len;
		kinds[i].rest(t, o);
		return;
	}
}

size_t diag(const char *text, bool sorted, uint8_t *out, size_t size)
{
	struct text t = { text, sorted };
	struct out o = { out, size, 0 };

	item(&t, &o);
	must(!next(&t), "diag: end");
	return o.len;
}
