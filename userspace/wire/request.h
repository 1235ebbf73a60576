/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frame AuthRequest: CertificateRequest or ClientCertificateRequest of
 * RFC 9261 section 4, with what SEAL asks for in two extensions.
 * Documentation/protocol.rst, "AuthRequest".
 */
#ifndef SEAL_WIRE_REQUEST_H
#define SEAL_WIRE_REQUEST_H

#include "wire/buf.h"
#include "wire/frame.h"
#include "wire/limits.h"

#define SEAL_EXT_SIGNATURE_ALGORITHMS	13u
#define SEAL_EXT_CMW_ATTESTATION	0xff00u
#define SEAL_EXT_REQUEST		0xff5fu

#define SEAL_HS_CERTIFICATE		11u	/* TLS HandshakeType */
#define SEAL_HS_CERTIFICATE_REQUEST	13u
#define SEAL_HS_CERTIFICATE_VERIFY	15u
#define SEAL_HS_CLIENT_CERTIFICATE_REQUEST 17u	/* RFC 9261 8.3 */
#define SEAL_HS_FINISHED		20u

#define SEAL_HASH_ALG_SHA256		1u	/* SealRequest.hash_alg */

/**
 * struct seal_ask - body of an AuthRequest frame
 * @from: who asks; the client with message 17, the server with 13
 * @context: certificate_request_context, fresh and unguessable
 * @schemes: signature_algorithms, TLS SignatureScheme numbers, best first
 * @scheme_count: entries in use, at least 1
 * @exchange: 0 for the first attestation of a connection
 * @mode: SEAL_MODE_*
 * @pcr_select: TPML_PCR_SELECTION as the TPM writes it
 * @want_logs: SEAL_WANT_LOG() of those that LogRequest may ask for
 * @tcg_from: 0 in this profile: LogRequest says where to begin
 * @ima_from: likewise
 * @nonce: of a remote verifier; may be empty
 */
struct seal_ask {
	enum seal_side from;
	uint8_t context[SEAL_CONTEXT_LEN];
	uint16_t schemes[SEAL_SCHEMES_MAX];
	size_t scheme_count;
	uint64_t exchange;
	uint8_t mode;
	struct seal_bytes pcr_select;
	uint8_t want_logs;
	uint64_t tcg_from;
	uint64_t ima_from;
	struct seal_bytes nonce;
};

/* Octets written to @out, or 0 when something does not fit. */
size_t seal_ask_encode(const struct seal_ask *ask, uint8_t *out, size_t size);
/*
 * Read the body of a frame. False unless the message type fits exactly one
 * side, the context has its length, the three extensions are there, once each
 * and well formed, and nothing is left over. Unknown extensions are skipped
 * (RFC 9261 4). Fuzz target: request.
 */
bool seal_ask_decode(struct seal_bytes body, struct seal_ask *ask_ret);
/* True when @scheme is one that @ask accepts. */
bool seal_ask_accepts(const struct seal_ask *ask, uint16_t scheme);

#endif /* SEAL_WIRE_REQUEST_H */
