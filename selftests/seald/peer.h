/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A peer that follows a script: GnuTLS in a process of its own, with the
 * certificate and file key of host f, saying whatever the script says.
 */
#ifndef SEALD_PEER_H
#define SEALD_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <gnutls/gnutls.h>

/**
 * struct peer - how it behaves
 * @server: its side
 * @priority: of GnuTLS; NULL: TLS 1.3 as it comes
 * @seal: it sends the extension, with this body; NULL: it does not
 * @no_cert: client: shows no certificate
 * @tickets: server: sends session tickets
 * @records: takes records of so many octets and no more; 0: as GnuTLS does
 * @stays: has all the time, says nothing after the handshake, and stays until it is killed
 * @talk: after the handshake; may be NULL
 */
struct peer {
	bool server;
	const char *priority;
	const char *seal;
	size_t seal_len;
	bool no_cert;
	bool tickets;
	size_t records;
	bool stays;
	void (*talk)(gnutls_session_t session);
};

/* What became of it. */
struct peer_end {
	bool handshake;		/* TLS was complete */
	int alert;		/* received, or -1 */
	int code;		/* of a SealError received, or -1 */
};

pid_t peer_start(const struct peer *peer, int fd, int *report);
struct peer_end peer_wait(pid_t pid, int report);

/* For scripts. */
void peer_frame(gnutls_session_t session, uint8_t type, const void *body,
		size_t len);
/* A legal SealHello: @roles are SEAL_HELLO_*. */
size_t peer_hello(uint8_t roles, uint8_t *out, size_t size);
/* Read frames until one of @type came or the connection ended. */
bool peer_await(gnutls_session_t session, uint8_t type);

#endif /* SEALD_PEER_H */
