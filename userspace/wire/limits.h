/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every number that bounds something a peer sends, with its reason.
 */
#ifndef SEAL_WIRE_LIMITS_H
#define SEAL_WIRE_LIMITS_H

#define SEAL_HASH_MAX		48u	/* TLS 1.3 suites end at SHA-384 */
#define SEAL_RANDOM_LEN		32u
#define SEAL_CONTEXT_LEN	32u	/* certificate_request_context: unguessable */
#define SEAL_SIGNATURE_MAX	512u	/* RSA-4096; ECDSA needs 104 */

/* One frame. The largest is an authenticator: chain, evidence, signature. */
#define SEAL_FRAME_HEADER_LEN	5u
#define SEAL_HELLO_MAX		4096u	/* a list of media types */
#define SEAL_REQUEST_MAX	1024u
#define SEAL_AUTHENTICATOR_MAX	98304u	/* 32 KiB chain + 60 KiB CMW + room */
#define SEAL_RESULT_MAX		1024u	/* ar_cmw is empty in profile seal1 */
#define SEAL_LOG_REQUEST_MAX	13u
#define SEAL_LOG_DATA_MAX	65536u
#define SEAL_LOG_PIECE_MAX	61440u	/* of a log in one frame; one message inside */
#define SEAL_IGNORED_MAX	65536u	/* frame types >= 0x80 */
#define SEAL_FRAME_MAX		SEAL_AUTHENTICATOR_MAX

/* One direction of one exchange. */
#define SEAL_FRAMES_MAX		64u
#define SEAL_BYTES_MAX		(8u << 20)

/*
 * Logs are counted by themselves: as much as policy may allow, in pieces that a
 * peer cannot make so small that the frames are the cost.
 */
#define SEAL_LOG_MAX_MIB	64u
#define SEAL_LOG_BYTES_MAX	(2u * (SEAL_LOG_MAX_MIB << 20))	/* both logs */
#define SEAL_LOG_FRAMES_MAX	4096u

#define SEAL_CERTS_MAX		8u	/* longer paths are a cost, not a need */
#define SEAL_CHAIN_MAX		32768u
#define SEAL_CMW_MAX		61440u	/* fits cmw_data<1..2^16-1> with room */
#define SEAL_MEDIA_MAX		16u
#define SEAL_SCHEMES_MAX	16u
#define SEAL_PCR_SELECT_MAX	64u

#endif /* SEAL_WIRE_LIMITS_H */
