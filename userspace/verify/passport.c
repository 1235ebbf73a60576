// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Passports. The result takes the place of what this host would know by itself:
 * it is a list with one pinned key and a policy with one digest. Everything else is
 * the appraisal of a quote.
 */
#include "verify/passport.h"

#include <string.h>

#include "verify/appraise_tpm.h"
#include "wire/cmw_tree.h"

#define OK SEAL_REASON_ACCEPTED

enum { MEMBER_RESULT, MEMBER_QUOTE, MEMBERS };

static struct seal_bytes text(const char *s)
{
	return (struct seal_bytes){ (const uint8_t *)s, strlen(s) };
}

size_t seal_passport_wrap(struct seal_bytes result, struct seal_bytes tpm,
			  uint8_t *out, size_t size)
{
	struct seal_cmw_tree tree = { .count = 1 + MEMBERS };
	struct seal_cmw record = {
		.type = text(SEAL_MEDIA_PASSPORT), .ind = SEAL_CMW_EVIDENCE | SEAL_CMW_RESULT,
	};
	uint8_t collection[SEAL_CMW_MAX];
	struct seal_cmw quote;

	if (!seal_cmw_decode(tpm, &quote))
		return 0;
	tree.node[0].form = SEAL_CMW_COLLECTION;
	tree.node[1] = (struct seal_cmw_node){
		.form = SEAL_CMW_RECORD, .number = MEMBER_RESULT,
		.format = seal_result_format(result), .value = result, .ind = SEAL_CMW_RESULT,
	};
	tree.node[2] = (struct seal_cmw_node){
		.form = SEAL_CMW_RECORD, .number = MEMBER_QUOTE,
		.type = quote.type, .value = quote.value, .ind = quote.ind,
	};
	record.value = (struct seal_bytes){
		collection, seal_cmw_tree_encode(&tree, collection, sizeof(collection)) };
	return record.value.len ? seal_cmw_encode(&record, out, size) : 0;
}

static bool is_result(const struct seal_cmw_node *n)
{
	return n && n->form == SEAL_CMW_RECORD && !n->type.len &&
	       n->format == seal_result_format(n->value) && n->ind == SEAL_CMW_RESULT &&
	       n->value.len <= SEAL_RESULT_MAX_LEN;
}

static bool is_quote(const struct seal_cmw_node *n)
{
	return n && n->form == SEAL_CMW_RECORD && n->ind == SEAL_CMW_EVIDENCE &&
	       seal_bytes_equal(n->type, text(SEAL_MEDIA_TPM));
}

bool seal_passport_decode(struct seal_bytes in, union seal_evidence *ret)
{
	const struct seal_cmw_node *result, *quote;
	struct seal_cmw_tree tree;

	if (!seal_cmw_tree_decode(in, &tree) || tree.count != 1 + MEMBERS)
		return false;
	result = seal_cmw_tree_find(&tree, 0, MEMBER_RESULT);
	quote = seal_cmw_tree_find(&tree, 0, MEMBER_QUOTE);
	if (tree.node[0].type.len || !is_result(result) || !is_quote(quote))
		return false;
	ret->passport.result = result->value;
	return seal_evidence_decode(quote->value, &ret->passport.tpm);
}

/* Nothing has happened to the machine since: no reboot, no resume, no other TPM. */
static enum seal_reason check_continuity(const struct seal_anchor *anchor,
					 const struct seal_appraisal *found)
{
	if (found->reset_count != anchor->reset_count ||
	    found->restart_count != anchor->restart_count)
		return SEAL_REASON_EAR_RESET;
	return found->clock < anchor->clock ? SEAL_REASON_EAR_CLOCK : OK;
}

/* What the appraisal of the quote calls otherwise. */
static enum seal_reason rename_reason(enum seal_reason reason)
{
	switch (reason) {
	case SEAL_REASON_AK_UNKNOWN:
	case SEAL_REASON_AK_IDENTITY:
		return SEAL_REASON_EAR_AK;
	case SEAL_REASON_PCR_SET:
		return SEAL_REASON_EAR_DIGEST;
	default:
		return reason;
	}
}

/* The quote, by a policy that has the result's digest and its key. */
static enum seal_reason check_quote(const struct seal_tpm_evidence *tpm,
				    const struct seal_anchor *anchor,
				    const struct seal_appraisal_in *in,
				    struct seal_appraisal *ret)
{
	struct seal_policy_value digest = { .len = anchor->digest_len };
	struct seal_admitted_entry key = { .identity = *in->identity, .name = anchor->ak };
	const struct seal_admitted admitted = { .entry = &key, .count = 1 };
	struct seal_policy policy = *in->policy;
	struct seal_appraisal_in quote_in = *in;
	union seal_evidence evidence;

	if (!seal_result_digest_good(in->policy, anchor))
		return SEAL_REASON_PCR_SET;
	memcpy(digest.data, anchor->digest, digest.len);
	policy.digests = (struct seal_policy_values){ .count = 1, .value = &digest };
	policy.ak_trust = SEAL_AK_ADMITTED;
	quote_in.policy = &policy;
	quote_in.admitted = &admitted;
	evidence.tpm = *tpm;
	return rename_reason(seal_tpm_appraise(&evidence, &quote_in, ret));
}

enum seal_reason seal_passport_appraise(const union seal_evidence *evidence,
					const struct seal_appraisal_in *in,
					struct seal_appraisal *ret)
{
	const struct seal_passport *passport = &evidence->passport;
	const struct seal_anchor *anchor;
	uint8_t room[SEAL_EAR_MAX];
	enum seal_reason reason;
	struct seal_ear ear;

	*ret = (struct seal_appraisal){ .not_after = INT64_MAX };
	reason = seal_result_check(passport->result, in->verifiers, in->policy, in->now,
				   room, &ear, &anchor);
	if (reason == OK)
		reason = seal_result_fits(&ear, anchor, in);
	if (reason == OK && anchor->pcrs.mask >> SEAL_PCR_IMA & 1)
		reason = SEAL_REASON_EAR_SELECTION;
	if (reason == OK)
		reason = check_quote(&passport->tpm, anchor, in, ret);
	if (reason == OK)
		reason = check_continuity(anchor, ret);
	if (reason != OK)
		return reason;
	ret->not_after = ear.expires;
	ret->appraised = ear.issued;
	return OK;
}
