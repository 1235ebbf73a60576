// SPDX-License-Identifier: GPL-2.0-only
/*
 * An attach: keys and verdict come to a socket, and it opens. All or nothing: who
 * fails after the table is ours has an aborted socket.
 */

#include <linux/net.h>
#include <linux/timekeeping.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <net/tls.h>

#include "internal.h"

static void seal_attach_fail(struct seal_sock *ss)
{
	unsigned long timeout = SEAL_EVICT_TIMEOUT;

	seal_close(ss, SEAL_EV_FAIL, -EACCES, "attach failed");
	seal_evict_wait(ss, &timeout);
}

/*
 * Who has the mutex for so long? If it is another attach, and it has opened the socket
 * meanwhile, this closes nothing. The second phase would wait for it, too.
 */
static int seal_attach_late(struct seal_sock *ss, int err, struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG(extack, "a requirement, or another attach, is not through yet");
	seal_close(ss, SEAL_EV_TIMEOUT, -EACCES, "attach failed");
	return err;
}

/* Those who poll see what a new one would; data calls wait on our own queue. */
static void seal_sock_wake(struct socket *sock)
{
	__poll_t mask = READ_ONCE(sock->ops)->poll(sock->file, sock, NULL);

	wake_up_interruptible_poll(sk_sleep(sock->sk), mask);
	if (mask & EPOLLIN)
		sk_wake_async(sock->sk, SOCK_WAKE_WAITD, POLL_IN);
	if (mask & EPOLLOUT)
		sk_wake_async(sock->sk, SOCK_WAKE_SPACE, POLL_OUT);
}

/* The timer of a requirement fires in vain once the new deadline is there. */
static void seal_attach_deadline(struct seal_sock *ss, u64 deadline)
{
	spin_lock_bh(&ss->lock);
	ss->deadline = deadline;
	spin_unlock_bh(&ss->lock);
}

static int seal_attach_refused(struct netlink_ext_ack *extack)
{
	if (seal_module_drains()) {
		NL_SET_ERR_MSG(extack, "the module is about to be removed");
		return -ENODEV;
	}
	NL_SET_ERR_MSG(extack, "the socket was closed meanwhile");
	return -ECANCELED;
}

/* The socket is locked. */
static int seal_attach_publish(struct seal_sock *ss, struct socket *sock,
			       struct seal_attach *args, struct seal_group *group,
			       struct netlink_ext_ack *extack)
{
	ss->agent = args->agent;
	/* Pairs with seal_sock_verdict(). */
	smp_store_release(&ss->verdict, args->verdict);
	args->verdict = NULL;
	if (seal_revokes(ss->net) != args->revokes) {
		NL_SET_ERR_MSG(extack, "something was revoked meanwhile");
		return -ECANCELED;
	}
	if (args->deadline <= ktime_get_boottime_ns()) {
		NL_SET_ERR_MSG(extack, "the deadline has passed meanwhile");
		return -ETIME;
	}
	seal_attach_deadline(ss, args->deadline);
	if (!seal_sock_publish(ss, SEAL_EV_ATTACH, group))
		return seal_attach_refused(extack);
	seal_sock_wake(sock);
	return 0;
}

/* The tables that kTLS made for these keys. */
static struct seal_group *seal_attach_group(const struct seal_keys *keys,
					    struct netlink_ext_ack *extack)
{
	struct seal_group *group = ERR_PTR(-EOPNOTSUPP);

	if (keys->stand_in->ops != keys->ops)
		group = seal_group_get(keys->stand_in->ops);
	if (!IS_ERR(group) && !seal_group_whole(group, keys->sock->sk)) {
		NL_SET_ERR_MSG(extack, "kTLS makes its tables anew just now");
		return ERR_PTR(-EBUSY);
	}
	if (IS_ERR(group))
		NL_SET_ERR_MSG(extack, "no tables for this kind of socket");
	return group;
}

static int seal_attach_open(struct seal_sock *ss, struct socket *sock,
			    struct seal_attach *args,
			    struct netlink_ext_ack *extack)
{
	struct seal_group *group = NULL;
	struct seal_keys keys = {};
	int err, end;

	err = seal_keys_install(&keys, ss, sock, args, extack);
	if (!err) {
		group = seal_attach_group(&keys, extack);
		err = PTR_ERR_OR_ZERO(group);
	}
	lock_sock(sock->sk);
	end = seal_keys_end(&keys, err ? NULL : extack);
	if (!err)
		err = end ?: seal_attach_publish(ss, sock, args, group, extack);
	release_sock(sock->sk);
	return err;
}

/* Is it the kernel that will read and write here? Chooses the errno only. */
static enum seal_consumer seal_guess_consumer(const struct sock *sk)
{
	return sk->sk_kern_sock || sk->sk_user_data ?
	       SEAL_CONSUMER_KERNEL : SEAL_CONSUMER_USER;
}

/* A socket that nobody asked for through us. */
static struct seal_sock *seal_attach_new(struct socket *sock,
					 struct netlink_ext_ack *extack)
{
	struct seal_group *group;
	struct seal_sock *ss;

	ss = seal_sock_create(sock, seal_guess_consumer(sock->sk));
	if (IS_ERR(ss)) {
		if (ss == ERR_PTR(-EEXIST))
			NL_SET_ERR_MSG(extack, "the socket is being attached already");
		if (ss == ERR_PTR(-ENODEV))
			NL_SET_ERR_MSG(extack, "the module is about to be removed");
		return ss;
	}
	group = seal_sock_prepare(sock);
	if (!IS_ERR(group)) {
		seal_sock_publish(ss, SEAL_EV_HOLD, group);
		return ss;
	}
	NL_SET_ERR_MSG(extack, "cannot put kTLS and tables on the socket");
	seal_sock_abandon(ss);
	tcp_abort(sock->sk, ECONNABORTED);
	return ERR_CAST(group);
}

static struct seal_sock *seal_attach_begin(struct socket *sock,
					   struct netlink_ext_ack *extack)
{
	struct seal_sock *ss = seal_sock_get(sock->sk);
	bool pending;

	if (!ss)
		return seal_attach_new(sock, extack);
	pending = seal_sock_state(ss) == SEAL_STATE_PENDING;
	/* What was published stays as long as the file. */
	seal_sock_put(ss);
	if (!pending) {
		NL_SET_ERR_MSG(extack, "the socket was attached or closed before");
		return ERR_PTR(-EEXIST);
	}
	return ss;
}

/* The mutex is ours. */
static bool seal_attach_possible(const struct seal_sock *ss, struct netlink_ext_ack *extack)
{
	if (!ss->verdict && !seal_state_closed(seal_sock_state(ss)))
		return true;
	NL_SET_ERR_MSG(extack, "the socket was attached or closed before");
	return false;
}

/**
 * seal_sock_attach() - install the keys and open a socket until its deadline
 * @sock: passed seal_sock_check(); the caller holds its file
 * @args: the command; the verdict is taken from it on success
 * @id: gets the id
 * @extack: gets the reason
 *
 * All or nothing: after a failure that is not about the form of the command
 * the socket is aborted.
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int seal_sock_attach(struct socket *sock, struct seal_attach *args, u64 *id,
		     struct netlink_ext_ack *extack)
{
	struct seal_sock *ss = seal_attach_begin(sock, extack);
	bool possible;
	int err;

	if (IS_ERR(ss))
		return PTR_ERR(ss);
	err = seal_sock_lock(ss);
	if (err)
		return seal_attach_late(ss, err, extack);
	possible = seal_attach_possible(ss, extack);
	err = possible ? seal_attach_open(ss, sock, args, extack) : -EEXIST;
	seal_sock_unlock(ss);
	/* Whatever the error is: that of another's socket leaves it as it is. */
	if (err && possible)
		seal_attach_fail(ss);
	if (!err) {
		*id = ss->id;
		seal_audit(ss, SEAL_STATE_ATTESTED);
		seal_notify(ss, GFP_KERNEL);
	}
	return err;
}
