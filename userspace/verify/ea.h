/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cryptography of RFC 9261 exported authenticators, section 5.2, for both
 * the side that makes one and the side that checks it.
 */
#ifndef SEAL_VERIFY_EA_H
#define SEAL_VERIFY_EA_H

#include "verify/crypto.h"
#include "verify/reason.h"
#include "wire/authenticator.h"

#define SEAL_LABEL_EA_CLIENT_CONTEXT "EXPORTER-client authenticator handshake context"
#define SEAL_LABEL_EA_SERVER_CONTEXT "EXPORTER-server authenticator handshake context"
#define SEAL_LABEL_EA_CLIENT_FINISHED "EXPORTER-client authenticator finished key"
#define SEAL_LABEL_EA_SERVER_FINISHED "EXPORTER-server authenticator finished key"

/**
 * struct seal_ea_keys - exporters of the side that sends the authenticator
 * @hash: of the negotiated cipher suite
 * @context: TLS-Exporter(SEAL_LABEL_EA_*_CONTEXT, "", hash length)
 * @finished: TLS-Exporter(SEAL_LABEL_EA_*_FINISHED, "", hash length)
 */
struct seal_ea_keys {
	enum seal_hash hash;
	uint8_t context[SEAL_HASH_MAX];
	uint8_t finished[SEAL_HASH_MAX];
};

/*
 * Hash(HandshakeContext || @request || @certificate): what ATT_SIGN_EA takes.
 * @request is the body of the AuthRequest frame, @certificate the whole message.
 */
bool seal_ea_transcript(const struct seal_ea_keys *keys,
			struct seal_bytes request,
			struct seal_bytes certificate, uint8_t *out);
/*
 * The digest that CertificateVerify signs: hash of @scheme over 64 spaces,
 * "Exported Authenticator", a zero octet and @transcript.
 */
bool seal_ea_digest(uint16_t scheme, struct seal_bytes transcript,
		    uint8_t out[SEAL_HASH_MAX]);
/*
 * verify_data of Finished. For an empty authenticator @certificate is
 * Certificate without entries and @certificate_verify is empty.
 */
bool seal_ea_finished(const struct seal_ea_keys *keys,
		      struct seal_bytes request, struct seal_bytes certificate,
		      struct seal_bytes certificate_verify, uint8_t *out);
/*
 * Write a whole empty authenticator (an authenticated refusal) for @request,
 * whose context is @context. Octets written or 0.
 */
size_t seal_ea_refusal(const struct seal_ea_keys *keys,
		       struct seal_bytes request, struct seal_bytes context,
		       uint8_t *out, size_t size);

/* Check Finished, in constant time; also of a refusal. */
bool seal_ea_check_finished(const struct seal_ea_keys *keys,
			    struct seal_bytes request,
			    struct seal_bytes context,
			    const struct seal_authenticator *auth);
/* Check CertificateVerify with the key of the first certificate. */
bool seal_ea_check_signature(const struct seal_ea_keys *keys,
			     struct seal_bytes request,
			     const struct seal_authenticator *auth,
			     const struct seal_key *key);

#endif /* SEAL_VERIFY_EA_H */
