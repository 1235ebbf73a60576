/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TPM 2.0 structures as values: public areas, statements, signatures and PCR
 * selections. tpm.c is the only file of verify/ that includes tss2. Every
 * parser wants exactly the bytes of one structure and refuses octets left over.
 */
#ifndef SEAL_VERIFY_TPM_H
#define SEAL_VERIFY_TPM_H

#include "verify/crypto.h"

#define SEAL_TPM_MAGIC		0xff544347u	/* TPM_GENERATED_VALUE */
#define SEAL_TPM_ST_CERTIFY	0x8017u
#define SEAL_TPM_ST_QUOTE	0x8018u

#define SEAL_TPM_ALG_SHA1	0x0004u
#define SEAL_TPM_ALG_SHA256	0x000bu
#define SEAL_TPM_ALG_SHA384	0x000cu
#define SEAL_TPM_ALG_SHA512	0x000du
#define SEAL_TPM_ALG_RSASSA	0x0014u
#define SEAL_TPM_ALG_RSAPSS	0x0016u
#define SEAL_TPM_ALG_ECDSA	0x0018u

#define SEAL_TPM_NAME_MAX	66u		/* algorithm and SHA-512 */
#define SEAL_PCR_COUNT		24u
#define SEAL_PCR_VALUE_MAX	64u
#define SEAL_PCR_IMA		10u	/* changes with every file that is measured */
/* Kernel command lines: by GRUB, and by systemd-stub. */
#define SEAL_PCR_CMDLINES	((1u << 8) | (1u << 12))
#define SEAL_PCR_RESETTABLE	((1u << 16) | (1u << 23))

/* The hash of a TPM algorithm that we can compute, or SEAL_HASH_NONE. */
enum seal_hash seal_tpm_hash(uint16_t alg);
/* Octets of a PCR of that bank, SHA-1 to SHA-512; 0 for anything else. */
size_t seal_tpm_bank_len(uint16_t alg);
/* "sha256" and so on, and back; 0 and NULL when unknown. */
uint16_t seal_tpm_bank_of(const char *name);
const char *seal_tpm_bank_name(uint16_t alg);

/* One bank and a bit for each PCR in it. */
struct seal_pcrs {
	uint16_t bank;
	uint32_t mask;
};

/* TPML_PCR_SELECTION of exactly one bank with at least one PCR below 24. */
bool seal_pcrs_decode(struct seal_bytes in, struct seal_pcrs *pcrs_ret);
/* Three octets of bits, as TPM2_Quote takes it. Octets written or 0. */
size_t seal_pcrs_encode(const struct seal_pcrs *pcrs, uint8_t *out, size_t size);
/* Neither empty nor with a PCR that anybody can reset. */
bool seal_pcrs_safe(const struct seal_pcrs *pcrs);

struct seal_tpm_name {
	uint8_t len;
	uint8_t data[SEAL_TPM_NAME_MAX];
};

static inline struct seal_bytes seal_tpm_name_bytes(const struct seal_tpm_name *n)
{
	return (struct seal_bytes){ n->data, n->len };
}

/**
 * struct seal_tpm_public - a TPMT_PUBLIC of a key
 * @key: parameters
 * @attributes: TPMA_OBJECT
 * @scheme: SEAL_TPM_ALG_*, or 0x0010 (null) for a key without one
 * @scheme_hash: hash of the scheme
 * @name: nameAlg and the hash of the whole area
 */
struct seal_tpm_public {
	struct seal_key key;
	uint32_t attributes;
	uint16_t scheme;
	uint16_t scheme_hash;
	struct seal_tpm_name name;
};

bool seal_tpm_public_decode(struct seal_bytes in, struct seal_tpm_public *ret);
/* TPM2B_PUBLIC -> view of the TPMT_PUBLIC in it; empty view when malformed. */
struct seal_bytes seal_tpm_public_inner(struct seal_bytes tpm2b);
/* restricted, sign, fixedTPM, fixedParent, sensitiveDataOrigin, not decrypt,
 * and a signing scheme of its own: all that a quote's worth rests on.
 */
bool seal_tpm_is_ak(const struct seal_tpm_public *pub);
/* sign, fixedTPM, fixedParent, sensitiveDataOrigin, not decrypt, not restricted */
bool seal_tpm_is_tik(const struct seal_tpm_public *pub);

/**
 * struct seal_tpm_statement - a TPMS_ATTEST
 * @magic: whatever was there; check it
 * @type: likewise
 * @extra: extraData, the caller's qualifying data
 * @pcrs: quote: the selection; zeros when it is not one bank
 * @digest: quote: pcrDigest
 * @name: certify: of the object
 *
 * When @magic or @type is neither a quote's nor a certify's, nothing else is set.
 */
struct seal_tpm_statement {
	uint32_t magic;
	uint16_t type;
	size_t extra_len;
	uint8_t extra[64];
	uint64_t clock;
	uint32_t reset_count;
	uint32_t restart_count;
	bool safe;
	struct seal_pcrs pcrs;
	size_t digest_len;
	uint8_t digest[SEAL_PCR_VALUE_MAX];
	struct seal_tpm_name name;
};

bool seal_tpm_statement_decode(struct seal_bytes in,
			       struct seal_tpm_statement *ret);

/**
 * struct seal_tpm_signature - a TPMT_SIGNATURE of ECDSA, RSASSA or RSAPSS
 * @r: ECDSA, or the whole signature
 * @s: ECDSA
 */
struct seal_tpm_signature {
	uint16_t alg;
	uint16_t hash;
	size_t r_len;
	uint8_t r[SEAL_SIGNATURE_MAX];
	size_t s_len;
	uint8_t s[48];
};

bool seal_tpm_signature_decode(struct seal_bytes in,
			       struct seal_tpm_signature *ret);
/*
 * A signature without its head, as tpm2_quote -f plain writes it: DER for a key
 * on a curve, octets for RSA. Scheme (for RSA) and hash stay 0.
 */
bool seal_tpm_signature_bare(struct seal_bytes in, const struct seal_key *key,
			     struct seal_tpm_signature *ret);
/* TPM2B_ATTEST -> view of the TPMS_ATTEST in it; @in as it is when it is none. */
struct seal_bytes seal_tpm_statement_inner(struct seal_bytes in);
/* Algorithm and hash are the ones the key is restricted to. */
bool seal_tpm_signature_fits(const struct seal_tpm_signature *sig,
			     const struct seal_tpm_public *pub);
/* @sig by @pub over the octets of @data. */
bool seal_tpm_signature_check(const struct seal_tpm_signature *sig,
			      const struct seal_tpm_public *pub,
			      struct seal_bytes data);

#endif /* SEAL_VERIFY_TPM_H */
