// SPDX-License-Identifier: GPL-2.0-or-later
/* The data of boot events: variables, images, texts; whole or not at all. */
#include <string.h>

#include "lib/tap.h"
#include "verify/event_data.h"

#define BYTES(text) ((struct seal_bytes){ (const uint8_t *)(text), sizeof(text) - 1 })

#define GLOBAL	"\x61\xdf\xe4\x8b\xca\x93\xd2\x11\xaa\x0d\x00\xe0\x98\x03\x2b\x8c"
#define OTHER	"\x62\xdf\xe4\x8b\xca\x93\xd2\x11\xaa\x0d\x00\xe0\x98\x03\x2b\x8c"
#define PK(guid, name, value) guid "\2\0\0\0\0\0\0\0" "\1\0\0\0\0\0\0\0" name value

static bool accepts_variable(struct seal_bytes in, void *arg)
{
	struct seal_variable var;

	return seal_event_variable(in, &var);
}

static bool is_pk(struct seal_bytes data)
{
	struct seal_variable var;

	return seal_event_variable(data, &var) && seal_variable_is_global(&var, "PK");
}

static void variables(void)
{
	struct seal_bytes pk = BYTES(PK(GLOBAL, "P\0K\0", "\1"));
	struct seal_variable var;

	sturdy("a variable", accepts_variable, NULL, pk);
	ok(seal_event_variable(pk, &var) && var.value.len == 1 && var.value.data[0] == 1,
	   "its value");
	ok(is_pk(pk), "a variable of EFI's own");
	ok(!is_pk(BYTES(PK(OTHER, "P\0K\0", "\1"))), "of another vendor");
	ok(!is_pk(BYTES(PK(GLOBAL, "P\0k\0", "\1"))), "of another name");
	ok(!is_pk(BYTES(PK(GLOBAL, "P\0K\1", "\1"))), "of a name outside of ASCII");
	ok(!accepts_variable(BYTES(GLOBAL "\0\0\0\0\0\0\0\x80" "\0\0\0\0\0\0\0\0"), NULL),
	   "a name of 2^63 characters");
}

#define IMAGE(len, path) "addr....size....link...." len "\0\0\0\0\0\0\0" path
#define NODE(type, kind, len, text) type kind len "\0" text

static bool path_is(struct seal_bytes data, struct seal_bytes want)
{
	struct seal_bytes path = seal_event_image_path(data);

	return path.len == want.len && (!want.len || !memcmp(path.data, want.data, want.len));
}

static void images(void)
{
	const struct seal_bytes none = { 0 };

	ok(path_is(BYTES(IMAGE("\x0e", NODE("\1", "\1", "\6", "xx")
				       NODE("\4", "\4", "\x08", "a\0b\0"))),
		   BYTES("a\0b\0")), "the path of an image, behind its disk");
	ok(path_is(BYTES(IMAGE("\x06", NODE("\1", "\1", "\6", "xx"))), none),
	   "none, without a file");
	ok(path_is(BYTES(IMAGE("\x7f", NODE("\4", "\4", "\6", "xx"))), none),
	   "none, if it is cut");
	ok(path_is(BYTES(IMAGE("\x06", NODE("\4", "\4", "\3", "xx"))), none),
	   "none, of a node shorter than its head");
	ok(path_is(BYTES(IMAGE("\x06", NODE("\4", "\4", "\x20", "xx"))), none),
	   "none, of a node longer than the rest");
	ok(path_is(BYTES("short"), none), "none, of anything else");
}

static bool text_is(struct seal_bytes data, size_t size, const char *want)
{
	char text[16];

	seal_event_text(data, text, size);
	return !strcmp(text, want);
}

static void texts(void)
{
	ok(text_is(BYTES("l\0i\0n\0e\0"), 16, "line"), "UTF-16");
	ok(text_is(BYTES("l\0i\0\xac\x20" "e\0"), 16, "li?e"), "beyond ASCII");
	ok(text_is(BYTES("a\033[1m"), 16, "a?[1m"), "nothing that moves a cursor");
	ok(text_is(BYTES("ab\0cd"), 16, "ab"), "to the first zero");
	ok(text_is(BYTES("abcdefgh"), 4, "abc") && text_is(BYTES("abc"), 1, ""), "cut to its room");
	ok(text_is((struct seal_bytes){ 0 }, 16, ""), "nothing of nothing");
}

static void plain(void)
{
	ok(seal_event_plain(BYTES("a line\t"), 8) && !seal_event_plain(BYTES("a line\t"), 7),
	   "plain: shorter than its room");
	ok(seal_event_plain(BYTES("a\0b\0\0\0"), 3) && seal_event_plain(BYTES("a\0b\0"), 3) &&
	   !seal_event_plain(BYTES("a\0b\0\0\0"), 2), "in UTF-16, too");
	ok(!seal_event_plain(BYTES("ab\0"), 16) && !seal_event_plain(BYTES("ab\0\0"), 16),
	   "octets with a zero are no octets");
	ok(!seal_event_plain(BYTES("a\0b\0\0\0c\0"), 16), "nothing behind the end");
	ok(!seal_event_plain(BYTES("a\0b\0\0"), 16), "no half of a character");
	ok(!seal_event_plain(BYTES("a\xa0"), 16) && !seal_event_plain(BYTES("a\x7f"), 16) &&
	   !seal_event_plain(BYTES("a\n"), 16) && !seal_event_plain(BYTES("a\0b\0\xa0\0"), 16) &&
	   !seal_event_plain(BYTES("a\0b\0c\1"), 16), "nothing that is not printable in ASCII");
}

int main(void)
{
	variables();
	images();
	texts();
	plain();
	return done();
}
