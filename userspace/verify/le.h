/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Little-endian numbers, as the logs of firmware and kernel have them. */
#ifndef SEAL_VERIFY_LE_H
#define SEAL_VERIFY_LE_H

#include "wire/buf.h"

static inline uint64_t seal_get_le(struct seal_reader *r, unsigned int width)
{
	struct seal_bytes b = seal_get_bytes(r, width);
	uint64_t v = 0;

	for (size_t i = b.len; i > 0; i--)
		v = v << 8 | b.data[i - 1];
	return v;
}

#endif /* SEAL_VERIFY_LE_H */
