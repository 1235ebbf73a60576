/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TLS 1.3 as the worker needs it, by GnuTLS, on a socket that it shares with
 * the application: socket flags stay as they are, waiting is done with our own
 * clock. No files, no resumption, no early data, no key update.
 */
#ifndef SEALD_TLS_H
#define SEALD_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include "seald/attester_channel.h"
#include "seald/messages.h"
#include "seald/patience.h"
#include "verify/crypto.h"
#include "verify/reason.h"

#define TLS_RECORD_MAX	16384u

/**
 * struct tls - one session
 * @session: GnuTLS's
 * @fd: the socket, shared
 * @deadline: CLOCK_BOOTTIME, ns
 * @patience: for waiting, or NULL
 * @side: ours
 * @offer: send the extension; @demand: refuse a peer without it
 * @peer_seal: the peer sent it
 * @sent_cert: we sent a certificate and proved its key
 * @misuse: the peer sent a ticket or a key update
 * @cut: a record of ours is half sent: nothing may be sent after it
 * @small_records: it takes none of TLS_RECORD_MAX octets
 * @alert: to send when our callbacks made the handshake fail, or 0
 * @attester: signs for us, or has no descriptor
 * @psk: by a pre-shared key and no certificate: gives the key for an identity,
 *	empty on the client; false: nobody we know. It is copied, and wiped there
 * @check: judges the peer's chain inside the handshake
 * @meanwhile: called when @attester has something to read while we wait for the
 *	peer; NULL: nothing is expected
 * @arg: first argument of all of them
 * @complete: the peer's Finished was verified
 * @known: and who it is, by TLS or by what it has shown since
 * @refused: it is told why, and nothing else is waited for
 */
struct tls {
	gnutls_session_t session;
	gnutls_certificate_credentials_t cred;
	gnutls_privkey_t key;
	gnutls_pcert_st pcerts[SEAL_CERTS_MAX];
	unsigned int pcert_count;
	int fd;
	uint64_t deadline;
	struct patience *patience;
	enum seal_side side;
	bool offer;
	bool demand;
	bool peer_seal;
	bool sent_cert;
	bool misuse;
	bool cut;
	bool small_records;
	uint8_t alert;
	struct attester_channel *attester;
	bool (*psk)(void *arg, struct seal_bytes identity, struct ipc_psk *psk_ret);
	bool (*check)(void *arg, const gnutls_datum_t *chain, unsigned int count);
	void (*meanwhile)(void *arg);
	void *arg;
	bool complete;
	bool known;
	bool refused;
	gnutls_psk_client_credentials_t psk_client;
	gnutls_psk_server_credentials_t psk_server;
	char psk_name[IPC_PSK_IDENTITY_MAX + 1];
	uint8_t psk_key[IPC_PSK_MAX];
	size_t psk_len;
};

/**
 * tls_open - make a session; fields from @fd to @arg are set
 * @ciphers: IPC_CIPHER_*, at least one
 * @show_cert: use the certificate and key of @tls->attester
 * @peername: client: for SNI; empty or an address sends none
 *
 * Returns 0 or a GnuTLS error.
 */
int tls_open(struct tls *tls, uint8_t ciphers, bool show_cert,
	     const char *peername);

/** tls_close - free, and wipe what GnuTLS wipes; sends nothing */
void tls_close(struct tls *tls);

/**
 * tls_handshake - run it to the end
 *
 * Returns 0, or a GnuTLS error after the fitting alert was sent. After 0 the
 * peer's Finished was verified, so exporters may be used (RFC 9261 section 9).
 */
int tls_handshake(struct tls *tls);

/** tls_alert - send a fatal alert, as far as the socket takes it at once */
void tls_alert(struct tls *tls, uint8_t alert);

/** tls_send - send @len octets in as many records as it takes */
int tls_send(struct tls *tls, const void *data, size_t len);

/** tls_recv - receive exactly @len octets */
int tls_recv(struct tls *tls, void *data, size_t len);

/**
 * tls_drain - read and drop what the peer still sends, until it closes
 * @until: CLOCK_BOOTTIME, ns
 */
void tls_drain(struct tls *tls, uint64_t until);

/** tls_hash - hash of the negotiated suite, SEAL_HASH_NONE if none we know */
enum seal_hash tls_hash(const struct tls *tls);

/**
 * tls_export - TLS-Exporter(label, context, len), RFC 8446 section 7.5
 *
 * False before the handshake is complete, when GnuTLS would give other values.
 */
bool tls_export(const struct tls *tls, const char *label,
		struct seal_bytes context, uint8_t *out, size_t len);

/** tls_peer_leaf - DER of the peer's certificate, empty if it sent none */
struct seal_bytes tls_peer_leaf(const struct tls *tls);

/**
 * tls_keys - the record keys of both directions, as kTLS takes them
 *
 * Only legal when nothing is buffered in either direction. False otherwise, or
 * for a cipher the kernel has no structure for.
 */
bool tls_keys(const struct tls *tls, struct ipc_keys *keys);

#endif /* SEALD_TLS_H */
