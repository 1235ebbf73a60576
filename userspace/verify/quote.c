// SPDX-License-Identifier: GPL-2.0-or-later
/* Appraisal of one quote. Each step is one row of the report, or a few. */
#include "verify/quote.h"

#include <stdio.h>
#include <string.h>

#include "verify/boot_policy.h"
#include "verify/ima_policy.h"

#define OK SEAL_REASON_ACCEPTED

/* What the steps share. */
struct work {
	const struct seal_quote_in *in;
	struct seal_quote *out;
};

/*
 * A step says what was seen and wanted, and gives the reason of its failure.
 * Rows without a step belong to the next one that fills rows itself.
 */
struct step {
	const char *name;
	enum seal_reason (*run)(struct work *w, struct seal_check *check);
	bool needed;		/* without it the rest makes no sense */
	bool own_rows;
};

static enum seal_reason check_statement(struct work *w, struct seal_check *check)
{
	struct seal_tpm_statement *st = &w->out->statement;

	seal_check_wanted(check, "a TPMS_ATTEST: magic %08x, type %04x", SEAL_TPM_MAGIC,
			  SEAL_TPM_ST_QUOTE);
	seal_check_seen(check, "%zu octets that are none", w->in->statement.len);
	if (!seal_tpm_statement_decode(w->in->statement, st))
		return SEAL_REASON_QUOTE_BAD;
	seal_check_seen(check, "magic %08x, type %04x", st->magic, st->type);
	if (st->magic != SEAL_TPM_MAGIC)
		return SEAL_REASON_QUOTE_MAGIC;
	return st->type == SEAL_TPM_ST_QUOTE ? OK : SEAL_REASON_QUOTE_TYPE;
}

static const char *alg_text(uint16_t alg)
{
	switch (alg) {
	case SEAL_TPM_ALG_RSASSA:
		return "rsassa";
	case SEAL_TPM_ALG_RSAPSS:
		return "rsapss";
	case SEAL_TPM_ALG_ECDSA:
		return "ecdsa";
	default:
		return "no scheme";
	}
}

static const char *hash_text(uint16_t alg)
{
	const char *name = seal_bank_name(alg);

	return name ? name : "no hash";
}

/* A key without a public area may be used by any scheme that fits it. */
static bool scheme_fits(const struct seal_tpm_signature *sig, const struct seal_tpm_public *ak)
{
	bool ecdsa = sig->alg == SEAL_TPM_ALG_ECDSA;

	if (ak->scheme)
		return seal_tpm_signature_fits(sig, ak);
	return ecdsa == (ak->key.type != SEAL_KEY_RSA) &&
	       seal_tpm_hash(sig->hash) != SEAL_HASH_NONE;
}

/*
 * The bare form says neither scheme nor hash: they are those of the key, or
 * are tried. The signature itself decides.
 */
static bool name_bare(struct work *w)
{
	static const uint16_t hashes[] = { SEAL_TPM_ALG_SHA256, SEAL_TPM_ALG_SHA384 };
	static const uint16_t rsa[] = { SEAL_TPM_ALG_RSASSA, SEAL_TPM_ALG_RSAPSS };
	const struct seal_tpm_public *ak = w->in->ak;
	struct seal_tpm_signature *sig = &w->out->signature;
	struct seal_tpm_signature shape;

	if (!seal_tpm_signature_bare(w->in->signature, &ak->key, &shape))
		return false;
	for (size_t i = 0; i < 4; i++) {
		*sig = shape;
		sig->hash = ak->scheme ? ak->scheme_hash : hashes[i / 2];
		if (shape.alg != SEAL_TPM_ALG_ECDSA)
			sig->alg = ak->scheme ? ak->scheme : rsa[i % 2];
		if (seal_tpm_signature_check(sig, ak, w->in->statement))
			break;
	}
	return true;
}

static enum seal_reason check_scheme(struct work *w, struct seal_check *check)
{
	const struct seal_tpm_public *ak = w->in->ak;
	struct seal_tpm_signature *sig = &w->out->signature;
	bool read = w->in->bare ? name_bare(w) :
				  seal_tpm_signature_decode(w->in->signature, sig);

	if (read)
		seal_check_seen(check, "%s, %s", alg_text(sig->alg), hash_text(sig->hash));
	else
		seal_check_seen(check, "%zu octets that are no signature of this kind of key",
				w->in->signature.len);
	if (ak->scheme)
		seal_check_wanted(check, "%s, %s", alg_text(ak->scheme),
				  hash_text(ak->scheme_hash));
	else
		seal_check_wanted(check, "%s, sha256 or sha384", ak->key.type == SEAL_KEY_RSA ?
				  "rsassa or rsapss" : "ecdsa");
	return read && scheme_fits(sig, ak) ? OK : SEAL_REASON_QUOTE_SCHEME;
}

static enum seal_reason check_signature(struct work *w, struct seal_check *check)
{
	bool good = seal_seen_signature(w->in->signatures, w->in->now, &w->out->signature,
					w->in->ak, w->in->statement);

	seal_check_seen(check, "%s", good ? "by this key" : "not by this key");
	seal_check_wanted(check, "by this key");
	return good ? OK : SEAL_REASON_QUOTE_SIGNATURE;
}

static enum seal_reason check_data(struct work *w, struct seal_check *check)
{
	struct seal_bytes extra = { w->out->statement.extra, w->out->statement.extra_len };

	seal_check_hex(check->seen, extra, 64);
	seal_check_hex(check->wanted, w->in->data, 64);
	return w->in->data.len && seal_bytes_equal_ct(extra, w->in->data) ?
	       OK : SEAL_REASON_QUOTE_DATA;
}

static void pcrs_text(char text[SEAL_CHECK_TEXT_MAX], const struct seal_pcrs *pcrs)
{
	const char *before = ":";
	size_t at;

	at = snprintf(text, SEAL_CHECK_TEXT_MAX, "%s", pcrs->mask ? hash_text(pcrs->bank) :
		      "not one bank");
	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++) {
		if (!(pcrs->mask >> i & 1))
			continue;
		at += snprintf(text + at, SEAL_CHECK_TEXT_MAX - at, "%s%u", before, i);
		before = ",";
	}
}

/* On the wire what was asked for and nothing else; a file may quote more. */
static enum seal_reason check_selection(struct work *w, struct seal_check *check)
{
	const struct seal_pcrs *asked = &w->in->asked, *quoted = &w->out->statement.pcrs;

	pcrs_text(check->seen, quoted);
	pcrs_text(check->wanted, asked);
	if (!seal_pcrs_safe(asked) || quoted->bank != asked->bank)
		return SEAL_REASON_QUOTE_SELECTION;
	if (w->in->exact ? quoted->mask != asked->mask : asked->mask & ~quoted->mask)
		return SEAL_REASON_QUOTE_SELECTION;
	return OK;
}

static enum seal_reason check_clock(struct work *w, struct seal_check *check)
{
	bool safe = w->out->statement.safe;

	seal_check_seen(check, "%s", safe ? "safe" : "not safe");
	seal_check_wanted(check, "%s", w->in->policy->clock_safe ? "safe" : "any");
	return safe || !w->in->policy->clock_safe ? OK : SEAL_REASON_CLOCK;
}

static enum seal_reason check_values(struct work *w, struct seal_check *check)
{
	const struct seal_tpm_statement *st = &w->out->statement;
	struct seal_values_in in = {
		.pcrs = st->pcrs,
		.alg = w->out->signature.hash,
		.digest = { st->digest, st->digest_len },
		.given = w->in->given,
		.policy = w->in->policy,
		.boot = w->in->boot,
		.ima = w->in->ima,
	};

	if (in.given && w->in->given_bank != st->pcrs.bank) {
		seal_check_seen(check, "values of the bank %s", hash_text(w->in->given_bank));
		check->standing = SEAL_CHECK_FAILED;
		check->reason = SEAL_REASON_PCR_SHAPE;
		return check->reason;
	}
	return seal_values_find(&in, &w->out->values, check - 2);
}

static enum seal_reason check_policy(struct work *w, struct seal_check *check)
{
	const struct seal_values *values = &w->out->values;
	const struct seal_tpm_statement *st = &w->out->statement;
	struct seal_bytes digest = { st->digest, st->digest_len };
	struct seal_bytes value[SEAL_PCR_COUNT] = { 0 };
	enum seal_reason reason;
	unsigned int pcr = 0;

	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++)
		if (values->known >> i & 1)
			value[i] = (struct seal_bytes){ values->value[i], values->len };
	reason = seal_policy_measurements(w->in->policy, value, digest, &pcr);
	if (reason == SEAL_REASON_PCR_VALUE) {
		seal_check_seen(check, "PCR %u is ", pcr);
		seal_check_hex(check->seen, value[pcr], 64);
		seal_check_wanted(check, "one of %zu values of pcr-%u",
				  w->in->policy->pcr[pcr].count, pcr);
	} else {
		seal_check_seen(check, "PCR digest is ");
		seal_check_hex(check->seen, digest, 64);
		seal_check_wanted(check, "what pcr-N and digest of the policy say");
	}
	return reason;
}

static enum seal_reason check_counters(struct work *w, struct seal_check *check)
{
	const struct seal_policy *policy = w->in->policy;
	const struct seal_tpm_statement *st = &w->out->statement;

	seal_check_seen(check, "%u resets, %u restarts", st->reset_count, st->restart_count);
	if (policy->reset_pinned)
		seal_check_wanted(check, "%u resets", policy->reset_count);
	if (policy->reset_pinned && st->reset_count != policy->reset_count)
		return SEAL_REASON_RESET;
	if (!policy->restart_pinned || st->restart_count == policy->restart_count)
		return OK;
	seal_check_wanted(check, "%u restarts", policy->restart_count);
	return SEAL_REASON_RESET;
}

static enum seal_reason check_age(struct work *w, struct seal_check *check)
{
	uint32_t most = w->in->policy->age;

	if (!most) {
		seal_check_seen(check, "the policy does not ask");
		check->unasked = true;
		return OK;
	}
	seal_check_wanted(check, "at most %u s since the qualifying data was made", most);
	if (w->in->age < 0) {
		seal_check_seen(check, "nobody says when that was");
		return SEAL_REASON_AGE;
	}
	seal_check_seen(check, "%lld s", (long long)w->in->age);
	return w->in->age <= most ? OK : SEAL_REASON_AGE;
}

static enum seal_reason check_events(struct work *w, struct seal_check *check)
{
	return seal_boot_events(w->in->policy, w->in->boot, w->out->values.booted, check);
}

static enum seal_reason check_secure_boot(struct work *w, struct seal_check *check)
{
	return seal_boot_secure(w->in->policy, w->in->boot, w->out->values.booted, check);
}

/* PCRs that are not as a reset leaves them. */
static uint32_t extended(const struct seal_values *values)
{
	static const uint8_t zeros[SEAL_PCR_VALUE_MAX];
	uint32_t mask = 0;

	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++)
		if (values->known >> i & 1 && memcmp(values->value[i], zeros, values->len))
			mask |= 1u << i;
	return mask;
}

static enum seal_reason check_lockdown(struct work *w, struct seal_check *check)
{
	return seal_boot_lockdown(w->in->policy, w->in->boot, w->out->values.booted,
				  extended(&w->out->values), check);
}

static enum seal_reason check_files(struct work *w, struct seal_check *check)
{
	return seal_ima_files(w->in->policy, w->in->ima, &w->out->values, check);
}

static const struct step steps[] = {
	{ "quote", check_statement, true, false },
	{ "scheme", check_scheme, true, false },
	{ "signature", check_signature, false, false },
	{ "qualifying-data", check_data, false, false },
	{ "pcr-selection", check_selection, true, false },
	{ "clock", check_clock, false, false },
	{ "counters", check_counters, false, false },
	{ "age", check_age, false, false },
	{ "boot-log", NULL, false, true },
	{ "ima-log", NULL, false, true },
	{ "pcr-values", check_values, true, true },
	{ "pcr-policy", check_policy, false, false },
	{ "boot-events", check_events, false, false },
	{ "secure-boot", check_secure_boot, false, false },
	{ "lockdown", check_lockdown, false, false },
	{ "files", check_files, false, false },
};

static enum seal_reason run(struct work *w, const struct step *step, struct seal_check *check)
{
	enum seal_reason reason;

	if (!step->run)
		return OK;
	reason = step->run(w, check);
	if (!step->own_rows) {
		check->standing = reason != OK ? SEAL_CHECK_FAILED :
				  check->unasked ? SEAL_CHECK_NOT_DONE : SEAL_CHECK_OK;
		check->reason = reason;
	}
	return reason;
}

enum seal_reason seal_quote_appraise(const struct seal_quote_in *in,
				     struct seal_quote *quote_ret,
				     struct seal_report *report)
{
	struct work w = { .in = in, .out = quote_ret };
	enum seal_reason first = OK;
	bool stopped = false;

	memset(quote_ret, 0, sizeof(*quote_ret));
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct seal_check *check;
		enum seal_reason reason;

		/* A row without a step of its own is that of a log. */
		if (in->before_logs && !steps[i].run)
			break;
		check = seal_report_add(report, steps[i].name);
		reason = stopped ? OK : run(&w, &steps[i], check);
		if (first == OK)
			first = reason;
		stopped |= reason != OK && (steps[i].needed || !in->all);
	}
	return first;
}
