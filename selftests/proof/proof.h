/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Harnesses for CBMC: what is read here is every value at once. Functions that
 * a harness does not define return anything and change nothing.
 */
#ifndef SEAL_PROOF_H
#define SEAL_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool nondet_bool(void);
uint8_t nondet_u8(void);
unsigned int nondet_uint(void);
size_t nondet_size(void);

#define assume(x)	__CPROVER_assume(x)
#define claim(x, text)	__CPROVER_assert(x, text)
/* Anything at all in *@object. */
#define anything(object) __CPROVER_havoc_object(object)

/* What libc.c copied last. */
struct copy {
	const void *to, *from;
	size_t len;
};
extern struct copy last_copy;

#endif /* SEAL_PROOF_H */
