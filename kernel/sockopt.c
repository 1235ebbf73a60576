// SPDX-License-Identifier: GPL-2.0-only
/*
 * Socket options at level SOL_IP: status, request, revoke, tighten,
 * require. IPv6 sockets come here, too (ipv6_setsockopt() hands SOL_IP on).
 */

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/netfilter.h>
#include <linux/sockptr.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include <net/sock.h>

#include "internal.h"
#include "trace.h"

static_assert(sizeof(struct seal_status) == 896);
static_assert(sizeof(struct seal_request) == 272);

/* EINPROGRESS and EALREADY are no result yet, EISCONN repeats one, and a signal is none. */
static bool seal_request_refused(int err)
{
	return err && err != -EINPROGRESS && err != -EALREADY && err != -EISCONN &&
	       err != -EINTR && err != -ERESTARTSYS;
}

static int seal_request_told(struct sock *sk, int err)
{
	if (!seal_request_refused(err))
		return err;
	trace_seal_request_err(sk, seal_cookie(sk), err);
	seal_count(sk, SEAL_N_REQUEST_REFUSED);
	if (err == -EPERM)
		seal_audit_refusal("request", sk, err, GFP_KERNEL);
	return err;
}

/* What a later version has at the end must say nothing. */
static int seal_end_is_zero(sockptr_t arg, unsigned int from, unsigned int len)
{
	int zero;

	if (len == from)
		return 0;
	if (len > PAGE_SIZE)
		return -E2BIG;
	if (!sockptr_is_kernel(arg))
		zero = check_zeroed_user(arg.user + from, len - from);
	else
		zero = !memchr_inv(arg.kernel + from, 0, len - from);
	if (zero < 0)
		return zero;
	return zero ? 0 : -E2BIG;
}

/* Not with copy_struct_from_sockptr(), which on 6.12 does not look at the end. */
static int seal_get_request(struct seal_request *req, sockptr_t arg, unsigned int len)
{
	int err;

	if (len < sizeof(*req))
		return -EINVAL;
	if (copy_from_sockptr(req, arg, sizeof(*req)))
		return -EFAULT;
	err = seal_end_is_zero(arg, sizeof(*req), len);
	if (err)
		return err;
	return req->size == len ? 0 : -EINVAL;
}

static int seal_set_request(struct sock *sk, sockptr_t arg, unsigned int len)
{
	struct seal_request req;
	int err = seal_get_request(&req, arg, len);

	return seal_request_told(sk, err ?: seal_request(sk, &req));
}

static int seal_set_revoke(struct seal_sock *ss, sockptr_t arg, unsigned int len)
{
	unsigned long timeout = SEAL_EVICT_TIMEOUT;
	u32 value;

	if (len != sizeof(value))
		return -EINVAL;
	if (copy_from_sockptr(&value, arg, sizeof(value)))
		return -EFAULT;
	if (value)
		return -EINVAL;
	if (!ss || seal_sock_state(ss) == SEAL_STATE_NONE)
		return -ENOENT;
	seal_close(ss, SEAL_EV_REVOKE, -EKEYREJECTED, "by its owner");
	return seal_evict_wait(ss, &timeout) ? 0 : -EINPROGRESS;
}

static int seal_set_tighten(struct seal_sock *ss, sockptr_t arg, unsigned int len)
{
	u64 deadline;

	if (len != sizeof(deadline))
		return -EINVAL;
	if (copy_from_sockptr(&deadline, arg, sizeof(deadline)))
		return -EFAULT;
	return ss ? seal_tighten(ss, seal_deadline_in(deadline)) : -ENOENT;
}

static int seal_set_require(struct sock *sk, sockptr_t arg, unsigned int len)
{
	u32 timeout_ms;

	if (len != sizeof(timeout_ms))
		return -EINVAL;
	if (copy_from_sockptr(&timeout_ms, arg, sizeof(timeout_ms)))
		return -EFAULT;
	return seal_require(sk, timeout_ms);
}

/**
 * seal_sockopt_set() - one of our options
 * @sk: any socket; the caller holds its file
 * @optname: SEAL_SO_*
 * @arg: the value
 * @len: bytes at @arg
 *
 * Context: process, the socket is not locked.
 * Return: 0 or a negative errno.
 */
int seal_sockopt_set(struct sock *sk, int optname, sockptr_t arg, unsigned int len)
{
	struct seal_sock *ss;
	int err = -ENOPROTOOPT;

	if (optname == SEAL_SO_REQUEST)
		return seal_set_request(sk, arg, len);
	if (optname == SEAL_SO_REQUIRE)
		return seal_set_require(sk, arg, len);
	ss = seal_sock_get(sk);
	if (optname == SEAL_SO_REVOKE)
		err = seal_set_revoke(ss, arg, len);
	if (optname == SEAL_SO_TIGHTEN)
		err = seal_set_tighten(ss, arg, len);
	if (ss)
		seal_sock_put(ss);
	return err;
}

static void seal_status_verdict(struct seal_status *st, const struct seal_verdict *v)
{
	st->authenticated = v->authenticated;
	memcpy(st->connection_id, v->connection_id, sizeof(st->connection_id));
	st->ak_name_len = v->ak_name_len;
	st->pcr_digest_len = v->pcr_digest_len;
	memcpy(st->ak_name, v->ak_name, v->ak_name_len);
	memcpy(st->pcr_digest, v->pcr_digest, v->pcr_digest_len);
	strscpy(st->peer, v->peer, sizeof(st->peer));
	strscpy(st->policy, v->policy, sizeof(st->policy));
	strscpy(st->claims, v->claims, sizeof(st->claims));
}

static void seal_status_fill(struct seal_status *st, struct seal_sock *ss)
{
	const struct seal_verdict *verdict;

	spin_lock_bh(&ss->lock);
	st->state = ss->state;
	st->deadline = ss->deadline;
	strscpy(st->reason, ss->reason, sizeof(st->reason));
	spin_unlock_bh(&ss->lock);
	/* It is there before the state says so, and an attach that fails after all has none. */
	verdict = st->state == SEAL_STATE_PENDING ? NULL : seal_sock_verdict(ss);
	st->deadline = seal_deadline_out(st->deadline);
	st->error = seal_state_errno(st->state, ss->consumer);
	st->id = ss->id;
	st->consumer = ss->consumer;
	st->uid = from_kuid_munged(current_user_ns(), READ_ONCE(ss->uid));
	if (verdict)
		seal_status_verdict(st, verdict);
}

static int seal_get_status(struct seal_sock *ss, void __user *user, int *len)
{
	struct seal_status *st;
	int err = 0;

	if (*len < (int)sizeof(st->size) + (int)sizeof(st->state))
		return -EINVAL;
	st = kzalloc(sizeof(*st), GFP_KERNEL);
	if (!st)
		return -ENOMEM;
	st->size = sizeof(*st);
	if (ss && seal_sock_is_ours(ss))
		seal_status_fill(st, ss);
	*len = min_t(int, *len, sizeof(*st));
	if (copy_to_user(user, st, *len))
		err = -EFAULT;
	kfree(st);
	return err;
}

static int seal_sockopt_get(struct sock *sk, int optname, void __user *user, int *len)
{
	struct seal_sock *ss;
	int err;

	if (optname != SEAL_SO_STATUS)
		return -ENOPROTOOPT;
	ss = seal_sock_get(sk);
	err = seal_get_status(ss, user, len);
	if (ss)
		seal_sock_put(ss);
	return err;
}

/**
 * seal_sockopt_get_user() - one of our options
 * @sk: any socket; the caller holds its file
 * @optname: SEAL_SO_*
 * @optval: where to
 * @optlen: how much there is room for; gets how much it was
 *
 * Context: process, the socket is not locked.
 * Return: 0 or a negative errno.
 */
int seal_sockopt_get_user(struct sock *sk, int optname, char __user *optval,
			  int __user *optlen)
{
	int len, err;

	if (get_user(len, optlen))
		return -EFAULT;
	err = seal_sockopt_get(sk, optname, optval, &len);
	return err ?: put_user(len, optlen);
}

/* For sockets that are not ours, or not yet. */
static struct nf_sockopt_ops seal_sockopts = {
	.pf		= PF_INET,
	.set_optmin	= SEAL_SO_REQUEST,
	.set_optmax	= SEAL_SO_REQUIRE + 1,
	.set		= seal_sockopt_set,
	.get_optmin	= SEAL_SO_STATUS,
	.get_optmax	= SEAL_SO_STATUS + 1,
	.get		= seal_sockopt_get,
	.owner		= THIS_MODULE,
};

/**
 * seal_sockopt_init() - offer the options
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int seal_sockopt_init(void)
{
	return nf_register_sockopt(&seal_sockopts);
}

/**
 * seal_sockopt_exit() - withdraw the options
 *
 * Context: process.
 */
void seal_sockopt_exit(void)
{
	nf_unregister_sockopt(&seal_sockopts);
}
