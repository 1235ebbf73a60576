/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Peers with which this network namespace had an attested connection. Decides
 * whether a refusal is final for a consumer (EACCES, first contact) or a reason
 * to wait (ETIMEDOUT, a hard mount that must not lose data). Kept in a file of
 * the state directory, so that a restart of the daemon does not forget.
 */
#ifndef SEALD_KNOWN_H
#define SEALD_KNOWN_H

#include <stdbool.h>
#include <stddef.h>

struct known;

/**
 * known_open - read STATE/known, creating the directory if need be
 *
 * A file that cannot be read counts as empty, and one that cannot be written is
 * reported once; lines that are not names are skipped. NULL: out of memory.
 */
struct known *known_open(const char *state);

void known_close(struct known *known);

/** known_has - was @name added before? */
bool known_has(const struct known *known, const char *name);

/**
 * known_add - remember @name, on disk too
 *
 * Names with blanks, control or non-ASCII bytes are not remembered; beyond
 * 4096 names the oldest is forgotten.
 */
void known_add(struct known *known, const char *name);

#endif /* SEALD_KNOWN_H */
