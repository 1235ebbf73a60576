// SPDX-License-Identifier: GPL-2.0-or-later
/* Exported authenticators, RFC 9261 section 5.2. */
#include "verify/ea.h"

#include <string.h>

#define SPACES	64

static struct seal_bytes hash_view(const struct seal_ea_keys *keys,
				   const uint8_t *data)
{
	return (struct seal_bytes){ data, seal_hash_len(keys->hash) };
}

bool seal_ea_transcript(const struct seal_ea_keys *keys,
			struct seal_bytes request,
			struct seal_bytes certificate, uint8_t *out)
{
	struct seal_bytes parts[] = {
		hash_view(keys, keys->context), request, certificate,
	};

	return seal_hash_parts(keys->hash, parts, 3, out);
}

bool seal_ea_digest(uint16_t scheme, struct seal_bytes transcript,
		    uint8_t out[SEAL_HASH_MAX])
{
	static const char label[] = "Exported Authenticator";	/* with its zero */
	uint8_t spaces[SPACES];
	struct seal_bytes parts[] = {
		{ spaces, sizeof(spaces) },
		{ (const uint8_t *)label, sizeof(label) },
		transcript,
	};

	memset(spaces, 0x20, sizeof(spaces));
	return seal_hash_parts(seal_scheme_hash(scheme), parts, 3, out);
}

bool seal_ea_finished(const struct seal_ea_keys *keys,
		      struct seal_bytes request, struct seal_bytes certificate,
		      struct seal_bytes certificate_verify, uint8_t *out)
{
	struct seal_bytes parts[] = {
		hash_view(keys, keys->context), request, certificate,
		certificate_verify,
	};
	uint8_t transcript[SEAL_HASH_MAX];

	return seal_hash_parts(keys->hash, parts, 4, transcript) &&
	       seal_hmac(keys->hash, hash_view(keys, keys->finished),
			 hash_view(keys, transcript), out);
}

/* verify_data of a refusal: over Certificate without entries. */
static bool finished_of_refusal(const struct seal_ea_keys *keys,
				struct seal_bytes request,
				struct seal_bytes context, uint8_t *out)
{
	uint8_t raw[4 + 1 + 255 + 3];
	struct seal_writer w = seal_writer(raw, sizeof(raw));
	const struct seal_bytes none = { 0 };

	seal_put_certificate(&w, context, NULL, 0, none);
	return seal_writer_done(&w) &&
	       seal_ea_finished(keys, request,
				(struct seal_bytes){ raw, w.len }, none, out);
}

size_t seal_ea_refusal(const struct seal_ea_keys *keys,
		       struct seal_bytes request, struct seal_bytes context,
		       uint8_t *out, size_t size)
{
	struct seal_writer w = seal_writer(out, size);
	uint8_t mac[SEAL_HASH_MAX];

	if (!finished_of_refusal(keys, request, context, mac))
		return 0;
	seal_put_finished(&w, hash_view(keys, mac));
	return seal_writer_done(&w);
}

bool seal_ea_check_finished(const struct seal_ea_keys *keys,
			    struct seal_bytes request,
			    struct seal_bytes context,
			    const struct seal_authenticator *auth)
{
	uint8_t mac[SEAL_HASH_MAX];
	bool ok;

	if (auth->refusal)
		ok = finished_of_refusal(keys, request, context, mac);
	else
		ok = seal_ea_finished(keys, request, auth->certificate,
				      auth->certificate_verify, mac);
	return ok && seal_bytes_equal_ct(hash_view(keys, mac), auth->verify_data);
}

bool seal_ea_check_signature(const struct seal_ea_keys *keys,
			     struct seal_bytes request,
			     const struct seal_authenticator *auth,
			     const struct seal_key *key)
{
	uint8_t transcript[SEAL_HASH_MAX], digest[SEAL_HASH_MAX];

	return !auth->refusal &&
	       seal_ea_transcript(keys, request, auth->certificate, transcript) &&
	       seal_ea_digest(auth->scheme, hash_view(keys, transcript), digest) &&
	       seal_verify_scheme(key, auth->scheme, digest, auth->signature);
}
