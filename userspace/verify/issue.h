/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A result of our own, on a machine whose dossier was found good. */
#ifndef SEAL_VERIFY_ISSUE_H
#define SEAL_VERIFY_ISSUE_H

#include "verify/dossier.h"

#define SEAL_DEVELOPER	"seal"

/* The kinds of consumers that a policy lets pass, a bit for each enum seal_class. */
uint32_t seal_issue_consumers(const struct seal_policy *policy);
/*
 * The claims of a result that binds as passports need it, with a nonce if @f is of a
 * connection. Views point into @f,
 * @policy and @build. @until is its end unless the AK certificate or that of the TLS
 * key ends before.
 */
void seal_issue_claims(const struct seal_finding *f, const struct seal_policy *policy,
		       uint32_t consumers, const char *build, int64_t now, int64_t until,
		       struct seal_ear *ret);

#endif /* SEAL_VERIFY_ISSUE_H */
