// SPDX-License-Identifier: GPL-2.0-or-later
/* Defences of the attester: one connection a channel. */
#include "attester/channel.h"
#include "broken.h"

__typeof__(att_channel_answered) __real_att_channel_answered, __wrap_att_channel_answered;

/* A channel that was answered may ask the same once more. */
void __wrap_att_channel_answered(struct att_channel *ch, enum att_type type)
{
	enum att_state before = ch->state;

	__real_att_channel_answered(ch, type);
	if (without("order"))
		ch->state = type == ATT_SIGN_TLS || type == ATT_CLAIM || type == ATT_SIGN_EA
			    ? before : ch->state;
}
