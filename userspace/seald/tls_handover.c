// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From GnuTLS's record state to the structures of linux/tls.h. The sequence
 * numbers go along: frames of SEAL have used some of them up.
 */
#include <string.h>

#include <linux/tls.h>

#include "tls.h"

struct record_state {
	gnutls_datum_t iv;
	gnutls_datum_t key;
	unsigned char seq[8];
};

/* GnuTLS's IV is salt || iv for GCM and CCM, all iv for ChaCha20. */
static const struct crypto_shape {
	gnutls_cipher_algorithm_t cipher;
	uint16_t type;
	size_t key, iv, salt;		/* octets, and order of the members */
	size_t size;
} shapes[] = {
	{ GNUTLS_CIPHER_AES_128_GCM, TLS_CIPHER_AES_GCM_128, 16, 8, 4,
	  sizeof(struct tls12_crypto_info_aes_gcm_128) },
	{ GNUTLS_CIPHER_AES_256_GCM, TLS_CIPHER_AES_GCM_256, 32, 8, 4,
	  sizeof(struct tls12_crypto_info_aes_gcm_256) },
	{ GNUTLS_CIPHER_AES_128_CCM, TLS_CIPHER_AES_CCM_128, 16, 8, 4,
	  sizeof(struct tls12_crypto_info_aes_ccm_128) },
	{ GNUTLS_CIPHER_CHACHA20_POLY1305, TLS_CIPHER_CHACHA20_POLY1305, 32, 12,
	  0, sizeof(struct tls12_crypto_info_chacha20_poly1305) },
};

_Static_assert(sizeof(struct tls12_crypto_info_aes_gcm_256) <= IPC_CRYPTO_MAX,
	       "IPC_CRYPTO_MAX is too small");

/*
 * Every structure is info, iv, key, salt, rec_seq, all octets and without
 * holes. Returns the size, or 0.
 */
static size_t crypto_info(const struct crypto_shape *shape,
			  const struct record_state *state, uint8_t *out)
{
	struct tls_crypto_info info = {
		.version = TLS_1_3_VERSION, .cipher_type = shape->type,
	};
	uint8_t *at = out;

	if (state->key.size != shape->key ||
	    state->iv.size != shape->salt + shape->iv ||
	    sizeof(info) + shape->iv + shape->key + shape->salt + 8 != shape->size)
		return 0;
	memcpy(at, &info, sizeof(info));
	at += sizeof(info);
	memcpy(at, state->iv.data + shape->salt, shape->iv);
	at += shape->iv;
	memcpy(at, state->key.data, shape->key);
	at += shape->key;
	memcpy(at, state->iv.data, shape->salt);
	at += shape->salt;
	memcpy(at, state->seq, sizeof(state->seq));
	return shape->size;
}

static size_t direction_info(const struct tls *tls, bool read, uint8_t *out)
{
	gnutls_cipher_algorithm_t cipher = gnutls_cipher_get(tls->session);
	struct record_state state;

	if (gnutls_record_get_state(tls->session, read, NULL, &state.iv,
				    &state.key, state.seq))
		return 0;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (shapes[i].cipher == cipher)
			return crypto_info(&shapes[i], &state, out);
	return 0;
}

bool tls_keys(const struct tls *tls, struct ipc_keys *keys)
{
	if (gnutls_record_check_pending(tls->session) ||
	    gnutls_record_check_corked(tls->session))
		return false;
	keys->tx_len = direction_info(tls, false, keys->tx);
	keys->rx_len = direction_info(tls, true, keys->rx);
	return keys->tx_len && keys->rx_len;
}
