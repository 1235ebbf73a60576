/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A directory like /etc/seal, for the time of a test: one for each process.
 */
#ifndef SEAL_UNIT_ETC_H
#define SEAL_UNIT_ETC_H

#include <stddef.h>

#include "party.h"

/* With a policy.d that is empty, and @ca as the only issuer for TLS: its path. */
const char *etc_make(const struct blob *ca);
/* Write the file @name below it, or over what it was. */
void etc_put(const char *name, const void *data, size_t len);
/* All of it goes. */
void etc_drop(void);

#endif /* SEAL_UNIT_ETC_H */
