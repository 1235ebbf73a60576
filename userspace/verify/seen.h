/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was verified before: signatures, and paths to a CA (x509.h), so that the
 * same octets need not be verified again. Never a verdict: which policy,
 * identity and connection they serve is asked anew each time.
 *
 * An entry is found by the SHA-256 of all octets that the check depends on, and is put
 * in only after the check; a table is bounded, and its owner is who asks: what
 * one trust store or one process has seen is not believed by another.
 */
#ifndef SEAL_VERIFY_SEEN_H
#define SEAL_VERIFY_SEEN_H

#include "verify/tpm.h"

#define SEAL_SEEN_S	3600	/* then a check is made again, whatever it was */

struct seal_seen;

/* A table with room for at least @entries; NULL when out of memory. */
struct seal_seen *seal_seen_new(uint32_t entries);
void seal_seen_free(struct seal_seen *seen);

/* How many places there are: slots are smaller than that. */
uint32_t seal_seen_size(const struct seal_seen *seen);

/* The slot of @key if it holds at @now, seconds since 1970; else -1. */
int seal_seen_find(const struct seal_seen *seen, const uint8_t key[SEAL_SHA256_LEN],
		   int64_t now);

/*
 * @key holds from @from to @until, both included, and not longer than
 * SEAL_SEEN_S after @now. Takes the place of one that holds no more, or of any.
 * The slot.
 */
uint32_t seal_seen_put(struct seal_seen *seen, const uint8_t key[SEAL_SHA256_LEN], int64_t now,
		       int64_t from, int64_t until);

/* As seal_tpm_signature_check(), which is not asked twice; @seen may be NULL. */
bool seal_seen_signature(struct seal_seen *seen, int64_t now,
			 const struct seal_tpm_signature *sig, const struct seal_tpm_public *pub,
			 struct seal_bytes data);

#endif /* SEAL_VERIFY_SEEN_H */
