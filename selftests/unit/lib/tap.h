/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases as TAP, and what every decoder must survive. */
#ifndef SEAL_UNIT_TAP_H
#define SEAL_UNIT_TAP_H

#include "wire/buf.h"

/* One case: its claim, true or not. Returns @passed. */
bool ok(bool passed, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* One case that cannot be run here. */
void skip(const char *reason);
/* The plan; the program's exit status. */
int done(void);
/* A failure of the fixture, not of the code: ends the program. */
void must(bool worked, const char *what);

/* True when the decoder accepts the bytes. */
typedef bool accepts_fn(struct seal_bytes in, void *arg);

/*
 * @good is accepted; each shorter piece of it, and @good with any one octet
 * more behind it, is refused. The bytes are given at the end of their memory,
 * so that a sanitizer sees a read too far. Three cases.
 */
void strict(const char *name, accepts_fn *accepts, void *arg,
	    struct seal_bytes good);
/* As strict(), and 20000 times with octets changed at random: no crash. */
void sturdy(const char *name, accepts_fn *accepts, void *arg,
	    struct seal_bytes good);

/* Octets of a text in hex, white space allowed; ends the program if it is not. */
size_t unhex(const char *text, uint8_t *out, size_t size);
/* Does @data hold exactly the octets of @text? Notes what it holds if not. */
bool is_hex(const uint8_t *data, size_t len, const char *text);
/*
 * What the fixtures make lives to the end of the program; said so, a leak
 * checker has only the code's own leaks to report.
 */
void keep_forever(void *thing);
/* A file of the corpus (SEAL_CORPUS), kept; or NULL. */
uint8_t *corpus(const char *name, size_t *len_ret);
/* A word of a generator that begins alike in every run. */
uint32_t roll(uint32_t below);

#endif /* SEAL_UNIT_TAP_H */
