/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How monitor, worker and verifier talk: one SEQPACKET message at a time, in
 * network order, written and read with wire/buf.h as the frames of a peer are.
 *
 * Which message may follow which is a table over (channel, state, sender,
 * type). Both ends step it for what they send and for what they receive; a
 * message that is not in it, has another version, is too long or has bytes
 * left over ends the handshake.
 *
 *	monitor  -> worker	WORKER (+ socket, attester)
 *	monitor  <- worker	KEYS | FAILED
 *	monitor  -> verifier	VERIFIER
 *	monitor  <- verifier	VERDICT
 *	worker  <-> verifier	OFFER, CHAIN, PSK, PEER, PLAN, HELLOS,
 *				REQUEST, AUTHENTICATOR, LOG_ASK, LOG, EXPORT,
 *				EXPORTED, ACCEPT; REFUSE
 */
#ifndef SEALD_IPC_H
#define SEALD_IPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/buf.h"

#define IPC_VERSION	1u
#define IPC_HEADER	4u	/* u16 version, u16 type */
#define IPC_MAX		(128u << 10)	/* an authenticator and what goes with it */
#define IPC_FDS_MAX	2u
#define IPC_WAITS_MAX	64u	/* so often a worker may say that it waits */

#define IPC_PEERNAME_MAX	255u
#define IPC_TEXT_MAX		255u

enum ipc_type {
	IPC_NONE = 0,
	IPC_WORKER,		/* struct ipc_worker; fds: socket, attester */
	IPC_KEYS,		/* struct ipc_keys */
	IPC_FAILED,		/* struct ipc_failed */
	IPC_VERIFIER,		/* struct ipc_verifier */
	IPC_VERDICT,		/* struct ipc_verdict */
	IPC_OFFER,		/* struct ipc_offer */
	IPC_CHAIN,		/* certificates of the peer, wire/authenticator.h */
	IPC_CHAIN_OK,		/* empty */
	IPC_PSK,		/* the client's identity; empty: we are the client */
	IPC_PSK_KEY,		/* struct ipc_psk */
	IPC_PEER,		/* struct ipc_peer */
	IPC_PLAN,		/* struct ipc_plan */
	IPC_HELLOS,		/* struct ipc_hellos */
	IPC_REQUEST,		/* body of our AuthRequest; empty: do not ask */
	IPC_AUTHENTICATOR,	/* struct ipc_authenticator */
	IPC_LOG_ASK,		/* body of a LogRequest frame */
	IPC_LOG,		/* body of the LogData frame that came */
	IPC_EXPORT,		/* SealBindContext, or expat's context */
	IPC_EXPORTED,		/* its 32 octets */
	IPC_ACCEPT,		/* struct ipc_accept */
	IPC_REFUSE,		/* struct ipc_refuse */
	IPC_WAITS,		/* for the peer or the TPM, not for a CPU: enum ipc_silent in
				 * an octet, or empty for 0 */
	IPC_WORKS,		/* empty: no more */
	IPC_TYPE_COUNT
};

/* Who keeps a worker waiting, by what is known of him. */
enum ipc_silent {
	IPC_SILENT_NOT = 0,	/* the TPM, or a peer that is somebody */
	IPC_SILENT_TLS,		/* a peer that is not through with TLS, or that was refused */
	IPC_SILENT_NOBODY,	/* one that is, and has shown nothing of itself */
	IPC_SILENT_COUNT
};

/* "verdict" ...; "unknown" for every other value. */
const char *ipc_type_name(unsigned int type);

enum ipc_end {
	IPC_END_NONE = 0,
	IPC_MONITOR,
	IPC_WORKER_END,
	IPC_VERIFIER_END,
};

/* Where a channel is. Zero refuses everything. */
enum ipc_state {
	IPC_CLOSED = 0,
	/* monitor and worker */
	IPC_W_START,
	IPC_W_RUNNING,
	IPC_W_WAITING,
	/* monitor and verifier */
	IPC_V_START,
	IPC_V_RUNNING,
	/* worker and verifier */
	IPC_P_START,
	IPC_P_TLS,
	IPC_P_CHAIN,
	IPC_P_PSK,
	IPC_P_KNOWN,
	IPC_P_PEER,
	IPC_P_PLAN,
	IPC_P_HELLOS,
	IPC_P_REQUEST,
	IPC_P_AUTHENTICATOR,
	IPC_P_LOG_ASK,
	IPC_P_EXPORT,
	IPC_P_EXPORTED,
	IPC_P_LOG_AGAIN,
	IPC_STATE_COUNT
};

/**
 * ipc_next - the state table
 *
 * Returns the state after @sender sent @type in @state. For a message that is
 * not legal it returns IPC_CLOSED and clears *@legal_ret; the last message of
 * a channel gives IPC_CLOSED too, and sets it.
 */
enum ipc_state ipc_next(enum ipc_state state, enum ipc_end sender,
			enum ipc_type type, bool *legal_ret);

/**
 * struct ipc_channel - one end of a channel
 * @fd: SEQPACKET socket, -1 when there is none
 * @state: see ipc_next()
 * @self: who we are
 * @other: who is at the other end
 */
struct ipc_channel {
	int fd;
	enum ipc_state state;
	enum ipc_end self;
	enum ipc_end other;
};

/**
 * ipc_send - send one message
 * @body: without the header; may be empty
 * @fds: descriptors to pass, not closed here
 *
 * Does not wait: a full socket is an error, since no channel ever holds more
 * than one message in each direction, or some empty ones. Returns 0 or a negative
 * errno; -EPROTO when the table does not allow @type now.
 */
int ipc_send(struct ipc_channel *ch, enum ipc_type type, struct seal_bytes body,
	     const int *fds, size_t fd_count);

/**
 * struct ipc_message - a message that came in
 * @type: legal in the state the channel was in
 * @body: inside @data
 * @fds: descriptors that came with it, closed on exec, the receiver's to close
 */
struct ipc_message {
	enum ipc_type type;
	struct seal_bytes body;
	int fds[IPC_FDS_MAX];
	size_t fd_count;
	uint8_t data[IPC_MAX + 1];
};

/**
 * ipc_recv - receive one message without waiting
 *
 * Returns 0; -EAGAIN when there is none; -EPIPE when the other end is closed, and
 * then the channel is, so that nobody polls it any more; -EPROTO for anything the
 * table does not allow, a wrong version, a length beyond IPC_MAX or unexpected
 * descriptors (closed here).
 */
int ipc_recv(struct ipc_channel *ch, struct ipc_message *msg);

/**
 * ipc_wait - wait for a message
 * @deadline: CLOCK_BOOTTIME in nanoseconds
 *
 * As ipc_recv(), with -ETIMEDOUT in the place of -EAGAIN.
 */
int ipc_wait(struct ipc_channel *ch, struct ipc_message *msg, uint64_t deadline);

/** ipc_now - CLOCK_BOOTTIME in nanoseconds */
uint64_t ipc_now(void);

/** ipc_poll_ms - what is left until @deadline, for poll(2); 0 when it is past */
int ipc_poll_ms(uint64_t deadline);

#endif /* SEALD_IPC_H */
