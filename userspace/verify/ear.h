/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attestation results: EAR (draft-ietf-rats-ear, profile #03) in CBOR, a set of EAT
 * claims (RFC 9711) with a trustworthiness vector (AR4SI), and our private claim
 * that anchors a result to one machine, key and state: Documentation/protocol.rst,
 * "Attestation results". The clock is the caller's.
 */
#ifndef SEAL_VERIFY_EAR_H
#define SEAL_VERIFY_EAR_H

#include "verify/reason.h"
#include "verify/tpm.h"

#define SEAL_EAR_PROFILE	"tag:ietf.org,2026:rats/ear#03"
#define SEAL_EAR_MACHINE	"seal"	/* name of the appraisal that we go by */
#define SEAL_EAR_MAX		8192u
#define SEAL_EAR_TEXT_MAX	255u
#define SEAL_EAR_APPRAISALS_MAX	4u
#define SEAL_EAR_POLICIES_MAX	4u
#define SEAL_EAR_SKEW		60	/* seconds that clocks may differ */

/* Trustworthiness tiers, AR4SI 2.3.2, from best to worst after none. */
enum seal_tier {
	SEAL_TIER_NONE = 0,
	SEAL_TIER_AFFIRMING = 2,
	SEAL_TIER_WARNING = 32,
	SEAL_TIER_CONTRAINDICATED = 96,
};

/* Claims of the vector, AR4SI 2.3.4, and what a quote can affirm of them. */
enum seal_trust_claim {
	SEAL_TRUST_INSTANCE_IDENTITY,
	SEAL_TRUST_CONFIGURATION,
	SEAL_TRUST_EXECUTABLES,
	SEAL_TRUST_FILE_SYSTEM,
	SEAL_TRUST_HARDWARE,
	SEAL_TRUST_RUNTIME_OPAQUE,
	SEAL_TRUST_STORAGE_OPAQUE,
	SEAL_TRUST_SOURCED_DATA,
	SEAL_TRUST_CLAIMS
};

#define SEAL_TRUSTWORTHY_INSTANCE 2	/* a known instance */
#define SEAL_APPROVED_BOOT	3	/* executables: while booting, not since */
#define SEAL_APPROVED_RUNTIME	2	/* executables: since too */
#define SEAL_KEYS_IN_HARDWARE	2	/* storage-opaque: the TLS key is in the TPM */

/**
 * struct seal_anchor - what a result is good for
 * @subject_key: SHA-256 of the DER SPKI of the TLS key
 * @ak: Name of the attestation key
 * @pcrs: accepted selection
 * @digest: accepted pcrDigest, of @digest_len octets
 * @reset_count: of the TPM when it was appraised
 * @restart_count: likewise
 * @clock: likewise, milliseconds
 * @consumers: a bit for each enum seal_class that it holds for
 */
struct seal_anchor {
	uint8_t subject_key[SEAL_SHA256_LEN];
	struct seal_tpm_name ak;
	struct seal_pcrs pcrs;
	uint8_t digest[SEAL_PCR_VALUE_MAX];
	size_t digest_len;
	uint32_t reset_count;
	uint32_t restart_count;
	uint64_t clock;
	uint32_t consumers;
};

/**
 * struct seal_ear_appraisal - what was found of one part of a machine
 * @name: of the part
 * @status: enum seal_tier
 * @has: a bit for each claim of @vector that is there
 * @vector: by enum seal_trust_claim
 * @policy: identifiers of the policies applied
 * @policy_count: of them
 * @anchored: @anchor is there
 * @anchor: see there
 */
struct seal_ear_appraisal {
	struct seal_bytes name;
	uint8_t status;
	uint8_t has;
	int8_t vector[SEAL_TRUST_CLAIMS];
	struct seal_bytes policy[SEAL_EAR_POLICIES_MAX];
	size_t policy_count;
	bool anchored;
	struct seal_anchor anchor;
};

/**
 * struct seal_ear - the claims of a result
 * @subject: who was appraised, an identity; may be empty
 * @issued: seconds since 1970
 * @expires: likewise; 0 when it does not say
 * @nonce: of whoever wanted it; may be empty
 * @raw_evidence: may be empty
 * @developer: of the verifier
 * @build: of the verifier
 * @appraisal: by name, rising
 * @count: of them, at least 1
 */
struct seal_ear {
	struct seal_bytes subject;
	int64_t issued;
	int64_t expires;
	struct seal_bytes nonce;
	struct seal_bytes raw_evidence;
	struct seal_bytes developer;
	struct seal_bytes build;
	struct seal_ear_appraisal appraisal[SEAL_EAR_APPRAISALS_MAX];
	size_t count;
};

/* Octets written, or 0 when it does not fit. */
size_t seal_ear_encode(const struct seal_ear *ear, uint8_t *out, size_t size);
/*
 * SEAL_REASON_ACCEPTED when @in is exactly one set of claims that we know, in the
 * encoding of RFC 8949 4.2.1, no status better than its vector; EAR_PROFILE for
 * one of another profile or none, else EAR_BAD. Views point into @in. Fuzz
 * target: ear.
 */
enum seal_reason seal_ear_decode(struct seal_bytes in, struct seal_ear *ret);

/* The tier that a value of the vector is in. */
enum seal_tier seal_ear_tier(int8_t value);
/* Does the appraisal that we go by affirm that claim of its vector? */
bool seal_ear_affirms(const struct seal_ear *ear, enum seal_trust_claim claim);
/* "affirming" and so on. */
const char *seal_tier_name(unsigned int tier);
/* "instance-identity" and so on. */
const char *seal_trust_claim_name(unsigned int claim);

/*
 * Is the result good at @now (seconds since 1970)? On SEAL_REASON_ACCEPTED
 * *@anchor_ret is what it is good for; else EAR_EARLY, EAR_STALE (also when it
 * has no end), EAR_UNBOUND or EAR_STATUS.
 */
enum seal_reason seal_ear_check(const struct seal_ear *ear, int64_t now,
				const struct seal_anchor **anchor_ret);

#endif /* SEAL_VERIFY_EAR_H */
