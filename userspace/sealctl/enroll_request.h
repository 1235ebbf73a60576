/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a host says of itself, to its CA or in a bundle for `sealctl admit`,
 * and the checks that need no secret.
 */
#ifndef SEALCTL_ENROLL_REQUEST_H
#define SEALCTL_ENROLL_REQUEST_H

#include "attester/tpm.h"
#include "sealctl/enroll_link.h"
#include "verify/tpm.h"
#include "verify/x509.h"

#define ENROLL_PEM_MAX	16384u

/**
 * struct enroll_request - one host's keys
 * @identity: canonical
 * @ek_public: TPMT_PUBLIC
 * @ek_cert: DER, @ek_cert_len 0 when the TPM brought none
 * @ak_public: TPMT_PUBLIC
 * @tik_public: TPMT_PUBLIC; empty for key = file, then @csr is set
 * @certify: of the TIK by the AK
 * @csr: PEM, key = file
 */
struct enroll_request {
	struct seal_identity identity;
	struct att_blob ek_public;
	size_t ek_cert_len;
	uint8_t ek_cert[ATT_CERT_MAX];
	struct att_blob ak_public;
	struct att_blob tik_public;
	struct att_attest certify;
	char csr[ENROLL_PEM_MAX];
};

/** enroll_request_json - as the protocol's first message; NULL without memory */
json_t *enroll_request_json(const struct enroll_request *req);

/** enroll_request_parse - the reverse; every member is checked for size and shape */
int enroll_request_parse(const json_t *message, struct enroll_request *req,
			 struct enroll_error *err);

/**
 * enroll_request_check - AK and TIK are what they must be
 * @ak: parsed, also for its Name
 *
 * AK: restricted signing key born in and fixed to a TPM. TIK: likewise but
 * unrestricted, and certified by the AK. Says nothing about which TPM.
 */
int enroll_request_check(const struct enroll_request *req, struct seal_tpm_public *ak,
			 struct enroll_error *err);

/** enroll_identity - parse a text from a human; -1 with the reason */
int enroll_identity(const char *text, struct seal_identity *id, struct enroll_error *err);

#endif /* SEALCTL_ENROLL_REQUEST_H */
