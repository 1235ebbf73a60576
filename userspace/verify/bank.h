/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCR banks and their replay: a register begins with a known value, and each
 * extend makes it the hash of itself and a digest (TPM 2.0 part 1, 17.2).
 * Every algorithm that logs use is here, SHA-1 too: what a bank is worth is
 * the appraiser's affair. bank.c is the only file of verify/ that includes
 * nettle.
 */
#ifndef SEAL_VERIFY_BANK_H
#define SEAL_VERIFY_BANK_H

#include "verify/tpm.h"

#define SEAL_TPM_ALG_SM3	0x0012u
#define SEAL_BANKS_MAX		16u	/* TPM2_NUM_PCR_BANKS */

/* Octets of a digest by any algorithm a log may name; 0 when unknown. */
size_t seal_bank_len(uint16_t alg);
/* "sha1" ... "sm3_256", "sha3_512"; NULL when unknown. */
const char *seal_bank_name(uint16_t alg);
/* The algorithm of that name, in the spellings of TCG and Linux; 0 if none. */
uint16_t seal_bank_of(struct seal_bytes name);
/* Hash of the @count pieces one after another. False when @alg is unknown. */
bool seal_bank_hash(uint16_t alg, const struct seal_bytes *parts, size_t count,
		    uint8_t out[SEAL_PCR_VALUE_MAX]);

/**
 * struct seal_bank - the registers of one bank
 * @alg: of the bank
 * @len: octets of a value
 * @extended: a bit for each PCR that was extended
 * @lost: a bit for each PCR that was extended by a digest we do not have:
 *	its value here means nothing
 * @pcr: values
 */
struct seal_bank {
	uint16_t alg;
	size_t len;
	uint32_t extended;
	uint32_t lost;
	uint8_t pcr[SEAL_PCR_COUNT][SEAL_PCR_VALUE_MAX];
};

/*
 * All registers as a start of the platform leaves them: zeros, but ones in 17
 * to 22 (dynamic launch). False when @alg is unknown.
 */
bool seal_bank_init(struct seal_bank *bank, uint16_t alg);
/* @digest has @bank->len octets; false when not, or when @pcr is not below 24. */
bool seal_bank_extend(struct seal_bank *bank, unsigned int pcr,
		      struct seal_bytes digest);
/* The value of one PCR, as a view. */
struct seal_bytes seal_bank_value(const struct seal_bank *bank, unsigned int pcr);

#endif /* SEAL_VERIFY_BANK_H */
