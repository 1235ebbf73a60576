/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a peer may say wrong after a TLS handshake, and what becomes of it. */
#ifndef SEALD_BAD_FRAMES_H
#define SEALD_BAD_FRAMES_H

#include <stddef.h>

#include <gnutls/gnutls.h>

/**
 * struct bad_frame - a client's script, which ends in a refusal
 * @name: of the script
 * @talk: what it says
 * @reason: told to our kernel's side
 * @status: given there
 * @code: of the SealError that the peer is told, or -1
 */
struct bad_frame {
	const char *name;
	void (*talk)(gnutls_session_t session);
	const char *reason;
	int status;
	int code;
};

extern const struct bad_frame bad_frames[];
extern const size_t bad_frame_count;

#endif /* SEALD_BAD_FRAMES_H */
