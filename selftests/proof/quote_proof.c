// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verdict on a quote, verify/quote.c, in the same way: with what is given on the
 * wire and with what sealctl appraise is given, to the first failure and, for the
 * report, beyond it.
 */
#include "proof.h"
#include "verify/boot_policy.h"
#include "verify/ima_policy.h"
#include "verify/quote.h"

enum { STATEMENT, SIGNATURE, DATA, BOOT, IMA };
static uint8_t octets[8];

static struct seal_quote_in in;
static struct seal_policy policy;
static struct seal_tpm_public ak;
static struct seal_bytes values[SEAL_PCR_COUNT];

static struct {
	bool statement, signature, fits, signed_by, data, safe, found, measured;
	bool events, secure_boot, lockdown, files;
	uint32_t magic;
	uint16_t type;
	bool clock;
	uint32_t resets, restarts;
	struct seal_pcrs quoted;
} yes;

static enum seal_reason answer(bool *said_yes, bool about)
{
	enum seal_reason reason = nondet_uint();

	*said_yes = reason == SEAL_REASON_ACCEPTED && about;
	return reason;
}

struct seal_check *seal_report_add(struct seal_report *report, const char *name)
{
	claim(report->count < SEAL_CHECKS_MAX, "there is a row for each check");
	return &report->check[report->count++];
}

void seal_check_seen(struct seal_check *check, const char *format, ...)
{
}

void seal_check_wanted(struct seal_check *check, const char *format, ...)
{
}

void seal_check_hex(char text[SEAL_CHECK_TEXT_MAX], struct seal_bytes b, size_t max)
{
}

const char *seal_bank_name(uint16_t alg)
{
	return nondet_bool() ? "a bank" : NULL;
}

bool seal_tpm_statement_decode(struct seal_bytes body, struct seal_tpm_statement *ret)
{
	bool good = nondet_bool();

	yes.statement = good && body.data == octets + STATEMENT;
	ret->magic = yes.magic = nondet_uint();
	ret->type = yes.type = nondet_uint();
	ret->safe = yes.clock = nondet_bool();
	ret->reset_count = yes.resets = nondet_uint();
	ret->restart_count = yes.restarts = nondet_uint();
	ret->pcrs.bank = yes.quoted.bank = nondet_uint();
	ret->pcrs.mask = yes.quoted.mask = nondet_uint();
	ret->extra_len = nondet_size();
	ret->digest_len = nondet_size();
	assume(ret->extra_len <= sizeof(ret->extra) && ret->digest_len <= SEAL_PCR_VALUE_MAX);
	return good;
}

bool seal_tpm_signature_decode(struct seal_bytes body, struct seal_tpm_signature *ret)
{
	bool good = nondet_bool();

	ret->alg = nondet_uint();
	ret->hash = nondet_uint();
	yes.signature = good && !in.bare && body.data == octets + SIGNATURE;
	return good;
}

bool seal_tpm_signature_bare(struct seal_bytes body, const struct seal_key *key,
			     struct seal_tpm_signature *ret)
{
	bool good = nondet_bool();

	ret->alg = nondet_uint();
	yes.signature = good && in.bare && body.data == octets + SIGNATURE &&
			key == &ak.key;
	return good;
}

bool seal_tpm_signature_fits(const struct seal_tpm_signature *sig,
			     const struct seal_tpm_public *pub)
{
	bool good = nondet_bool();

	yes.fits = good && pub == &ak;
	return good;
}

enum seal_hash seal_tpm_hash(uint16_t alg)
{
	enum seal_hash hash = nondet_uint();

	yes.fits = hash != SEAL_HASH_NONE;
	return hash;
}

/* Only tells which of the schemes a bare signature is by. */
bool seal_tpm_signature_check(const struct seal_tpm_signature *sig,
			      const struct seal_tpm_public *pub, struct seal_bytes data)
{
	return nondet_bool();
}

bool seal_seen_signature(struct seal_seen *seen, int64_t now,
			 const struct seal_tpm_signature *sig, const struct seal_tpm_public *pub,
			 struct seal_bytes data)
{
	bool good = nondet_bool();

	yes.signed_by = good && pub == &ak && data.data == octets + STATEMENT &&
			seen == in.signatures && now == in.now;
	return good;
}

bool seal_bytes_equal_ct(struct seal_bytes a, struct seal_bytes b)
{
	bool good = nondet_bool();

	yes.data = good && b.data == octets + DATA && b.len;
	return good;
}

bool seal_pcrs_safe(const struct seal_pcrs *pcrs)
{
	bool good = nondet_bool();

	yes.safe = good && pcrs == &in.asked;
	return good;
}

enum seal_reason seal_values_find(const struct seal_values_in *v, struct seal_values *ret,
				  struct seal_check row[3])
{
	claim(__CPROVER_w_ok(row, 3 * sizeof(*row)), "rows for what was found");
	ret->known = nondet_uint();
	ret->booted = nondet_uint();
	return answer(&yes.found, v->given == in.given && v->policy == &policy &&
		      v->pcrs.mask == yes.quoted.mask && v->pcrs.bank == yes.quoted.bank &&
		      v->boot.data == octets + BOOT && v->ima.data == octets + IMA);
}

enum seal_reason seal_policy_measurements(const struct seal_policy *p,
					  const struct seal_bytes value[SEAL_PCR_COUNT],
					  struct seal_bytes digest, unsigned int *pcr_ret)
{
	*pcr_ret = nondet_uint();
	assume(*pcr_ret < SEAL_PCR_COUNT);
	return answer(&yes.measured, p == &policy);
}

enum seal_reason seal_boot_events(const struct seal_policy *p, struct seal_bytes log,
				  uint32_t booted, struct seal_check *check)
{
	return answer(&yes.events, p == &policy && log.data == octets + BOOT);
}

enum seal_reason seal_boot_secure(const struct seal_policy *p, struct seal_bytes log,
				  uint32_t booted, struct seal_check *check)
{
	return answer(&yes.secure_boot, p == &policy && log.data == octets + BOOT);
}

enum seal_reason seal_boot_lockdown(const struct seal_policy *p, struct seal_bytes log,
				    uint32_t booted, uint32_t extended, struct seal_check *check)
{
	return answer(&yes.lockdown, p == &policy && log.data == octets + BOOT);
}

enum seal_reason seal_ima_files(const struct seal_policy *p, struct seal_bytes list,
				const struct seal_values *v, struct seal_check *check)
{
	return answer(&yes.files, p == &policy && list.data == octets + IMA);
}

static struct seal_bytes at(unsigned int which)
{
	return (struct seal_bytes){ octets + which, 1 };
}

static void given(void)
{
	policy.clock_safe = nondet_bool();
	policy.reset_pinned = nondet_bool();
	policy.restart_pinned = nondet_bool();
	policy.reset_count = nondet_uint();
	policy.restart_count = nondet_uint();
	policy.age = nondet_uint();
	ak.scheme = nondet_uint();
	ak.scheme_hash = nondet_uint();
	ak.key.type = nondet_uint();
	in = (struct seal_quote_in){
		.policy = &policy, .ak = &ak, .statement = at(STATEMENT),
		.signature = at(SIGNATURE), .bare = nondet_bool(),
		.data = { octets + DATA, nondet_bool() },
		.asked = { .bank = nondet_uint(), .mask = nondet_uint() },
		.exact = nondet_bool(), .given = nondet_bool() ? values : NULL,
		.given_bank = nondet_uint(), .boot = at(BOOT), .ima = at(IMA),
		.age = (int64_t)nondet_size(), .all = nondet_bool(),
	};
}

static void policy_claims(void)
{
	claim(!policy.clock_safe || yes.clock, "a clock as policy wants it");
	claim(!policy.reset_pinned || yes.resets == policy.reset_count, "the resets");
	claim(!policy.restart_pinned || yes.restarts == policy.restart_count, "the restarts");
	claim(!policy.age || (in.age >= 0 && in.age <= policy.age), "young enough");
	claim(yes.measured && yes.events && yes.secure_boot && yes.lockdown && yes.files,
	      "measurements as policy wants them");
}

void prove_quote(void)
{
	struct seal_report report = { 0 };
	struct seal_quote quote;

	given();
	if (seal_quote_appraise(&in, &quote, &report) != SEAL_REASON_ACCEPTED)
		return;
	claim(yes.statement && yes.magic == SEAL_TPM_MAGIC && yes.type == SEAL_TPM_ST_QUOTE,
	      "a quote that a TPM made");
	claim(yes.signature && yes.fits && yes.signed_by, "signed by the AK, as it signs");
	claim(yes.data, "with our data, and we have some");
	claim(yes.safe && yes.quoted.bank == in.asked.bank &&
	      !(in.asked.mask & ~yes.quoted.mask), "of what was asked for");
	claim(!in.exact || yes.quoted.mask == in.asked.mask, "and, on the wire, no more");
	claim(yes.found && (!in.given || in.given_bank == yes.quoted.bank),
	      "with values that were quoted");
	policy_claims();
}
