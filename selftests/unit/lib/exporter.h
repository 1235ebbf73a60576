/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TLS-Exporter of RFC 8446 section 7.5, for tests that know the secret. */
#ifndef SEAL_UNIT_EXPORTER_H
#define SEAL_UNIT_EXPORTER_H

#include "verify/crypto.h"

/* Of RFC 8448 section 3, SHA-256. */
#define RFC8448_EXPORTER_SECRET \
	"fe22f881176eda18eb8f44529e6792c50c9a3f89452f68d8ae311b4309d3cf50"

/* @secret is exporter_secret, of seal_hash_len(@hash) octets. */
void exporter(enum seal_hash hash, const uint8_t *secret, const char *label,
	      struct seal_bytes context, uint8_t *out, size_t len);

#endif /* SEAL_UNIT_EXPORTER_H */
