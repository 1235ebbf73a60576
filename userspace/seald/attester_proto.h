/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a worker may ask of the attester, and nothing else.
 *
 * The monitor makes a SEQPACKET pair for each handshake, gives one end to the
 * worker at exec, and sends the other to the attester in an SCM_RIGHTS message
 * that carries a struct att_open. All that must not be the worker's choice
 * (role, consumer class, uid, kind of handshake) is in att_open. A worker that breaks the order,
 * the size or a limit loses its channel; the attester and the other workers
 * do not notice.
 *
 * Legal order on one channel, each at most once:
 *
 *	ATT_IDENTITY -> [ATT_SIGN_TLS] -> ATT_BIND -> ATT_CLAIM -> ATT_SIGN_EA
 *
 * and then ATT_LOG, as often as there are pieces of logs to be had.
 *
 * ATT_SIGN_TLS is left out where we show no certificate in the handshake, and
 * att_bind.tls_certificate must agree. A request that got ATT_BUSY may come
 * again. Integers are in host order: both ends are one build on one machine.
 * Reserved bytes are zero, or the message is refused. An answer other than
 * ATT_OK is the status alone.
 */
#ifndef SEALD_ATTESTER_PROTO_H
#define SEALD_ATTESTER_PROTO_H

#include <stdint.h>

#define ATT_PROTO_VERSION	4u
#define ATT_MAX_HASH		64u
#define ATT_MAX_SIG		512u
#define ATT_MAX_PCR_SELECT	64u
#define ATT_MAX_CERTS		32768u	/* chain as sent, see att_identity */
#define ATT_MAX_EVIDENCE	61440u	/* fits cmw_data<1..2^16-1> */
#define ATT_BIND_CONTEXT	180u
#define ATT_MAX_LOG		61440u	/* a piece of a log */

enum att_type {
	ATT_NONE = 0,
	ATT_OPEN,	/* monitor -> attester: struct att_open + one fd */
	ATT_IDENTITY,	/* -> struct att_identity, then chain bytes */
	ATT_SIGN_TLS,	/* struct att_sign -> struct att_signature */
	ATT_BIND,	/* struct att_bind -> struct att_context */
	ATT_CLAIM,	/* struct att_claim -> struct att_evidence + CMW bytes */
	ATT_SIGN_EA,	/* struct att_sign -> struct att_signature */
	ATT_LOG,	/* struct att_log -> struct att_log_data + octets */
};

enum att_status {
	ATT_DENIED = 0,	/* order, size, limit: the channel closes after it */
	ATT_OK,
	ATT_BUSY,	/* the TPM's queue is too long for the deadline */
	ATT_FAILED,	/* the TPM said no, see the attester's log; closes too */
	ATT_UNAVAILABLE, /* our verifier did not, see the log; closes too */
	ATT_SELECTION,	/* PCRs that are not quoted for peers; closes too */
};

struct att_open {
	uint32_t type;		/* ATT_OPEN */
	uint32_t version;	/* ATT_PROTO_VERSION */
	uint64_t handshake;	/* the monitor's number, for logs */
	uint64_t deadline;	/* CLOCK_BOOTTIME, ns; what is later serves nobody */
	uint32_t role;		/* 1 TLS client, 2 TLS server */
	uint32_t consumer;	/* enum seal_consumer of wire/hello.h */
	uint32_t uid;		/* consumer == user only, else 0 */
	uint32_t keyring;	/* of the consumer: serial number, or 0 */
	uint32_t certificate;	/* the consumer's own, for TLS alone: serial number */
	uint32_t privkey;	/* of its key; both or none */
	uint32_t tls_certificate;	/* 1: TLS is by certificates, ATT_SIGN_TLS may come */
};

struct att_request {		/* ATT_IDENTITY */
	uint32_t type;
	uint32_t reserved;
};

/* Followed by `count` certificates, leaf first, each u32 length || DER. */
struct att_identity {
	uint32_t status;
	uint32_t modes;		/* SEAL_HELLO_* that can be shown; 0: TLS only */
	uint32_t key_in_tpm;
	uint32_t sig_scheme;	/* TLS SignatureScheme, 0x0403 for P-256 */
	uint32_t count;
	uint32_t length;	/* of all that follows */
	uint8_t subject_key_hash[32];	/* SHA-256 of the leaf's SPKI */
};

struct att_sign {		/* ATT_SIGN_TLS and ATT_SIGN_EA */
	uint32_t type;
	uint32_t hash_len;	/* 32 for SHA-256, 48 for SHA-384 */
	/*
	 * SIGN_TLS: the hash GnuTLS wants signed. SIGN_EA: the transcript hash
	 * Hash(HandshakeContext || request || Certificate) of RFC 9261 5.2.2;
	 * the attester itself puts the 64 spaces and the context string before
	 * it and hashes again with the hash of the signature scheme.
	 */
	uint8_t hash[ATT_MAX_HASH];
};

struct att_signature {
	uint32_t status;
	uint32_t length;
	uint8_t sig[ATT_MAX_SIG];	/* as TLS sends it: DER for ECDSA */
};

struct att_bind {
	uint32_t type;
	uint16_t mode;		/* SEAL_MODE_*, one of att_identity.modes */
	uint16_t profile;	/* enum seal_profile */
	uint64_t exchange;	/* 0: one exchange a connection */
	uint8_t hello_hash[32];
	uint8_t request_hash[32];
	uint8_t rp_cert_hash[32];
	uint32_t tls_certificate;	/* 1: we sent our certificate in the handshake */
	uint32_t reserved2;
};

struct att_context {
	uint32_t status;
	uint8_t context[ATT_BIND_CONTEXT];	/* SealBindContext to export over */
};

struct att_claim {
	uint32_t type;
	uint32_t pcr_select_len;	/* TPML_PCR_SELECTION, TPM wire format */
	uint8_t pcr_select[ATT_MAX_PCR_SELECT];
	uint8_t ekm[32];		/* TLS-Exporter as the profile has it */
	uint32_t suite_hash;		/* enum seal_hash, for profile expat; else 0 */
	uint32_t reserved;
};

/* Followed by `length` bytes: the CMW record to put into cmw_attestation. */
struct att_evidence {
	uint32_t status;
	uint32_t length;
};

struct att_log {
	uint32_t type;
	uint32_t log;		/* enum seal_log of wire/log.h */
	uint64_t from;
	uint32_t max;		/* 1 to ATT_MAX_LOG */
	uint32_t reserved;
};

/* Followed by `length` bytes of the log from att_log.from on. */
struct att_log_data {
	uint32_t status;
	uint32_t length;
	uint32_t final;		/* 1: the log ends there, now */
	uint32_t reserved;
};

#endif /* SEALD_ATTESTER_PROTO_H */
