/* SPDX-License-Identifier: GPL-2.0-or-later */
/* base64url without padding, RFC 7515 section 2. */
#ifndef SEAL_VERIFY_BASE64_H
#define SEAL_VERIFY_BASE64_H

#include "wire/buf.h"

/* Characters for @len octets, without a zero. */
#define SEAL_BASE64_LEN(len)	((4 * (len) + 2) / 3)

/* Write SEAL_BASE64_LEN(@in.len) characters to @out, without a zero; how many. */
size_t seal_base64_encode(struct seal_bytes in, char *out);
/*
 * All of @text, at most @size octets, into @out. False for another character,
 * padding, a length that no octets have, and bits behind the last octet.
 */
bool seal_base64_decode(struct seal_bytes text, uint8_t *out, size_t size, size_t *len_ret);

#endif /* SEAL_VERIFY_BASE64_H */
