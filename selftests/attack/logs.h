/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What Mallory shows as logs. She is root on host f, so what she measures is in its
 * TPM, and its measurement list, $SEALD_HOSTS/f.race, has what all plays before this
 * one measured: they only work in their order.
 */
#ifndef SEAL_ATTACK_LOGS_H
#define SEAL_ATTACK_LOGS_H

#include "plot.h"
#include "wire/log.h"

#define FILE_NAME	"/bin/x"
#define TEMPLATE_LEN	(4u + 8 + 32 + 4 + sizeof(FILE_NAME))	/* ima-ng: d-ng, n-ng */
#define ENTRY_LEN	(4u + 20 + 4 + 6 + 4 + TEMPLATE_LEN)
#define LIST_MAX	(32u * ENTRY_LEN)

#define EV_IPL		13u
#define EV_NO_ACTION	3u

/* An entry of a file whose digest is all @digest. */
void list_entry(uint8_t digest, uint8_t out[ENTRY_LEN]);
/* The list without the entries of the file @except, 0: all; octets. */
size_t list_read(uint8_t except, uint8_t out[LIST_MAX]);
/* As the kernel does: PCR 10 first, then the list. */
void list_measure(struct att_keys *f, uint8_t digest);
/* A boot log of one event, which extended @pcr by @digest if its type does; octets. */
size_t boot_log(uint32_t pcr, uint32_t type, uint8_t digest, uint8_t *out, size_t size);

/**
 * piece_fn - LogData of her liking
 * @piece: the true answer to @ask, to be changed
 * @log: where it comes from
 */
typedef void piece_fn(struct seal_log_piece *piece, const struct seal_log_ask *ask,
		      struct seal_bytes log);

/* A quote of host f for the victim's request, to @cmw; octets. */
size_t quote_of(struct plot *p, struct att_keys *f);
/* What was quoted, then @log for as long as she is asked for it; NULL: as it is. */
void answer_with_log(struct plot *p, size_t cmw_len, struct seal_bytes log, piece_fn *change);

/* Policies of who asks for logs. */
#define X8(x)		x x x x x x x x
#define FILE_OF(xx)	X8(xx xx xx xx)
#define LOGS(which)	HEAD "key = any\nmode = require\npcrs = sha256:0-11\nlogs = " which "\n"
#define FILES(xx)	LOGS("ima") "ima-digest = " xx

#endif /* SEAL_ATTACK_LOGS_H */
