/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a peer was refused: one exact reason for each check, for the local log;
 * what the peer is told is the coarse code beside it.
 *
 * Zero is "unset" and never means yes. Only SEAL_REASON_ACCEPTED does.
 */
#ifndef SEAL_VERIFY_REASON_H
#define SEAL_VERIFY_REASON_H

#include "wire/result.h"

/* X(constant, name in logs, code on the wire, what to do about it) */
#define SEAL_REASONS(X)							\
X(UNSET, "unset", INTERNAL,						\
  "nothing was decided; this is a bug in the caller")			\
X(ACCEPTED, "accepted", OK,						\
  "the peer proved what the policy asks for")				\
/* what the two sides want of each other */				\
X(NO_POLICY, "no-policy", REJECTED,					\
  "no policy in policy.d matches role, port, address and identity")	\
X(PSK_UNMAPPED, "psk-not-in-policy", REJECTED,				\
  "no policy has this PSK identity in psk =, so nobody knows whose machine it is") \
X(PSK_KEY, "psk-unusable", REJECTED,					\
  "the pre-shared key is missing, revoked, or has neither 32 nor 48 octets") \
X(NO_SEAL, "peer-without-seal", ATTESTATION_REQUIRED,			\
  "the peer's TLS does not speak SEAL: run seald there, or set mode = offer") \
X(CANNOT_ATTEST, "peer-cannot-attest", ATTESTATION_REQUIRED,		\
  "the peer has no attestation key for us: run sealctl enroll there, or see its attest =") \
X(PEER_REFUSED, "peer-refused", REFUSED,				\
  "the peer answered our request with an authenticated refusal; see its log") \
X(PEER_ERROR, "peer-error", REJECTED,					\
  "the peer ended the exchange with an error; see its log")		\
X(PROFILE, "profile-differs", UNSUPPORTED,				\
  "the sides name different profiles: see profile = of the policies of both") \
X(NO_COMMON_TYPE, "no-common-evidence-type", UNSUPPORTED,		\
  "neither side knows an evidence format that the other one does")	\
X(SELECTION, "selection-not-allowed", UNSUPPORTED,			\
  "the peer asks for PCRs that pcrs = of [tpm] in seald.conf does not list") \
/* turn and caps */							\
X(OUT_OF_TURN, "frame-out-of-turn", MALFORMED,				\
  "the peer sent another frame than the one that was due")		\
X(FRAME_BAD, "frame-malformed", MALFORMED,				\
  "unknown frame type, or longer than its type may be")			\
X(HELLO_BAD, "hello-malformed", MALFORMED, "SealHello is not legal")	\
X(REQUEST_BAD, "request-malformed", MALFORMED, "AuthRequest is not legal") \
X(AUTHENTICATOR_BAD, "authenticator-malformed", MALFORMED,		\
  "the authenticator is not legal")					\
X(RESULT_BAD, "result-malformed", MALFORMED,				\
  "SealResult, SealDone or SealError is not legal")			\
X(TRANSCRIPT, "transcript-differs", REJECTED,				\
  "the two sides did not see the same frames")				\
/* the authenticator, RFC 9261 */					\
X(CONTEXT_FOREIGN, "context-not-ours", REJECTED,			\
  "the authenticator answers another request than ours")		\
X(CONTEXT_USED, "context-used", REJECTED,				\
  "this request was answered before")					\
X(FINISHED, "finished-wrong", REJECTED,					\
  "the authenticator was not made on this connection by this side")	\
X(CERT_BAD, "certificate-malformed", REJECTED,				\
  "a certificate of the peer cannot be read")				\
X(CERT_NONE, "certificate-missing", REJECTED,				\
  "the peer sent no certificate and the policy does not say anonymous = yes") \
X(CERT_UNTRUSTED, "certificate-untrusted", REJECTED,			\
  "no path to a CA in trust/x509.pem")					\
X(CERT_EARLY, "certificate-not-yet-valid", REJECTED,			\
  "compare the clocks of both hosts")					\
X(CERT_EXPIRED, "certificate-expired", REJECTED,			\
  "the peer needs a new certificate: sealctl enroll")			\
X(CERT_REVOKED, "certificate-revoked", REJECTED,			\
  "the certificate is on a list in trust/crl.pem")			\
X(CERT_PURPOSE, "certificate-purpose", REJECTED,			\
  "the certificate may not be used for this side of TLS, or is a CA")	\
X(CERT_DIFFERS, "certificate-differs", REJECTED,			\
  "the authenticator's certificate is not that of the TLS handshake")	\
X(IDENTITY_NONE, "identity-missing", REJECTED,				\
  "the certificate names no DNS name, address or URI we can use")	\
X(IDENTITY_REFERENCE, "identity-not-asked-for", REJECTED,		\
  "the certificate does not name the host that was to be reached")	\
X(IDENTITY_POLICY, "identity-not-in-policy", REJECTED,			\
  "no identity of the certificate matches peer = of the policy")	\
X(SCHEME, "signature-scheme", REJECTED,					\
  "the authenticator is signed by a scheme that we did not offer")	\
X(CERT_VERIFY, "certificate-verify-wrong", REJECTED,			\
  "the peer does not hold the key of its certificate")			\
/* the wrapper and the map */						\
X(CMW_NONE, "evidence-missing", REJECTED,				\
  "the authenticator carries no cmw_attestation")			\
X(CMW_BAD, "cmw-malformed", MALFORMED,					\
  "cmw_attestation is not one CMW record of evidence")			\
X(TYPE_UNKNOWN, "evidence-type-unknown", UNSUPPORTED,			\
  "the evidence has a media type that we did not list")			\
X(EVIDENCE_BAD, "evidence-malformed", MALFORMED,			\
  "the evidence is not the map that its media type promises")		\
X(MODE, "mode-not-supported", UNSUPPORTED,				\
  "one side wants a mode of proof that the other does not have: see modes = of the policy") \
/* a result of another verifier: its envelope */			\
X(COSE_UNSIGNED, "result-unsigned", REJECTED,				\
  "the attestation result carries no signature")			\
X(COSE_BAD, "result-envelope-malformed", MALFORMED,			\
  "the attestation result is not one COSE_Sign1 as we take it")		\
X(COSE_CRITICAL, "result-critical-header", REJECTED,			\
  "the attestation result says that one must understand a header that we do not") \
X(COSE_ALGORITHM, "result-algorithm", REJECTED,				\
  "the attestation result is signed by another algorithm than ES256 or ES384") \
X(COSE_KEY, "result-verifier-unknown", REJECTED,			\
  "the attestation result is of a verifier that verifier = of the policy does not name") \
X(COSE_SIGNATURE, "result-signature", REJECTED,				\
  "the attestation result is not signed by the verifier that it names")	\
/* what it says */							\
X(EAR_BAD, "result-claims-malformed", MALFORMED,			\
  "the attestation result is not the map of claims that EAR promises")	\
X(EAR_PROFILE, "result-profile", REJECTED,				\
  "the attestation result has another profile than the one we read")	\
X(EAR_UNBOUND, "result-unbound", REJECTED,				\
  "the attestation result names no keys and no measurements: anybody could show it") \
X(EAR_EARLY, "result-not-yet-valid", REJECTED,				\
  "the attestation result is of the future: compare the clocks of both hosts") \
X(EAR_STALE, "result-expired", REJECTED,				\
  "the attestation result is too old: the peer needs a new one")	\
X(EAR_STATUS, "result-not-affirming", REJECTED,				\
  "the verifier did not find the peer trustworthy")			\
X(EAR_IDENTITY, "result-identity", REJECTED,				\
  "the attestation result is on another machine")			\
X(EAR_KEY, "result-tls-key", REJECTED,					\
  "the attestation result is on another TLS key than that of the certificate") \
X(EAR_AK, "result-ak", REJECTED,					\
  "the attestation result is on another attestation key than the one that quoted") \
X(EAR_SELECTION, "result-selection", REJECTED,				\
  "the attestation result covers other PCRs than we asked for")		\
X(EAR_DIGEST, "result-digest", REJECTED,				\
  "the peer's PCRs are no longer those that the verifier accepted")	\
X(EAR_RESET, "result-reset", REJECTED,					\
  "the peer was restarted since the verifier saw it: it needs a new result") \
X(EAR_CLOCK, "result-clock", REJECTED,					\
  "the TPM's clock is behind the one that the verifier saw")		\
X(EAR_NONCE, "result-not-for-this-connection", REJECTED,		\
  "the attestation result was made for another connection, or is shown for none: a replay") \
X(EAR_CONSUMER, "result-consumer", REJECTED,				\
  "the attestation result does not hold for this kind of consumer")	\
/* the attestation key */						\
X(AK_BAD, "ak-malformed", REJECTED,					\
  "the public area of the attestation key cannot be read")		\
X(AK_IS_TIK, "ak-is-tls-key", REJECTED,					\
  "one key in both roles would sign what its peer wants signed")	\
X(AK_OWN, "ak-is-our-own", REJECTED,					\
  "the peer shows our own attestation key: a reflection, or own-ak = allow is missing") \
X(AK_UNKNOWN, "ak-unknown", REJECTED,					\
  "nobody enrolled this attestation key: "				\
  "sealctl admit, or a certificate from a CA in trust/ak.pem")		\
X(AK_UNTRUSTED, "ak-untrusted", REJECTED,				\
  "no path from the AK certificate to a CA in trust/ak.pem")		\
X(AK_TIME, "ak-certificate-expired", REJECTED,				\
  "the AK certificate is not valid now: sealctl enroll")		\
X(AK_REVOKED, "ak-revoked", REJECTED,					\
  "the AK certificate is on a list in trust/crl.pem")			\
X(AK_PURPOSE, "ak-certificate-purpose", REJECTED,			\
  "the certificate is not for attestation keys: its extended key usage lacks 2.23.133.8.3") \
X(AK_CERT_KEY, "ak-certificate-key", REJECTED,				\
  "the AK certificate is that of another key")				\
X(AK_IDENTITY, "ak-identity", REJECTED,					\
  "this attestation key is enrolled for another machine")		\
X(AK_ATTRIBUTES, "ak-attributes", REJECTED,				\
  "not a restricted signing key born in and fixed to a TPM")		\
/* the TLS key in the TPM */						\
X(KEY_RESIDENCY, "tls-key-residency", REJECTED,				\
  "the policy's key = does not allow where the peer keeps its TLS key")	\
X(CERTIFY_BAD, "certify-malformed", REJECTED,				\
  "the statement on the TLS key cannot be read")			\
X(CERTIFY_MAGIC, "certify-magic", REJECTED,				\
  "the statement on the TLS key was not made by a TPM")			\
X(CERTIFY_TYPE, "certify-type", REJECTED,				\
  "the statement on the TLS key is of another kind")			\
X(CERTIFY_SIGNATURE, "certify-signature", REJECTED,			\
  "the statement on the TLS key is not signed by the attestation key")	\
X(CERTIFY_DATA, "certify-data", REJECTED,				\
  "the statement on the TLS key was made for something else")		\
X(CERTIFY_NAME, "certify-name", REJECTED,				\
  "the statement is on another key")					\
X(TIK_BAD, "tls-key-malformed", REJECTED,				\
  "the public area of the TLS key cannot be read")			\
X(TIK_ATTRIBUTES, "tls-key-attributes", REJECTED,			\
  "the TLS key is not a signing key born in and fixed to that TPM")	\
X(TIK_KEY, "tls-key-differs", REJECTED,					\
  "the certified key is not the key of the certificate")		\
/* the quote */								\
X(PATH, "batch-path", REJECTED, "the Merkle path has the wrong shape")	\
X(QUOTE_BAD, "quote-malformed", REJECTED, "the quote cannot be read")	\
X(QUOTE_MAGIC, "quote-magic", REJECTED, "the quote was not made by a TPM") \
X(QUOTE_TYPE, "quote-type", REJECTED, "a statement of another kind in place of a quote") \
X(QUOTE_SCHEME, "quote-scheme", REJECTED,				\
  "the quote is signed by a scheme or hash that we do not take")	\
X(QUOTE_SIGNATURE, "quote-signature", REJECTED,				\
  "the quote is not signed by the attestation key")			\
X(QUOTE_DATA, "quote-not-for-this-connection", REJECTED,		\
  "the quote is genuine but does not commit to this connection: a relay or a replay") \
X(QUOTE_SELECTION, "quote-selection", REJECTED,				\
  "the quote covers other PCRs than we asked for")			\
X(CLOCK, "clock-unsafe", REJECTED,					\
  "the TPM's clock is not marked safe and the policy says clock = safe") \
X(PCR_SHAPE, "pcr-values-shape", REJECTED,				\
  "the PCR values sent are not those of the selection")			\
X(PCR_DIGEST, "pcr-values-differ", REJECTED,				\
  "the PCR values sent are not the ones that were quoted")		\
/* logs */								\
X(LOG_BAD, "boot-log-malformed", REJECTED, "the boot log cannot be read") \
X(LOG_BANK, "boot-log-bank", REJECTED,					\
  "the boot log has no digests of the quoted bank; logs of SHA-1 times prove nothing") \
X(LOG_DIFFERS, "boot-log-differs", REJECTED,				\
  "the logs do not lead to what was quoted; a PCR without a log needs pcr-N = or --pcrs") \
X(IMA_BAD, "measurement-list-malformed", REJECTED, "the measurement list cannot be read") \
X(IMA_FALSE, "measurement-list-false", REJECTED,			\
  "a template hash in the measurement list is not that of its data")	\
X(IMA_DIFFERS, "measurement-list-differs", REJECTED,			\
  "no beginning of the measurement list leads to the quoted PCR")	\
X(LOG_MISSING, "log-missing", REJECTED,					\
  "the peer has no such log: see logs = here, IMA and the firmware there") \
X(LOG_TOO_LONG, "log-too-long", REJECTED,				\
  "a log of the peer is longer than log-limit = allows")		\
X(LOG_NEEDED, "boot-log-missing", REJECTED,				\
  "the policy speaks of boot events, and no log leads to their PCR: see logs = boot") \
X(EVENT_REFUSED, "boot-event-refused", REJECTED,			\
  "an event is in neither allow-N nor require-N of the policy")		\
X(EVENT_MISSING, "boot-event-missing", REJECTED,			\
  "an event of require-N of the policy did not happen")			\
X(EVENT_TYPE, "boot-event-unexplained", REJECTED,			\
  "in a PCR that the policy reads is an event of an unknown type, or whose data was not hashed") \
X(SECURE_BOOT, "secure-boot-off", REJECTED, "secure boot was not on, or cannot be proven") \
X(LOCKDOWN, "lockdown-off", REJECTED,					\
  "a kernel command line without the lockdown= that the policy wants")	\
X(IMA_NEEDED, "measurement-list-missing", REJECTED,			\
  "the policy speaks of files, and no measurement list leads to PCR 10: see logs = ima") \
X(IMA_FILE, "file-unknown", REJECTED,					\
  "a file was used whose digest and signer the policy does not know")	\
X(IMA_VIOLATION, "file-violation", REJECTED,				\
  "a file was written while it was measured; see ima-violation")	\
X(IMA_OPAQUE, "file-opaque", REJECTED,					\
  "a template of the measurement list is not known, or the PCR knows its SHA-1 alone") \
X(IMA_AGGREGATE, "boot-aggregate-differs", REJECTED,			\
  "the measurement list belongs to another boot than the quote")	\
X(RESET, "tpm-counters", REJECTED, "the TPM was reset or restarted since the policy was written") \
X(AGE, "too-old", REJECTED, "the evidence is older than age = of the policy allows") \
X(CLAIMS_BAD, "claims-malformed", REJECTED, "the claims cannot be read") \
X(CLAIMS_DIFFER, "claims-differ", REJECTED,				\
  "the signed claims are not what SealHello said")			\
/* policy */								\
X(POLICY_VACUOUS, "policy-accepts-anything", REJECTED,			\
  "the policy constrains nothing: give it pcr-N = or digest =")		\
X(PCR_VALUE, "pcr-value-refused", REJECTED,				\
  "a PCR has a value that pcr-N = of the policy does not list")		\
X(PCR_SET, "pcr-digest-refused", REJECTED,				\
  "the PCR digest is not in digest = of the policy")			\
X(CONSUMER, "consumer-refused", REJECTED,				\
  "the policy wants a consumer in the peer's kernel")			\
/* this host */								\
X(TLS, "tls-failed", REJECTED,						\
  "an alert is what its sender found: an unknown CA is missing in his trust/x509.pem") \
X(TLS_MISUSE, "tls-misuse", REJECTED,					\
  "the peer sent a ticket, a key update or early data")			\
X(ATTESTER, "attester-failed", INTERNAL,				\
  "our own attester or TPM failed; see its log")			\
X(VERIFIER, "verifier-unavailable", VERIFIER_UNAVAILABLE,		\
  "our seald-verifier ended, or that of [verifier] did not answer; see the log") \
X(RULES_BAD, "policy-unreadable", VERIFIER_UNAVAILABLE,			\
  "policies, trust or admitted keys cannot be read, so nobody passes: sealctl policy check") \
X(TIMEOUT, "timeout", TIMEOUT, "the peer or the TPM was too slow")	\
X(BUSY, "busy", BUSY, "too many handshakes at once")			\
X(KERNEL, "kernel-refused", INTERNAL,					\
  "the kernel did not take the keys: again, if it was revoked meanwhile; else sealctl doctor") \
X(REVOKED, "revoked", EXPIRED, "revoked while the handshake ran")	\
X(INTERNAL, "internal-error", INTERNAL,					\
  "a library or a limit of this host failed; see the log")

enum seal_reason {
#define SEAL_REASON_ENUM(id, name, code, hint) SEAL_REASON_##id,
	SEAL_REASONS(SEAL_REASON_ENUM)
#undef SEAL_REASON_ENUM
	SEAL_REASON_COUNT
};

/* The name for logs and sealctl; "unset" for every value outside the table. */
const char *seal_reason_name(unsigned int reason);
/* One sentence for the administrator. */
const char *seal_reason_hint(unsigned int reason);
/* What the peer is told. SEAL_CODE_OK for SEAL_REASON_ACCEPTED only. */
enum seal_code seal_reason_code(unsigned int reason);
/* What a SealError of the peer means here: never SEAL_REASON_ACCEPTED. */
enum seal_reason seal_reason_of_code(enum seal_code code);

#endif /* SEAL_VERIFY_REASON_H */
