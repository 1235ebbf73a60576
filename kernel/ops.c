// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables that hang under sockets of ours, one for each state. The attested
 * one leaves every data call as kTLS has it.
 */

#include <linux/module.h>
#include <linux/net.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/splice.h>
#include <linux/uaccess.h>
#include <net/inet_common.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <net/tls.h>

#include "internal.h"

/*
 * Every member of struct proto_ops must be known here, or a way around the
 * gate may have appeared: a new one breaks one of these.
 */
#define SEAL_OPS_END(member)	offsetofend(struct proto_ops, member)
#define SEAL_OPS_NEXT(prev, member) \
	static_assert(offsetof(struct proto_ops, member) == \
		      ALIGN(SEAL_OPS_END(prev), sizeof(void *)))
SEAL_OPS_NEXT(family, owner);
SEAL_OPS_NEXT(owner, release);
SEAL_OPS_NEXT(release, bind);
SEAL_OPS_NEXT(bind, connect);
SEAL_OPS_NEXT(connect, socketpair);
SEAL_OPS_NEXT(socketpair, accept);
SEAL_OPS_NEXT(accept, getname);
SEAL_OPS_NEXT(getname, poll);
SEAL_OPS_NEXT(poll, ioctl);
#ifdef CONFIG_COMPAT
SEAL_OPS_NEXT(ioctl, compat_ioctl);
SEAL_OPS_NEXT(compat_ioctl, gettstamp);
#else
SEAL_OPS_NEXT(ioctl, gettstamp);
#endif
SEAL_OPS_NEXT(gettstamp, listen);
SEAL_OPS_NEXT(listen, shutdown);
SEAL_OPS_NEXT(shutdown, setsockopt);
SEAL_OPS_NEXT(setsockopt, getsockopt);
#ifdef SEAL_HAVE_GETSOCKOPT_ITER
SEAL_OPS_NEXT(getsockopt, getsockopt_iter);
SEAL_OPS_NEXT(getsockopt_iter, show_fdinfo);
#else
SEAL_OPS_NEXT(getsockopt, show_fdinfo);
#endif
SEAL_OPS_NEXT(show_fdinfo, sendmsg);
SEAL_OPS_NEXT(sendmsg, recvmsg);
SEAL_OPS_NEXT(recvmsg, mmap);
SEAL_OPS_NEXT(mmap, splice_read);
SEAL_OPS_NEXT(splice_read, splice_eof);
SEAL_OPS_NEXT(splice_eof, set_peek_off);
SEAL_OPS_NEXT(set_peek_off, peek_len);
SEAL_OPS_NEXT(peek_len, read_sock);
SEAL_OPS_NEXT(read_sock, read_skb);
SEAL_OPS_NEXT(read_skb, sendmsg_locked);
SEAL_OPS_NEXT(sendmsg_locked, set_rcvlowat);
#ifdef SEAL_HAVE_SET_RCVBUF
SEAL_OPS_NEXT(set_rcvlowat, set_rcvbuf);
static_assert(sizeof(struct proto_ops) == SEAL_OPS_END(set_rcvbuf));
#else
static_assert(sizeof(struct proto_ops) == SEAL_OPS_END(set_rcvlowat));
#endif

static const struct proto_ops *seal_base(struct sock *sk)
{
	const struct seal_sock *ss = seal_sock_find(sk);

	return &READ_ONCE(ss->group)->base;
}

/*
 * What a closed socket answers: never 0. The state is written after the table;
 * under the lock they are the same, and a kernel consumer is never told of keys.
 */
static int seal_refusal(struct sock *sk)
{
	struct seal_sock *ss = seal_sock_find(sk);
	int error;

	if (!ss)
		return -EKEYREJECTED;
	spin_lock_bh(&ss->lock);
	error = seal_sock_errno(ss);
	spin_unlock_bh(&ss->lock);
	return -error ?: -EKEYREJECTED;
}

/* All states */

static void seal_show_fdinfo(struct seq_file *m, struct socket *sock)
{
	const struct seal_sock *ss = seal_sock_find(sock->sk);

	seq_printf(m, "seal-state:\t%s\nseal-id:\t%llu\n",
		   seal_state_name(seal_sock_state(ss)), ss->id);
}

static int seal_no_mmap(struct file *file, struct socket *sock,
			struct vm_area_struct *vma)
{
	return -EOPNOTSUPP;
}

static int seal_no_read_skb(struct sock *sk, skb_read_actor_t actor)
{
	return -EOPNOTSUPP;
}

/* It would send clear text under kTLS. */
static int seal_no_sendmsg_locked(struct sock *sk, struct msghdr *msg, size_t size)
{
	return -EOPNOTSUPP;
}

static bool seal_own_option(int level, int optname)
{
	return level == SOL_IP && optname >= SEAL_SO_STATUS &&
	       optname <= SEAL_SO_REQUIRE;
}

static bool seal_key_option(int level, int optname)
{
	return !SEAL_TEST_BUILD && level == SOL_TLS &&
	       (optname == TLS_TX || optname == TLS_RX);
}

static bool seal_repair_option(int level, int optname)
{
	if (level != SOL_TCP)
		return false;
	return optname == TCP_REPAIR || optname == TCP_REPAIR_QUEUE ||
	       optname == TCP_QUEUE_SEQ || optname == TCP_REPAIR_OPTIONS ||
	       optname == TCP_REPAIR_WINDOW;
}

/* Those of the socket itself come here since sock.c asked for them. */
static int seal_base_setsockopt(struct socket *sock, int level, int optname,
				sockptr_t optval, unsigned int optlen)
{
	if (level == SOL_SOCKET)
		return sock_setsockopt(sock, level, optname, optval, optlen);
	return seal_base(sock->sk)->setsockopt(sock, level, optname, optval, optlen);
}

/*
 * The verdict is about the keys it came with: nobody may set others. Our own options are
 * not left to IP, which takes the lock of the socket before it finds that they are ours.
 */
static int seal_open_setsockopt(struct socket *sock, int level, int optname,
				sockptr_t optval, unsigned int optlen)
{
	if (seal_own_option(level, optname))
		return seal_sockopt_set(sock->sk, optname, optval, optlen);
	if (seal_key_option(level, optname) || seal_repair_option(level, optname))
		return -EPERM;
	return seal_base_setsockopt(sock, level, optname, optval, optlen);
}

/* Not from where the keys were, which keys.c has wiped. */
static int seal_cipher(const struct tls_context *ctx, int optname,
		       struct tls_crypto_info *info)
{
	if ((optname == TLS_TX ? ctx->tx_conf : ctx->rx_conf) == TLS_BASE)
		return -EBUSY;
	info->version = ctx->prot_info.version;
	info->cipher_type = ctx->prot_info.cipher_type;
	return 0;
}

/* Version and cipher are no secret; kTLS itself would add the keys. */
static int seal_get_cipher(struct sock *sk, int optname, char __user *optval,
			   int __user *optlen)
{
	struct tls_crypto_info info;
	int len, err;

	if (get_user(len, optlen))
		return -EFAULT;
	if (len != sizeof(info))
		return -EPERM;
	lock_sock(sk);
	err = seal_cipher(tls_get_ctx(sk), optname, &info);
	release_sock(sk);
	if (err)
		return err;
	return copy_to_user(optval, &info, sizeof(info)) ? -EFAULT : 0;
}

static int seal_open_getsockopt(struct socket *sock, int level, int optname,
				char __user *optval, int __user *optlen)
{
	if (seal_own_option(level, optname))
		return seal_sockopt_get_user(sock->sk, optname, optval, optlen);
	if (seal_key_option(level, optname))
		return seal_get_cipher(sock->sk, optname, optval, optlen);
	if (level == SOL_TCP && optname == TCP_ZEROCOPY_RECEIVE)
		return -EOPNOTSUPP;
	return seal_base(sock->sk)->getsockopt(sock, level, optname, optval, optlen);
}

/* Pending: the claimed process passes, the others wait. */

/* The table is there before the state is: a caller that came by it may still read none. */
static bool seal_is_pending(const struct seal_sock *ss)
{
	enum seal_state state = seal_sock_state(ss);

	return state == SEAL_STATE_PENDING || state == SEAL_STATE_NONE;
}

static bool seal_is_worker(const struct seal_sock *ss)
{
	return task_tgid(current) == READ_ONCE(ss->worker);
}

/*
 * Wait until the call may go on; the table to go on with, or an error. Not that of
 * @sock, which may be a stand-in (keys.c); the socket stays as long as the file.
 */
static const struct proto_ops *seal_pending_enter(struct socket *sock, long timeo)
{
	struct seal_sock *ss = seal_sock_find(sock->sk);
	long left;

	if (seal_is_worker(ss))
		return &READ_ONCE(ss->group)->base;
	if (!timeo && seal_is_pending(ss))
		return ERR_PTR(-EAGAIN);
	left = wait_event_interruptible_timeout(ss->wq, !seal_is_pending(ss), timeo);
	if (left < 0)
		return ERR_PTR(sock_intr_errno(timeo));
	if (!left)
		return ERR_PTR(-EAGAIN);
	return READ_ONCE(READ_ONCE(ss->sock)->ops);
}

/* How often we bring back pages that others take away. */
#define SEAL_FAULT_TRIES	8

/* An option longer than that has to be there already. */
#define SEAL_FAULT_MAX		((size_t)PAGE_SIZE)

/* How much is missing. What BPF has copied may point to memory of the caller. */
static size_t seal_fault_in_value(sockptr_t optval, unsigned int optlen)
{
	if (sockptr_is_kernel(optval))
		return optlen ?: 1;
	return fault_in_readable(optval.user, min_t(size_t, optlen, SEAL_FAULT_MAX));
}

/*
 * Many options are copied while the socket is locked, and the copy may sleep in a page
 * fault for as long as the caller likes: an attach would wait for that. Here the pages are
 * brought before, and a copy that would sleep fails. The worker is the agent's own.
 */
static int seal_pending_setsockopt(struct socket *sock, int level, int optname,
				   sockptr_t optval, unsigned int optlen)
{
	int tries = SEAL_FAULT_TRIES, err;
	size_t missing;

	if (seal_own_option(level, optname) || seal_is_worker(seal_sock_find(sock->sk)))
		return seal_open_setsockopt(sock, level, optname, optval, optlen);
	do {
		missing = seal_fault_in_value(optval, optlen);
		pagefault_disable();
		err = seal_open_setsockopt(sock, level, optname, optval, optlen);
		pagefault_enable();
	} while (err == -EFAULT && !missing && --tries);
	return err;
}

static size_t seal_fault_in_option(char __user *optval, int __user *optlen)
{
	int len;

	if (get_user(len, optlen))
		return sizeof(len);
	return fault_in_safe_writeable((char __user *)optlen, sizeof(len)) ?:
	       fault_in_safe_writeable(optval, clamp_t(int, len, 0, SEAL_FAULT_MAX));
}

static int seal_pending_getsockopt(struct socket *sock, int level, int optname,
				   char __user *optval, int __user *optlen)
{
	int tries = SEAL_FAULT_TRIES, err;
	size_t missing;

	if (seal_own_option(level, optname) || seal_is_worker(seal_sock_find(sock->sk)))
		return seal_open_getsockopt(sock, level, optname, optval, optlen);
	do {
		missing = seal_fault_in_option(optval, optlen);
		pagefault_disable();
		err = seal_open_getsockopt(sock, level, optname, optval, optlen);
		pagefault_enable();
	} while (err == -EFAULT && !missing && --tries);
	return err;
}

/*
 * As it was. The agent asks for it, also where a request was closed before he heard of it,
 * and would wait for who keeps the lock.
 */
static int seal_kept_getname(struct socket *sock, struct sockaddr *addr, int peer)
{
	const struct seal_sock *ss = seal_sock_find(sock->sk);
	const union seal_addr *name = peer ? &ss->remote : &ss->local;
	int len;

	switch (name->sa.sa_family) {
	case AF_INET:
		len = sizeof(struct sockaddr_in);
		break;
	case AF_INET6:
		len = sizeof(struct sockaddr_in6);
		break;
	default:
		return -ENOTCONN;
	}
	memcpy(addr, name, len);
	return len;
}

static int seal_pending_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	long timeo = sock_sndtimeo(sock->sk, msg->msg_flags & MSG_DONTWAIT);
	const struct proto_ops *ops = seal_pending_enter(sock, timeo);

	return IS_ERR(ops) ? PTR_ERR(ops) : ops->sendmsg(sock, msg, len);
}

static int seal_pending_recvmsg(struct socket *sock, struct msghdr *msg,
				size_t len, int flags)
{
	long timeo = sock_rcvtimeo(sock->sk, flags & MSG_DONTWAIT);
	const struct proto_ops *ops = seal_pending_enter(sock, timeo);

	return IS_ERR(ops) ? PTR_ERR(ops) : ops->recvmsg(sock, msg, len, flags);
}

static ssize_t seal_pending_splice_read(struct socket *sock, loff_t *ppos,
					struct pipe_inode_info *pipe, size_t len,
					unsigned int flags)
{
	bool nonblock = flags & SPLICE_F_NONBLOCK ||
			(sock->file && sock->file->f_flags & O_NONBLOCK);
	long timeo = sock_rcvtimeo(sock->sk, nonblock);
	const struct proto_ops *ops = seal_pending_enter(sock, timeo);

	if (IS_ERR(ops))
		return PTR_ERR(ops);
	return ops->splice_read(sock, ppos, pipe, len, flags);
}

static void seal_pending_splice_eof(struct socket *sock)
{
	const struct proto_ops *ops = seal_pending_enter(sock, 0);

	if (!IS_ERR(ops) && ops->splice_eof)
		ops->splice_eof(sock);
}

static int seal_pending_read_sock(struct sock *sk, read_descriptor_t *desc,
				  sk_read_actor_t actor)
{
	return -EAGAIN;
}

static int seal_pending_peek_len(struct socket *sock)
{
	return 0;
}

/*
 * Shows nothing, but puts the caller on the queue that a change wakes. What it is then the
 * socket's own table tells: that of a stand-in (keys.c) is this one.
 */
static __poll_t seal_pending_poll(struct file *file, struct socket *sock,
				  struct poll_table_struct *wait)
{
	struct seal_sock *ss = seal_sock_find(sock->sk);
	__poll_t mask = READ_ONCE(ss->group)->base.poll(file, sock, wait);

	if (seal_is_worker(ss))
		return mask;
	if (seal_is_pending(ss))
		return 0;
	return READ_ONCE(READ_ONCE(ss->sock)->ops)->poll(file, ss->sock, NULL);
}

/* Closed: nothing passes but the way to ask why. */

static int seal_closed_bind(struct socket *sock, struct seal_sockaddr *addr, int len)
{
	return seal_refusal(sock->sk);
}

static int seal_closed_connect(struct socket *sock, struct seal_sockaddr *addr, int len,
			       int flags)
{
	return seal_refusal(sock->sk);
}

static int seal_closed_socketpair(struct socket *sock, struct socket *other)
{
	return seal_refusal(sock->sk);
}

static int seal_closed_accept(struct socket *sock, struct socket *new,
			      struct proto_accept_arg *arg)
{
	return seal_refusal(sock->sk);
}

static int seal_closed_listen(struct socket *sock, int backlog)
{
	return seal_refusal(sock->sk);
}

static int seal_closed_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg)
{
	return seal_refusal(sock->sk);
}

static int seal_closed_setsockopt(struct socket *sock, int level, int optname,
				  sockptr_t optval, unsigned int optlen)
{
	if (seal_own_option(level, optname))
		return seal_sockopt_set(sock->sk, optname, optval, optlen);
	if (level == SOL_SOCKET)
		return seal_base_setsockopt(sock, level, optname, optval, optlen);
	return seal_refusal(sock->sk);
}

static int seal_closed_getsockopt(struct socket *sock, int level, int optname,
				  char __user *optval, int __user *optlen)
{
	if (seal_own_option(level, optname))
		return seal_sockopt_get_user(sock->sk, optname, optval, optlen);
	return seal_refusal(sock->sk);
}

static int seal_closed_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	return seal_refusal(sock->sk);
}

static int seal_closed_recvmsg(struct socket *sock, struct msghdr *msg,
			       size_t len, int flags)
{
	return seal_refusal(sock->sk);
}

static ssize_t seal_closed_splice_read(struct socket *sock, loff_t *ppos,
				       struct pipe_inode_info *pipe, size_t len,
				       unsigned int flags)
{
	return seal_refusal(sock->sk);
}

static void seal_closed_splice_eof(struct socket *sock)
{
}

static int seal_closed_peek_len(struct socket *sock)
{
	return 0;
}

static int seal_closed_read_sock(struct sock *sk, read_descriptor_t *desc,
				 sk_read_actor_t actor)
{
	return seal_refusal(sk);
}

/*
 * No EPOLLIN for a kernel consumer: SUNRPC would read, be refused, poll and
 * read again for ever. A program that waits to write learns from EPOLLOUT, as
 * after a connect() that failed, that it can ask for the result.
 */
static __poll_t seal_closed_poll(struct file *file, struct socket *sock,
				 struct poll_table_struct *wait)
{
	const struct seal_sock *ss = seal_sock_find(sock->sk);

	READ_ONCE(ss->group)->base.poll(file, sock, wait);
	if (ss->consumer == SEAL_CONSUMER_KERNEL)
		return EPOLLERR | EPOLLHUP;
	return EPOLLERR | EPOLLHUP | EPOLLRDHUP | EPOLLOUT | EPOLLWRNORM;
}

/* Making the tables */

static void seal_fill_common(struct proto_ops *ops, const struct proto_ops *base)
{
	*ops = *base;
	ops->owner = THIS_MODULE;
	ops->release = seal_sock_release;
	ops->show_fdinfo = seal_show_fdinfo;
	ops->mmap = seal_no_mmap;
	ops->read_skb = seal_no_read_skb;
	ops->sendmsg_locked = seal_no_sendmsg_locked;
	ops->setsockopt = seal_open_setsockopt;
	ops->getsockopt = seal_open_getsockopt;
}

static void seal_fill_pending(struct proto_ops *ops)
{
	ops->getname = seal_kept_getname;
	ops->poll = seal_pending_poll;
	ops->setsockopt = seal_pending_setsockopt;
	ops->getsockopt = seal_pending_getsockopt;
	ops->sendmsg = seal_pending_sendmsg;
	ops->recvmsg = seal_pending_recvmsg;
	ops->splice_read = seal_pending_splice_read;
	ops->splice_eof = seal_pending_splice_eof;
	ops->read_sock = seal_pending_read_sock;
	ops->peek_len = seal_pending_peek_len;
}

static void seal_fill_closed(struct proto_ops *ops)
{
	ops->bind = seal_closed_bind;
	ops->connect = seal_closed_connect;
	ops->socketpair = seal_closed_socketpair;
	ops->accept = seal_closed_accept;
	ops->getname = seal_kept_getname;
	ops->poll = seal_closed_poll;
	ops->ioctl = seal_closed_ioctl;
#ifdef CONFIG_COMPAT
	ops->compat_ioctl = seal_closed_ioctl;
#endif
	ops->listen = seal_closed_listen;
	ops->setsockopt = seal_closed_setsockopt;
	ops->getsockopt = seal_closed_getsockopt;
	ops->sendmsg = seal_closed_sendmsg;
	ops->recvmsg = seal_closed_recvmsg;
	ops->splice_read = seal_closed_splice_read;
	ops->splice_eof = seal_closed_splice_eof;
	ops->peek_len = seal_closed_peek_len;
	ops->read_sock = seal_closed_read_sock;
}

static void seal_group_fill(struct seal_group *group, const struct proto_ops *base)
{
	enum seal_state state;

	group->base = *base;
	for (state = 0; state < SEAL_STATES; state++) {
		struct proto_ops *ops = &group->ops[state];

		seal_fill_common(ops, base);
		if (state == SEAL_STATE_PENDING)
			seal_fill_pending(ops);
		else if (state != SEAL_STATE_ATTESTED)
			seal_fill_closed(ops);
	}
}

static LIST_HEAD(seal_groups);
static DEFINE_MUTEX(seal_groups_mutex);

static struct seal_group *seal_group_find(const struct proto_ops *base)
{
	struct seal_group *group;

	list_for_each_entry(group, &seal_groups, node)
		if (!memcmp(&group->base, base, sizeof(*base)))
			return group;
	return NULL;
}

static bool seal_group_usable(const struct proto_ops *base)
{
#ifdef SEAL_HAVE_GETSOCKOPT_ITER
	/* No table of TCP has it. One that has is asked there, and not by our getsockopt. */
	if (base->getsockopt_iter)
		return false;
#endif
	return base->owner != THIS_MODULE && base->release && base->poll &&
	       base->sendmsg && base->recvmsg && base->splice_read &&
	       base->setsockopt && base->getsockopt;
}

/**
 * seal_group_get() - the tables for sockets with these operations
 * @base: what the socket has now; not ours
 *
 * Context: process.
 * Return: the group, valid until the module goes, or -EBUSY, -ENOMEM.
 */
struct seal_group *seal_group_get(const struct proto_ops *base)
{
	struct seal_group *group;

	if (!seal_group_usable(base))
		return ERR_PTR(-EBUSY);
	mutex_lock(&seal_groups_mutex);
	group = seal_group_find(base);
	if (!group) {
		group = kzalloc(sizeof(*group), GFP_KERNEL);
		if (group) {
			seal_group_fill(group, base);
			list_add(&group->node, &seal_groups);
		}
	}
	mutex_unlock(&seal_groups_mutex);
	return group ?: ERR_PTR(-ENOMEM);
}

/**
 * seal_group_whole() - whether tables are of a socket with both keys
 * @group: of a socket that should be
 * @sk: that socket
 *
 * kTLS makes its tables anew in place (prot.c), and a copy of what was half done would
 * leave a reader that goes past the keys. Where hardware sends, the end of a splice is TCP's.
 *
 * Context: process.
 */
bool seal_group_whole(const struct seal_group *group, const struct sock *sk)
{
	const struct proto_ops *base = &group->base, *tcp = &inet_stream_ops;

	return seal_is_ktls(sk, base->splice_read, tcp->splice_read) &&
	       seal_is_ktls(sk, base->read_sock, tcp->read_sock) &&
	       seal_is_ktls(sk, base->poll, tcp->poll) &&
	       (tls_get_ctx(sk)->tx_conf != TLS_SW ||
		seal_is_ktls(sk, base->splice_eof, tcp->splice_eof));
}

/**
 * seal_groups_free() - free all tables
 *
 * Context: process, at module exit: no socket has one any more, who read one
 * under RCU is waited for, and who did without is out (main.c).
 */
void seal_groups_free(void)
{
	struct seal_group *group, *next;

	synchronize_net();
	list_for_each_entry_safe(group, next, &seal_groups, node)
		kfree(group);
}
