// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A real machine's evidence: accepted as it is, refused with any one bit
 * flipped in what was signed or is replayed. And the boot logs of others, which we
 * quote ourselves. FLIPS says how many bits apart the
 * flips are (1: all of them; hours).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/party.h"
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

static bool load_other(struct file *f, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "eventlogs/%s", name);
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
static void boot_log(const char *what)
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
				flip(&boot.data[e.offset + i / 8], i % 8, what,
				     e.offset + i / 8);
			else
				flip(&digest[i / 8 - 4], i % 8, what, e.number);
		}
	}
	ok(flipped && !accepted, "%s: %u flips", what, flipped);
}

/* A quote over those PCRs of @bank, by a key of ours. */
static void quote_bank(const struct seal_bank *bank, uint32_t mask)
{
	static struct blob statement, signature, public;
	TPMS_ATTEST a = {
		.magic = TPM2_GENERATED_VALUE, .type = TPM2_ST_ATTEST_QUOTE,
		.extraData = { .size = 20, .buffer = "Sb7tNlqsd32uI1ZPWtDs" },
	};
	TPMS_QUOTE_INFO *info = &a.attested.quote;
	struct seal_bytes parts[SEAL_PCR_COUNT];
	gnutls_privkey_t signer = new_key(P256);
	TPMT_PUBLIC area;
	size_t count = 0;

	info->pcrSelect = (TPML_PCR_SELECTION){ .count = 1, .pcrSelections = { {
		.hash = bank->alg, .sizeofSelect = 3,
		.pcrSelect = { mask & 0xff, mask >> 8 & 0xff, mask >> 16 } } } };
	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++) {
		value[i] = (struct seal_bytes){ 0 };
		if (mask >> i & 1)
			parts[count++] = value[i] = seal_bank_value(bank, i);
	}
	must(seal_hash_parts(SEAL_HASH_SHA256, parts, count, info->pcrDigest.buffer), "digest");
	info->pcrDigest.size = SEAL_SHA256_LEN;
	public_area(signer, GOOD_AK, TPM2_ALG_ECDSA, TPM2_ALG_SHA256, &area);
	marshal_public(&area, &public);
	must(seal_tpm_public_decode(of(&public), &key), "AK");
	marshal_statement(&a, &statement);
	tpm_sign(signer, TPM2_ALG_ECDSA, TPM2_ALG_SHA256, of(&statement), &signature);
	quote = (struct file){ statement.data, statement.len };
	sig = (struct file){ signature.data, signature.len };
}

/* Policy wants an event that is in PCR @anchor, and nothing of the others. */
static void other_log(const char *name, unsigned int anchor)
{
	char text[1024] = "[policy other]\npeer = *\nmode = require\npcrs = sha256:";
	struct seal_policy_error error;
	struct seal_eventlog log;
	static struct seal_bank bank;
	uint32_t mask;
	size_t at;

	must(load_other(&boot, name) && seal_bank_init(&bank, SEAL_TPM_ALG_SHA256) &&
	     seal_eventlog_replay_bank(view(&boot), &bank, &log), name);
	ima = (struct file){ 0 };
	mask = bank.extended & ~bank.lost & 0xffff;
	quote_bank(&bank, mask);
	for (unsigned int i = 0; i < 16; i++) {
		at = strlen(text);
		if (mask >> i & 1)
			snprintf(text + at, sizeof(text) - at, "%u,", i);
	}
	at = strlen(text) - 1;
	at += snprintf(text + at, sizeof(text) - at, "\npcr-%u = ", anchor);
	for (unsigned int i = 0; i < bank.len; i++)
		at += snprintf(text + at, sizeof(text) - at, "%02x", bank.pcr[anchor][i]);
	strcat(text, "\n");
	seal_policy_set_free(&set);
	set = (struct seal_policy_set){ 0 };
	if (!seal_policy_parse(&set, "other", (struct seal_bytes){ (const uint8_t *)text,
								   strlen(text) }, &error))
		must(false, error.text);
	if (!ok(judge(false) == SEAL_REASON_ACCEPTED && judge(true) == SEAL_REASON_ACCEPTED,
		"%s, quoted: accepted as it is", name))
		note("%s", seal_reason_name(judge(true)));
	boot_log(name);
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
	boot_log("boot log");
	all_of(&ima, "measurement list", stride);
	other_log("event-arch-linux.bin", 4);
	other_log("event-gce-ubuntu-2104-log.bin", 4);
	seal_policy_set_free(&set);
	return done();
}
