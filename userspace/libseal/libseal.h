/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libseal: attested sockets for applications.
 *
 * A program connects or accepts a TCP socket as usual, calls libseal_request()
 * once, and then reads and writes plain bytes: TLS and the proof of the peer's
 * state happen below it. libseal_status() tells who the peer is.
 *
 * Calls fail like system calls: -1 and errno; but a question that has yes and no for an
 * answer, libseal_attested(), is no then. The library keeps no state, takes
 * no lock and prints nothing; every function may be called from any thread.
 */
#ifndef LIBSEAL_H
#define LIBSEAL_H

#include <stddef.h>
#include <stdint.h>

#include <linux/seal.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LIBSEAL_VERSION "1.0"
/* For #if: an octet each for the first, the second and a third number. */
#define LIBSEAL_VERSION_NUMBER 0x010000

/**
 * libseal_request - ask for an attested connection on a connected TCP socket
 * @fd: a TCP socket in state ESTABLISHED, that no TLS was set up on
 * @role: SEAL_ROLE_CLIENT or SEAL_ROLE_SERVER of the TLS handshake
 * @peername: client: DNS name or address the peer must prove to have; server: NULL
 * @flags: SEAL_REQUEST_ANONYMOUS for a client that shows no certificate, or 0
 * @timeout_ms: 1 to 30000, or 0 for 20000
 *
 * Waits for the result. With O_NONBLOCK it does not wait, as connect(2): the
 * call fails with EINPROGRESS, poll(2) for POLLOUT, call again for the result.
 *
 * Where the descriptor came from somebody else it may be the result of his request,
 * for a peer that he named: check @peer of libseal_status().
 *
 * Return: 0 when the peer was attested and the socket carries its TLS; -1 with
 *   EINPROGRESS, EALREADY	non-blocking: under way
 *   EACCES			the peer or we refused
 *   ETIMEDOUT			no answer in time, or an end too busy to give one
 *   EISCONN			asked again after the result was given: attested
 *   EINTR			a signal came; the handshake goes on, call again
 *   EKEYREJECTED		the handshake ended without a verdict
 *   ENOPROTOOPT		seal.ko is not loaded, or an MPTCP socket
 *   EPERM			the caller may not use the host's identity
 *   ESRCH			no agent (seald) listens in this network namespace
 *   EAGAIN			too many requests wait already
 *   EEXIST			TLS or another protocol was set up on the socket
 *   EDQUOT			this user has as many under way as the rule allows
 *   EBUSY			another thread reads or writes, or a sockmap has it
 *   EPROTONOSUPPORT		not a plain TCP socket
 *   ENODEV			seal.ko is about to be removed
 *   ENOENT			the module of kernel TLS was removed
 *   ENOMEM			no memory, or none within the control group's limit
 *   E2BIG			seal.ko is older and does not know what is asked
 *   ENOTCONN, EINVAL		not connected; bad argument
 * libseal_strerror() has a sentence for most.
 */
int libseal_request(int fd, enum seal_role role, const char *peername,
		    uint32_t flags, uint32_t timeout_ms);

/**
 * libseal_status - the verdict on a socket
 * @fd: any TCP socket
 * @status_ret: filled on success; texts end with a zero
 * @size: sizeof(*status_ret), so that old programs run on new libraries
 *
 * A socket that seal knows nothing of has state SEAL_STATE_NONE.
 *
 * Return: 0; -1 with ENOPROTOOPT (seal.ko is not loaded), EOPNOTSUPP (an MPTCP
 * socket), EBADF, ENOTSOCK, EINVAL (@size too small for the state).
 */
int libseal_status(int fd, struct seal_status *status_ret, size_t size);

/**
 * libseal_attested - may bytes pass on this socket, and are they attested?
 *
 * Return: 1 yes; 0 no, whatever is the matter, with errno for who wants to know:
 *   ENOENT			not a socket of seal
 *   EALREADY			the handshake is under way
 *   EKEYREVOKED		the deadline has passed
 *   EKEYREJECTED		revoked, or the handshake ended without a verdict
 *   ENOPROTOOPT		seal.ko is not loaded
 *   EOPNOTSUPP			an MPTCP socket
 *   EBADF, ENOTSOCK		the descriptor is of nothing, or of something else
 */
int libseal_attested(int fd);

/**
 * libseal_require - let nothing pass on a connected socket until it is attested
 * @timeout_ms: 1 to 3600000, or 0 for 20000; then it is closed, if nobody attested it
 *
 * Whoever sees to that: libseal_request() goes on from here. Needs no privilege.
 *
 * Return: 0; -1 with EALREADY (pending), EISCONN (attested), EKEYREJECTED or
 * EKEYREVOKED (closed already), ENOTCONN, EEXIST (TLS was set up before), EBUSY
 * (another thread reads or writes), EPROTONOSUPPORT, EINVAL, ENODEV (seal.ko is
 * about to be removed), ENOENT (kernel TLS was), ENOMEM, ENOPROTOOPT, EBADF.
 */
int libseal_require(int fd, uint32_t timeout_ms);

/**
 * libseal_revoke - close one's own attested socket for good
 *
 * When it returns no call on the socket moves a byte any more: those inside
 * have ended, with their partial count or EKEYREJECTED.
 *
 * Return: 0; -1 with ENOENT (not a socket of seal), EINPROGRESS (closed, but a
 * caller inside could not be woken yet), ENOPROTOOPT, EBADF.
 */
int libseal_revoke(int fd);

/**
 * libseal_tighten - bring the deadline of one's own socket forward
 * @seconds: from now
 *
 * It cannot be put off again, not by an agent either: EINVAL when it is already
 * earlier.
 *
 * Return: 0; -1 with EINVAL, ENOENT (not a socket of seal), EAGAIN (pending),
 * EKEYREVOKED or EKEYREJECTED (closed already), ENOPROTOOPT, EBADF.
 */
int libseal_tighten(int fd, uint32_t seconds);

/** libseal_remaining - milliseconds until the deadline, 0 when it has passed */
int64_t libseal_remaining(const struct seal_status *status);

/**
 * libseal_claim - one claim of the peer, such as "key" or "consumer"
 * @status: from libseal_status()
 * @name: the word before "="
 * @value_ret: receives the word after it, ending with a zero
 * @size: of @value_ret
 *
 * Return: length of the value; -1 with ENOENT, or ERANGE if it does not fit.
 */
int libseal_claim(const struct seal_status *status, const char *name,
		  char *value_ret, size_t size);

/** libseal_state_name - "none", "pending", ..., or "unknown"; never NULL */
const char *libseal_state_name(uint32_t state);

/** libseal_strerror - what an errno means on an attested socket; never NULL */
const char *libseal_strerror(int error);

#ifdef __cplusplus
}
#endif

#endif /* LIBSEAL_H */
