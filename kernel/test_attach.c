// SPDX-License-Identifier: GPL-2.0-only
/*
 * Only in the test build (scripts/module TEST): a socket option by which root
 * marks a socket attested whatever keys it has, and may change and read them
 * afterwards. The kernel's own tests of kTLS run over attested sockets by it.
 */

#include <linux/capability.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <net/sock.h>

#include "internal.h"

/* One beyond the options of the interface. */
#define SEAL_SO_TEST_ATTACH	0x5ea8

/* Longer than any test. */
#define SEAL_TEST_LIFETIME	(3600ULL * NSEC_PER_SEC)

static struct seal_verdict *seal_testattach_verdict(const struct sock *sk)
{
	struct seal_verdict *v = seal_alloc(sk, struct_size(v, text, 1));

	if (v) {
		v->peer = v->text;
		v->policy = v->text;
		v->claims = v->text;
	}
	return v;
}

static int seal_testattach_new(struct socket *sock, struct seal_group *group)
{
	struct seal_verdict *verdict;
	struct seal_sock *ss;
	int err;

	err = seal_sock_check(sock, NULL);
	if (err)
		return err;
	verdict = seal_testattach_verdict(sock->sk);
	if (!verdict)
		return -ENOMEM;
	ss = seal_sock_create(sock, SEAL_CONSUMER_USER);
	if (IS_ERR(ss)) {
		kfree(verdict);
		return PTR_ERR(ss);
	}
	/* Pairs with seal_sock_verdict(). */
	smp_store_release(&ss->verdict, verdict);
	/* As if it had waited for its verdict, but with no gate meanwhile. */
	spin_lock_bh(&ss->lock);
	ss->deadline = ktime_get_boottime_ns() + SEAL_TEST_LIFETIME;
	seal_sock_set_state(ss, SEAL_STATE_PENDING);
	spin_unlock_bh(&ss->lock);
	seal_sock_publish(ss, SEAL_EV_ATTACH, group);
	return 0;
}

/* kTLS puts its own tables back with each new key: ours go over them again. */
static int seal_testattach(struct sock *sk)
{
	struct socket *sock = sk->sk_socket;
	struct seal_sock *ss = seal_sock_find(sk);
	struct seal_group *group;

	if (ss && READ_ONCE(sock->ops)->owner == THIS_MODULE)
		return 0;
	group = seal_group_get(READ_ONCE(sock->ops));
	if (IS_ERR(group))
		return PTR_ERR(group);
	if (!ss)
		return seal_testattach_new(sock, group);
	mutex_lock(&ss->mutex);
	seal_sock_publish(ss, SEAL_EVENTS, group);
	mutex_unlock(&ss->mutex);
	return 0;
}

static int seal_testattach_set(struct sock *sk, int optname, sockptr_t arg,
			       unsigned int len)
{
	return capable(CAP_NET_ADMIN) ? seal_testattach(sk) : -EPERM;
}

static struct nf_sockopt_ops seal_testattach_sockopts = {
	.pf		= PF_INET,
	.set_optmin	= SEAL_SO_TEST_ATTACH,
	.set_optmax	= SEAL_SO_TEST_ATTACH + 1,
	.set		= seal_testattach_set,
	.owner		= THIS_MODULE,
};

/**
 * seal_testattach_init() - offer the option
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int __init seal_testattach_init(void)
{
	return nf_register_sockopt(&seal_testattach_sockopts);
}

/**
 * seal_testattach_exit() - withdraw the option
 *
 * Context: process.
 */
void seal_testattach_exit(void)
{
	nf_unregister_sockopt(&seal_testattach_sockopts);
}

/* Taints the kernel, and modinfo shows it: nobody loads this by mistake. */
MODULE_INFO(test, "Y");
