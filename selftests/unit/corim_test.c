// SPDX-License-Identifier: GPL-2.0-or-later
/* verify/corim: published reference values, with vectors that another program makes again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/tap.h"
#include "verify/corim.h"

#define NOW	1800000000

/* What came of a manifest, as the vectors have it. */
struct result {
	char text[8192];
	size_t len;
	size_t states, refuse_from;
};

static void add(struct result *r, const char *text)
{
	r->len += snprintf(r->text + r->len, sizeof(r->text) - r->len, "%s", text);
	must(r->len < sizeof(r->text), "room for the result");
}

static const char *each(void *arg, const struct seal_corim_state *s)
{
	struct result *r = arg;
	const char *before = "|";
	char word[160];

	add(r, r->states++ ? ";" : "");
	add(r, s->environment);
	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++) {
		size_t len = 0;

		if (!(s->pcrs >> i & 1))
			continue;
		len = snprintf(word, sizeof(word), "%s%u=", before, i);
		for (size_t k = 0; k < s->value[i].len; k++)
			len += snprintf(word + len, sizeof(word) - len, "%02x",
					s->value[i].data[k]);
		add(r, word);
		before = ",";
	}
	add(r, s->others ? "+" : "");
	return r->refuse_from && r->states >= r->refuse_from ? "enough" : NULL;
}

static void result_of(const struct seal_corim_in *in, struct result *r)
{
	struct seal_corim_error error;

	if (!seal_corim_read(in, each, r, &error))
		snprintf(r->text, sizeof(r->text), "!%zu %s", error.at, error.text);
}

static bool accepts(struct seal_bytes bytes, void *arg)
{
	struct seal_corim_in in = *(const struct seal_corim_in *)arg;
	struct result r = { 0 };

	in.bytes = bytes;
	result_of(&in, &r);
	return *r.text != '!';
}

static struct seal_key key_at(const char *hex)
{
	uint8_t raw[96];
	size_t len = unhex(hex, raw, sizeof(raw)) / 2;
	struct seal_key key;

	must(seal_key_of_point(len == 32 ? SEAL_KEY_P256 : SEAL_KEY_P384,
			       (struct seal_bytes){ raw, len },
			       (struct seal_bytes){ raw + len, len }, &key), "key");
	return key;
}

/* No bit of a signed manifest, but of its unprotected headers, may be another one. */
static size_t flips(struct seal_corim_in in)
{
	static uint8_t raw[8192];
	size_t passed = 0;

	memcpy(raw, in.bytes.data, in.bytes.len);
	in.bytes.data = raw;
	for (size_t bit = 0; bit < 8 * in.bytes.len; bit++) {
		raw[bit / 8] ^= 1 << bit % 8;
		passed += accepts(in.bytes, &in);
		raw[bit / 8] ^= 1 << bit % 8;
	}
	return passed;
}

static void vector(char *line)
{
	const char *field[6];
	struct seal_corim_in in = { 0 };
	static uint8_t raw[8192];
	struct result r = { 0 };
	struct seal_key key;

	line[strcspn(line, "\n")] = '\0';
	for (size_t i = 0; i < 6; i++)
		must((field[i] = strsep(&line, "\t")), "six fields");
	in.bank = seal_tpm_bank_of(field[1]);
	in.now = atoll(field[3]);
	in.bytes = (struct seal_bytes){ raw, *field[5] ? unhex(field[5], raw, sizeof(raw)) : 0 };
	if (*field[2] != '-') {
		key = key_at(field[2]);
		in.key = &key;
	}
	result_of(&in, &r);
	if (!ok(!strcmp(r.text, field[4]), "%s", field[0]))
		note("%s\n# not %s", r.text, field[4]);
	if (*field[4] != '!' && (!strcmp(field[0], "registers") || in.key))
		sturdy(field[0], accepts, &in, in.bytes);
	if (!strcmp(field[0], "signed-es256"))
		ok(!flips(in), "no bit of it may be another one");
}

static void vectors(void)
{
	FILE *file = fopen("selftests/unit/corim_vectors.txt", "r");
	static char line[32768];

	must(file, "corim_vectors.txt");
	while (fgets(line, sizeof(line), file))
		if (*line != '#')
			vector(line);
	fclose(file);
}

/* 501({0: "m", 1: [506(<<{1: {0: "t"}, 4: {0: [TRIPLE, TRIPLE]}}>>)]}), each of PCR 0 */
static size_t two_triples(uint8_t *out, size_t size)
{
	static const char triple[] = "82a100a1016141 81a2000001a102818201 5820";
	char text[1024];
	size_t len = snprintf(text, sizeof(text),
			      "d901f5a200616d0181d901fa5870a201a100617404a10082");

	for (unsigned int i = 0; i < 2; i++) {
		len += snprintf(text + len, sizeof(text) - len, "%s", triple);
		for (unsigned int k = 0; k < 32; k++)
			len += snprintf(text + len, sizeof(text) - len, "%02x", i);
	}
	return unhex(text, out, size);
}

static void refused_by_the_caller(void)
{
	static uint8_t raw[512];
	struct seal_corim_in in = {
		.bytes = { raw, two_triples(raw, sizeof(raw)) }, .bank = SEAL_TPM_ALG_SHA256,
		.now = NOW,
	};
	struct result r = { 0 }, refuse = { .refuse_from = 2 };
	size_t second;

	result_of(&in, &r);
	ok(r.states == 2 && *r.text != '!', "two states");
	result_of(&in, &refuse);
	second = strtoul(refuse.text + 1, NULL, 10);
	ok(refuse.states == 2 && strstr(refuse.text, " enough") && raw[second] == 0x82 &&
	   second > 60, "the second one refused by who gathers them, at its place");
}

static void too_long(void)
{
	struct seal_corim_in in = { .bank = SEAL_TPM_ALG_SHA256, .now = NOW };
	uint8_t *raw = calloc(1, SEAL_CORIM_MAX + 1);
	struct result r = { 0 };

	must(raw, "memory");
	in.bytes = (struct seal_bytes){ raw, SEAL_CORIM_MAX + 1 };
	result_of(&in, &r);
	ok(!strcmp(r.text, "!0 longer than 1 MiB"), "longer than it may be");
	free(raw);
}

int main(void)
{
	vectors();
	refused_by_the_caller();
	too_long();
	return done();
}
