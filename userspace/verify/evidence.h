/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Evidence: a table of types, each with a media type, a decoder and an
 * appraiser. The TPM is the first row; a new technology is a new row.
 */
#ifndef SEAL_VERIFY_EVIDENCE_H
#define SEAL_VERIFY_EVIDENCE_H

#include "verify/admitted.h"
#include "verify/bind.h"
#include "verify/ear.h"
#include "verify/policy.h"
#include "verify/reason.h"
#include "verify/tpm.h"
#include "verify/verifiers.h"
#include "wire/cmw.h"
#include "wire/hello.h"

/**
 * struct seal_claims - what an attester says of itself, under the quote
 * @consumer: enum seal_class
 * @uid: for SEAL_CLASS_USER, else 0
 * @side: the attester's side of the TLS connection
 */
struct seal_claims {
	uint8_t consumer;
	uint32_t uid;
	enum seal_side side;
};

#define SEAL_CLAIMS_LEN 32u	/* room that every encoding fits in */

/* CBOR map { 1: consumer, 2: uid, 3: side }. Octets written or 0. */
size_t seal_claims_encode(const struct seal_claims *claims, uint8_t *out,
			  size_t size);
bool seal_claims_decode(struct seal_bytes in, struct seal_claims *ret);

/**
 * struct seal_tpm_evidence - the map of SEAL_MEDIA_TPM, as views
 * @quote: 1, TPMS_ATTEST
 * @quote_sig: 2, TPMT_SIGNATURE
 * @ak_public: 3, TPMT_PUBLIC
 * @ak_certs: 4, DER, the AK's first; optional
 * @ak_cert_count: 0 when absent
 * @tik_public: 5, TPMT_PUBLIC; 5, 6 and 7 are all there or all absent
 * @certify: 6, TPMS_ATTEST
 * @certify_sig: 7, TPMT_SIGNATURE
 * @bank: 8, of the values
 * @pcr: 8, by index; empty where absent
 * @claims: 9, the octets that claims_hash is over
 * @batch: 11, leaves under the quote
 * @index: 11, of our leaf
 * @depth: 11, length of @path
 * @path: 11
 */
struct seal_tpm_evidence {
	struct seal_bytes quote;
	struct seal_bytes quote_sig;
	struct seal_bytes ak_public;
	struct seal_bytes ak_certs[SEAL_CERTS_MAX];
	size_t ak_cert_count;
	struct seal_bytes tik_public;
	struct seal_bytes certify;
	struct seal_bytes certify_sig;
	uint16_t bank;
	struct seal_bytes pcr[SEAL_PCR_COUNT];
	struct seal_bytes claims;
	uint32_t batch;
	uint32_t index;
	size_t depth;
	uint8_t path[SEAL_PATH_MAX][SEAL_SHA256_LEN];
};

/**
 * struct seal_passport - the collection of SEAL_MEDIA_PASSPORT, as views
 * @result: 0, the COSE_Sign1 of a verifier
 * @tpm: 1, a quote of this connection
 */
struct seal_passport {
	struct seal_bytes result;
	struct seal_tpm_evidence tpm;
};

/* Octets of the map written to @out, or 0 when it does not fit. */
size_t seal_evidence_encode(const struct seal_tpm_evidence *evidence,
			    uint8_t *out, size_t size);
/* The map, wrapped into a CMW record: the content of cmw_attestation. */
size_t seal_evidence_wrap(const struct seal_tpm_evidence *evidence,
			  uint8_t *out, size_t size);
/*
 * False unless @in is exactly one map of known keys, each once and in rising
 * order, definite lengths, sizes as above and no octet over. Fuzz target:
 * evidence.
 */
bool seal_evidence_decode(struct seal_bytes in,
			  struct seal_tpm_evidence *evidence_ret);

/**
 * struct seal_appraisal_in - what evidence is held against
 * @policy: that decides
 * @admitted: pinned keys
 * @verifiers: whose results may be taken
 * @ak_trust: CAs for AKs
 * @signatures: that were checked before, or NULL
 * @now: seconds since 1970
 * @identity: the peer's, verified
 * @cert: of the authenticator: its key is the TLS key
 * @binder: of this connection, direction and exchange; profile seal1
 * @binding: profile expat: what the quote has itself, of @binding_len octets
 * @asked: the PCR selection of our request
 * @mode: SEAL_MODE_*
 * @profile: whether @binder counts or @binding
 * @own_ak: name of our own AK; empty when there is none
 * @claims: what the peer's SealHello said
 * @boot: the peer's boot log; empty when there is none
 * @ima: its measurement list; likewise
 * @before_logs: look only at what needs neither: whether it is worth asking for them
 */
struct seal_appraisal_in {
	const struct seal_policy *policy;
	const struct seal_admitted *admitted;
	const struct seal_verifiers *verifiers;
	const struct seal_trust *ak_trust;
	struct seal_seen *signatures;
	int64_t now;
	const struct seal_identity *identity;
	const struct seal_cert *cert;
	uint8_t binder[SEAL_SHA256_LEN];
	uint8_t binding[SEAL_HASH_MAX];
	size_t binding_len;
	struct seal_pcrs asked;
	uint8_t mode;
	enum seal_profile profile;
	struct seal_bytes own_ak;
	struct seal_claims claims;
	struct seal_bytes boot;
	struct seal_bytes ima;
	bool before_logs;
};

/**
 * struct seal_appraisal - what is known of the peer afterwards
 * @ak_name: of the AK
 * @digest: pcrDigest of the quote
 * @digest_len: octets
 * @key_in_tpm: the TLS key was certified
 * @clock_safe: of the TPM's clock
 * @reset_count: of the TPM
 * @restart_count: of the TPM
 * @clock: of the TPM, milliseconds
 * @not_after: of the AK certificate or of the result, or INT64_MAX
 * @appraised: when another verifier issued the result; 0: all of it is fresh
 * @detail: for the log: what was found where something else was expected
 */
struct seal_appraisal {
	struct seal_tpm_name ak_name;
	uint8_t digest[SEAL_PCR_VALUE_MAX];
	size_t digest_len;
	bool key_in_tpm;
	bool clock_safe;
	uint32_t reset_count;
	uint32_t restart_count;
	uint64_t clock;
	int64_t not_after;
	int64_t appraised;
	char detail[256];
};

/* What any type decodes to. */
union seal_evidence {
	struct seal_tpm_evidence tpm;
	struct seal_passport passport;
	struct seal_bytes result;	/* of another verifier, alone */
};

/**
 * struct seal_evidence_type - one row
 * @media_type: of the record in cmw_attestation
 * @ind: of that record, SEAL_CMW_*
 * @modes: that it belongs to, SEAL_HELLO_*
 * @decode: its value
 * @appraise: against expectations
 */
struct seal_evidence_type {
	const char *media_type;
	uint32_t ind;
	uint8_t modes;
	bool (*decode)(struct seal_bytes in, union seal_evidence *ret);
	enum seal_reason (*appraise)(const union seal_evidence *evidence,
				     const struct seal_appraisal_in *in,
				     struct seal_appraisal *ret);
};

/* The row for a media type, or NULL. */
const struct seal_evidence_type *seal_evidence_type(struct seal_bytes media_type);
/* Does it belong to that mode, SEAL_MODE_*? */
bool seal_evidence_serves(const struct seal_evidence_type *type, uint8_t mode);
/* Fill the media types of a hello with all we know. */
void seal_evidence_offer(struct seal_hello *hello);

#endif /* SEAL_VERIFY_EVIDENCE_H */
