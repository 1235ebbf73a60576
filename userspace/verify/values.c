// SPDX-License-Identifier: GPL-2.0-or-later
/* The values of quoted PCRs. */
#include "verify/values.h"

#include <stdio.h>
#include <string.h>

/* systemd extends these after boot, behind the back of the firmware's log. */
#define LATER	(1u << 11 | 1u << 12 | 1u << 13 | 1u << 15)

/* What the steps share. */
struct work {
	const struct seal_values_in *in;
	struct seal_values *out;
	struct seal_check *boot_row, *ima_row, *values_row;
	struct seal_bank boot;		/* replayed, or as after a reset */
	struct seal_bank ima;		/* likewise, by the list alone */
	uint32_t covered;		/* quoted PCRs that the boot log extends */
	uint32_t ima_pcrs;		/* quoted PCRs that the list extends */
	uint32_t ima_count;		/* entries replayed so far */
	enum seal_ima_extend how;
	unsigned int choice[SEAL_PCR_COUNT];
	uint32_t tries;
};

static bool quoted(const struct work *w, unsigned int pcr)
{
	return w->in->pcrs.mask >> pcr & 1;
}

static void fail(struct seal_check *check, enum seal_reason reason)
{
	check->standing = SEAL_CHECK_FAILED;
	check->reason = reason;
}

static void pass(struct seal_check *check)
{
	check->standing = SEAL_CHECK_OK;
	check->reason = SEAL_REASON_ACCEPTED;
}

/* The boot log into w->boot. False when it is of no use. */
static bool replay_boot(struct work *w)
{
	struct seal_check *check = w->boot_row;
	const char *bank = seal_bank_name(w->in->pcrs.bank);
	struct seal_eventlog log;

	if (!seal_bank_init(&w->boot, w->in->pcrs.bank)) {
		fail(check, SEAL_REASON_LOG_BANK);
		return false;
	}
	if (!w->in->boot.len) {
		seal_check_seen(check, "none given");
		return true;
	}
	if (seal_eventlog_replay_bank(w->in->boot, &w->boot, &log)) {
		w->covered = (w->boot.extended | w->boot.lost) & w->in->pcrs.mask;
		seal_check_seen(check, "%u events", log.count);
		pass(check);
		return true;
	}
	seal_check_wanted(check, "a log of the bank %s", bank);
	if (log.error) {
		seal_check_seen(check, "octet %zu: %s", log.error_at, log.error);
		fail(check, SEAL_REASON_LOG_BAD);
	} else {
		seal_check_seen(check, "%s", log.agile ? "it has no digests of that bank" :
				"a log of SHA-1 times");
		fail(check, SEAL_REASON_LOG_BANK);
	}
	return false;
}

/*
 * The kernel's list begins at a reset, and nothing else extends its PCR. Or else
 * who writes the logs moves what no policy would take from one into the other.
 */
static bool apart(struct work *w)
{
	uint32_t both = w->covered & w->ima_pcrs;
	unsigned int pcr = 0;

	if (!both)
		return true;
	while (!(both >> pcr & 1))
		pcr++;
	seal_check_seen(w->ima_row, "the boot log extends PCR %u too", pcr);
	seal_check_wanted(w->ima_row, "a PCR for each log");
	fail(w->ima_row, SEAL_REASON_IMA_DIFFERS);
	return false;
}

/* The list once: is it one, and which PCRs does it extend? */
static bool read_ima(struct work *w)
{
	struct seal_check *check = w->ima_row;
	struct seal_ima_entry e = { 0 };
	struct seal_ima ima;
	bool ok;

	if (!w->in->ima.len) {
		seal_check_seen(check, "none given");
		return true;
	}
	ok = seal_ima_open(&ima, w->in->ima);
	while (ok && seal_ima_next(&ima, &e)) {
		w->ima_pcrs |= 1u << e.pcr;
		ok = e.proven || e.violation || !e.data.len;
	}
	if (ima.error) {
		seal_check_seen(check, "octet %zu: %s", ima.error_at, ima.error);
		seal_check_wanted(check, "a measurement list");
		fail(check, SEAL_REASON_IMA_BAD);
	} else if (!ok) {
		seal_check_seen(check, "entry %u at octet %zu", e.number, e.offset);
		seal_check_wanted(check, "template hashes of the data under them");
		fail(check, SEAL_REASON_IMA_FALSE);
	} else {
		seal_check_seen(check, "%u entries", ima.count);
		pass(check);
	}
	w->ima_pcrs &= w->in->pcrs.mask;
	seal_ima_close(&ima);
	return check->standing == SEAL_CHECK_OK && apart(w);
}

/* Replay the list; @step after each entry that extends a quoted PCR, until it says no. */
static void replay_list(struct work *w, enum seal_ima_extend how, bool (*step)(struct work *w))
{
	struct seal_ima_entry e;
	struct seal_ima ima;
	bool go_on = seal_ima_open(&ima, w->in->ima);

	w->how = how;
	seal_bank_init(&w->ima, w->boot.alg);
	w->ima_count = 0;
	while (go_on && seal_ima_next(&ima, &e)) {
		seal_ima_extend(&w->ima, &e, how);
		w->ima_count++;
		if (quoted(w, e.pcr))
			go_on = step(w);
	}
	seal_ima_close(&ima);
}

static bool to_the_end(struct work *w)
{
	return true;
}

/* Values that came with the quote */

static bool given_fit(struct work *w)
{
	struct seal_bytes parts[SEAL_PCR_COUNT];
	uint8_t digest[SEAL_PCR_VALUE_MAX];
	size_t count = 0;

	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++) {
		struct seal_bytes v = w->in->given[i];

		if (quoted(w, i) != !!v.len || (v.len && v.len != w->boot.len)) {
			seal_check_seen(w->values_row, "PCR %u is %s", i, !v.len ? "missing" :
					quoted(w, i) ? "of another bank" : "not quoted");
			fail(w->values_row, SEAL_REASON_PCR_SHAPE);
			return false;
		}
		if (v.len)
			parts[count++] = v;
	}
	if (!seal_bank_hash(w->in->alg, parts, count, digest) ||
	    !seal_bytes_equal((struct seal_bytes){ digest, seal_bank_len(w->in->alg) },
			      w->in->digest)) {
		seal_check_hex(w->values_row->seen, (struct seal_bytes){ digest, 32 }, 32);
		seal_check_hex(w->values_row->wanted, w->in->digest, 32);
		fail(w->values_row, SEAL_REASON_PCR_DIGEST);
		return false;
	}
	return true;
}

static void take_given(struct work *w)
{
	w->out->len = w->boot.len;
	w->out->known = w->in->pcrs.mask;
	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++)
		if (quoted(w, i))
			memcpy(w->out->value[i], w->in->given[i].data, w->boot.len);
}

static bool is_given(const struct work *w, const struct seal_bank *bank, unsigned int pcr)
{
	return !(bank->lost >> pcr & 1) &&
	       !memcmp(seal_bank_value(bank, pcr).data, w->in->given[pcr].data, bank->len);
}

/* The boot log leads to the values; what is extended later may be beyond it. */
static bool boot_leads(struct work *w)
{
	uint32_t ask = w->covered & ~w->ima_pcrs;

	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++) {
		if (!(ask >> i & 1))
			continue;
		if (is_given(w, &w->boot, i)) {
			w->out->booted |= 1u << i;
		} else if (!(LATER >> i & 1)) {
			seal_check_seen(w->boot_row, "PCR %u: ", i);
			seal_check_hex(w->boot_row->seen, seal_bank_value(&w->boot, i), 64);
			seal_check_hex(w->boot_row->wanted, w->in->given[i], 64);
			fail(w->boot_row, SEAL_REASON_LOG_DIFFERS);
			return false;
		}
	}
	return true;
}

static bool list_leads(struct work *w)
{
	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++)
		if (w->ima_pcrs >> i & 1 && !is_given(w, &w->ima, i))
			return true;
	w->out->ima_count = w->ima_count;
	w->out->ima_padded = w->how == SEAL_IMA_PADDED;
	return true;
}

static bool ima_leads(struct work *w)
{
	if (!w->ima_pcrs)
		return true;
	replay_list(w, SEAL_IMA_HASHED, list_leads);
	if (!w->out->ima_count)
		replay_list(w, SEAL_IMA_PADDED, list_leads);
	if (w->out->ima_count) {
		w->out->ima_pcrs = w->ima_pcrs;
		return true;
	}
	seal_check_seen(w->ima_row, "no beginning of the list leads to the quoted PCR");
	fail(w->ima_row, SEAL_REASON_IMA_DIFFERS);
	return false;
}

/* Values that are looked for */

/* How many values PCR @pcr may have, as far as we know. */
static unsigned int choices(const struct work *w, unsigned int pcr)
{
	unsigned int listed = w->in->policy->pcr[pcr].count;

	if (w->ima_pcrs >> pcr & 1)
		return 1;
	if (w->boot.lost >> pcr & 1)
		return listed;
	if (w->covered >> pcr & 1 && !(LATER >> pcr & 1))
		return 1;
	return listed + 1;
}

/* The one that is its turn: first what a log says, or a reset, then policy's. */
static struct seal_bytes chosen(const struct work *w, unsigned int pcr)
{
	unsigned int k = w->choice[pcr] + (w->boot.lost >> pcr & 1);
	const struct seal_policy_value *value;

	if (!k || w->ima_pcrs >> pcr & 1)
		return seal_bank_value(w->ima_pcrs >> pcr & 1 ? &w->ima : &w->boot, pcr);
	value = &w->in->policy->pcr[pcr].value[k - 1];
	return (struct seal_bytes){ value->data, value->len };
}

static bool choice_fits(struct work *w)
{
	struct seal_bytes parts[SEAL_PCR_COUNT];
	uint8_t digest[SEAL_PCR_VALUE_MAX];
	size_t count = 0;

	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++)
		if (quoted(w, i))
			parts[count++] = chosen(w, i);
	w->tries++;
	return seal_bank_hash(w->in->alg, parts, count, digest) &&
	       seal_bytes_equal((struct seal_bytes){ digest, seal_bank_len(w->in->alg) },
				w->in->digest);
}

/* The next choice, like an odometer; false when all were there. */
static bool next_choice(struct work *w)
{
	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++) {
		if (!quoted(w, i))
			continue;
		if (++w->choice[i] < choices(w, i))
			return true;
		w->choice[i] = 0;
	}
	return false;
}

static void take_chosen(struct work *w)
{
	struct seal_values *out = w->out;

	out->len = w->boot.len;
	out->known = w->in->pcrs.mask;
	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++) {
		if (!quoted(w, i))
			continue;
		memcpy(out->value[i], chosen(w, i).data, out->len);
		if (w->covered >> i & 1 && !w->choice[i] && !(w->boot.lost >> i & 1))
			out->booted |= 1u << i;
	}
	out->booted &= ~w->ima_pcrs;
	out->ima_pcrs = w->ima_pcrs;
	out->ima_count = w->ima_count;
	out->ima_padded = w->how == SEAL_IMA_PADDED;
}

/* True when there is nothing more to look for. */
static bool try_choices(struct work *w)
{
	memset(w->choice, 0, sizeof(w->choice));
	do {
		if (choice_fits(w)) {
			take_chosen(w);
			return true;
		}
	} while (w->tries < SEAL_VALUES_TRIES && next_choice(w));
	return w->tries >= SEAL_VALUES_TRIES;
}

static bool prefix_fits(struct work *w)
{
	return !try_choices(w);
}

/* The whole list, as a machine at rest has it; then each beginning of it. */
static void search(struct work *w)
{
	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++)
		if (quoted(w, i) && !choices(w, i))
			return;
	if (!w->ima_pcrs) {
		try_choices(w);
		return;
	}
	for (int how = SEAL_IMA_HASHED; how <= SEAL_IMA_PADDED && !w->out->known; how++) {
		replay_list(w, how, to_the_end);
		try_choices(w);
	}
	for (int how = SEAL_IMA_HASHED; how <= SEAL_IMA_PADDED && !w->out->known; how++)
		replay_list(w, how, prefix_fits);
}

/* "0-7,10" behind @text. */
static void mask_text(char *text, const char *before, uint32_t mask)
{
	size_t at = strlen(text);

	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++) {
		unsigned int end = i;

		if (!(mask >> i & 1))
			continue;
		while (mask >> (end + 1) & 1)
			end++;
		at += snprintf(text + at, SEAL_CHECK_TEXT_MAX - at, end > i ? "%s%u-%u" : "%s%u",
			       before, i, end);
		before = ",";
		i = end;
	}
}

/* Where values came from, for a human. */
static void sources(struct work *w)
{
	uint32_t rest = w->in->pcrs.mask & ~(w->covered | w->ima_pcrs), listed = 0;
	char *text = w->values_row->seen;

	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++)
		if (rest >> i & 1 && w->in->policy->pcr[i].count)
			listed |= 1u << i;
	mask_text(text, "boot log: ", w->covered & ~w->ima_pcrs);
	mask_text(text, *text ? "; measurement list: " : "measurement list: ", w->ima_pcrs);
	mask_text(text, *text ? "; policy: " : "policy: ", listed);
	mask_text(text, *text ? "; as after a reset: " : "as after a reset: ", rest & ~listed);
}

static bool nothing_to_find(const struct work *w)
{
	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++)
		if (w->in->policy->pcr[i].count)
			return false;
	return !w->in->boot.len && !w->in->ima.len;
}

static void find(struct work *w)
{
	if (nothing_to_find(w)) {
		seal_check_seen(w->values_row, "none given");
		return;
	}
	search(w);
	sources(w);
	if (w->out->known) {
		pass(w->values_row);
		return;
	}
	seal_check_wanted(w->values_row, "values whose hash is ");
	seal_check_hex(w->values_row->wanted, w->in->digest, 8);
	fail(w->values_row, SEAL_REASON_LOG_DIFFERS);
}

static void check_given(struct work *w)
{
	if (!given_fit(w) || !boot_leads(w) || !ima_leads(w))
		return;
	take_given(w);
	seal_check_seen(w->values_row, "given with the quote");
	pass(w->values_row);
}

static void say_prefix(struct work *w)
{
	if (w->ima_row->standing != SEAL_CHECK_OK)
		return;
	if (w->out->ima_count) {
		seal_check_wanted(w->ima_row, "%s", "");
		seal_check_seen(w->ima_row, "%u entries lead to the quoted PCR",
				w->out->ima_count);
	} else if (!w->ima_pcrs) {
		w->ima_row->standing = SEAL_CHECK_NOT_DONE;
		seal_check_seen(w->ima_row, "its PCR is not quoted");
	}
}

static enum seal_reason first_reason(const struct seal_check row[3])
{
	for (unsigned int i = 0; i < 3; i++)
		if (row[i].standing == SEAL_CHECK_FAILED)
			return row[i].reason;
	return SEAL_REASON_ACCEPTED;
}

enum seal_reason seal_values_find(const struct seal_values_in *in,
				  struct seal_values *values_ret,
				  struct seal_check row[3])
{
	struct work w = {
		.in = in,
		.out = values_ret,
		.boot_row = &row[0],
		.ima_row = &row[1],
		.values_row = &row[2],
	};

	memset(values_ret, 0, sizeof(*values_ret));
	if (!replay_boot(&w) || !read_ima(&w))
		return first_reason(row);
	if (in->given)
		check_given(&w);
	else
		find(&w);
	say_prefix(&w);
	return first_reason(row);
}
