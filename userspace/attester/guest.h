/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A certificate that a consumer brings along, with its key, in a keyring of the
 * kernel. It is for TLS alone: this machine cannot attest under another
 * identity than its own.
 */
#ifndef SEAL_ATTESTER_GUEST_H
#define SEAL_ATTESTER_GUEST_H

#include "attester/keys.h"

/**
 * struct att_guest - in the place of the host's own for one connection
 * @self: never attests
 */
struct att_guest {
	struct att_self self;
	uint16_t scheme;
	struct att_chain tls;
	gnutls_privkey_t key;
};

/**
 * att_guest_load - read what an ATT_OPEN names
 * @own: the host's keys
 * @guest_ret: NULL when none is named, or when it is the host's own certificate
 *
 * False when it cannot be read or the two do not belong together.
 */
bool att_guest_load(const struct att_keys *own, const struct att_open *open,
		    struct att_guest **guest_ret);
void att_guest_free(struct att_guest *guest);

#endif /* SEAL_ATTESTER_GUEST_H */
