/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Passports: a result of another verifier and a quote that proves that nothing of
 * what the result rests on has changed: Documentation/protocol.rst, "Passports".
 */
#ifndef SEAL_VERIFY_PASSPORT_H
#define SEAL_VERIFY_PASSPORT_H

#include "verify/result.h"

/*
 * The collection { 0: [263, result, 8], 1: [SEAL_MEDIA_TPM, map, 4] }, wrapped into
 * a record: the content of cmw_attestation. @tpm is such a record of evidence.
 * Octets written or 0.
 */
size_t seal_passport_wrap(struct seal_bytes result, struct seal_bytes tpm,
			  uint8_t *out, size_t size);
/* The collection, without its record. Fuzz target: passport. */
bool seal_passport_decode(struct seal_bytes in, union seal_evidence *ret);
enum seal_reason seal_passport_appraise(const union seal_evidence *evidence,
					const struct seal_appraisal_in *in,
					struct seal_appraisal *ret);

#endif /* SEAL_VERIFY_PASSPORT_H */
