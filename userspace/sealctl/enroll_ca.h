/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CA's side of an enrolment. */
#ifndef SEALCTL_ENROLL_CA_H
#define SEALCTL_ENROLL_CA_H

#include "sealctl/enroll_ek.h"
#include "sealctl/enroll_link.h"

#define ENROLL_CA_IDENTITIES	64u

/**
 * struct enroll_ca - a CA's directory and what it may certify
 * @dir: as sealctl ca init made it
 * @ek: which TPMs
 * @identity: which identities the host at the other end may have
 * @any_identity: the first to ask gets it; for laboratories
 * @days: validity of what is issued
 */
struct enroll_ca {
	const char *dir;
	struct enroll_ek_rules ek;
	struct seal_identity identity[ENROLL_CA_IDENTITIES];
	size_t identity_count;
	bool any_identity;
	unsigned int days;
};

/**
 * enroll_ca_serve - one host, one attempt
 *
 * Request -> credential -> secret -> certificates. Nothing is remembered or
 * issued before the host has opened the credential, which only the TPM that
 * holds both EK and AK can. A refusal tells the host its reason, no secret.
 */
int enroll_ca_serve(const struct enroll_ca *ca, struct enroll_link *link,
		    struct enroll_error *err);

#endif /* SEALCTL_ENROLL_CA_H */
