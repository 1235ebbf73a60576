/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frame Authenticator: Certificate, CertificateVerify and Finished of
 * RFC 9261 section 5.2, or Finished alone (an authenticated refusal).
 * Documentation/protocol.rst, "Authenticator".
 *
 * A sender writes the three messages one after another into one buffer, since
 * each needs a hash over those before it (verify/ea.h).
 */
#ifndef SEAL_WIRE_AUTHENTICATOR_H
#define SEAL_WIRE_AUTHENTICATOR_H

#include "wire/buf.h"
#include "wire/limits.h"
#include "wire/request.h"

/**
 * struct seal_authenticator - body of an Authenticator frame, as views
 * @refusal: an empty authenticator: only @verify_data is set
 * @certificate: the whole Certificate message, handshake header included
 * @certificate_verify: likewise
 * @context: certificate_request_context of Certificate
 * @certs: DER, end entity first
 * @cert_count: entries in use, at least 1 unless @refusal
 * @cmw: content of cmw_attestation in the first entry; empty when absent
 * @scheme: TLS SignatureScheme of CertificateVerify
 * @signature: of CertificateVerify
 * @verify_data: of Finished
 */
struct seal_authenticator {
	bool refusal;
	struct seal_bytes certificate;
	struct seal_bytes certificate_verify;
	struct seal_bytes context;
	struct seal_bytes certs[SEAL_CERTS_MAX];
	size_t cert_count;
	struct seal_bytes cmw;
	uint16_t scheme;
	struct seal_bytes signature;
	struct seal_bytes verify_data;
};

/*
 * Certificate, with @cmw in the first entry unless it is empty. @count 0 gives
 * the message that an empty authenticator is computed over.
 */
void seal_put_certificate(struct seal_writer *w, struct seal_bytes context,
			  const struct seal_bytes *certs, size_t count,
			  struct seal_bytes cmw);
void seal_put_certificate_verify(struct seal_writer *w, uint16_t scheme,
				 struct seal_bytes signature);
void seal_put_finished(struct seal_writer *w, struct seal_bytes verify_data);

/*
 * Read the body of a frame. False for other messages or another order, an
 * extension other than cmw_attestation, one that is not in the first entry, no
 * certificate or too many, and octets left over. Fuzz target: authenticator.
 */
bool seal_authenticator_decode(struct seal_bytes body,
			       struct seal_authenticator *auth_ret);

/*
 * A list of certificates as the programs hand it round between themselves:
 * u32 length, then DER, end entity first. False when malformed, when one is
 * empty or when there are more than SEAL_CERTS_MAX; zero octets are no
 * certificates and legal.
 */
bool seal_chain_decode(struct seal_bytes list,
		       struct seal_bytes certs_ret[SEAL_CERTS_MAX],
		       size_t *count_ret);
size_t seal_chain_encode(const struct seal_bytes *certs, size_t count,
			 uint8_t *out, size_t size);

#endif /* SEAL_WIRE_AUTHENTICATOR_H */
