/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Name constraints of CAs, RFC 5280 4.2.1.10, for the names that peers are known by.
 * GnuTLS looks at them too, but lets any URI pass, and any address of the family that
 * a CA was given none of.
 */
#ifndef SEAL_VERIFY_CONSTRAINTS_H
#define SEAL_VERIFY_CONSTRAINTS_H

#include "verify/x509.h"

/*
 * May @issuer vouch, itself or through a CA below it, for every identity of @leaf? A
 * name that cannot be compared with a constraint on its kind is not permitted. A kind
 * without a constraint is free.
 */
struct gnutls_x509_crt_int;
bool seal_constraints_permit(struct gnutls_x509_crt_int *issuer, const struct seal_cert *leaf);

#endif /* SEAL_VERIFY_CONSTRAINTS_H */
