/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which record ciphers kernel TLS can run here. Asked once, at start.
 */
#ifndef SEALD_CIPHERS_H
#define SEALD_CIPHERS_H

#include <stdint.h>

/**
 * ciphers_probe - ask the kernel
 *
 * libkcapi asks the crypto API by name. Where that socket family is absent a
 * loopback connection with kernel TLS is tried instead, and the log says so.
 * Returns IPC_CIPHER_*, 0 when kernel TLS runs nothing.
 */
uint8_t ciphers_probe(void);

#endif /* SEALD_CIPHERS_H */
