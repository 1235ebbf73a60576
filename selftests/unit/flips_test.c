// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A real machine's evidence: accepted as it is, refused with any one bit
 * flipped in what was signed or is replayed. FLIPS says how many bits apart the
 * flips are (1: all of them; hours).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/tap.h"
#include "verify/quote.h"
#include "verify/rules.h"

#define STRIDE	1499u

struct file {
	uint8_t *data;
	size_t len;
};

static struct file quote, sig, ak, boot, ima, pcrs;
static struct seal_tpm_public key;
static struct seal_policy_set set;
static struct seal_bytes value[SEAL_PCR_COUNT];
static unsigned int stride = STRIDE;

static struct seal_bytes view(const struct file *f)
{
	return (struct seal_bytes){ f->data, f->len };
}

static bool load(struct file *f, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "golden-hpe/%s", name);
	f->data = corpus(path, &f->len);
	return f->data;
}

/* The 17 values that tpm2_quote wrote as it has them in memory. */
static void read_values(void)
{
	for (unsigned int i = 0; i < 17; i++)
		value[i] = (struct seal_bytes){
			pcrs.data + 136 + 532 * (i / 8) + 4 + 66 * (i % 8) + 2, 32 };
}

static void read_policy(void)
{
	char text[1024], hex[65];
	struct seal_policy_error error;

	for (unsigned int i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", value[16].data[i]);
	snprintf(text, sizeof(text), "[policy golden]\npeer = *\nmode = require\n"
		 "pcrs = sha256:0-10,14\npcr-16 = %s\nlockdown = any\nrequire-4 = ", hex);
	/* the separator */
	strcat(text, "df3f619804a92fdb4057192dc43dd748ea778adc52bc498ce80524c014b81119\n");
	if (!seal_policy_parse(&set, "golden", (struct seal_bytes){ (const uint8_t *)text,
								    strlen(text) }, &error))
		must(false, error.text);
}

static enum seal_reason judge(bool given)
{
	static struct seal_quote found;
	struct seal_report report = { 0 };
	struct seal_quote_in in = {
		.policy = &set.policy[0],
		.ak = &key,
		.statement = view(&quote),
		.signature = view(&sig),
		.data = { (const uint8_t *)"Sb7tNlqsd32uI1ZPWtDs", 20 },
		.asked = set.policy[0].pcrs,
		.given = given ? value : NULL,
		.given_bank = SEAL_TPM_ALG_SHA256,
		.boot = view(&boot),
		.ima = view(&ima),
	};

	return seal_quote_appraise(&in, &found, &report);
}

static unsigned int flipped, accepted;

static void flip(uint8_t *octet, unsigned int bit, const char *what, size_t at)
{
	*octet ^= 1 << bit;
	flipped++;
	/* Looking for values takes longer than being given them: now and then. */
	if (judge(flipped % 8) == SEAL_REASON_ACCEPTED) {
		accepted++;
		note("%s: accepted with bit %u of octet %zu flipped", what, bit, at);
	}
	*octet ^= 1 << bit;
}

static void all_of(struct file *f, const char *what, unsigned int step)
{
	flipped = accepted = 0;
	for (size_t bit = 0; bit < 8 * f->len; bit += step)
		flip(&f->data[bit / 8], bit % 8, what, bit / 8);
	ok(flipped && !accepted, "%s: %u flips", what, flipped);
}

/* Of a boot log the number of the PCR and the digest of the bank are replayed. */
static void boot_log(void)
{
	struct seal_eventlog log = seal_eventlog(view(&boot));
	struct seal_event e;
	size_t bits = 0;

	flipped = accepted = 0;
	while (seal_eventlog_next(&log, &e)) {
		int at = seal_eventlog_bank(&log, SEAL_TPM_ALG_SHA256);
		uint8_t *digest = (uint8_t *)e.digest[at].data;

		if (e.type == SEAL_EV_NO_ACTION)
			continue;
		for (unsigned int i = 0; i < 8 * 36; i++, bits++) {
			if (bits % (stride / 10 + 1))
				continue;
			if (i < 32)
				flip(&boot.data[e.offset + i / 8], i % 8, "boot log",
				     e.offset + i / 8);
			else
				flip(&digest[i / 8 - 4], i % 8, "boot log, digest", e.number);
		}
	}
	ok(flipped && !accepted, "boot log: %u flips", flipped);
}

int main(void)
{
	const char *flips = getenv("FLIPS");

	if (flips)
		stride = atoi(flips);
	must(stride, "FLIPS");
	if (!load(&quote, "quote.attest.bin") || !load(&sig, "quote.sig.bin") ||
	    !load(&ak, "ak.tpm2b_public.bin") || !load(&boot, "binary_bios_measurements") ||
	    !load(&ima, "ascii_runtime_measurements") || !load(&pcrs, "pcrs.raw.bin")) {
		skip("no corpus");
		return done();
	}
	must(seal_tpm_public_decode(seal_tpm_public_inner(view(&ak)), &key), "AK");
	read_values();
	read_policy();
	ok(judge(false) == SEAL_REASON_ACCEPTED, "accepted as it is");
	ok(judge(true) == SEAL_REASON_ACCEPTED, "accepted with its values");
	all_of(&quote, "quote", stride / 300 + 1);
	all_of(&sig, "signature", stride / 300 + 1);
	boot_log();
	all_of(&ima, "measurement list", stride);
	seal_policy_set_free(&set);
	return done();
}
