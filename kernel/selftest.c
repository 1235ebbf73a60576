// SPDX-License-Identifier: GPL-2.0-only
/*
 * Proof, at load, that revocation works on this kernel. It leans on a member
 * of kTLS that was made for another purpose (async_wait.err), and on a call of
 * TCP's that only BPF makes: should a kernel stop looking at the one, or take
 * the lock in the other, the module must not load there.
 */

#include <linux/completion.h>
#include <linux/in.h>
#include <linux/init.h>
#include <linux/net.h>
#include <linux/pipe_fs_i.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/splice.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <net/tls.h>

#include "internal.h"

#define SEAL_SELFTEST_TEXT	"seal"

/* Nobody else wants the lock: longer than a worker may take to start. */
#define SEAL_ABORT_TIMEOUT	(10 * HZ)

/* A connected pair in the first network namespace. */
struct seal_pair {
	struct socket *listener;
	struct socket *tx;
	struct socket *rx;
};

static int __init seal_pair_socket(struct socket **sock)
{
	return sock_create_kern(&init_net, AF_INET, SOCK_STREAM, IPPROTO_TCP, sock);
}

static int __init seal_pair_connect(struct seal_pair *pair)
{
	struct sockaddr_in addr = {
		.sin_family	 = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int err;

	err = seal_pair_socket(&pair->listener) ?: seal_pair_socket(&pair->tx);
	if (err)
		return err;
	err = kernel_bind(pair->listener, (void *)&addr, sizeof(addr));
	if (err)
		return err;
	err = kernel_listen(pair->listener, 1);
	if (err)
		return err;
	err = kernel_getsockname(pair->listener, (void *)&addr);
	if (err < 0)
		return err;
	err = kernel_connect(pair->tx, (void *)&addr, sizeof(addr), 0);
	if (err)
		return err;
	return kernel_accept(pair->listener, &pair->rx, 0);
}

static void __init seal_pair_release(struct seal_pair *pair)
{
	if (pair->rx)
		sock_release(pair->rx);
	if (pair->tx)
		sock_release(pair->tx);
	if (pair->listener)
		sock_release(pair->listener);
}

static int __init seal_pair_key(struct socket *sock, int direction)
{
	struct tls12_crypto_info_aes_gcm_128 key = {
		.info.version		= TLS_1_3_VERSION,
		.info.cipher_type	= TLS_CIPHER_AES_GCM_128,
	};
	int err;

	err = seal_sock_ulp(sock);
	if (err)
		return err;
	return seal_key_set(sock, direction, &key, sizeof(key));
}

static int __init seal_pair_send(struct seal_pair *pair)
{
	struct kvec vec = {
		.iov_base = SEAL_SELFTEST_TEXT,
		.iov_len  = sizeof(SEAL_SELFTEST_TEXT),
	};
	/* Where the proof fails that is told by an errno, not by SIGPIPE to who loads us. */
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL };

	return kernel_sendmsg(pair->tx, &msg, &vec, 1, vec.iov_len);
}

static int __init seal_pair_recv(struct seal_pair *pair, int flags)
{
	char buf[sizeof(SEAL_SELFTEST_TEXT)];
	struct kvec vec = { .iov_base = buf, .iov_len = sizeof(buf) };
	struct msghdr msg = {};

	return kernel_recvmsg(pair->rx, &msg, &vec, 1, vec.iov_len, flags);
}

static int __init seal_pair_actor(read_descriptor_t *desc, struct sk_buff *skb,
				  unsigned int offset, size_t len)
{
	return len;
}

static int __init seal_pair_read_sock(struct seal_pair *pair)
{
	read_descriptor_t desc = { .count = 1 };
	struct sock *sk = pair->rx->sk;
	int err;

	lock_sock(sk);
	err = READ_ONCE(pair->rx->ops)->read_sock(sk, &desc, seal_pair_actor);
	release_sock(sk);
	return err;
}

/* Into a pipe that has room for nothing: where the switch is forgotten it says so. */
static ssize_t __init seal_pair_splice(struct seal_pair *pair)
{
	struct pipe_inode_info *full = kzalloc(sizeof(*full), GFP_KERNEL);
	loff_t pos = 0;
	ssize_t err;

	if (!full)
		return -ENOMEM;
	full->readers = 1;
	err = READ_ONCE(pair->rx->ops)->splice_read(pair->rx, &pos, full, 1,
						    SPLICE_F_NONBLOCK);
	kfree(full);
	return err;
}

/* A record waits to be read: with the switch off nobody may get it. */
static int __init seal_prove_switch(struct seal_pair *pair)
{
	struct tls_sw_context_rx *rx = seal_sock_rx(pair->rx->sk);
	const int len = sizeof(SEAL_SELFTEST_TEXT);

	if (!rx || seal_pair_send(pair) != len || seal_pair_send(pair) != len ||
	    seal_pair_splice(pair) != -EAGAIN || seal_pair_recv(pair, 0) != len ||
	    seal_pair_recv(pair, MSG_PEEK | MSG_WAITALL) != len)
		return -EIO;
	WRITE_ONCE(rx->async_wait.err, -EKEYREJECTED);
	if (seal_pair_recv(pair, 0) != -EKEYREJECTED ||
	    seal_pair_recv(pair, MSG_DONTWAIT) != -EKEYREJECTED ||
	    seal_pair_recv(pair, MSG_PEEK) != -EKEYREJECTED ||
	    seal_pair_splice(pair) != -EKEYREJECTED ||
	    seal_pair_read_sock(pair) != -EKEYREJECTED)
		return -EOPNOTSUPP;
	return 0;
}

struct seal_abort_try {
	struct work_struct work;
	struct completion done;
	struct sock *sk;
};

static void __init seal_abort_try(struct work_struct *work)
{
	struct seal_abort_try *try = container_of(work, struct seal_abort_try, work);

	seal_abort_locked(try->sk, EKEYREJECTED);
	complete(&try->done);
}

/* Another task tries it while we have the lock, which we can give where it waits for that. */
static int __init seal_prove_abort_locked(struct sock *sk)
{
	struct seal_abort_try try = { .sk = sk };
	bool done;

	INIT_WORK_ONSTACK(&try.work, seal_abort_try);
	init_completion(&try.done);
	lock_sock(sk);
	queue_work(system_unbound_wq, &try.work);
	done = wait_for_completion_timeout(&try.done, SEAL_ABORT_TIMEOUT);
	/* And did what it is for. */
	done = done && inet_sk_state_load(sk) == TCP_CLOSE;
	WRITE_ONCE(sk->sk_err, EKEYREJECTED);
	release_sock(sk);
	flush_work(&try.work);
	destroy_work_on_stack(&try.work);
	return done ? 0 : -EOPNOTSUPP;
}

/* With the error on the socket a sender gets it, every time. */
static int __init seal_prove_abort(struct seal_pair *pair)
{
	int err;

	err = seal_prove_abort_locked(pair->tx->sk);
	if (err)
		return err;
	if (seal_pair_send(pair) != -EKEYREJECTED ||
	    seal_pair_send(pair) != -EKEYREJECTED)
		return -EOPNOTSUPP;
	return 0;
}

/**
 * seal_selftest() - prove the two switches on a loopback pair
 *
 * Context: process, at module load.
 * Return: 0, or a negative errno: the module must not be used here.
 */
int __init seal_selftest(void)
{
	struct seal_pair pair = {};
	const char *what = "loopback connection";
	int err;

	err = seal_pair_connect(&pair);
	if (!err) {
		what = "kTLS with AES-GCM";
		err = seal_pair_key(pair.tx, TLS_TX) ?: seal_pair_key(pair.rx, TLS_RX);
	}
	if (!err) {
		what = "switch for readers";
		err = seal_prove_switch(&pair);
	}
	if (!err) {
		what = "switch for writers";
		err = seal_prove_abort(&pair);
	}
	seal_pair_release(&pair);
	if (err)
		pr_err("seal: self-test failed, revocation could not be proven: %s (%d)\n",
		       what, err);
	return err;
}
