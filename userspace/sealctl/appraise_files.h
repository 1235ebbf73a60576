/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The forms in which tools keep keys, quotes and PCR values. */
#ifndef SEALCTL_APPRAISE_FILES_H
#define SEALCTL_APPRAISE_FILES_H

#include "verify/tpm.h"

/**
 * key_of_file - a public key: TPM2B_PUBLIC, TPMT_PUBLIC, PEM or DER
 *
 * PEM and DER may also hold a certificate. Of those only the key is known:
 * @pub->scheme is 0 and there is no name. @form_ret says which it was.
 *
 * Return: false when it is none of them.
 */
bool key_of_file(struct seal_bytes file, struct seal_tpm_public *pub, const char **form_ret);

/** signature_is_bare - is this not a TPMT_SIGNATURE? */
bool signature_is_bare(struct seal_bytes file);

/**
 * pcrs_of_file - PCR values as tpm2_quote -o writes them, "values" or "serialized"
 *
 * @selection: of the quote, which says whose the values are.
 * @value: by index, views into @file
 *
 * Return: false when there are not as many as the quote has.
 */
bool pcrs_of_file(struct seal_bytes file, const struct seal_pcrs *selection,
		  struct seal_bytes value[SEAL_PCR_COUNT]);

#endif /* SEALCTL_APPRAISE_FILES_H */
