/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who speaks: the TLS extension SealNegotiation and the frame SealHello.
 * Documentation/protocol.rst, "Negotiation" and "SealHello".
 */
#ifndef SEAL_WIRE_HELLO_H
#define SEAL_WIRE_HELLO_H

#include "wire/buf.h"
#include "wire/limits.h"

#define SEAL_VERSION		1u
#define SEAL_EXT_NEGOTIATION	0xff5eu	/* ClientHello and EncryptedExtensions */

/*
 * How evidence is tied to a connection. Both sides name theirs in SealHello and
 * must agree; nobody falls back. expat is that of draft-fossati-seat-expat, for
 * those who speak it: it knows no direction, so it attests one way only.
 */
enum seal_profile {
	SEAL_PROFILE_SEAL1 = 0,
	SEAL_PROFILE_EXPAT,
	SEAL_PROFILE_COUNT
};

/* "seal1", "expat"; "unknown" for every other value. */
const char *seal_profile_name(unsigned int profile);

/* SealNegotiation in EncryptedExtensions; informative, never trusted. */
#define SEAL_EE_CLIENT_REQUIRED	0x01u	/* the client must attest */
#define SEAL_EE_SERVER_ATTESTS	0x02u
#define SEAL_EE_REATTEST	0x04u

/* The same two octets in every ClientHello, whoever sends it and why. */
#define SEAL_CH_BODY_LEN	2u
void seal_negotiation_ch_encode(uint8_t out[SEAL_CH_BODY_LEN]);
/* Is it a list of versions at all? */
bool seal_negotiation_ch_legal(struct seal_bytes body);
/* True when it is one and has our version in it. */
bool seal_negotiation_ch_decode(struct seal_bytes body);

#define SEAL_EE_BODY_LEN	2u
void seal_negotiation_ee_encode(uint8_t flags, uint8_t out[SEAL_EE_BODY_LEN]);
/* True when well formed, of our version and without unknown flags. */
bool seal_negotiation_ee_decode(struct seal_bytes body, uint8_t *flags_ret);

/*
 * What the connection is for on the side that says it. Named apart from the
 * kernel's enum seal_consumer, which only knows kernel and user.
 */
enum seal_class {
	SEAL_CLASS_UNKNOWN = 0,
	SEAL_CLASS_NFS = 1,	/* SUNRPC client */
	SEAL_CLASS_NFSD = 2,
	SEAL_CLASS_NVME = 3,
	SEAL_CLASS_USER = 4,	/* a program, by socket option; uid is valid */
	SEAL_CLASS_KERNEL = 5,	/* another consumer in the kernel */
	SEAL_CLASS_COUNT
};

/* "nfs", "user" ...; "unknown" for every other value. */
const char *seal_class_name(unsigned int class);
/* True for the classes that no user process can ask for. */
bool seal_class_in_kernel(unsigned int class);

/* SealBindContext.mode, SealRequest.mode */
#define SEAL_MODE_EVIDENCE	1u
#define SEAL_MODE_PASSPORT	2u	/* a result of another verifier, and a quote */
#define SEAL_MODE_INTERACTIVE	3u	/* a result made for this connection */
#define SEAL_MODE_PLAIN		4u	/* a result alone */

#define SEAL_HELLO_CAN_ATTEST	0x01u	/* roles */
#define SEAL_HELLO_WANTS_PEER	0x02u
#define SEAL_HELLO_EVIDENCE	0x01u	/* modes: bit N is mode N + 1 */
#define SEAL_HELLO_PASSPORT	0x02u
#define SEAL_HELLO_INTERACTIVE	0x04u
#define SEAL_HELLO_PLAIN	0x08u

/**
 * struct seal_hello - body of a SealHello frame
 * @can_attest: the sender has an attestation key and will use it for this peer
 * @wants_peer: the sender wants the peer to attest
 * @modes: SEAL_HELLO_*; unknown bits are an offer we do not take
 * @profile: of the sender
 * @consumer: enum seal_class
 * @uid: of the user for SEAL_CLASS_USER, else 0
 * @media_types: evidence formats the sender can appraise (wants_peer) and
 *	produce (can_attest), best first
 * @media_count: entries of @media_types in use
 * @verifier_ids: opaque in this profile
 * @random: fresh for each connection
 */
struct seal_hello {
	bool can_attest;
	bool wants_peer;
	uint8_t modes;
	enum seal_profile profile;
	uint8_t consumer;
	uint32_t uid;
	struct seal_bytes media_types[SEAL_MEDIA_MAX];
	size_t media_count;
	struct seal_bytes verifier_ids;
	uint8_t random[SEAL_RANDOM_LEN];
};

/* Octets written to @out, or 0 when the hello is not legal or does not fit. */
size_t seal_hello_encode(const struct seal_hello *hello, uint8_t *out,
			 size_t size);
/*
 * Read the body of a frame. False for another version, an unknown profile, unknown role
 * bits or classes, a uid without a user, no or too many media types, and any
 * octet too few or too many. Views point into @body. Fuzz target: hello.
 */
bool seal_hello_decode(struct seal_bytes body, struct seal_hello *hello_ret);
/* True when @type is one of the media types of @hello. */
bool seal_hello_lists(const struct seal_hello *hello, struct seal_bytes type);

#endif /* SEAL_WIRE_HELLO_H */
