// SPDX-License-Identifier: GPL-2.0-or-later
/* IMA's lists: each template in both forms, and what is not a list. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/tap.h"
#include "verify/ima.h"

#define SHA1	SEAL_TPM_ALG_SHA1
#define SHA256	SEAL_TPM_ALG_SHA256

/* One list in both forms, written here once more from the kernel's documents. */
static struct form {
	size_t len;
	uint8_t data[1 << 16];
} bin, txt;

static uint8_t fields[8192];
static size_t fields_len;

static void put(struct form *f, const void *data, size_t len)
{
	memcpy(f->data + f->len, data, len);
	f->len += len;
}

static void put_le(struct form *f, uint32_t v)
{
	uint8_t raw[4] = { v, v >> 8, v >> 16, v >> 24 };

	put(f, raw, 4);
}

static void words(const char *text)
{
	put(&txt, text, strlen(text));
}

static void hex(const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *d = data;

	for (size_t i = 0; i < len; i++) {
		put(&txt, &digits[d[i] >> 4], 1);
		put(&txt, &digits[d[i] & 15], 1);
	}
}

static void field(const void *data, size_t len)
{
	uint8_t raw[4] = { len, len >> 8 };

	memcpy(fields + fields_len, raw, 4);
	memcpy(fields + fields_len + 4, data, len);
	fields_len += 4 + len;
}

static void forget(void)
{
	bin.len = txt.len = 0;
}

/* The head of an entry whose data is in fields; text goes on after it. */
static void head(const char *template, const uint8_t *hash, size_t len)
{
	put_le(&bin, 10);
	put(&bin, hash, len);
	put_le(&bin, strlen(template));
	put(&bin, template, strlen(template));
	put_le(&bin, fields_len);
	put(&bin, fields, fields_len);
	words("10 ");
	hex(hash, len);
	words(" ");
	words(template);
}

static void head_of(const char *template, uint16_t alg)
{
	struct seal_bytes data = { fields, fields_len };
	uint8_t hash[SEAL_PCR_VALUE_MAX];

	must(seal_bank_hash(alg, &data, 1, hash), "hash");
	head(template, hash, seal_bank_len(alg));
}

static const uint8_t digest[32] = { 0xd1, 0x9e, 0x57, 0 };
static const uint8_t sig[9] = "\3\2\4abcd";

static void begin(const char *prefix, const char *name)
{
	uint8_t d[64];
	size_t len = strlen(prefix);

	fields_len = 0;
	memcpy(d, prefix, len + 1);
	memcpy(d + len + 1, digest, sizeof(digest));
	field(d, len + 1 + sizeof(digest));
	field(name, strlen(name) + 1);
}

static void names(const char *prefix, const char *name)
{
	words(" ");
	words(prefix);
	hex(digest, sizeof(digest));
	words(" ");
	words(name);
}

static void ng(const char *name)
{
	begin("sha256:", name);
	head_of("ima-ng", SHA1);
	names("sha256:", name);
	words("\n");
}

static void with(const char *template, const char *name, const void *more, size_t len)
{
	begin("sha256:", name);
	field(more, len);
	head_of(template, SHA1);
	names("sha256:", name);
	words(" ");
	hex(more, len);
	words("\n");
}

static void modsig(void)
{
	begin("sha256:", "/m.ko");
	field("", 0);
	field("sha1:\0\1\2", 8);
	field(sig, sizeof(sig));
	head_of("ima-modsig", SHA1);
	names("sha256:", "/m.ko");
	words("  sha1:0102 ");
	hex(sig, sizeof(sig));
	words("\n");
}

static void evm(void)
{
	begin("sha256:", "/etc/evm");
	field(sig, sizeof(sig));
	field("security.ima|security.selinux", 29);
	field("\1\0\0\0", 4);
	field("\7", 1);
	field("\xe8\3\0\0", 4);
	field("\0\0\0\0", 4);
	field("\xa4\x81", 2);
	head_of("evm-sig", SHA1);
	names("sha256:", "/etc/evm");
	words(" ");
	hex(sig, sizeof(sig));
	words(" security.ima|security.selinux 01000000 07 1000 0 33188\n");
}

static void old(const char *name)
{
	static const uint8_t zeros[256];
	uint8_t hash[SEAL_PCR_VALUE_MAX];
	struct seal_bytes parts[] = {
		{ digest, 20 }, { (const uint8_t *)name, strlen(name) },
		{ zeros, 256 - strlen(name) },
	};

	must(seal_bank_hash(SHA1, parts, 3, hash), "hash");
	put_le(&bin, 10);
	put(&bin, hash, 20);
	put_le(&bin, 3);
	put(&bin, "ima", 3);
	put(&bin, digest, 20);
	put_le(&bin, strlen(name));
	put(&bin, name, strlen(name));
	words("10 ");
	hex(hash, 20);
	words(" ima ");
	hex(digest, 20);
	words(" ");
	words(name);
	words("\n");
}

/* What a run over a list found. */
static struct run {
	struct seal_bank sha1, sha256, padded;
	uint32_t count, proven, known;
	const char *error;
	size_t error_at;
	char name[64];
	size_t sig_len, buf_len;
} run;

static bool walk(const uint8_t *data, size_t len)
{
	struct seal_ima_entry e;
	struct seal_ima ima;
	bool well;

	memset(&run, 0, sizeof(run));
	seal_bank_init(&run.sha1, SHA1);
	seal_bank_init(&run.sha256, SHA256);
	seal_bank_init(&run.padded, SHA256);
	must(seal_ima_open(&ima, (struct seal_bytes){ data, len }), "open");
	while (seal_ima_next(&ima, &e)) {
		run.proven += e.proven;
		run.known += e.known;
		run.sig_len = e.sig.len;
		run.buf_len = e.buf.len;
		run.name[0] = '\0';
		if (e.name.len && e.name.len < sizeof(run.name))
			memcpy(run.name, e.name.data, e.name.len);
		run.name[e.name.len < sizeof(run.name) ? e.name.len : 0] = '\0';
		seal_ima_extend(&run.sha1, &e, SEAL_IMA_HASHED);
		seal_ima_extend(&run.sha256, &e, SEAL_IMA_HASHED);
		seal_ima_extend(&run.padded, &e, SEAL_IMA_PADDED);
	}
	run.count = ima.count;
	run.error = ima.error;
	run.error_at = ima.error_at;
	well = !ima.error;
	seal_ima_close(&ima);
	return well;
}

static bool same(const struct seal_bank *a, const struct seal_bank *b)
{
	return a->extended == b->extended && a->lost == b->lost &&
	       !memcmp(a->pcr[10], b->pcr[10], a->len);
}

/* Both forms have @count proven entries and give the same PCRs. */
static void both(uint32_t count, const char *what)
{
	bool well = walk(bin.data, bin.len) && run.count == count && run.proven == count &&
		    run.known == count;
	struct run binary = run;

	if (run.error)
		note("binary: %s at %zu", run.error, run.error_at);
	well = walk(txt.data, txt.len) && well && run.count == count && run.proven == count &&
	       run.known == count && !strcmp(run.name, binary.name) &&
	       run.sig_len == binary.sig_len && run.buf_len == binary.buf_len &&
	       same(&run.sha1, &binary.sha1) && same(&run.sha256, &binary.sha256) &&
	       same(&run.padded, &binary.padded) && !run.sha256.lost;
	if (run.error)
		note("text: %s at %zu", run.error, run.error_at);
	ok(well, "%s", what);
	forget();
}

static void templates(void)
{
	old("boot_aggregate");
	old("/old with spaces");
	both(2, "ima");
	ng("boot_aggregate");
	ng("/bin/a name  with spaces ");
	both(2, "ima-ng");
	with("ima-sig", "/bin/sh", sig, sizeof(sig));
	with("ima-sig", "/bin/no signature here", "", 0);
	with("ima-sig", "/bin/beef cafe", "", 0);
	both(3, "ima-sig, with and without");
	with("ima-buf", ".builtin_trusted_keys", sig, sizeof(sig));
	both(1, "ima-buf");
	begin("verity:sha256:", "/v");
	head_of("ima-ngv2", SHA1);
	names("verity:sha256:", "/v");
	words("\n");
	both(1, "ima-ngv2");
	modsig();
	both(1, "ima-modsig");
	evm();
	both(1, "evm-sig");
	begin("sha256:", "/custom");
	head_of("d-ng|n-ng", SHA1);
	names("sha256:", "/custom");
	words("\n");
	both(1, "a template that is its format");
	for (unsigned int i = 0; i < 3; i++) {
		begin("sha256:", "/own bank");
		head_of("ima-ng", SHA256);
		names("sha256:", "/own bank");
		words("\n");
	}
	both(3, "the list of the bank sha256");
}

/* The name of a template is under no hash: which of its fields may be believed? */
static void renamed(void)
{
	static const struct {
		const char *template;
		bool known;
	} rows[] = {
		{ "ima-sig", true },
		{ "ima-buf", true },
		{ "d-ng|n-ng|sig", true },
		{ "d-ngv2|n-ng|evmsig", true },
		{ "d-ng|n-ng|modsig|sig", false },
		{ "d-ng|n-ng", false },
		{ "d-ng|n-ng|d-ng", false },
		{ "d-ng|n-ng|n-ng", false },
		{ "d-ng|n-ng|d", false },
		{ "buf|n-ng|d-ng", false },
		{ "n-ng|d-ng|sig", false },
		{ "sig|n-ng|buf", false },
		{ "d-modsig|n-ng|sig", false },
		{ "evmsig|n-ng|d-ng", false },
		{ "xattrvalues|n-ng|d-ng", false },
		{ "d-ng|buf|n-ng", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool read;

		begin("sha256:", "/f");
		field(":sha256:\0abcdefgh", 17);
		head_of(rows[i].template, SHA1);
		read = walk(bin.data, bin.len);
		ok(rows[i].known ? read && run.known == 1 : !read || !run.known,
		   "%s is %s", rows[i].template, rows[i].known ? "read" : "not");
		forget();
	}
}

static void trimmed(void)
{
	with("ima-sig", "/bin/plain", "", 0);
	txt.len -= 2;
	ok(walk(txt.data, txt.len) && run.proven == 1 && !run.sig_len,
	   "a copy that lost the space behind the name");
	forget();
}

static void strange(void)
{
	static const uint8_t zeros[20];

	begin("sha256:", "/w");
	head("ima-ng", zeros, 20);
	names("sha256:", "/w");
	words("\n");
	ok(walk(bin.data, bin.len) && !run.proven &&
	   is_hex(run.sha256.pcr[10], 32,
		  "bba91ca85dc914b2ec3efb9e16e7267bf9193b14350d20fba8a8b406730ae30a"),
	   "a violation extends ones");
	walk(txt.data, txt.len);
	ok(run.sha256.extended == 1 << 10 && !run.sha256.lost, "in text, too");
	forget();
	fields_len = 0;
	field("abc", 3);
	head_of("mystery", SHA1);
	words(" what is this\n");
	ok(walk(bin.data, bin.len) && run.proven == 1 && !run.known && !run.sha256.lost,
	   "an unknown template is replayed and not known");
	ok(walk(txt.data, txt.len) && !run.proven && !run.known && !run.sha1.lost &&
	   run.sha256.lost && !run.padded.lost, "its text hides what SHA-256 hashed");
	forget();
	ng("/a");
	txt.data[3] = txt.data[3] == 'a' ? 'b' : 'a';
	bin.data[4] ^= 1;
	ok(walk(bin.data, bin.len) && !run.proven, "a false template hash");
	ok(walk(txt.data, txt.len) && !run.proven, "in text");
	forget();
}

static void refused(const struct form *f, const char *why, size_t at, const char *what)
{
	bool bad = !walk(f->data, f->len) && strstr(run.error, why) && run.error_at == at;

	ok(bad, "%s", what);
	if (!bad)
		note("%s at %zu", run.error ? run.error : "accepted", run.error_at);
}

static void malformed(void)
{
	static const struct {
		const char *line, *why, *what;
	} lines[] = {
		{ "", "not PCR", "an empty line" },
		{ "10 ab", "not PCR", "half a line" },
		{ "24 e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0 ima-ng sha1:00 /x", "not PCR",
		  "PCR 24" },
		{ "10 e0e0 ima-ng sha1:00 /x", "not a template hash", "a hash of two octets" },
		{ "10 E0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0 ima-ng sha1:00 /x",
		  "not a template hash", "a hash in capitals" },
		{ "10 e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0 ima-ng sha1:0g /x",
		  "not the fields", "a digest that is no hex" },
		{ "10 e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0 ima-ng sha100 /x",
		  "not the fields", "a digest without an algorithm" },
		{ "10 e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0 ima-ng "
		  "sha1:00 /x", "another length", "a hash of another length" },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		size_t at;

		ng("/a");
		at = txt.len;
		words(lines[i].line);
		words("\n");
		refused(&txt, lines[i].why, at, lines[i].what);
		forget();
	}
	refused(&bin, "empty", 0, "an empty list");
	ng("/a");
	put_le(&bin, 24);
	put(&bin, bin.data + 4, bin.len - 8);
	refused(&bin, "no such PCR", (bin.len) / 2, "PCR 24 in binary");
	forget();
	ng("/a");
	bin.len--;
	refused(&bin, "after the list", 0, "an entry cut short");
	bin.data[24] = 0xff;
	bin.data[25] = 0xff;
	refused(&bin, "not the name", 0, "a name of 64 KiB");
	forget();
}

static void cuts(void)
{
	unsigned int good = 0;

	ng("/a");
	with("ima-sig", "/b", sig, sizeof(sig));
	old("/c");
	for (size_t len = 1; len < bin.len; len++) {
		uint8_t *copy = malloc(len);

		must(copy, "malloc");
		memcpy(copy, bin.data, len);
		good += walk(copy, len);
		free(copy);
	}
	ok(good == 2, "every cut of a binary list but those between entries is seen");
	for (unsigned int i = 0; i < 20000; i++) {
		struct form *f = i % 2 ? &bin : &txt;
		static struct form copy;

		copy = *f;
		for (unsigned int k = 0; k <= i % 3; k++)
			copy.data[roll(copy.len)] = roll(256);
		walk(copy.data, copy.len);
	}
	ok(true, "twenty thousand broken lists");
	forget();
}

static void golden(void)
{
	size_t len, pcrs_len;
	uint8_t *list = corpus("golden-hpe/ascii_runtime_measurements", &len);
	uint8_t *pcrs = corpus("golden-hpe/pcrs.raw.bin", &pcrs_len);

	if (!list || !pcrs) {
		skip("no corpus");
		return;
	}
	ok(walk(list, len) && run.count == 780 && run.proven == 780 &&
	   memmem(pcrs, pcrs_len, run.sha256.pcr[10], 32),
	   "a real list gives its machine's PCR 10");
}

/* Its text does not matter for a violation: the kernel extends by ones. */
#define VIOLATION	"10 0000000000000000000000000000000000000000 "

/* Each bit of two entries by another algorithm of files: it is not the list that it was. */
static void golden_bits(const char *alg)
{
	size_t len, unseen = 0, tried = 0, proven;
	char name[64];
	uint8_t *list, want[32];

	snprintf(name, sizeof(name), "ima/ima-log-%s", alg);
	list = corpus(name, &len);
	if (!list) {
		skip("no corpus");
		return;
	}
	proven = memcmp(list, VIOLATION, strlen(VIOLATION)) ? 2 : 1;
	ok(walk(list, len) && run.count == 2 && run.known == 2 && run.proven == proven,
	   "%s: read as it is", name);
	memcpy(want, run.sha256.pcr[10], sizeof(want));
	for (size_t bit = 0; bit < 8 * len; bit++) {
		if (proven == 1 && bit / 8 >= strlen(VIOLATION) &&
		    memchr(list + bit / 8, '\n', len - bit / 8 - 1))
			continue;
		list[bit / 8] ^= 1 << bit % 8;
		tried++;
		if (walk(list, len) && run.proven == proven &&
		    !memcmp(run.sha256.pcr[10], want, sizeof(want)) && !unseen++)
			note("bit %zu of octet %zu", bit % 8, bit / 8);
		list[bit / 8] ^= 1 << bit % 8;
	}
	ok(!unseen, "%s: each of %zu bits changes what it leads to", name, tried);
	free(list);
}

/* As long as a list may be: zeros are no entry, and an octet more is not looked at. */
static void longest(void)
{
	uint8_t *big = calloc(1, SEAL_LOG_MAX + 1);
	bool read;

	must(big, "calloc");
	read = walk(big, SEAL_LOG_MAX);
	ok(!read && run.error && !strstr(run.error, "larger"), "a list of 64 MiB is read");
	ok(!walk(big, SEAL_LOG_MAX + 1) && !strcmp(run.error, "the list is larger than 64 MiB"),
	   "an octet more is not");
	free(big);
}

int main(void)
{
	static const char *const algs[] = { "sha1", "sha256", "sha384", "sha512" };

	templates();
	renamed();
	trimmed();
	strange();
	malformed();
	cuts();
	longest();
	golden();
	for (size_t i = 0; i < 4; i++)
		golden_bits(algs[i]);
	return done();
}
