/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is an endorsement key one of a TPM that the CA's owner trusts? */
#ifndef SEALCTL_ENROLL_EK_H
#define SEALCTL_ENROLL_EK_H

#include "sealctl/enroll_request.h"

#define ENROLL_ACCEPT_MAX	16u

/**
 * struct enroll_ek_rules - what an EK must show
 * @roots: PEM of the TPM makers' CAs, intermediate ones included; "" for none
 * @accept: SHA-256 of SubjectPublicKeyInfo of EKs that were checked by other means
 */
struct enroll_ek_rules {
	const char *roots;
	uint8_t accept[ENROLL_ACCEPT_MAX][SEAL_SHA256_LEN];
	size_t accept_count;
};

/** enroll_ek_roots - is there a certificate in this PEM? */
int enroll_ek_roots(const char *roots, struct enroll_error *err);

/** enroll_ek_print - SHA-256 of the EK's SubjectPublicKeyInfo, its fingerprint */
int enroll_ek_print(const struct att_blob *ek_public, uint8_t print[SEAL_SHA256_LEN],
		    struct enroll_error *err);

/**
 * enroll_ek_check - accept or refuse the EK of a request
 * @print: its fingerprint
 *
 * Either the fingerprint is listed, or the certificate chains to a root, is
 * that of an EK, and is for the very key of the request. Whether the host
 * holds that key is for credential activation to show.
 */
int enroll_ek_check(const struct enroll_request *req, const struct enroll_ek_rules *rules,
		    uint8_t print[SEAL_SHA256_LEN], struct enroll_error *err);

#endif /* SEALCTL_ENROLL_EK_H */
