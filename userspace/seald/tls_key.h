/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our certificate and its key for a GnuTLS session, the key being at the other
 * end of the channel to the attester.
 */
#ifndef SEALD_TLS_KEY_H
#define SEALD_TLS_KEY_H

struct tls;

/**
 * tls_key_load - set chain and key of @tls->attester in @tls->cred
 *
 * Returns 0 or a GnuTLS error; GNUTLS_E_NO_CERTIFICATE_FOUND when this host has
 * no TLS identity.
 */
int tls_key_load(struct tls *tls);

void tls_key_free(struct tls *tls);

#endif /* SEALD_TLS_KEY_H */
