/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys of a kernel consumer. The kernel links the consumer's keyring into the
 * process keyring of whoever takes the request, for this process to find keys
 * in and to be allowed to read them.
 */
#ifndef SEALD_KEYRING_H
#define SEALD_KEYRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** keyring_forget - empty our process keyring, before a request is taken */
void keyring_forget(void);

/** keyring_linked - what the kernel linked there for the request; 0: nothing */
uint32_t keyring_linked(void);

/**
 * keyring_enclose - be allowed what keyring @serial allows who holds it, and no other does
 * @serial: 0: none
 *
 * What is the user's, root's, is out of reach of who is not given it by its name: the
 * session that we were started in may hold it.
 */
bool keyring_enclose(uint32_t serial);

/**
 * keyring_name - what key @serial is for: its description
 *
 * Returns its length, without a zero octet; 0 if there is no such key, it was
 * revoked or does not fit.
 */
size_t keyring_name(uint32_t serial, char *out, size_t size);

/**
 * keyring_find - the pre-shared key whose description is exactly @name
 *
 * Returns its serial number, 0 if keyring @ring has none.
 */
uint32_t keyring_find(uint32_t ring, const char *name);

/** keyring_read - the octets of a key; returns how many, 0: not to be had */
size_t keyring_read(uint32_t serial, uint8_t *out, size_t size);

#endif /* SEALD_KEYRING_H */
