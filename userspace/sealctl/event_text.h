/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Boot events for the human eye. Nothing here is proven by a digest. */
#ifndef SEALCTL_EVENT_TEXT_H
#define SEALCTL_EVENT_TEXT_H

#include "verify/eventlog.h"

#define EVENT_TEXT_MAX	160u

/** event_type_text - "EV_SEPARATOR", or the number of a type without a name */
const char *event_type_text(uint32_t type, char out[16]);

/** event_text - what @event is about, in a few words; empty when that is not known */
void event_text(const struct seal_event *event, char out[EVENT_TEXT_MAX]);

#endif /* SEALCTL_EVENT_TEXT_H */
