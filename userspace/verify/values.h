/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The values of quoted PCRs: given with the quote, or found. A quote holds one
 * hash over all of them, so values that nobody gave are tried: what the boot
 * log replays to, each prefix of the measurement list, what policy lists, and
 * what a PCR holds after a reset. The hash says which are true; logs are
 * believed as far as they lead to them and no further.
 */
#ifndef SEAL_VERIFY_VALUES_H
#define SEAL_VERIFY_VALUES_H

#include "verify/check.h"
#include "verify/ima.h"
#include "verify/policy.h"

/* Ways to put the values of a quote together that are tried at most. */
#define SEAL_VALUES_TRIES	(1u << 21)

/**
 * struct seal_values_in - what is there
 * @pcrs: the quote's selection
 * @alg: of the hash over the values
 * @digest: that hash
 * @given: values by index, or NULL when none came with the quote
 * @policy: whose pcr-N may be values
 * @boot: boot log; empty when there is none
 * @ima: measurement list; likewise
 */
struct seal_values_in {
	struct seal_pcrs pcrs;
	uint16_t alg;
	struct seal_bytes digest;
	const struct seal_bytes *given;
	const struct seal_policy *policy;
	struct seal_bytes boot;
	struct seal_bytes ima;
};

/**
 * struct seal_values - what is known then
 * @known: a bit for each PCR that has a true value in @value
 * @booted: a bit for each that the boot log leads to
 * @ima_pcrs: a bit for each that the measurement list leads to
 * @ima_count: entries of the list that lead to them
 * @ima_padded: they were extended by SHA-1 hashes and zeros, which says nothing of files
 * @value: by index
 */
struct seal_values {
	uint32_t known;
	uint32_t booted;
	uint32_t ima_pcrs;
	uint32_t ima_count;
	bool ima_padded;
	uint8_t value[SEAL_PCR_COUNT][SEAL_PCR_VALUE_MAX];
	size_t len;
};

/*
 * Find and check all values. @row are three rows of a report, of the boot log,
 * the measurement list and the values, which are filled. The reason of the
 * first that failed, or SEAL_REASON_ACCEPTED: also when nobody gave a value and
 * the policy goes by their digest alone. Then @values_ret->known is 0.
 */
enum seal_reason seal_values_find(const struct seal_values_in *in,
				  struct seal_values *values_ret,
				  struct seal_check row[3]);

#endif /* SEAL_VERIFY_VALUES_H */
