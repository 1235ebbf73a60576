/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CBOR from its diagnostic notation (RFC 8949 8), for tests: numbers, texts,
 * h'', arrays, maps, tags and comments. Written apart from the code it tests.
 */
#ifndef SEAL_UNIT_DIAG_H
#define SEAL_UNIT_DIAG_H

#include "tap.h"

/* Octets; @sorted puts the keys of each map in their order (RFC 8949 4.2.1). */
size_t diag(const char *text, bool sorted, uint8_t *out, size_t size);

#endif /* SEAL_UNIT_DIAG_H */
