/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one entry point: bytes of a peer in, verdict out. No I/O, no clock, no
 * state: all that matters comes in as an argument. The order of the checks is
 * that of Documentation/protocol.rst, "Verification"; the first that fails
 * gives the reason.
 */
#ifndef SEAL_VERIFY_VERIFY_H
#define SEAL_VERIFY_VERIFY_H

#include "verify/ea.h"
#include "verify/evidence.h"
#include "verify/rules.h"

#define SEAL_CLAIMS_TEXT_MAX	255u
#define SEAL_DETAIL_MAX		255u

/*
 * TLS-Exporter(SEAL_LABEL_BINDER, @context, 32) of this connection into @ekm.
 * False when it cannot be had.
 */
typedef bool seal_export_fn(void *arg, const uint8_t context[SEAL_BIND_LEN],
			    uint8_t ekm[SEAL_SHA256_LEN]);

/* The same for SEAL_LABEL_EXPAT and a certificate_request_context. */
typedef bool seal_export_expat_fn(void *arg, const uint8_t context[SEAL_CONTEXT_LEN],
				  uint8_t ekm[SEAL_SHA256_LEN]);

/**
 * struct seal_verify_in - one authenticator and all it is held against
 * @rules: CAs and pinned keys
 * @policy: as seal_policy_match() gave it
 * @role: our side of the TLS connection
 * @now: seconds since 1970, for certificates
 * @reference: client: the name that was to be reached, or NULL
 * @keys: exporters of the *peer's* side, hash of the cipher suite
 * @client_hello: whole SealHello frame of the client, header included
 * @server_hello: of the server
 * @request: body of our AuthRequest frame
 * @request_used: false at first; set by seal_verify(), which refuses when it
 *	is already set, so a request is answered once
 * @peer_chain: certificates the peer sent in the TLS handshake, end entity
 *	first
 * @peer_count: 0 when it sent none
 * @our_cert: DER end entity certificate that we sent in the TLS handshake;
 *	empty when we sent none
 * @own_ak: TPM name of our own AK; empty when we have none
 * @authenticator: body of the peer's Authenticator frame
 * @boot: boot log of the peer, as it sent it; empty when none was asked for
 * @ima: measurement list of its kernel, likewise
 * @export: gives the exporter value for a context
 * @export_expat: for policies with that profile; may be NULL
 * @export_arg: first argument of both
 */
struct seal_verify_in {
	const struct seal_rules *rules;
	const struct seal_policy *policy;
	enum seal_side role;
	int64_t now;
	const struct seal_identity *reference;
	struct seal_ea_keys keys;
	struct seal_bytes client_hello;
	struct seal_bytes server_hello;
	struct seal_bytes request;
	bool *request_used;
	const struct seal_bytes *peer_chain;
	size_t peer_count;
	struct seal_bytes our_cert;
	struct seal_bytes own_ak;
	struct seal_bytes authenticator;
	struct seal_bytes boot;
	struct seal_bytes ima;
	seal_export_fn *export;
	seal_export_expat_fn *export_expat;
	void *export_arg;
};

/**
 * struct seal_verdict - flat, so that it can cross a socket between programs
 * @reason: SEAL_REASON_ACCEPTED, or why not. The other fields are what was
 *	found until then; they mean nothing unless accepted, and serve logs.
 * @policy: name
 * @identity: of the peer
 * @ak_name: TPM name, of @ak_name_len octets
 * @pcr_digest: of the quote, of @pcr_digest_len octets
 * @claims: "key=tpm consumer=nfs clock=safe"
 * @key_in_tpm: the TLS key cannot leave the peer's TPM
 * @clock_safe: the TPM's clock is marked safe
 * @consumer: enum seal_class at the peer
 * @uid: of the user there, for SEAL_CLASS_USER
 * @lifetime: seconds from the moment our AuthRequest was sent; the policy's,
 *	or less when a certificate ends before
 * @reset_count: of the TPM
 * @restart_count: of the TPM
 * @appraised: seconds since 1970; when another verifier looked at the peer: what
 *	its kernel loaded since (IMA) is not covered. 0: ours did, now
 * @detail: what was found where something else was expected; printable
 */
struct seal_verdict {
	enum seal_reason reason;
	char policy[SEAL_POLICY_NAME_MAX + 1];
	char identity[SEAL_IDENTITY_MAX + 1];
	uint8_t ak_name_len;
	uint8_t ak_name[SEAL_TPM_NAME_MAX];
	uint8_t pcr_digest_len;
	uint8_t pcr_digest[SEAL_PCR_VALUE_MAX];
	char claims[SEAL_CLAIMS_TEXT_MAX + 1];
	bool key_in_tpm;
	bool clock_safe;
	uint8_t consumer;
	uint32_t uid;
	uint32_t lifetime;
	uint32_t reset_count;
	uint32_t restart_count;
	int64_t appraised;
	char detail[SEAL_DETAIL_MAX + 1];
};

/*
 * Judge one authenticator. Fills *@verdict_ret in every case.
 */
void seal_verify(const struct seal_verify_in *in,
		 struct seal_verdict *verdict_ret);

/*
 * All of seal_verify() that needs no log: is it the peer that policy means, with an
 * attestation key, a TLS key and a quote as they should be? Before logs are asked for, so
 * that nobody else makes us hold megabytes. @in->request_used stays as it is.
 */
enum seal_reason seal_verify_before_logs(const struct seal_verify_in *in,
					 struct seal_verdict *verdict_ret);

/*
 * The peer's handshake certificates, before SEAL: path, time, revocation,
 * purpose. On SEAL_REASON_ACCEPTED *@cert_ret is the end entity, for
 * seal_policy_match(). @role is ours.
 */
enum seal_reason seal_verify_peer(const struct seal_rules *rules,
				  const struct seal_bytes *chain, size_t count,
				  enum seal_side role, int64_t now,
				  struct seal_cert *cert_ret);
/*
 * After both hellos: does what the peer offers satisfy @policy's wish to see
 * evidence? SEAL_REASON_ACCEPTED when evidence will come, or none is wanted;
 * PROFILE, CANNOT_ATTEST, MODE or NO_COMMON_TYPE otherwise. Whether that refuses the peer is
 * seal_decide()'s.
 */
enum seal_reason seal_verify_hello(const struct seal_policy *policy,
				   const struct seal_hello *ours,
				   const struct seal_hello *peer);

/* What happens to the connection. Zero refuses. */
enum seal_decision {
	SEAL_DECIDE_REFUSE = 0,
	SEAL_DECIDE_ATTESTED,	/* hand over with this verdict */
	SEAL_DECIDE_PLAIN,	/* hand over as a TLS connection, not attested */
};

/*
 * The mode of @policy applied to @reason, which may also be one from before
 * any evidence (NO_SEAL, CANNOT_ATTEST). require: accepted or nothing. offer:
 * plain when the peer has nothing to show. observe: plain whatever it showed.
 * never: plain, for any reason. SEAL_REASON_UNSET refuses in every mode.
 */
enum seal_decision seal_decide(const struct seal_policy *policy,
			       enum seal_reason reason);

#endif /* SEAL_VERIFY_VERIFY_H */
