/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Conceptual Message Wrapper, the CBOR record of RFC 9999 section 3.1:
 * [ type, value, ind ], as it stands in cmw_attestation. No tags and no
 * collections; those are in wire/cmw_tree.h.
 */
#ifndef SEAL_WIRE_CMW_H
#define SEAL_WIRE_CMW_H

#include "wire/buf.h"

#define SEAL_MEDIA_TPM	"application/vnd.seal.tpm2-evidence+cbor"
#define SEAL_MEDIA_PASSPORT "application/vnd.seal.passport+cbor"
#define SEAL_MEDIA_EAT_CWT "application/eat+cwt"	/* RFC 9782 */
#define SEAL_MEDIA_EAT_JWT "application/eat+jwt"
/* ind: what a message is */
#define SEAL_CMW_REFERENCE_VALUES 1u
#define SEAL_CMW_ENDORSEMENTS	2u
#define SEAL_CMW_EVIDENCE	4u
#define SEAL_CMW_RESULT		8u
#define SEAL_CMW_POLICY		16u

struct seal_cmw {
	struct seal_bytes type;		/* media type */
	struct seal_bytes value;
	uint32_t ind;			/* what it is, SEAL_CMW_EVIDENCE */
};

/* Octets written, or 0 when it does not fit. */
size_t seal_cmw_encode(const struct seal_cmw *cmw, uint8_t *out, size_t size);
/*
 * False unless @data is exactly one record of three members with a text type,
 * in the shortest encoding, of definite length. Fuzz target: cmw.
 */
bool seal_cmw_decode(struct seal_bytes data, struct seal_cmw *cmw_ret);

#endif /* SEAL_WIRE_CMW_H */
