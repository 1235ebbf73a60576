// SPDX-License-Identifier: GPL-2.0-or-later
/* Boot logs: shapes that firmware makes, and shapes that nobody should. */
#include <stdlib.h>
#include <string.h>

#include "lib/tap.h"
#include "verify/event_data.h"
#include "verify/eventlog.h"

#define SHA256	SEAL_TPM_ALG_SHA256
#define SHA1	SEAL_TPM_ALG_SHA1

/* A log as it is written. */
struct text {
	size_t len;
	uint8_t data[65536];
};

static struct text t;

static void le(uint64_t v, unsigned int width)
{
	while (width--) {
		t.data[t.len++] = v;
		v >>= 8;
	}
}

static void put(const void *data, size_t len)
{
	memcpy(t.data + t.len, data, len);
	t.len += len;
}

static void fill(uint8_t octet, size_t len)
{
	memset(t.data + t.len, octet, len);
	t.len += len;
}

static void old_event(uint32_t pcr, uint32_t type, const void *data, size_t len)
{
	le(pcr, 4);
	le(type, 4);
	fill(type == SEAL_EV_NO_ACTION ? 0 : 0xaa, 20);
	le(len, 4);
	put(data, len);
}

/* A header with SHA-1 and SHA-256, and @extra algorithms that nobody uses. */
static void header(unsigned int extra)
{
	uint8_t *size;

	t.len = 0;
	old_event(0, SEAL_EV_NO_ACTION, "", 0);
	size = t.data + t.len - 4;
	put("Spec ID Event03", 16);
	le(0, 4);
	le(0x02000200, 4);
	le(2 + extra, 4);
	le(SHA1, 2);
	le(20, 2);
	le(SHA256, 2);
	le(32, 2);
	for (unsigned int i = 0; i < extra; i++) {
		le(0x7700 + i, 2);
		le(16, 2);
	}
	le(0, 1);
	*size = t.len - 32;
}

static void agile(uint32_t pcr, uint32_t type, const void *data, size_t len)
{
	le(pcr, 4);
	le(type, 4);
	le(2, 4);
	le(SHA1, 2);
	fill(0x11, 20);
	le(SHA256, 2);
	fill(0x22, 32);
	le(len, 4);
	put(data, len);
}

static void honest(void)
{
	header(0);
	agile(0, SEAL_EV_S_CRTM_VERSION, "v\0001", 4);
	agile(7, SEAL_EV_SEPARATOR, "\0\0\0", 4);
	agile(4, SEAL_EV_APPLICATION, "", 0);
}

static struct seal_eventlog last;
static struct seal_replay replay;

/* A bank by itself, which is read in one go, is as it is among all; or as before. */
static bool alone(struct seal_bytes in, uint16_t alg)
{
	const struct seal_bank *among = seal_replay_bank(&replay, alg);
	struct seal_bank bank, fresh;
	struct seal_eventlog log;
	bool ok;

	seal_bank_init(&fresh, alg);
	bank = fresh;
	ok = seal_eventlog_replay_bank(in, &bank, &log);
	return log.error == last.error && ok == (among && !last.error) &&
	       !memcmp(&bank, ok ? among : &fresh, sizeof(bank));
}

static bool replays(struct seal_bytes in)
{
	bool ok = seal_eventlog_replay(in, &replay, &last);

	must(alone(in, SHA256) && alone(in, SHA1) && alone(in, SEAL_TPM_ALG_SHA384),
	     "a bank alone is as it is among all");
	return ok;
}

static bool here(void)
{
	return replays((struct seal_bytes){ t.data, t.len });
}

/* The log is refused with these words, at that event. */
static void refused(const char *words, size_t at, const char *what)
{
	bool bad = !here() && last.error && strstr(last.error, words) && last.error_at == at;

	ok(bad, "%s", what);
	if (!bad)
		note("%s at %zu, wanted \"%s\" at %zu", last.error ? last.error : "accepted",
		     last.error_at, words, at);
}

static bool value_is(uint16_t alg, unsigned int pcr, const char *hex)
{
	const struct seal_bank *bank = seal_replay_bank(&replay, alg);

	return bank && is_hex(bank->pcr[pcr], bank->len, hex);
}

static void shapes(void)
{
	honest();
	ok(here() && replay.agile && replay.events == 4 && replay.bank_count == 2,
	   "an honest log");
	/* printf '%064d%s' 0 "$(printf '22%.0s' {1..32})" | xxd -r -p | sha256sum */
	ok(value_is(SHA256, 7,
		    "ee4b0e933b56cdf12a42b1e3f3b9ed1aa70cf9f3cf37325693255c8bfbcb8ba8") &&
	   value_is(SHA1, 4, "b3e26c6ca6785f04dd7187293d802d5b16dad8c1"), "its PCRs");
	ok(seal_replay_bank(&replay, SHA256)->extended == 0x91 &&
	   !seal_replay_bank(&replay, SHA256)->lost, "which PCRs it extends");
	honest();
	agile(SEAL_PCR_COUNT - 1, SEAL_EV_IPL, "x", 1);
	ok(here(), "PCR 23");
	honest();
	fill(0, 3);
	ok(here() && replay.events == 4, "three zeros behind the log");
	fill(0, 5000);
	ok(here() && replay.events == 4, "five thousand");
	honest();
	fill(0xff, 4096);
	ok(here() && replay.events == 4, "erased flash behind the log");
	header(3);
	agile(0, SEAL_EV_ACTION, "", 0);
	ok(here() && replay.bank_count == 2 && last.bank_count == 5,
	   "banks that we cannot compute");
	honest();
	le(0xffffffff, 4);
	le(SEAL_EV_NO_ACTION, 4);
	le(0, 4);
	le(0, 4);
	ok(here(), "an event of no PCR that extends nothing");
}

static void vendor(void)
{
	header(0);
	t.data[t.len - 1] = 4;
	put("vend", 4);
	agile(0, SEAL_EV_ACTION, "", 0);
	ok(here() && last.vendor.len == 4 && replay.events == 2,
	   "vendor's octets that the header's size forgets");
	header(0);
	t.data[t.len - 1] = 4;
	t.data[28] += 4;
	put("vend", 4);
	agile(0, SEAL_EV_ACTION, "", 0);
	ok(here() && last.vendor.len == 4 && replay.events == 2, "and that it counts");
	header(0);
	t.data[t.len - 1] = 4;
	refused("too short", 0, "and that are not there");
}

static void locality(void)
{
	header(0);
	agile(0, SEAL_EV_NO_ACTION, "StartupLocality\0\3", 17);
	agile(0, SEAL_EV_ACTION, "", 0);
	ok(here() && replay.locality == 3, "start-up locality 3");
	/* as above, with ...03 for the first value */
	ok(value_is(SHA256, 0, "d872eaf4c7d40d8ed61bd2f7d0406647fdcad10358bd11f82ad6b696802f87ea"),
	   "is where PCR 0 begins");
	header(0);
	agile(0, SEAL_EV_ACTION, "", 0);
	agile(0, SEAL_EV_NO_ACTION, "StartupLocality\0\3", 17);
	ok(here() && replay.locality == 3, "also when it is written late");
}

static void missing_digest(void)
{
	header(0);
	agile(2, SEAL_EV_ACTION, "", 0);
	le(2, 4);
	le(SEAL_EV_ACTION, 4);
	le(1, 4);
	le(SHA1, 2);
	fill(1, 20);
	le(0, 4);
	ok(here() && seal_replay_bank(&replay, SHA256)->lost == 4 &&
	   !seal_replay_bank(&replay, SHA1)->lost, "a bank that an event leaves out is lost");
}

static void malformed(void)
{
	size_t at;

	t.len = 0;
	refused("empty", 0, "an empty log");
	honest();
	at = t.len;
	agile(SEAL_PCR_COUNT, SEAL_EV_IPL, "x", 1);
	refused("no such PCR", at, "PCR 24");
	honest();
	agile(0xffffffff, SEAL_EV_IPL, "x", 1);
	refused("no such PCR", at, "an event of no PCR that extends");
	honest();
	fill(0, 64);
	le(1, 1);
	refused("neither", at, "zeros and then something");
	honest();
	le(0, 4);
	le(SEAL_EV_IPL, 4);
	le(3, 4);
	fill(0, 400);
	refused("more digests", at, "more digests than algorithms");
	honest();
	le(0, 4);
	le(SEAL_EV_IPL, 4);
	le(1, 4);
	le(SEAL_TPM_ALG_SHA384, 2);
	fill(0, 400);
	refused("not in the header", at, "a digest by another algorithm");
	honest();
	le(0, 4);
	le(SEAL_EV_IPL, 4);
	le(2, 4);
	le(SHA1, 2);
	fill(1, 20);
	le(SHA1, 2);
	fill(1, 400);
	refused("two digests", at, "two digests by one algorithm");
	honest();
	agile(1, SEAL_EV_IPL, "", 0);
	t.data[t.len - 1] = 0xff;
	refused("after the log", at, "data of nearly 4 GiB");
}

static void headers(void)
{
	header(0);
	t.data[32 + 16 + 8] = 0;
	refused("lists no algorithms", 0, "a header without algorithms");
	header(15);
	refused("or too many", 0, "a header with seventeen");
	header(0);
	t.data[32 + 28 + 4] = SHA1;
	refused("twice", 0, "a header that lists one twice");
	header(0);
	t.data[32 + 28 + 6] = 31;
	refused("wrong size", 0, "SHA-256 of 31 octets");
	header(1);
	t.data[t.len - 3] = 65;
	refused("wrong size", 0, "an unknown algorithm of 65 octets");
	header(0);
	t.data[28] = 30;
	refused("too short", 0, "a header that ends among its algorithms");
}

static void old(void)
{
	t.len = 0;
	old_event(0, SEAL_EV_S_CRTM_VERSION, "1", 2);
	old_event(4, SEAL_EV_IPL, "grub", 4);
	ok(here() && !replay.agile && replay.bank_count == 1 && replay.events == 2,
	   "a log of SHA-1 times");
	old_event(SEAL_PCR_COUNT, SEAL_EV_IPL, "grub", 4);
	refused("no such PCR", 70, "its PCR 24");
}

/* Every cut is an error, but where an event ends; four zeros may also be padding. */
static void cuts(void)
{
	unsigned int good = 0, bad = 0;

	honest();
	for (size_t len = 0; len < t.len; len++) {
		uint8_t *copy = malloc(len + !len);

		must(copy, "malloc");
		memcpy(copy, t.data, len);
		if (replays((struct seal_bytes){ copy, len }))
			good++;
		else
			bad += last.error && last.error_at <= len;
		free(copy);
	}
	ok(good == 3 + 4 && good + bad == t.len, "every cut but those between events is seen");
	for (unsigned int i = 0; i < 20000; i++) {
		honest();
		for (unsigned int k = 0; k <= i % 3; k++)
			t.data[roll(t.len)] = roll(256);
		here();
	}
	ok(true, "twenty thousand broken logs");
}

/* As many events as the empty header of one allows, and padding that is none. */
static void linear(void)
{
	const size_t len = 16 << 20;
	uint8_t *big = calloc(1, len);

	must(big, "calloc");
	honest();
	memcpy(big, t.data, t.len);
	big[len - 1] = 1;
	ok(!replays((struct seal_bytes){ big, len }) && last.count == 4,
	   "16 MiB of zeros and a one are looked at once");
	free(big);
}

/* One event, as long as a log may be. */
static void longest(void)
{
	uint8_t *big = calloc(1, SEAL_LOG_MAX + 1);

	must(big, "calloc");
	t.len = 0;
	old_event(4, SEAL_EV_IPL, "", 0);
	t.len -= 4;
	le(SEAL_LOG_MAX - 32, 4);
	memcpy(big, t.data, t.len);
	ok(replays((struct seal_bytes){ big, SEAL_LOG_MAX }) && replay.events == 1,
	   "a log of 64 MiB");
	ok(!replays((struct seal_bytes){ big, SEAL_LOG_MAX + 1 }) &&
	   !strcmp(last.error, "the log is larger than 64 MiB"), "an octet more");
	free(big);
}

static void data(void)
{
	static const char name[] = "S\0e\0c\0u\0r\0e\0B\0o\0o\0t";
	struct seal_variable var;
	struct seal_bytes d;
	char text[16];

	t.len = 0;
	put("\x61\xdf\xe4\x8b\xca\x93\xd2\x11\xaa\x0d\x00\xe0\x98\x03\x2b\x8c", 16);
	le(10, 8);
	le(1, 8);
	put(name, 20);
	le(1, 1);
	d = (struct seal_bytes){ t.data, t.len };
	ok(seal_event_variable(d, &var) && seal_variable_is_global(&var, "SecureBoot") &&
	   !seal_variable_is_global(&var, "SecureBoo") && var.value.len == 1, "a variable");
	seal_event_text(var.name, text, sizeof(text));
	ok(!strcmp(text, "SecureBoot"), "its name");
	seal_event_text(var.name, text, 4);
	ok(!strcmp(text, "Sec"), "its name in little room");
	d.len--;
	ok(!seal_event_variable(d, &var), "a variable cut short");
	d.len += 2;
	ok(!seal_event_variable(d, &var), "a variable and an octet");
	t.data[0] ^= 1;
	d.len--;
	ok(seal_event_variable(d, &var) && !seal_variable_is_global(&var, "SecureBoot"),
	   "another vendor's SecureBoot");
	t.data[23] = 0xff;
	ok(!seal_event_variable(d, &var), "a name of 2^63 characters");
}

int main(void)
{
	shapes();
	vendor();
	locality();
	missing_digest();
	malformed();
	headers();
	old();
	cuts();
	linear();
	longest();
	data();
	return done();
}
