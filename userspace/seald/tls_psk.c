// SPDX-License-Identifier: GPL-2.0-or-later

#include "tls_psk.h"

#include <string.h>

#include "tls.h"

/* Once for each connection; after a HelloRetryRequest the same one is asked for. */
static bool psk_get(struct tls *tls, struct seal_bytes identity)
{
	struct seal_bytes known = {
		(const uint8_t *)tls->psk_name, strlen(tls->psk_name),
	};
	struct ipc_psk psk;

	if (tls->psk_len)
		return seal_bytes_equal(known, identity);
	if (!tls->psk(tls->arg, identity, &psk))
		return false;
	if (identity.len && !seal_bytes_equal(identity, psk.identity))
		return false;
	memcpy(tls->psk_name, psk.identity.data, psk.identity.len);
	tls->psk_name[psk.identity.len] = '\0';
	memcpy(tls->psk_key, psk.key.data, psk.key.len);
	/* It lies in the message that it came in, which lives as long as we do. */
	explicit_bzero((void *)psk.key.data, psk.key.len);
	tls->psk_len = psk.key.len;
	return true;
}

static int server_key(gnutls_session_t session, const gnutls_datum_t *name,
		      gnutls_datum_t *key)
{
	struct tls *tls = gnutls_session_get_ptr(session);

	if (!psk_get(tls, (struct seal_bytes){ name->data, name->size }))
		return -1;
	key->data = gnutls_malloc(tls->psk_len);
	if (!key->data)
		return -1;
	memcpy(key->data, tls->psk_key, tls->psk_len);
	key->size = (unsigned int)tls->psk_len;
	return 0;
}

static int load_server(struct tls *tls)
{
	int err = gnutls_psk_allocate_server_credentials(&tls->psk_server);

	if (err)
		return err;
	gnutls_psk_set_server_credentials_function2(tls->psk_server, server_key);
	return gnutls_credentials_set(tls->session, GNUTLS_CRD_PSK, tls->psk_server);
}

static int load_client(struct tls *tls)
{
	gnutls_datum_t key = { .data = tls->psk_key };
	int err;

	if (!psk_get(tls, (struct seal_bytes){ 0 }))
		return GNUTLS_E_INSUFFICIENT_CREDENTIALS;
	key.size = (unsigned int)tls->psk_len;
	err = gnutls_psk_allocate_client_credentials(&tls->psk_client);
	if (!err)
		err = gnutls_psk_set_client_credentials(tls->psk_client,
							tls->psk_name, &key,
							GNUTLS_PSK_KEY_RAW);
	if (!err)
		err = gnutls_credentials_set(tls->session, GNUTLS_CRD_PSK,
					     tls->psk_client);
	return err;
}

int tls_psk_load(struct tls *tls)
{
	return tls->side == SEAL_SIDE_SERVER ? load_server(tls) : load_client(tls);
}

bool tls_psk_used(const struct tls *tls)
{
	return tls->psk_len &&
	       gnutls_kx_get(tls->session) == GNUTLS_KX_ECDHE_PSK &&
	       gnutls_auth_server_get_type(tls->session) == GNUTLS_CRD_PSK &&
	       gnutls_auth_client_get_type(tls->session) == GNUTLS_CRD_PSK;
}

void tls_psk_free(struct tls *tls)
{
	if (tls->psk_client)
		gnutls_psk_free_client_credentials(tls->psk_client);
	if (tls->psk_server)
		gnutls_psk_free_server_credentials(tls->psk_server);
	tls->psk_client = NULL;
	tls->psk_server = NULL;
	explicit_bzero(tls->psk_key, sizeof(tls->psk_key));
	tls->psk_len = 0;
}
