/* SPDX-License-Identifier: GPL-2.0-only */
/* What an agent says to net/handshake. */
#ifndef SEAL_TEST_HANDSHAKE_H
#define SEAL_TEST_HANDSHAKE_H

#include <stdint.h>

#include "lib.h"

/* Take a request: its descriptor, or a negative errno, -EAGAIN if there is none. */
int hs_accept(struct nl *hs);
int hs_done(struct nl *hs, int fd, uint32_t status);
/* Take and refuse all there are: 0 or a negative errno. */
int hs_refuse_all(struct nl *hs);

#endif /* SEAL_TEST_HANDSHAKE_H */
