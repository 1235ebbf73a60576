/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This host's keys and certificates, as identity/ and the TPM hold them. */
#ifndef SEAL_ATTESTER_KEYS_H
#define SEAL_ATTESTER_KEYS_H

#include <gnutls/abstract.h>

#include "attester/channel.h"
#include "attester/hostconf.h"
#include "attester/logs.h"
#include "attester/result.h"
#include "wire/limits.h"

/** struct att_chain - certificates, leaf first, each u32 length || DER */
struct att_chain {
	uint32_t count;
	size_t len;
	uint8_t data[ATT_MAX_CERTS];
};

/**
 * struct att_keys - everything that att_keys_load() found
 * @self: for channels
 * @key_in_tpm: the TLS key is the TIK
 * @scheme: TLS SignatureScheme of the TLS key, 0 when there is none
 * @tls: chain of the TLS key; empty when the host is not enrolled
 * @ak_certs: chain of the AK; empty when it is pinned elsewhere
 * @certify: the AK's word on the TIK, made once
 * @logs: of this machine
 * @batch: claims that may share a quote
 * @result: what another verifier found of it
 * @verifier: whom to ask for results on connections, as in struct att_hostconf
 * @verifier_logs: likewise
 */
struct att_keys {
	struct att_self self;
	bool key_in_tpm;
	uint16_t scheme;
	struct att_chain tls;
	struct att_chain ak_certs;
	struct att_tpm *tpm;
	struct att_key ak;
	struct att_key tik;
	struct att_attest certify;
	struct att_logs logs;
	uint32_t batch;
	struct att_result result;
	char verifier[ATT_PATH_MAX];
	bool verifier_logs;
	gnutls_privkey_t file_key;
};

/**
 * att_keys_load - read DIR/identity and open the TPM
 * @why: a sentence on failure
 *
 * A host without identity/ak.pub cannot attest, which is no error; one whose
 * TPM does not hold the very keys that identity/ names is.
 * att_keys_refresh() after it, and whenever somebody asks what can be shown.
 *
 * Return: 0 or -1. att_keys_free() in both cases.
 */
int att_keys_load(struct att_keys *keys, const char *dir, char *why, size_t why_size);
/** att_keys_refresh - self.modes as of @now, seconds since 1970 */
void att_keys_refresh(struct att_keys *keys, int64_t now);
void att_keys_free(struct att_keys *keys);

/**
 * att_keys_sign - sign with the TLS key
 * @digest: self.hash_len octets
 * @sig: as TLS sends it, ATT_MAX_SIG octets of room
 */
int att_keys_sign(struct att_keys *keys, const uint8_t *digest, uint8_t *sig, size_t *len);

/** att_key_sign - the same with a key in memory, over @len octets of digest */
int att_key_sign(gnutls_privkey_t key, const uint8_t *digest, size_t len, uint8_t *sig,
		 size_t *sig_len);

/** att_chain_get - the certificates as views; returns how many */
size_t att_chain_get(const struct att_chain *chain, struct seal_bytes *certs, size_t max);

#endif /* SEAL_ATTESTER_KEYS_H */
