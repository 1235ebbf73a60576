// SPDX-License-Identifier: GPL-2.0-or-later
#include "exporter.h"

#include <gnutls/crypto.h>
#include <string.h>

#include "tap.h"

/* RFC 8446 7.1 */
static void expand_label(enum seal_hash hash, const uint8_t *secret,
			 const char *label, struct seal_bytes context,
			 uint8_t *out, size_t len)
{
	uint8_t info[512];
	struct seal_writer w = seal_writer(info, sizeof(info));
	gnutls_datum_t key = { (uint8_t *)secret, seal_hash_len(hash) }, in = { info, 0 };

	seal_put_u16(&w, len);
	seal_put_u8(&w, 6 + strlen(label));
	seal_put_bytes(&w, "tls13 ", 6);
	seal_put_bytes(&w, label, strlen(label));
	seal_put_vec8(&w, context);
	in.size = seal_writer_done(&w);
	must(in.size && !gnutls_hkdf_expand(hash == SEAL_HASH_SHA384 ? GNUTLS_MAC_SHA384 :
					    GNUTLS_MAC_SHA256, &key, &in, out, len), "HKDF");
}

void exporter(enum seal_hash hash, const uint8_t *secret, const char *label,
	      struct seal_bytes context, uint8_t *out, size_t len)
{
	uint8_t derived[SEAL_HASH_MAX], digest[SEAL_HASH_MAX];
	struct seal_bytes hashed = { digest, seal_hash_len(hash) };

	must(seal_hash_parts(hash, NULL, 0, digest), "hash");
	expand_label(hash, secret, label, hashed, derived, hashed.len);
	must(seal_hash_parts(hash, &context, 1, digest), "hash");
	expand_label(hash, derived, "exporter", hashed, out, len);
}
