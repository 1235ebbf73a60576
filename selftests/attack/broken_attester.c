// SPDX-License-Identifier: GPL-2.0-or-later
/* Defences of the attester: one connection a channel, the first exchange of it. */
#include <string.h>

#include "attester/channel.h"
#include "broken.h"

__typeof__(att_channel_receive) __real_att_channel_receive, __wrap_att_channel_receive;

/* Whatever was asked before, this may be asked now. */
static enum att_state state_for(const struct att_bind *m, size_t len, enum att_state state)
{
	switch (m->type) {
	case ATT_SIGN_TLS:
		return ATT_STATE_KNOWN;
	case ATT_BIND:
		return len == sizeof(*m) && m->tls_certificate ? ATT_STATE_SIGNED : ATT_STATE_KNOWN;
	case ATT_CLAIM:
		return ATT_STATE_BOUND;
	case ATT_SIGN_EA:
		return ATT_STATE_CLAIMED;
	default:
		return state;
	}
}

enum att_type __wrap_att_channel_receive(struct att_channel *ch, const struct att_self *self,
					 const void *message, size_t len)
{
	union {
		uint32_t type;
		struct att_bind bind;
		struct att_claim claim;
		struct att_sign sign;
		struct att_log log;
	} m = { 0 };

	if (len < sizeof(m.type) || len > sizeof(m) || ch->state == ATT_STATE_CLOSED)
		return __real_att_channel_receive(ch, self, message, len);
	memcpy(&m, message, len);
	if (without("order"))
		ch->state = state_for(&m.bind, len, ch->state);
	if (without("exchange") && m.type == ATT_BIND)
		m.bind.exchange = 0;
	if (without("zeros") && m.type == ATT_CLAIM)
		m.claim.ekm[0] |= 1;
	return __real_att_channel_receive(ch, self, &m, len);
}
