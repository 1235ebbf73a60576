/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Octets in hexadecimal text, as configuration files hold them. */
#ifndef SEAL_VERIFY_HEX_H
#define SEAL_VERIFY_HEX_H

#include "wire/buf.h"

/*
 * Read all of @text, one to @size octets in either case, into @out. Octets, or
 * 0 when it is anything else.
 */
size_t seal_hex_decode(const char *text, uint8_t *out, size_t size);

#endif /* SEAL_VERIFY_HEX_H */
