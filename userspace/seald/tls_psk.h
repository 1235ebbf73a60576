/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TLS by a pre-shared key with a fresh Diffie-Hellman (psk_dhe_ke), as NVMe/TCP
 * wants it; never the key alone, never a certificate in the handshake.
 */
#ifndef SEALD_TLS_PSK_H
#define SEALD_TLS_PSK_H

#include <stdbool.h>

struct tls;

#define TLS_PSK_PRIORITY ":-KX-ALL:+ECDHE-PSK"

/**
 * tls_psk_load - credentials of a handshake by pre-shared key
 *
 * A client asks @tls->psk for its identity and key here, a server when the
 * client has said who it is. Returns 0 or a GnuTLS error.
 */
int tls_psk_load(struct tls *tls);

/** tls_psk_used - the handshake that is complete was by the key we were given */
bool tls_psk_used(const struct tls *tls);

/** tls_psk_free - and wipe */
void tls_psk_free(struct tls *tls);

#endif /* SEALD_TLS_PSK_H */
