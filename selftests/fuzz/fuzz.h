/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libFuzzer harnesses. Each gives its octets to one decoder and aborts when an
 * accepted input does not encode to the same octets again: one meaning, one
 * encoding. selftests/fuzz/run builds and runs them.
 */
#ifndef SEAL_FUZZ_H
#define SEAL_FUZZ_H

#include <stdlib.h>
#include <string.h>

#include "wire/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline struct seal_bytes input(const uint8_t *data, size_t size)
{
	return (struct seal_bytes){ size ? data : NULL, size };
}

static inline void must(bool holds)
{
	if (!holds)
		abort();
}

#endif /* SEAL_FUZZ_H */
