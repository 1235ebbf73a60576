/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One worker's channel: which message may come now, and what it says. Pure:
 * bytes of the worker in, something to do out. See seald/attester_proto.h.
 */
#ifndef SEAL_ATTESTER_CHANNEL_H
#define SEAL_ATTESTER_CHANNEL_H

#include "attester/batch.h"
#include "attester/selection.h"
#include "seald/attester_proto.h"
#include "verify/evidence.h"
#include "wire/log.h"

/** enum att_state - how far a worker has come; zero refuses everything */
enum att_state {
	ATT_STATE_CLOSED = 0,
	ATT_STATE_OPEN,		/* nothing was asked yet */
	ATT_STATE_KNOWN,	/* the worker knows who we are */
	ATT_STATE_SIGNED,	/* and has its TLS signature */
	ATT_STATE_BOUND,	/* and a context to export over */
	ATT_STATE_CLAIMED,	/* and evidence */
	ATT_STATE_PROVEN,	/* and its authenticator: only logs are left */
	ATT_STATE_COUNT
};

#define ATT_TYPE_COUNT	(ATT_LOG + 1)

/**
 * att_next - the state after a message was answered with ATT_OK
 *
 * Return: ATT_STATE_CLOSED for what is not legal and after the last message;
 * *@legal tells them apart.
 */
enum att_state att_next(enum att_state state, uint32_t type, bool *legal);

/**
 * struct att_self - what this host puts into a context and a claim
 * @modes: SEAL_HELLO_* of what it can show; 0: nothing
 * @hash_len: of the TLS key's signature scheme
 * @cert: DER of the TLS certificate
 * @tik_name: empty for key = file
 * @pcrs: that may be quoted
 */
struct att_self {
	uint8_t modes;
	size_t hash_len;
	struct seal_bytes cert;
	uint8_t cert_hash[SEAL_SHA256_LEN];
	uint8_t spki_hash[SEAL_SHA256_LEN];
	struct seal_bytes tik_name;
	struct att_selections pcrs;
};

/**
 * struct att_channel - what is known of one worker's connection
 * @mode: SEAL_MODE_* that it is bound to
 * @profile: enum seal_profile, likewise
 * @deadline: CLOCK_BOOTTIME, ns; of the handshake
 * @digest: what the TLS key shall sign, of att_self.hash_len octets
 * @binder: of the connection, profile seal1
 * @claim: waits for a quote, profile seal1
 * @binding: profile expat: likewise, and is quoted itself; of @binding_len octets
 * @claims: what the evidence says of our consumer
 * @refusal: what to answer after a message that was refused
 * @log: the piece of a log that is asked for; @log_pieces, @log_octets: so far
 */
struct att_channel {
	enum att_state state;
	uint64_t handshake;
	uint64_t deadline;
	struct seal_claims self;
	bool tls_certificate;
	uint16_t mode;
	uint16_t profile;
	uint8_t context[SEAL_BIND_LEN];
	uint8_t digest[ATT_MAX_HASH];
	uint8_t binder[SEAL_SHA256_LEN];
	uint8_t claim[SEAL_SHA256_LEN];
	uint8_t binding[SEAL_HASH_MAX];
	size_t binding_len;
	uint8_t claims[SEAL_CLAIMS_LEN];
	size_t claims_len;
	struct att_selection selection;
	enum att_status refusal;
	struct seal_log_ask log;
	uint32_t log_pieces;
	uint64_t log_octets;
};

/** att_channel_open - begin with the monitor's message; false when it is not legal */
bool att_channel_open(struct att_channel *ch, const void *message, size_t len);

/**
 * att_channel_receive - take one message of the worker
 *
 * Checks order, size, reserved fields and content, and computes what the
 * answer needs. The state moves on only by att_channel_answered(), so that a
 * worker that was told ATT_BUSY may ask again.
 *
 * Return: its type, or ATT_NONE: refuse it by @ch->refusal and close the channel.
 */
enum att_type att_channel_receive(struct att_channel *ch, const struct att_self *self,
				  const void *message, size_t len);

/** att_channel_answered - the request of that type was granted */
void att_channel_answered(struct att_channel *ch, enum att_type type);

#endif /* SEAL_ATTESTER_CHANNEL_H */
