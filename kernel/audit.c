// SPDX-License-Identifier: GPL-2.0-only
/*
 * Audit records: who was let in, on whose word, and when that ended. The type is
 * AUDIT_KERNEL_OTHER, the one set aside for modules from elsewhere.
 */

#include <linux/audit.h>
#include <linux/ctype.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <net/sock.h>

#include "internal.h"

/* Some of these texts a peer has chosen: what is not plain goes in hexadecimal. */
static bool seal_audit_plain(const char *text)
{
	for (; *text; text++)
		if (!isascii(*text) || !isgraph(*text) || *text == '"')
			return false;
	return true;
}

static void seal_audit_text(struct audit_buffer *ab, const char *key, const char *text)
{
	if (seal_audit_plain(text)) {
		audit_log_format(ab, " %s=\"%s\"", key, text);
		return;
	}
	audit_log_format(ab, " %s=", key);
	for (; *text; text++)
		audit_log_format(ab, "%02X", (u8)*text);
}

static void seal_audit_addr(struct audit_buffer *ab, const char *host, const char *port,
			    const union seal_addr *addr)
{
	/* The port has the same place in both families. */
	audit_log_format(ab, " %s=%pISc %s=%u", host, &addr->sa, port,
			 ntohs(addr->in6.sin6_port));
}

static void seal_audit_verdict(struct audit_buffer *ab, const struct seal_verdict *v)
{
	seal_audit_text(ab, "peer", v->peer);
	seal_audit_text(ab, "policy", v->policy);
	audit_log_format(ab, " authenticated=%u", v->authenticated);
}

/**
 * seal_audit() - record what became of a socket
 * @ss: attested, or closed
 * @state: what there is to record of it, which may be over already
 *
 * Once for each: by the attach, and by who begins the second phase. A handshake that was
 * asked for is not a verdict yet, and a new deadline is not another one.
 *
 * Context: process.
 */
void seal_audit(struct seal_sock *ss, enum seal_state state)
{
	const struct seal_verdict *verdict = seal_sock_verdict(ss);
	char reason[SEAL_REASON_MAX] = "";
	struct audit_buffer *ab;

	if (!audit_enabled)
		return;
	/* Rather none, which audit counts, than to wait up to a minute for who reads them. */
	ab = audit_log_start(audit_context(), GFP_NOWAIT, AUDIT_KERNEL_OTHER);
	if (!ab)
		return;
	spin_lock_bh(&ss->lock);
	if (state != SEAL_STATE_ATTESTED)
		strscpy(reason, ss->reason, sizeof(reason));
	spin_unlock_bh(&ss->lock);
	audit_log_format(ab, "op=seal-%s ouid=%u id=%llu", seal_state_name(state),
			 from_kuid(&init_user_ns, READ_ONCE(ss->uid)), ss->id);
	seal_audit_addr(ab, "laddr", "lport", &ss->local);
	seal_audit_addr(ab, "addr", "rport", &ss->remote);
	/* The agent's, on its way out of a system call that has its record already. */
	if (state == SEAL_STATE_ATTESTED)
		audit_log_task_info(ab);
	if (verdict)
		seal_audit_verdict(ab, verdict);
	seal_audit_text(ab, "reason", reason);
	audit_log_format(ab, " res=%u", state == SEAL_STATE_ATTESTED);
	audit_log_end(ab);
}

/**
 * seal_audit_refusal() - record that somebody may not have what was asked for
 * @what: the operation in a word
 * @sk: the socket it was asked for
 * @err: negative errno that was the answer
 * @gfp: GFP_KERNEL: who could make any number of them waits for who reads them
 *
 * Context: process.
 */
void seal_audit_refusal(const char *what, const struct sock *sk, int err, gfp_t gfp)
{
	struct audit_buffer *ab;

	if (!audit_enabled)
		return;
	ab = audit_log_start(audit_context(), gfp, AUDIT_KERNEL_OTHER);
	if (!ab)
		return;
	audit_log_format(ab, "op=seal-%s", what);
	audit_log_task_info(ab);
	audit_log_format(ab, " cookie=%llu exit=%d res=0", seal_cookie(sk), err);
	audit_log_end(ab);
}
