/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints. Each event has a twin ending in _err for when it was refused or
 * late, so that a filter on a name finds what went wrong.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM seal

#if !defined(SEAL_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define SEAL_TRACE_H

#include <linux/tracepoint.h>
#include <net/sock.h>

#include "internal.h"

#define seal_show_state(state)					\
	__print_symbolic(state,					\
			 { SEAL_STATE_NONE,	"none" },	\
			 { SEAL_STATE_PENDING,	"pending" },	\
			 { SEAL_STATE_ATTESTED,	"attested" },	\
			 { SEAL_STATE_EXPIRED,	"expired" },	\
			 { SEAL_STATE_REVOKED,	"revoked" },	\
			 { SEAL_STATE_REJECTED,	"rejected" })

/* A socket of ours; what happened went well. */
DECLARE_EVENT_CLASS(seal_sock_class,
	TP_PROTO(const struct seal_sock *ss),
	TP_ARGS(ss),
	TP_STRUCT__entry(
		__field(const void *, sk)
		__field(u64, cookie)
		__field(u64, id)
		__field(u32, state)
		__field(u32, consumer)
	),
	TP_fast_assign(
		__entry->sk = ss->sk;
		__entry->cookie = ss->cookie;
		__entry->id = ss->id;
		__entry->state = seal_sock_state(ss);
		__entry->consumer = ss->consumer;
	),
	TP_printk("sk=%p cookie=%llu id=%llu state=%s consumer=%u",
		  __entry->sk, __entry->cookie, __entry->id,
		  seal_show_state(__entry->state), __entry->consumer)
);

/* Any socket, maybe not ours, maybe gone; what was asked for was not done. */
DECLARE_EVENT_CLASS(seal_error_class,
	TP_PROTO(const void *sk, u64 cookie, int err),
	TP_ARGS(sk, cookie, err),
	TP_STRUCT__entry(
		__field(const void *, sk)
		__field(u64, cookie)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->sk = sk;
		__entry->cookie = cookie;
		__entry->err = err;
	),
	TP_printk("sk=%p cookie=%llu err=%d", __entry->sk, __entry->cookie,
		  __entry->err)
);

#define SEAL_EVENT_PAIR(name)						\
	DEFINE_EVENT(seal_sock_class, name,				\
		     TP_PROTO(const struct seal_sock *ss),		\
		     TP_ARGS(ss));					\
	DEFINE_EVENT(seal_error_class, name##_err,			\
		     TP_PROTO(const void *sk, u64 cookie, int err),	\
		     TP_ARGS(sk, cookie, err))

SEAL_EVENT_PAIR(seal_request);	/* submitted; not submitted, or it failed */
SEAL_EVENT_PAIR(seal_claim);	/* a process may pass the gate; it may not */
SEAL_EVENT_PAIR(seal_attach);	/* keys and verdict; refused */
SEAL_EVENT_PAIR(seal_require);	/* closed until it is attested; it is not */
SEAL_EVENT_PAIR(seal_extend);	/* a new deadline; none */
SEAL_EVENT_PAIR(seal_close);	/* phase one; closed before or not open yet */
SEAL_EVENT_PAIR(seal_expire);	/* the same, by the deadline */
SEAL_EVENT_PAIR(seal_drain);	/* phase two is done; somebody waited in vain */

/* A revoke of any number of sockets: all closed; some still draining. */
DECLARE_EVENT_CLASS(seal_revoke_class,
	TP_PROTO(u32 count, u32 draining),
	TP_ARGS(count, draining),
	TP_STRUCT__entry(
		__field(u32, count)
		__field(u32, draining)
	),
	TP_fast_assign(
		__entry->count = count;
		__entry->draining = draining;
	),
	TP_printk("count=%u draining=%u", __entry->count, __entry->draining)
);

DEFINE_EVENT(seal_revoke_class, seal_revoke,
	     TP_PROTO(u32 count, u32 draining),
	     TP_ARGS(count, draining));
DEFINE_EVENT(seal_revoke_class, seal_revoke_err,
	     TP_PROTO(u32 count, u32 draining),
	     TP_ARGS(count, draining));

#endif /* SEAL_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
