/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The course of a handshake in the log, for seald -v: the monitor's view, no secret. */
#ifndef SEALD_TRACE_H
#define SEALD_TRACE_H

#include "seald/handshake.h"

/** trace_request - who asks for what: when a pair takes it */
void trace_request(const struct handshake *hs, uint8_t consumer);

/** trace_verdict - what the verifier says, and by which policy */
void trace_verdict(const struct handshake *hs);

/** trace_step - from @before, by hs->cause, to hs->state */
void trace_step(const struct handshake *hs, enum handshake_state before);

#endif /* SEALD_TRACE_H */
