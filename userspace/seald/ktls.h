/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel TLS without the module: for peers that policy lets pass unattested,
 * as tlshd does it.
 */
#ifndef SEALD_KTLS_H
#define SEALD_KTLS_H

#include "seald/messages.h"

/**
 * ktls_install - attach the ULP and give it both keys, sending first
 *
 * Returns 0 or a negative errno. -EEXIST: there is a ULP that somebody else
 * put there, with keys of his own perhaps; the socket must not be used.
 */
int ktls_install(int fd, const struct ipc_keys *keys);

#endif /* SEALD_KTLS_H */
