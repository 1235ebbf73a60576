// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program that wants nothing to pass until its socket is attested, whoever
 * asks for the handshake. It takes from the caller only, so anybody may.
 */

#include <linux/cred.h>
#include <linux/timekeeping.h>
#include <net/inet_connection_sock.h>
#include <net/sock.h>

#include "internal.h"
#include "trace.h"

#define SEAL_REQUIRE_DEFAULT	20000	/* ms */

/* What there is already decides the answer. */
static int seal_require_again(struct seal_sock *ss)
{
	enum seal_state state = seal_sock_state(ss);

	if (state == SEAL_STATE_ATTESTED)
		return -EISCONN;
	if (state == SEAL_STATE_PENDING)
		return -EALREADY;
	/* Of somebody who may come to give it up: bytes may still pass. */
	if (state == SEAL_STATE_NONE)
		return -EBUSY;
	return -seal_state_errno(state, ss->consumer);
}

static u64 seal_require_until(u32 timeout_ms)
{
	return ktime_get_boottime_ns() +
	       (u64)(timeout_ms ?: SEAL_REQUIRE_DEFAULT) * NSEC_PER_MSEC;
}

/* An attach may come in as soon as the gate is down: the rest is there before. */
static int seal_require_new(struct socket *sock, u32 timeout_ms)
{
	struct seal_group *group;
	struct seal_sock *ss;
	int err;

	ss = seal_sock_create(sock, SEAL_CONSUMER_USER);
	if (IS_ERR(ss))
		return PTR_ERR(ss);
	/* Until somebody asks (rules.c). */
	WRITE_ONCE(ss->uid, current_euid());
	ss->required = true;
	ss->deadline = seal_require_until(timeout_ms);
	group = seal_sock_prepare(sock);
	if (IS_ERR(group)) {
		seal_sock_abandon(ss);
		return PTR_ERR(group);
	}
	err = seal_sock_hold(ss, group, 0);
	trace_seal_require(ss);
	seal_notify(ss, GFP_KERNEL);
	return err;
}

static int seal_require_first(struct sock *sk, u32 timeout_ms)
{
	struct socket *sock = seal_sock_fresh(sk);

	return IS_ERR(sock) ? PTR_ERR(sock) : seal_require_new(sock, timeout_ms);
}

static int seal_require_any(struct sock *sk, u32 timeout_ms)
{
	struct seal_sock *ss = seal_sock_get(sk);
	int err;

	if (!ss) {
		err = seal_require_first(sk, timeout_ms);
		if (err != -EEXIST)
			return err;
		/* Of one that came first, whose ULP we may have found. */
		ss = seal_sock_get(sk);
	}
	/* Given up again, and as it was. */
	if (!ss)
		return inet_csk_has_ulp(sk) ? -EEXIST : -EBUSY;
	err = seal_require_again(ss);
	seal_sock_put(ss);
	return err;
}

/**
 * seal_require() - let nothing pass until the socket is attested
 * @sk: connected TCP socket; the caller holds its file
 * @timeout_ms: then it is rejected, if it was not attested; 0 for 20 seconds
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int seal_require(struct sock *sk, u32 timeout_ms)
{
	bool again = seal_sock_find(sk);
	int err;

	if (timeout_ms > SEAL_REQUIRE_MAX_MS)
		return -EINVAL;
	err = seal_require_any(sk, timeout_ms);
	if (err && !again)
		trace_seal_require_err(sk, seal_cookie(sk), err);
	return err;
}
