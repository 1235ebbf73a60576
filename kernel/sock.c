// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sockets of ours, from the first look to the release. What saves and replaces the
 * operations of a socket, which a close (revoke.c) does, too.
 */

#include <linux/atomic.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/rhashtable.h>
#include <linux/skmsg.h>
#include <linux/sock_diag.h>
#include <linux/xarray.h>
#include <net/inet_connection_sock.h>
#include <net/tcp.h>

#include "internal.h"

static const struct rhashtable_params seal_hash_params = {
	.key_len		= sizeof_field(struct seal_sock, sk),
	.key_offset		= offsetof(struct seal_sock, sk),
	.head_offset		= offsetof(struct seal_sock, node),
	.automatic_shrinking	= true,
};

static struct rhashtable seal_hash;
static DEFINE_XARRAY(seal_ids);
static atomic64_t seal_last_id;

/**
 * seal_socks_init() - make the empty tables
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int seal_socks_init(void)
{
	int err;

	err = seal_grace_init();
	if (err)
		return err;
	err = rhashtable_init(&seal_hash, &seal_hash_params);
	if (err)
		seal_grace_exit();
	return err;
}

/**
 * seal_socks_exit() - drop the tables, which must be empty
 *
 * Context: process, at module exit.
 */
void seal_socks_exit(void)
{
	WARN_ON(!xa_empty(&seal_ids));
	rhashtable_destroy(&seal_hash);
	/* Somebody may have given up waiting. */
	seal_grace_exit();
}

/**
 * seal_sock_find() - our side of a socket
 * @sk: the socket; the caller holds its file, or is its release
 *
 * A claim that was not published yet may be taken back: who does not know that
 * a table of ours was in place asks seal_sock_get().
 *
 * Context: any.
 * Return: valid as long as the file is, or NULL.
 */
struct seal_sock *seal_sock_find(struct sock *sk)
{
	return rhashtable_lookup_fast(&seal_hash, &sk, seal_hash_params);
}

/**
 * seal_sock_get() - our side of a socket that may be anything
 * @sk: the socket; the caller holds its file
 *
 * Context: any.
 * Return: a reference, or NULL.
 */
struct seal_sock *seal_sock_get(struct sock *sk)
{
	struct seal_sock *ss;

	rcu_read_lock();
	ss = rhashtable_lookup(&seal_hash, &sk, seal_hash_params);
	if (ss && !refcount_inc_not_zero(&ss->ref))
		ss = NULL;
	rcu_read_unlock();
	return ss;
}

/**
 * seal_sock_get_id() - find a socket by its id
 * @id: as told to user space
 *
 * Context: any.
 * Return: a reference, or NULL.
 */
struct seal_sock *seal_sock_get_id(u64 id)
{
	struct seal_sock *ss;

	if (id > ULONG_MAX)
		return NULL;
	rcu_read_lock();
	ss = xa_load(&seal_ids, id);
	if (ss && !refcount_inc_not_zero(&ss->ref))
		ss = NULL;
	rcu_read_unlock();
	return ss;
}

/**
 * seal_sock_next() - walk over all sockets in the order of their ids
 * @id: where to begin; set to the id of what was found
 *
 * Context: any; the walk may sleep between calls.
 * Return: a reference, or NULL at the end.
 */
struct seal_sock *seal_sock_next(unsigned long *id)
{
	struct seal_sock *ss;

	rcu_read_lock();
	for (ss = xa_find(&seal_ids, id, ULONG_MAX, XA_PRESENT); ss;
	     ss = xa_find_after(&seal_ids, id, ULONG_MAX, XA_PRESENT))
		if (refcount_inc_not_zero(&ss->ref))
			break;
	rcu_read_unlock();
	return ss;
}

/**
 * seal_sock_put() - give a reference back
 * @ss: not used by the caller any more
 *
 * Context: any.
 */
void seal_sock_put(struct seal_sock *ss)
{
	if (!refcount_dec_and_test(&ss->ref))
		return;
	put_pid(ss->worker);
	seal_sock_free(ss);
}

/* Until kTLS is on it its owner may connect it elsewhere. */
static void seal_sock_names(struct seal_sock *ss, struct socket *sock)
{
	union seal_addr local = {}, remote = {};

	if (kernel_getsockname(sock, &local.sa) < 0)
		local.sa.sa_family = AF_UNSPEC;
	if (kernel_getpeername(sock, &remote.sa) < 0)
		remote.sa.sa_family = AF_UNSPEC;
	spin_lock_bh(&ss->lock);
	ss->local = local;
	ss->remote = remote;
	spin_unlock_bh(&ss->lock);
}

static void seal_sock_init(struct seal_sock *ss, struct socket *sock,
			   enum seal_consumer consumer)
{
	u32 cookie[2];

	ss->sk = sock->sk;
	ss->net = sock_net(sock->sk);
	ss->sock = sock;
	ss->id = atomic64_inc_return(&seal_last_id);
	ss->consumer = consumer;
	ss->limit = U64_MAX;
	INIT_LIST_HEAD(&ss->asked);
	ss->uid = sock_net_uid(ss->net, sock->sk);
	refcount_set(&ss->ref, 1);
	spin_lock_init(&ss->lock);
	mutex_init(&ss->mutex);
	init_waitqueue_head(&ss->wq);
	INIT_DELAYED_WORK(&ss->work, seal_evict_work);
	seal_hrtimer_setup(&ss->timer, seal_deadline, CLOCK_BOOTTIME,
			   HRTIMER_MODE_ABS_SOFT);
	sock_diag_save_cookie(sock->sk, cookie);
	ss->cookie = (u64)cookie[1] << 32 | cookie[0];
	seal_sock_names(ss, sock);
}

static void seal_sock_forget(struct seal_sock *ss)
{
	xa_erase(&seal_ids, ss->id);
	rhashtable_remove_fast(&seal_hash, &ss->node, seal_hash_params);
}

/**
 * seal_sock_create() - claim a socket, once in its life
 * @sock: has no entry yet; the caller holds its file
 * @consumer: whose it is
 *
 * Nothing about the socket changes yet. Until something is published
 * seal_sock_abandon() takes the claim back. The reference on the module is the
 * socket's: once a table of ours is in place, proto_ops.owner gives it back.
 *
 * Context: process.
 * Return: the entry, -EEXIST if there was one, -ENOMEM, -ENODEV if the module is
 * to go, or is not all there.
 */
struct seal_sock *seal_sock_create(struct socket *sock, enum seal_consumer consumer)
{
	struct seal_sock *ss;
	int err;

	/* A reference does not keep a module whose init fails. */
	if (seal_module_drains() || module_is_coming(THIS_MODULE) ||
	    !try_module_get(THIS_MODULE))
		return ERR_PTR(-ENODEV);
	err = -ENOMEM;
	ss = seal_sock_alloc(sock->sk);
	if (!ss)
		goto put;
	seal_sock_init(ss, sock, consumer);
	err = rhashtable_lookup_insert_fast(&seal_hash, &ss->node, seal_hash_params);
	if (err)
		goto free;
	err = xa_insert(&seal_ids, ss->id, ss, GFP_KERNEL_ACCOUNT);
	if (err)
		goto forget;
	return ss;

forget:
	rhashtable_remove_fast(&seal_hash, &ss->node, seal_hash_params);
free:
	seal_sock_put(ss);
put:
	module_put(THIS_MODULE);
	return ERR_PTR(err);
}

/**
 * seal_sock_abandon() - take back a claim that was never published
 * @ss: in SEAL_STATE_NONE
 *
 * Context: process.
 */
void seal_sock_abandon(struct seal_sock *ss)
{
	seal_ask_end(ss);
	seal_sock_forget(ss);
	spin_lock_bh(&ss->lock);
	ss->sock = NULL;
	spin_unlock_bh(&ss->lock);
	seal_evict_done(ss);
	seal_sock_put(ss);
	module_put(THIS_MODULE);
}

static bool seal_has_tls(const struct sock *sk)
{
	const struct tcp_ulp_ops *ulp = READ_ONCE(inet_csk(sk)->icsk_ulp_ops);

	return ulp && !strcmp(ulp->name, "tls");
}

static bool seal_has_psock(struct sock *sk)
{
	bool has;

	rcu_read_lock();
	has = sk_psock(sk);
	rcu_read_unlock();
	return has;
}

/*
 * While keys go in sk_socket is not what it was; those are known to us. SMC that fell back
 * hands its options to a socket of TCP of its own, which has SMC's file.
 */
static bool seal_is_plain(struct socket *sock)
{
	const struct sock *sk = sock->sk;

	return sk && sk_is_tcp(sk) && (sk->sk_socket == sock || seal_sock_find(sock->sk)) &&
	       (!sock->file || file_inode(sock->file) == SOCK_INODE(sock));
}

/**
 * seal_sock_check() - is this a socket we can take?
 * @sock: any; the caller holds its file
 * @extack: gets the reason, may be NULL
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int seal_sock_check(struct socket *sock, struct netlink_ext_ack *extack)
{
	struct sock *sk = sock->sk;

	if (!seal_is_plain(sock)) {
		NL_SET_ERR_MSG(extack, "not a plain TCP socket");
		return -EPROTONOSUPPORT;
	}
	if (inet_sk_state_load(sk) != TCP_ESTABLISHED) {
		NL_SET_ERR_MSG(extack, "the socket is not connected");
		return -ENOTCONN;
	}
	if (seal_has_psock(sk)) {
		NL_SET_ERR_MSG(extack, "the socket is in a sockmap");
		return -EBUSY;
	}
	if (seal_sock_strange(sk)) {
		NL_SET_ERR_MSG(extack, "the kernel uses the socket, KCM for instance");
		return -EBUSY;
	}
	if (inet_csk_has_ulp(sk) && !seal_has_tls(sk)) {
		NL_SET_ERR_MSG(extack, "the socket has another upper layer protocol");
		return -EEXIST;
	}
	return 0;
}

/* What sk_socket points to may be a stand-in (keys.c): the file knows better. */
static struct socket *seal_sock_socket(const struct sock *sk)
{
	struct socket *sock;

	rcu_read_lock();
	sock = READ_ONCE(sk->sk_socket);
	if (sock && (sock->sk != sk || !sock->file))
		sock = NULL;
	if (sock)
		sock = sock_from_file(sock->file);
	rcu_read_unlock();
	return sock;
}

/**
 * seal_sock_fresh() - a socket that nobody did anything to but connect it
 * @sk: any; the caller holds its file
 *
 * Context: process.
 * Return: its struct socket, or a negative errno, in the order that
 * Documentation/userspace-api/seal.rst gives.
 */
struct socket *seal_sock_fresh(struct sock *sk)
{
	struct socket *sock = seal_sock_socket(sk);
	int err = -EPROTONOSUPPORT;

	if (sock)
		err = seal_sock_check(sock, NULL);
	if (!err && inet_csk_has_ulp(sk))
		err = -EEXIST;
	if (!err)
		err = seal_sock_idle(sk);
	return err ? ERR_PTR(err) : sock;
}

/**
 * seal_sock_ulp() - put kTLS on a socket, without keys
 * @sock: still has its own operations, since kTLS may copy them
 *
 * Context: process.
 * Return: 0, also if kTLS is there already, or a negative errno.
 */
int seal_sock_ulp(struct socket *sock)
{
	char name[] = "tls";

	if (seal_has_tls(sock->sk))
		return 0;
	return sock_common_setsockopt(sock, SOL_TCP, TCP_ULP,
				      KERNEL_SOCKPTR(name), strlen(name));
}

/**
 * seal_sock_rx() - the receive side of kTLS
 * @sk: a socket of ours that is not being released
 *
 * Context: any. Without the lock of the socket it may miss keys that are set just now: who
 * closes one looks again with the mutex (seal_evict_try()).
 * Return: NULL while there are no keys.
 */
struct tls_sw_context_rx *seal_sock_rx(const struct sock *sk)
{
	struct tls_context *ctx = tls_get_ctx(sk);

	return ctx && ctx->rx_conf == TLS_SW ? READ_ONCE(ctx->priv_ctx_rx) : NULL;
}

/**
 * seal_sock_set_state() - write the state, after the table
 * @ss: locked, not released
 * @state: new, or the one it has
 *
 * Context: any.
 */
void seal_sock_set_state(struct seal_sock *ss, enum seal_state state)
{
	if (state == ss->state)
		return;
	seal_count_state(ss->sk, ss->state, state);
	/* Pairs with seal_sock_state(). */
	smp_store_release(&ss->state, state);
}

/**
 * seal_sock_publish() - change state and table in one step, which begins the deadline
 * @ss: the caller holds the file or the mutex
 * @event: what happens; if the state does not allow it, the table of the
 *	state there is gets installed again
 * @group: tables from now on, or NULL to keep those there are
 *
 * Context: process.
 * Return: true if the state changed.
 */
bool seal_sock_publish(struct seal_sock *ss, enum seal_event event,
		       struct seal_group *group)
{
	enum seal_state next, old;

	spin_lock_bh(&ss->lock);
	old = ss->state;
	next = seal_state_next(old, event);
	if (next == SEAL_STATE_ATTESTED && seal_module_drains())
		next = SEAL_STATE_NONE;
	if (group)
		WRITE_ONCE(ss->group, group);
	if (ss->sock) {
		/*
		 * The timer is armed before the socket opens. If the deadline has passed it
		 * fires at once and waits for ss->lock: until table and state are in place.
		 */
		if (next == SEAL_STATE_ATTESTED)
			seal_deadline_set(ss, ss->deadline);
		WRITE_ONCE(ss->sock->ops, &ss->group->ops[next ?: old]);
		/*
		 * Brings options of the socket itself to the table, which is there first:
		 * who looks at both in between sets his as before. net/socket.c has no
		 * barrier, and who is in the middle of it is told ENOPROTOOPT.
		 */
		smp_wmb();
		set_bit(SOCK_CUSTOM_SOCKOPT, &ss->sock->flags);
		seal_sock_set_state(ss, next ?: old);
	}
	spin_unlock_bh(&ss->lock);
	wake_up_all(&ss->wq);
	return next != SEAL_STATE_NONE;
}

/**
 * seal_sock_prepare() - ULP and tables for a socket
 * @sock: has no table of ours: kTLS may copy the one it finds
 *
 * Nothing may keep the caller from publishing them.
 *
 * Context: process.
 * Return: tables for seal_sock_hold(), or a negative errno.
 */
struct seal_group *seal_sock_prepare(struct socket *sock)
{
	struct seal_group *group;
	int err = seal_sock_ulp(sock);

	if (err)
		return ERR_PTR(err);
	seal_sock_names(seal_sock_find(sock->sk), sock);
	seal_keys_forbid(sock->sk);
	/* With the ULP it cannot come into a sockmap any more. */
	if (seal_has_psock(sock->sk))
		group = ERR_PTR(-EBUSY);
	else
		group = seal_group_get(READ_ONCE(sock->ops));
	/*
	 * The last step that can fail: once sk_prot is ours a reader may run in this
	 * module, so the claim can no longer be abandoned.
	 */
	if (!IS_ERR(group)) {
		err = seal_prot_take(sock->sk);
		if (err)
			group = ERR_PTR(err);
	}
	if (IS_ERR(group))
		seal_keys_allow(sock->sk);
	return group;
}

/**
 * seal_sock_lock() - wait for who has the mutex, but not for ever
 * @ss: a reference
 *
 * seal_sock_hold() keeps it until all are out of the calls they were in.
 *
 * Context: process.
 * Return: 0, -ETIMEDOUT, or -EINTR for who is to die.
 */
int seal_sock_lock(struct seal_sock *ss)
{
	long left = wait_event_killable_timeout(ss->wq, mutex_trylock(&ss->mutex),
						SEAL_EVICT_TIMEOUT);

	if (left > 0)
		return 0;
	return left ? -EINTR : -ETIMEDOUT;
}

/**
 * seal_sock_unlock() - let the next one have the mutex
 * @ss: the caller has it
 *
 * Context: process.
 */
void seal_sock_unlock(struct seal_sock *ss)
{
	mutex_unlock(&ss->mutex);
	wake_up_all(&ss->wq);
}

/**
 * seal_sock_hold() - the gate goes down, and stays until nobody is between
 * @ss: created, not published
 * @group: from seal_sock_prepare()
 * @held: references of ours to the file of the socket
 *
 * An attach that comes meanwhile waits: it could open the socket to who came past the
 * table before, and whoever is inside then would be taken for one of those.
 *
 * Context: process; sleeps longer where others have the socket, too.
 * Return: 0, -EBUSY if somebody is inside who came before it or that could not be told
 * in time, or -EINTR for who is to die; then it is closed.
 */
int seal_sock_hold(struct seal_sock *ss, struct seal_group *group, unsigned int held)
{
	int err;

	mutex_lock(&ss->mutex);
	seal_sock_publish(ss, SEAL_EV_HOLD, group);
	seal_deadline_start(ss);
	err = seal_sock_wait(ss, held);
	if (!err)
		err = seal_sock_idle(ss->sk);
	/* Before an attach that waits can open it. */
	if (err)
		seal_close(ss, SEAL_EV_FAIL, err, "a call was inside, or may be");
	seal_sock_unlock(ss);
	return err;
}

/*
 * Where a request of ours had the last reference it is a work of the kernel's that closes, one
 * for all files of the machine: it must not sleep for this peer. TCP goes on to send by itself
 * what it has. With no time to linger for the connection is reset, and that is not waited for.
 * kTLS would send records that were left, waiting as the call that left them was to, in the
 * close or in its worker, for which the close waits: what a time-out or a signal left of one
 * is dropped.
 */
static void seal_sock_hurry(struct sock *sk)
{
	if (!(current->flags & PF_KTHREAD))
		return;
	lock_sock(sk);
	if (sk->sk_lingertime)
		sock_reset_flag(sk, SOCK_LINGER);
	WRITE_ONCE(sk->sk_sndtimeo, 0);
	if (sk->sk_write_pending) {
		WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | SEND_SHUTDOWN);
		sk->sk_state_change(sk);
	}
	release_sock(sk);
}

/**
 * seal_sock_release() - the last descriptor is gone
 * @sock: one of ours
 *
 * Nobody is inside any more but the timer and the work, which are stopped
 * before kTLS frees what they look at. A closed socket is aborted first, or
 * kTLS would still send records that were accepted before the close.
 *
 * Context: process; from proto_ops.release.
 * Return: what the base operation returns.
 */
int seal_sock_release(struct socket *sock)
{
	struct sock *sk = sock->sk;
	const struct proto_ops *base;
	struct seal_sock *ss;
	int err;

	/* accept() gives the new socket our table, and fails. */
	if (!sk)
		return 0;
	ss = seal_sock_find(sk);
	if (WARN_ON_ONCE(!ss))
		return -EBADF;
	base = &ss->group->base;
	spin_lock_bh(&ss->lock);
	ss->sock = NULL;
	spin_unlock_bh(&ss->lock);
	hrtimer_cancel(&ss->timer);
	cancel_delayed_work_sync(&ss->work);
	seal_woken(ss);
	if (seal_state_closed(ss->state)) {
		tcp_abort(sk, seal_sock_errno(ss));
		seal_tell(ss);
	}
	seal_count_state(sk, ss->state, SEAL_STATE_NONE);
	seal_sock_forget(ss);
	seal_sock_hurry(sk);
	err = base->release(sock);
	seal_stand_in_forget(ss);
	seal_evict_done(ss);
	/* Ours goes with the table; this one came with the socket. */
	module_put(base->owner);
	seal_sock_put(ss);
	return err;
}
