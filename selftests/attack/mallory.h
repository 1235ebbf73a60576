/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mallory: a TLS peer of her own between honest machines. She speaks the whole
 * protocol with whatever keys and machines an attack grants her.
 */
#ifndef SEAL_ATTACK_MALLORY_H
#define SEAL_ATTACK_MALLORY_H

#include <gnutls/gnutls.h>

#include "attester/keys.h"
#include "verify/ea.h"
#include "wire/frame.h"
#include "wire/hello.h"

/**
 * struct leg - one connection of hers
 * @side: her side of TLS
 * @code: of the SealError that the other end sent, or -1
 * @modes: SEAL_HELLO_* of her hello; 0: evidence
 * @frames: what each side sent so far, headers included, without SealDone and logs
 */
struct leg {
	enum seal_side side;
	int fd;
	gnutls_session_t tls;
	int alert;
	int code;
	uint8_t modes;
	struct {
		uint8_t *data;
		size_t len;
		size_t hello;
	} frames[3];
};

/* The file @name in $SEALD_HOSTS. */
struct seal_bytes stolen_file(const char *name);

/** struct leg_how - what she shows in TLS */
struct leg_how {
	bool anonymous;		/* no certificate */
	bool no_extension;
	bool tickets;		/* as a server, sends some */
};

/* TLS on @fd; the certificate and key are the stolen ones of host f. */
bool leg_open(struct leg *leg, int fd, enum seal_side side, const struct leg_how *how);

/**
 * leg_get - the next frame of the other end
 * @type: what it is
 * @body: SEAL_FRAME_MAX octets of room
 *
 * False at the end of the connection and after a SealError.
 */
bool leg_get(struct leg *leg, uint8_t *type, uint8_t *body, size_t *len);
/* Read until a frame of @type came. */
bool leg_await(struct leg *leg, uint8_t type, uint8_t *body, size_t *len);
void leg_put(struct leg *leg, uint8_t type, const void *body, size_t len);
/* A SealHello of her own. */
void leg_put_hello(struct leg *leg, uint8_t roles);
/* An AuthRequest of her own for PCR 0 to 9, in a mode; octets. */
size_t leg_request(const struct leg *leg, uint8_t mode, uint8_t *out, size_t size);
/* SealDone with the transcript of this connection; @lie flips a bit of it. */
void leg_put_done(struct leg *leg, bool lie);
/* Until the other end is gone, for the SealError. */
void leg_drain(struct leg *leg);

/**
 * leg_evidence - evidence for this connection, made by a machine that she owns
 * @who: that machine
 * @file_key: leave the TLS key in the TPM out of it
 * @data: quoted instead of what the protocol says, or NULL
 *
 * Return: octets of the CMW record.
 */
size_t leg_evidence(struct leg *leg, struct att_keys *who, bool file_key,
		    struct seal_bytes request, const uint8_t *data, uint8_t *out, size_t size);

/**
 * leg_prove - an authenticator with that evidence, made with the stolen key
 * @cmw: empty: none
 */
size_t leg_prove(struct leg *leg, struct seal_bytes request, struct seal_bytes cmw,
		 uint8_t *out, size_t size);
/* An authenticated refusal. */
size_t leg_refuse(struct leg *leg, struct seal_bytes request, uint8_t *out, size_t size);

/* A host that she is root on: its TPM and keys. */
struct att_keys *own_machine(const char *host);
/*
 * The stolen TLS key loaded into the TPM of @who and certified there, as if it
 * had been born in it: what the exported key of another TPM can get.
 */
void import_stolen_key(struct att_keys *who);

#endif /* SEAL_ATTACK_MALLORY_H */
