/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's "handshake" generic netlink family, seen from its agent.
 * Specification: Documentation/netlink/specs/handshake.yaml of Linux.
 */
#ifndef SEALD_GENL_HANDSHAKE_H
#define SEALD_GENL_HANDSHAKE_H

#include <stdbool.h>
#include <stdint.h>

struct genl_handshake;

#define ACCEPT_PSKS_MAX	5u	/* as many as the kernel names */

enum accept_auth {
	ACCEPT_AUTH_UNKNOWN = 0,	/* refused */
	ACCEPT_AUTH_ANON,
	ACCEPT_AUTH_PSK,
	ACCEPT_AUTH_X509,
};

/* One request of a kernel consumer. */
struct accept_request {
	int fd;			/* the socket, ours to close */
	bool server;		/* our role in TLS */
	enum accept_auth auth;
	uint32_t timeout_ms;	/* 0: the consumer did not say */
	uint32_t keyring;	/* serial number of the consumer's keyring, or 0 */
	uint32_t certificate;	/* X509: the consumer's own instead of ours, or 0 */
	uint32_t privkey;
	uint32_t psks[ACCEPT_PSKS_MAX];	/* PSK, client: keys to choose from */
	uint32_t psk_count;
	char peername[256];	/* what the peer must prove to be, or empty */
};

/**
 * genl_handshake_open - join the group "tlshd" of this network namespace
 * @kept: a socket that is a member already, see store.h, or -1
 *
 * Returns NULL with a line in the log when the family is not there. The
 * notification socket does not block; commands wait for their answer.
 */
struct genl_handshake *genl_handshake_open(int kept);

void genl_handshake_close(struct genl_handshake *gh);

/** genl_handshake_fd - readable when READY may have come */
int genl_handshake_fd(const struct genl_handshake *gh);

/**
 * genl_handshake_group - the number of the group, as netlink sockets join it
 */
uint32_t genl_handshake_group(const struct genl_handshake *gh);

/**
 * genl_handshake_ports - the netlink port numbers of our own two sockets
 */
void genl_handshake_ports(const struct genl_handshake *gh, uint32_t port[2]);

/**
 * genl_handshake_drain_ready - read all notifications, whatever they say
 *
 * READY is a doorbell: one, many or a lost one (ENOBUFS) mean the same, that
 * the queue must be emptied by genl_handshake_accept().
 */
void genl_handshake_drain_ready(struct genl_handshake *gh);

/**
 * genl_handshake_accept - take the next request off the kernel's queue
 * @req: filled on success
 *
 * Returns 0; -EAGAIN when the queue is empty; -EPROTO for an answer that lacks
 * a socket (the request is lost, its consumer times out); or another negative
 * errno of the kernel.
 */
int genl_handshake_accept(struct genl_handshake *gh, struct accept_request *req);

#define GENL_REMOTE_NOBODY	0u
#define GENL_REMOTE_CERTIFICATE	UINT32_MAX	/* there is no key to name */

/**
 * genl_handshake_done - tell the consumer how its handshake ended
 * @fd: of the request; stays open
 * @status: 0, or a positive errno below 4096
 * @remote: what the consumer is told of the peer's authentication, REMOTE_AUTH:
 *	the serial number of the pre-shared key; GENL_REMOTE_CERTIFICATE if the
 *	TLS handshake verified a certificate; GENL_REMOTE_NOBODY
 *
 * Returns 0 or a negative errno. The consumer may have gone: not an error to
 * the caller, who closes @fd in any case.
 */
int genl_handshake_done(struct genl_handshake *gh, int fd, int status,
			uint32_t remote);

#endif /* SEALD_GENL_HANDSHAKE_H */
