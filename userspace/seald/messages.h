/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bodies of the messages of ipc.h. A decoder gives false for a field out
 * of range, a text with a zero octet in it or an octet too few or too many;
 * zeroed memory is always the refusing value. Encoders return the octets
 * written, 0 when something does not fit.
 */
#ifndef SEALD_MESSAGES_H
#define SEALD_MESSAGES_H

#include "seald/ipc.h"
#include "wire/frame.h"
#include "wire/hello.h"
#include "wire/limits.h"

enum ipc_auth {
	IPC_AUTH_NONE = 0,
	IPC_AUTH_ANON,		/* client: show no certificate */
	IPC_AUTH_X509,
	IPC_AUTH_PSK,		/* no certificate of either side, a pre-shared key */
};

#define IPC_PSKS_MAX		5u	/* as many as the kernel names */
#define IPC_PSK_MAX		48u
#define IPC_PSK_IDENTITY_MAX	575u

/* Record ciphers that the kernel can run, a set of bits. */
#define IPC_CIPHER_AES128_GCM	0x01u
#define IPC_CIPHER_AES256_GCM	0x02u
#define IPC_CIPHER_CHACHA20	0x04u
#define IPC_CIPHER_AES128_CCM	0x08u
#define IPC_CIPHER_ALL		0x0fu

/**
 * struct ipc_worker - a handshake to do
 * @handshake: the monitor's number
 * @side: our side of TLS
 * @auth: client: whether we show a certificate. Server: IPC_AUTH_X509 or _PSK
 * @ciphers: IPC_CIPHER_*
 * @class: enum seal_class of our consumer
 * @uid: of the user, class user only
 * @has_attester: a second descriptor came along, the channel to the attester
 * @deadline: CLOCK_BOOTTIME, ns; the monitor kills what lasts longer
 * @peername: client: name for SNI, may be empty
 */
struct ipc_worker {
	uint64_t handshake;
	enum seal_side side;
	enum ipc_auth auth;
	uint8_t ciphers;
	uint8_t class;
	uint32_t uid;
	bool has_attester;
	uint64_t deadline;
	char peername[IPC_PEERNAME_MAX + 1];
};

size_t ipc_worker_encode(const struct ipc_worker *m, uint8_t *out, size_t size);
bool ipc_worker_decode(struct seal_bytes body, struct ipc_worker *m);

#define IPC_CRYPTO_MAX	64u	/* the largest struct tls12_crypto_info_* has 56 */

/**
 * struct ipc_keys - the end of a handshake that went well
 * @tx: struct tls12_crypto_info_* to send with, as setsockopt takes it
 * @rx: likewise to receive with
 * @certificate: the peer proved a certificate in the TLS handshake
 */
struct ipc_keys {
	uint8_t connection_id[16];
	bool certificate;
	uint8_t tx[IPC_CRYPTO_MAX];
	size_t tx_len;
	uint8_t rx[IPC_CRYPTO_MAX];
	size_t rx_len;
};

size_t ipc_keys_encode(const struct ipc_keys *m, uint8_t *out, size_t size);
bool ipc_keys_decode(struct seal_bytes body, struct ipc_keys *m);

/**
 * struct ipc_failed - the end of a handshake that did not
 * @reason: enum seal_reason, never SEAL_REASON_ACCEPTED
 * @transient: trying again may help, whatever @reason is
 * @detail: for the log
 */
struct ipc_failed {
	uint16_t reason;
	bool transient;
	char detail[IPC_TEXT_MAX + 1];
};

size_t ipc_failed_encode(const struct ipc_failed *m, uint8_t *out, size_t size);
bool ipc_failed_decode(struct seal_bytes body, struct ipc_failed *m);

/* An end of the connection; @family AF_INET or AF_INET6, port in host order. */
struct ipc_address {
	uint16_t family;
	uint16_t port;
	uint8_t ip[16];
};

/**
 * struct ipc_verifier - what the monitor knows of the connection
 * @class, @uid: of our own consumer
 * @keyring: IPC_AUTH_PSK: serial number of the consumer's keyring, or 0
 * @psks: client: serial numbers of the keys to choose from
 * @peername: client: the reference identity the kernel gave, may be empty
 */
struct ipc_verifier {
	uint64_t handshake;
	enum seal_side side;
	enum ipc_auth auth;
	uint8_t class;
	uint32_t uid;
	bool has_attester;
	uint64_t deadline;
	struct ipc_address local;
	struct ipc_address remote;
	uint32_t keyring;
	uint32_t psks[IPC_PSKS_MAX];
	size_t psk_count;
	char peername[IPC_PEERNAME_MAX + 1];
};

size_t ipc_verifier_encode(const struct ipc_verifier *m, uint8_t *out,
			   size_t size);
bool ipc_verifier_decode(struct seal_bytes body, struct ipc_verifier *m);

/**
 * struct ipc_verdict - what the monitor acts on
 * @accepted: the connection may be used; everything else is a refusal
 * @attested: and the peer proved its state: attach. False when policy lets an
 *	unattested peer pass
 * @authenticated: the peer's certificate chain is good for its identity
 * @observed: refused by the rules but let through by mode observe
 * @fail: policy wants EACCES even after a first success
 * @reason: enum seal_reason; SEAL_REASON_ACCEPTED if and only if @attested
 * @deadline: CLOCK_BOOTTIME, ns; set if @attested
 * @psk: serial number of the pre-shared key that was used, or 0
 * @peer: identity, or empty when none was proven
 */
struct ipc_verdict {
	bool accepted;
	bool attested;
	bool authenticated;
	bool observed;
	bool fail;
	uint16_t reason;
	uint64_t deadline;
	uint32_t psk;
	uint8_t ak_name[66];
	size_t ak_name_len;
	uint8_t pcr_digest[64];
	size_t pcr_digest_len;
	char peer[IPC_TEXT_MAX + 1];
	char policy[64];
	char claims[IPC_TEXT_MAX + 1];
	char detail[IPC_TEXT_MAX + 1];
};

size_t ipc_verdict_encode(const struct ipc_verdict *m, uint8_t *out,
			  size_t size);
bool ipc_verdict_decode(struct seal_bytes body, struct ipc_verdict *m);

/**
 * struct ipc_offer - what may be known before the peer says anything
 * @offer: put the extension into our hello
 * @demand: every policy that can still match requires attestation, so a peer
 *	without the extension is refused by an alert inside the handshake
 */
struct ipc_offer {
	bool offer;
	bool demand;
};

size_t ipc_offer_encode(const struct ipc_offer *m, uint8_t *out, size_t size);
bool ipc_offer_decode(struct seal_bytes body, struct ipc_offer *m);

/**
 * struct ipc_psk - a pre-shared key for this handshake
 * @identity: what the client says
 * @key: 32 or 48 octets
 */
struct ipc_psk {
	struct seal_bytes identity;
	struct seal_bytes key;
};

size_t ipc_psk_encode(const struct ipc_psk *m, uint8_t *out, size_t size);
bool ipc_psk_decode(struct seal_bytes body, struct ipc_psk *m);

/**
 * struct ipc_peer - the TLS handshake is complete, or the peer lacks SEAL
 * @complete: it is complete
 * @seal: the peer sent the extension
 */
struct ipc_peer {
	bool complete;
	bool seal;
};

size_t ipc_peer_encode(const struct ipc_peer *m, uint8_t *out, size_t size);
bool ipc_peer_decode(struct seal_bytes body, struct ipc_peer *m);

/**
 * struct ipc_plan - the policy for this peer, as far as the worker needs it
 * @plain: no frames at all, the peer does not speak SEAL and need not
 * @wants_peer: SealHello says that we want the peer attested
 * @attest: we may prove ourselves to this peer
 * @profile: enum seal_profile
 * @media_types: of the evidence we know, for SealHello
 */
struct ipc_plan {
	bool plain;
	bool wants_peer;
	bool attest;
	uint8_t profile;
	struct seal_bytes media_types[SEAL_MEDIA_MAX];
	size_t media_count;
};

size_t ipc_plan_encode(const struct ipc_plan *m, uint8_t *out, size_t size);
bool ipc_plan_decode(struct seal_bytes body, struct ipc_plan *m);

/* Both SealHello frames, header included, as they went over the wire. */
struct ipc_hellos {
	struct seal_bytes client;
	struct seal_bytes server;
};

size_t ipc_hellos_encode(const struct ipc_hellos *m, uint8_t *out, size_t size);
bool ipc_hellos_decode(struct seal_bytes body, struct ipc_hellos *m);

/**
 * struct ipc_authenticator - the peer's proof
 * @handshake_context: exporter of RFC 9261 5.1 for the peer's side
 * @finished_key: likewise; both have the length of the suite's hash
 * @our_cert: DER of the certificate we sent in the handshake, or empty
 * @body: of the Authenticator frame
 */
struct ipc_authenticator {
	struct seal_bytes handshake_context;
	struct seal_bytes finished_key;
	struct seal_bytes our_cert;
	struct seal_bytes body;
};

size_t ipc_authenticator_encode(const struct ipc_authenticator *m, uint8_t *out,
				size_t size);
bool ipc_authenticator_decode(struct seal_bytes body,
			      struct ipc_authenticator *m);

struct ipc_accept {
	uint32_t valid_for;	/* seconds, for SealResult */
};

size_t ipc_accept_encode(const struct ipc_accept *m, uint8_t *out, size_t size);
bool ipc_accept_decode(struct seal_bytes body, struct ipc_accept *m);

/**
 * struct ipc_refuse - the peer is refused; the reason went to the monitor
 * @code: enum seal_code for SealError
 * @alert: TLS alert, for a refusal inside or instead of the handshake
 */
struct ipc_refuse {
	uint16_t code;
	uint8_t alert;
};

size_t ipc_refuse_encode(const struct ipc_refuse *m, uint8_t *out, size_t size);
bool ipc_refuse_decode(struct seal_bytes body, struct ipc_refuse *m);

#endif /* SEALD_MESSAGES_H */
