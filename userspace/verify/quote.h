/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One quote and what is held against it: the same appraisal for evidence on
 * the wire and for files that sealctl appraise is given. Whether the
 * attestation key is to be believed is decided before.
 */
#ifndef SEAL_VERIFY_QUOTE_H
#define SEAL_VERIFY_QUOTE_H

#include "verify/seen.h"
#include "verify/values.h"

/**
 * struct seal_quote_in - evidence and expectations
 * @policy: that decides
 * @ak: the attestation key; its scheme is 0 when only the key is known
 * @statement: TPMS_ATTEST
 * @signature: TPMT_SIGNATURE; or, when @bare, that without its head: a DER
 *	ECDSA signature or the octets of an RSA one
 * @bare: see @signature
 * @signatures: that were checked before, for @now; or NULL
 * @data: qualifying data that the quote must have; an empty one never fits
 * @asked: PCRs that must be quoted
 * @exact: and no others
 * @given: values by index that came with the quote, or NULL
 * @given_bank: their bank
 * @boot: boot log; empty when there is none
 * @ima: measurement list; likewise
 * @age: seconds since the qualifying data was made; below 0: not known
 * @all: go on after a failed check, for the report
 * @before_logs: end before the first check that reads a log or a value
 */
struct seal_quote_in {
	const struct seal_policy *policy;
	const struct seal_tpm_public *ak;
	struct seal_bytes statement;
	struct seal_bytes signature;
	bool bare;
	struct seal_seen *signatures;
	int64_t now;
	struct seal_bytes data;
	struct seal_pcrs asked;
	bool exact;
	const struct seal_bytes *given;
	uint16_t given_bank;
	struct seal_bytes boot;
	struct seal_bytes ima;
	int64_t age;
	bool all;
	bool before_logs;
};

/**
 * struct seal_quote - what is known then; means nothing unless accepted
 * @statement: decoded
 * @signature: decoded
 * @values: of the quoted PCRs
 */
struct seal_quote {
	struct seal_tpm_statement statement;
	struct seal_tpm_signature signature;
	struct seal_values values;
};

/*
 * SEAL_REASON_ACCEPTED, or the reason of the first check that failed; a row in
 * @report for each.
 */
enum seal_reason seal_quote_appraise(const struct seal_quote_in *in,
				     struct seal_quote *quote_ret,
				     struct seal_report *report);

#endif /* SEAL_VERIFY_QUOTE_H */
