/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The "seal" generic netlink family, seen from the agent.
 * Specification: Documentation/netlink/specs/seal.yaml.
 */
#ifndef SEALD_GENL_SEAL_H
#define SEALD_GENL_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct genl_seal;
struct rules;

/* What the module knows of a socket before its handshake. */
struct seal_claimed {
	bool user;		/* asked for by an application, not by the kernel */
	uint32_t uid;		/* of that application */
	bool counted;		/* it told @revokes, which goes back with the verdict */
	uint32_t revokes;
};

/* A verdict and the keys that go with it. */
struct seal_attach {
	int fd;
	uint32_t agent;		/* genl_seal_port() of who is registered; 0: nobody */
	bool counted;		/* @revokes is from seal_claimed */
	uint32_t revokes;
	uint64_t deadline;	/* CLOCK_BOOTTIME, ns */
	bool authenticated;
	const char *peer;
	const char *policy;
	const char *claims;
	const uint8_t *ak_name;
	size_t ak_name_len;
	const uint8_t *pcr_digest;
	size_t pcr_digest_len;
	const uint8_t *connection_id;	/* 16 bytes */
	const uint8_t *tx;		/* struct tls12_crypto_info_* */
	size_t tx_len;
	const uint8_t *rx;
	size_t rx_len;
};

/** genl_seal_open - NULL when the module is not loaded (no line in the log) */
struct genl_seal *genl_seal_open(void);

void genl_seal_close(struct genl_seal *gs);

/** genl_seal_port - by which number the module knows this channel */
uint32_t genl_seal_port(const struct genl_seal *gs);

/**
 * genl_seal_claim - name the process that may use a socket before its verdict
 * @fd: the accepted socket
 * @pidfd: the worker, which has not touched @fd yet
 * @claimed: filled on success
 *
 * Returns 0 or a negative errno.
 */
int genl_seal_claim(struct genl_seal *gs, int fd, int pidfd,
		    struct seal_claimed *claimed);

/**
 * genl_seal_attach - install keys and verdict, all or nothing
 * @id: receives the module's number for the socket
 *
 * Returns 0 or a negative errno; after an error the socket moves no byte.
 */
int genl_seal_attach(struct genl_seal *gs, const struct seal_attach *attach,
		     uint64_t *id);

/**
 * genl_seal_register - what becomes of the sockets attached from now on when we
 * end, by whatever cause
 * @close: they are revoked; else they keep their deadline
 *
 * Returns 0 or a negative errno.
 */
int genl_seal_register(struct genl_seal *gs, bool close);

/**
 * genl_seal_rules - these, and no others, say who may ask for a handshake
 *
 * Returns 0 or a negative errno; then those before still hold.
 */
int genl_seal_rules(struct genl_seal *gs, const struct rules *rules);

#endif /* SEALD_GENL_SEAL_H */
