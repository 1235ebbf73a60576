/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's side of an enrolment: keys in the TPM, files in DIR. */
#ifndef SEALCTL_ENROLL_HOST_H
#define SEALCTL_ENROLL_HOST_H

#include "attester/hostconf.h"
#include "sealctl/enroll_cert.h"

/**
 * struct enroll_host - a host that is being enrolled
 * @dir: configuration directory
 * @conf: what seald.conf says or will say
 * @force: replace keys that are there
 * @ak_kind: what the AK is to be, one of ATT_KEY_AK*
 * @auth: authValue of AK and TIK
 * @key_pem: the TLS key for key = file
 * @req: what the CA is told; also holds the public keys
 */
struct enroll_host {
	const char *dir;
	struct att_hostconf conf;
	bool force;
	enum att_key_kind ak_kind;
	struct att_tpm *tpm;
	struct att_ek ek;
	struct att_key ak;
	struct att_key tik;
	uint8_t auth[ATT_AUTH_SIZE];
	char key_pem[ENROLL_PEM_MAX];
	struct enroll_request req;
};

/**
 * enroll_ak_kind - "ecc256", "ecc384", "rsa2048:rsapss" or "rsa2048:rsassa"
 *
 * Return: the kind of key, or ATT_KEY_NONE for any other word.
 */
enum att_key_kind enroll_ak_kind(const char *word);

/**
 * enroll_host_keys - make EK, AK and TIK, and let the AK certify the TIK
 *
 * Refuses a host that is enrolled already, unless @force; nothing is replaced
 * before enroll_host_install().
 */
int enroll_host_keys(struct enroll_host *host, struct enroll_error *err);

/** enroll_host_close - unload what was not installed; harmless at any time */
void enroll_host_close(struct enroll_host *host);

/** enroll_host_spki - the TLS key's public half */
int enroll_host_spki(const struct enroll_host *host, struct enroll_spki *out,
		     struct enroll_error *err);

/** enroll_host_csr - a certificate request for the TLS key */
int enroll_host_csr(struct enroll_host *host, char *pem, size_t size, struct enroll_error *err);

/** enroll_host_activate - open the CA's credential */
int enroll_host_activate(struct enroll_host *host, const struct att_blob *blob,
			 const struct att_blob *secret, uint8_t *out, size_t *len,
			 struct enroll_error *err);

/**
 * enroll_host_install - make the keys persistent and put the files in place
 * @tls_chain: PEM, or NULL: it comes later
 * @ak_chain: PEM or NULL
 *
 * The directory identity/ is replaced as a whole, at the end. A cut after the TPM has the new
 * keys leaves identity.new/, which is whole: doctor finds it.
 */
int enroll_host_install(struct enroll_host *host, const char *tls_chain, const char *ak_chain,
			struct enroll_error *err);

/** enroll_host_trust - add CA certificates (PEM) to DIR/trust/@name unless they are there */
int enroll_host_trust(const char *dir, const char *name, const char *pem,
		      struct enroll_error *err);

#endif /* SEALCTL_ENROLL_HOST_H */
