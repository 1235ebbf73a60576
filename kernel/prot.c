// SPDX-License-Identifier: GPL-2.0-only
/*
 * The protocol of a socket whose receiving key is not there yet. To kTLS that is TCP's, with
 * TCP's reader, and io_uring takes who has that reader for a TCP socket: its zero-copy receive
 * goes to the receive queue, and by no table of operations. So the reader is another one,
 * which does the same.
 */

#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <net/tls.h>

#include "internal.h"

/**
 * struct seal_prot - a protocol of kTLS with our reader
 * @node: in the list of all, which only grows: there are few
 * @own: the copy
 */
struct seal_prot {
	struct list_head node;
	struct proto own;
};

static LIST_HEAD(seal_prots);
static DEFINE_MUTEX(seal_prots_mutex);

#ifdef SEAL_HAVE_RECVMSG_ADDR_LEN
static int seal_prot_recvmsg(struct sock *sk, struct msghdr *msg, size_t len,
			     int flags, int *addr_len)
{
	return tcp_prot.recvmsg(sk, msg, len, flags, addr_len);
}
#else
static int seal_prot_recvmsg(struct sock *sk, struct msghdr *msg, size_t len,
			     int flags)
{
	return tcp_prot.recvmsg(sk, msg, len, flags);
}
#endif

static struct seal_prot *seal_prot_alloc(const struct proto *base)
{
	struct seal_prot *prot = kzalloc(sizeof(*prot), GFP_KERNEL);

	if (!prot)
		return NULL;
	prot->own = *base;
	prot->own.recvmsg = seal_prot_recvmsg;
	/* Of the list of all protocols, which this is not in. */
	memset(&prot->own.node, 0, sizeof(prot->own.node));
	return prot;
}

/*
 * By what is in it: kTLS makes its own anew in their place for a socket of another base, in
 * a sockmap or of an IPv6 that was loaded again.
 */
static struct seal_prot *seal_prot_find(const struct seal_prot *wanted)
{
	struct seal_prot *prot;

	list_for_each_entry(prot, &seal_prots, node)
		if (!memcmp(&prot->own, &wanted->own, sizeof(prot->own)))
			return prot;
	return NULL;
}

static struct seal_prot *seal_prot_get(const struct proto *base)
{
	struct seal_prot *new = seal_prot_alloc(base), *prot;

	if (!new)
		return NULL;
	mutex_lock(&seal_prots_mutex);
	prot = seal_prot_find(new);
	if (!prot)
		list_add(&new->node, &seal_prots);
	mutex_unlock(&seal_prots_mutex);
	if (prot)
		kfree(new);
	return prot ?: new;
}

/**
 * seal_is_ktls() - whether a function is of kTLS
 * @sk: has its ULP
 * @function: of a table that kTLS may make anew just now
 * @tcp: what stands there before kTLS does
 *
 * Where kTLS is no module it is only known that it is not TCP's: a base of a sockmap passes.
 *
 * Context: process.
 */
bool seal_is_ktls(const struct sock *sk, const void *function, const void *tcp)
{
	const struct module *ktls = inet_csk(sk)->icsk_ulp_ops->owner;

	return ktls ? within_module((unsigned long)function, ktls) : function != tcp;
}

/*
 * kTLS makes its tables anew in place, under a mutex of its own. A copy of one that was half
 * done would stay with this socket: TCP's sendmsg() (clear text) between the keys, a close()
 * that calls itself, or a disconnect() that works. So each of these must be kTLS's.
 */
static bool seal_prot_whole(const struct seal_prot *prot, const struct sock *sk)
{
	const struct tls_context *ctx = tls_get_ctx(sk);
	const struct proto *own = &prot->own, *tcp = READ_ONCE(ctx->sk_proto);

	return seal_is_ktls(sk, own->close, tcp->close) &&
	       seal_is_ktls(sk, own->disconnect, tcp->disconnect) &&
	       seal_is_ktls(sk, own->setsockopt, tcp->setsockopt) &&
	       seal_is_ktls(sk, own->getsockopt, tcp->getsockopt) &&
	       (ctx->tx_conf == TLS_BASE || seal_is_ktls(sk, own->sendmsg, tcp->sendmsg));
}

static int seal_prot_put(struct sock *sk, const struct tls_context *ctx)
{
	const struct proto *base = READ_ONCE(sk->sk_prot);
	struct seal_prot *prot;

	if (ctx->rx_conf != TLS_BASE || base->recvmsg == seal_prot_recvmsg)
		return 0;
	prot = seal_prot_get(base);
	if (!prot)
		return -ENOMEM;
	if (!seal_prot_whole(prot, sk))
		return -EBUSY;
	WRITE_ONCE(sk->sk_prot, &prot->own);
	return 0;
}

/**
 * seal_prot_take() - nobody takes the socket for one of TCP
 * @sk: with the kTLS ULP; from now on of ours
 *
 * Each key of kTLS takes it back, and after the one to receive with there is no need.
 * Otherwise it stays until kTLS gives the socket the protocol that it found: who is in our
 * reader has the file, and with it the socket and us.
 *
 * Context: process.
 * Return: 0, -ENOMEM, or -EBUSY if kTLS makes its protocols anew just now.
 */
int seal_prot_take(struct sock *sk)
{
	const struct tls_context *ctx;
	int err;

	lock_sock(sk);
	ctx = tls_get_ctx(sk);
	err = ctx ? seal_prot_put(sk, ctx) : -EBUSY;
	release_sock(sk);
	return err;
}

/**
 * seal_prots_free() - free all
 *
 * Context: process, at module exit: no socket has one any more, and who read one before is
 * out, also if RCU does not know of him (main.c).
 */
void seal_prots_free(void)
{
	struct seal_prot *prot, *next;

	list_for_each_entry_safe(prot, next, &seal_prots, node)
		kfree(prot);
}
