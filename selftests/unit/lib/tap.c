// SPDX-License-Identifier: GPL-2.0-or-later
/* Cases as TAP, and what every decoder must survive. */
#include "tap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int cases, failures;

/* The TSS says on stderr what it thinks of every bad octet; thousands here. */
__attribute__((constructor)) static void quiet(void)
{
	setenv("TSS2_LOG", "all+none", 0);
}

bool ok(bool passed, const char *format, ...)
{
	va_list args;

	cases++;
	failures += !passed;
	printf("%sok %d - ", passed ? "" : "not ", cases);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
	return passed;
}

void note(const char *format, ...)
{
	va_list args;

	printf("# ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

void skip(const char *reason)
{
	cases++;
	printf("ok %d # SKIP %s\n", cases, reason);
}

int done(void)
{
	printf("1..%d\n", cases);
	return failures || !cases;
}

void must(bool worked, const char *what)
{
	if (worked)
		return;
	printf("Bail out! %s\n", what);
	exit(2);
}

/* Run on a copy that ends where its memory ends. */
static bool run(accepts_fn *accepts, void *arg, const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	bool accepted;

	must(copy, "malloc");
	if (len)
		memcpy(copy, data, len);
	accepted = accepts((struct seal_bytes){ len ? copy : NULL, len }, arg);
	free(copy);
	return accepted;
}

void strict(const char *name, accepts_fn *accepts, void *arg,
	    struct seal_bytes good)
{
	uint8_t *longer = malloc(good.len + 1);
	size_t wrong = 0;

	must(longer && good.len, "malloc");
	memcpy(longer, good.data, good.len);
	ok(run(accepts, arg, good.data, good.len), "%s: accepted as it is", name);
	for (size_t len = 0; len < good.len; len++)
		if (run(accepts, arg, good.data, len) && !wrong++)
			note("accepted with %zu of %zu octets", len, good.len);
	ok(!wrong, "%s: refused at every shorter length", name);
	wrong = 0;
	for (unsigned int last = 0; last < 256; last++) {
		longer[good.len] = last;
		if (run(accepts, arg, longer, good.len + 1) && !wrong++)
			note("accepted with %02x behind it", last);
	}
	ok(!wrong, "%s: refused with any octet behind it", name);
	free(longer);
}

void sturdy(const char *name, accepts_fn *accepts, void *arg,
	    struct seal_bytes good)
{
	uint8_t *bad = malloc(good.len);
	size_t accepted = 0;

	strict(name, accepts, arg, good);
	must(bad, "malloc");
	for (unsigned int round = 0; round < 20000; round++) {
		unsigned int changes = 1 + roll(4);

		memcpy(bad, good.data, good.len);
		while (changes--)
			bad[roll(good.len)] = roll(2) ? roll(256) : 0xff * roll(2);
		accepted += run(accepts, arg, bad, 1 + roll(good.len));
	}
	ok(true, "%s: survives 20000 random changes (%zu accepted)", name, accepted);
	free(bad);
}

size_t unhex(const char *text, uint8_t *out, size_t size)
{
	size_t len = 0;
	unsigned int v;
	int used;

	while (sscanf(text, " %2x%n", &v, &used) == 1) {
		must(len < size, "hex text too long");
		out[len++] = v;
		text += used;
	}
	must(!text[strspn(text, " \n\t")], "not hex");
	return len;
}

bool is_hex(const uint8_t *data, size_t len, const char *text)
{
	uint8_t want[1024];
	size_t n = unhex(text, want, sizeof(want));

	if (n == len && !memcmp(want, data, len))
		return true;
	printf("# have ");
	for (size_t i = 0; i < len; i++)
		printf("%02x", data[i]);
	printf("\n# want %s\n", text);
	return false;
}

void keep_forever(void *thing)
{
	static void *kept[4096];
	static size_t n;

	must(n < sizeof(kept) / sizeof(kept[0]), "room to keep");
	kept[n++] = thing;
}

uint8_t *corpus(const char *name, size_t *len_ret)
{
	const char *dir = getenv("SEAL_CORPUS");
	char path[4096];
	uint8_t *data;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir ? dir : "../shared/corpus", name);
	file = fopen(path, "rb");
	if (!file)
		return NULL;
	data = malloc(8 << 20);
	must(data, "malloc");
	keep_forever(data);
	*len_ret = fread(data, 1, 8 << 20, file);
	fclose(file);
	return data;
}

uint32_t roll(uint32_t below)
{
	static uint64_t state = 0x5ea15ea15ea15ea1;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 32) % below;
}
