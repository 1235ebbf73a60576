/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's TPM as the attester and enrolment need it: an endorsement key, an
 * attestation key (AK), a TLS identity key (TIK), quotes and signatures.
 *
 * Everything that leaves here is in the TPM's own wire format (Part 2), so no
 * caller needs the TSS. Only tpm*.c include its headers.
 *
 * Unless said otherwise a function returns 0, or a negative errno with a
 * sentence in att_tpm_error(): -EACCES the TPM refused an authorization,
 * -ENOENT no such object, -EEXIST an object is in the way, -EINVAL bad input,
 * -ENOTSUP an algorithm that the TPM lacks, -EIO all else. One context is for one
 * thread; calls block while the TPM works.
 */
#ifndef SEAL_ATTESTER_TPM_H
#define SEAL_ATTESTER_TPM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ATT_AUTH_SIZE		32	/* authValue of AK and TIK, bytes */
#define ATT_NAME_SIZE		34	/* TPM Name with SHA-256: alg || digest */
#define ATT_BLOB_MAX		1024
#define ATT_CERT_MAX		8192
#define ATT_SIG_MAX		128	/* DER ECDSA, P-256 */
#define ATT_PCRS_MAX		24
#define ATT_DIGEST_MAX		48

#define ATT_AK_HANDLE		0x81015ea0u	/* defaults of seald.conf */
#define ATT_TIK_HANDLE		0x81015ea1u

struct att_tpm;

/** struct att_blob - bytes in TPM wire format */
struct att_blob {
	size_t len;
	uint8_t data[ATT_BLOB_MAX];
};

/** enum att_key_kind - what att_tpm_create() makes; zero makes nothing */
enum att_key_kind {
	ATT_KEY_NONE = 0,
	ATT_KEY_TIK,	/* unrestricted signing key, P-256, scheme per call */
	/* Restricted signing keys, which sign by one scheme and no other. */
	ATT_KEY_AK,		/* ECDSA P-256 SHA-256 */
	ATT_KEY_AK_P384,	/* ECDSA P-384 SHA-384 */
	ATT_KEY_AK_RSAPSS,	/* RSA-2048 SHA-256, either padding */
	ATT_KEY_AK_RSASSA,
};

/** struct att_key - a key that is loaded in the TPM */
struct att_key {
	uint32_t object;		/* the TSS's handle; 0: no key */
	struct att_blob pub;		/* TPMT_PUBLIC */
	uint8_t name[ATT_NAME_SIZE];
};

/** struct att_ek - endorsement key and, where the TPM holds one, its certificate */
struct att_ek {
	struct att_key key;
	bool persistent;
	size_t cert_len;		/* 0: the TPM brought none */
	uint8_t cert[ATT_CERT_MAX];	/* DER */
};

/** struct att_selection - PCRs of one bank */
struct att_selection {
	uint16_t bank;			/* TPM_ALG_ID of the hash */
	uint32_t mask;			/* bit n: PCR n */
};

/** struct att_attest - a statement of the AK: TPMS_ATTEST and TPMT_SIGNATURE */
struct att_attest {
	struct att_blob attest;
	struct att_blob sig;
};

/** struct att_quote - a quote and the PCR values that it covers */
struct att_quote {
	struct att_attest proof;
	struct att_selection selection;
	size_t digest_len;		/* of one PCR */
	uint8_t pcr[ATT_PCRS_MAX][ATT_DIGEST_MAX];
};

/** struct att_tpm_ops - commands sent so far, for benches */
struct att_tpm_ops {
	unsigned long quote, sign, certify, pcr_read;
};

/**
 * att_tpm_open - connect to a TPM
 * @tpm: the new context, also on failure (for its error text) unless NULL
 * @tcti: TCTI string as TSS tools take it ("device:/dev/tpmrm0", "swtpm:path=...")
 *
 * Return: 0 or -errno. Close it in both cases.
 */
int att_tpm_open(struct att_tpm **tpm, const char *tcti);
void att_tpm_close(struct att_tpm *tpm);

/** att_tpm_error - why the last call failed, one line, never NULL */
const char *att_tpm_error(const struct att_tpm *tpm);

/** att_tpm_ops - commands counted so far */
const struct att_tpm_ops *att_tpm_ops(const struct att_tpm *tpm);

/**
 * att_tpm_ek - find or create the endorsement key
 *
 * Takes the first row of TCG EK Credential Profile 2.x default templates that
 * has a certificate in the TPM (ECC P-256 L-2, then RSA-2048 L-1), else L-2
 * without one. Uses the persistent object when its public area is that of the
 * template, else creates the primary.
 */
int att_tpm_ek(struct att_tpm *tpm, struct att_ek *ek);

/**
 * att_tpm_create - create a key under the endorsement key and load it
 * @auth: its authValue, ATT_AUTH_SIZE bytes
 *
 * The authValue travels encrypted to the TPM, under a session salted with @ek.
 */
int att_tpm_create(struct att_tpm *tpm, const struct att_ek *ek, enum att_key_kind kind,
		   const uint8_t *auth, struct att_key *key);

/** att_tpm_load - use a persistent key; -ENOENT if there is none at @handle */
int att_tpm_load(struct att_tpm *tpm, uint32_t handle, const uint8_t *auth, struct att_key *key);

/** att_tpm_at_handle - is there a persistent object or an NV index at @handle? */
bool att_tpm_at_handle(struct att_tpm *tpm, uint32_t handle);

/** att_tpm_persist - make a loaded key persistent; -EEXIST if @handle is taken */
int att_tpm_persist(struct att_tpm *tpm, const struct att_key *key, uint32_t handle);

/** att_tpm_evict - remove a persistent object; 0 also if there was none */
int att_tpm_evict(struct att_tpm *tpm, uint32_t handle);

/** att_tpm_flush - unload a key; harmless if none is loaded */
void att_tpm_flush(struct att_tpm *tpm, struct att_key *key);

/**
 * att_tpm_certify - let the AK state that @object is in its TPM
 * @qualifying: 32 bytes
 */
int att_tpm_certify(struct att_tpm *tpm, const struct att_key *object, const struct att_key *ak,
		    const uint8_t *qualifying, struct att_attest *out);

/**
 * att_tpm_quote - quote PCRs and read their values
 * @qualifying: @len bytes, 32 or 48; TPMs whose largest hash is SHA-256 take 34 at most
 *
 * The values are those that the quote covers: pcrDigest is recomputed, and on
 * a race with an extend both are taken again (a few times, then -EAGAIN).
 */
int att_tpm_quote(struct att_tpm *tpm, const struct att_key *ak,
		  const struct att_selection *selection, const uint8_t *qualifying, size_t len,
		  struct att_quote *out);

/**
 * att_tpm_sign - ECDSA over a SHA-256 digest with the TIK
 * @digest: 32 bytes
 * @sig: DER ECDSA-Sig-Value, as TLS and X.509 carry it
 */
int att_tpm_sign(struct att_tpm *tpm, const struct att_key *tik, const uint8_t *digest,
		 uint8_t sig[ATT_SIG_MAX], size_t *sig_len);

/**
 * att_tpm_activate - TPM2_ActivateCredential, the proof that AK and EK share a TPM
 * @blob: TPMS_ID_OBJECT  @secret: TPM2B_ENCRYPTED_SECRET without its size
 * @out: the credential, at most 32 bytes
 */
int att_tpm_activate(struct att_tpm *tpm, const struct att_ek *ek, const struct att_key *ak,
		     const struct att_blob *blob, const struct att_blob *secret,
		     uint8_t *out, size_t *out_len);

/**
 * att_spki - a TPM public key as a DER SubjectPublicKeyInfo
 * @pub: TPMT_PUBLIC of an ECC P-256, P-384 or RSA key
 *
 * Return: 0 or -EINVAL. Pure.
 */
int att_spki(const uint8_t *pub, size_t len, uint8_t *der, size_t *der_len);

#endif /* SEAL_ATTESTER_TPM_H */
