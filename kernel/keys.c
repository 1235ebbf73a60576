// SPDX-License-Identifier: GPL-2.0-only
/*
 * Giving kTLS its keys. With each key kTLS writes a table of its own into
 * sk->sk_socket, and who makes a call just then would get past the gate. So it
 * writes into a stand-in: the application's struct socket keeps our table from
 * the first key to the verdict.
 */

#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <crypto/utils.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "internal.h"

/**
 * seal_sock_inside() - does somebody sleep in a data call?
 * @sk: locked
 *
 * Who sleeps there came past the table before ours was in place, and goes on
 * with TCP as it was whatever is put below. All data calls of TCP and kTLS wait
 * with this function, those who poll with others.
 *
 * Context: process.
 * Return: true if there is one.
 */
bool seal_sock_inside(struct sock *sk)
{
	wait_queue_head_t *wq = sk_sleep(sk);
	wait_queue_entry_t *entry;
	bool inside = false;

	spin_lock_irq(&wq->lock);
	list_for_each_entry(entry, &wq->head, entry)
		if (entry->func == woken_wake_function)
			inside = true;
	spin_unlock_irq(&wq->lock);
	return inside;
}

/**
 * seal_sock_idle() - the same for who does not hold the lock
 * @sk: not locked
 *
 * Context: process.
 * Return: 0, or -EBUSY if somebody is inside.
 */
int seal_sock_idle(struct sock *sk)
{
	bool inside;

	lock_sock(sk);
	inside = seal_sock_inside(sk);
	release_sock(sk);
	return inside ? -EBUSY : 0;
}

/* TCP's own, of each family: which function that is depends on the kernel. */
static void (*seal_tcp_destruct[2])(struct sock *sk);

static int seal_keys_learn(int family, void (**destruct)(struct sock *sk))
{
	struct socket *sock;
	int err = sock_create_kern(&init_net, family, SOCK_STREAM, IPPROTO_TCP, &sock);

	/* Where the kernel has not this family there is no socket of it. */
	if (err)
		return err == -EAFNOSUPPORT ? 0 : err;
	*destruct = sock->sk->sk_destruct;
#ifdef SEAL_HAVE_GETSOCKOPT_ITER
	/* Not at the first socket that waits for its verdict (seal_group_get()). */
	if (READ_ONCE(sock->ops)->getsockopt_iter) {
		pr_err("seal: TCP has getsockopt_iter here, which the gate does not know\n");
		err = -EOPNOTSUPP;
	}
#endif
	sock_release(sock);
	return err;
}

/**
 * seal_keys_init() - look what a socket is like for which nobody asked for a handshake
 *
 * Context: process, once.
 * Return: 0 or a negative errno.
 */
int seal_keys_init(void)
{
	return seal_keys_learn(AF_INET, &seal_tcp_destruct[0]) ?:
	       seal_keys_learn(AF_INET6, &seal_tcp_destruct[1]);
}

/*
 * Did nobody ask net/handshake? It puts a destructor of its own in the place of TCP's, which
 * are not known of a family that was loaded after us.
 */
static bool seal_never_asked(const struct sock *sk)
{
	const void *destruct = READ_ONCE(sk->sk_destruct);

	return destruct == seal_tcp_destruct[0] || destruct == seal_tcp_destruct[1] ||
	       (sk->sk_family == AF_INET6 && !seal_tcp_destruct[1]);
}

/**
 * seal_sock_strange() - does the kernel use the socket without a handshake?
 * @sk: any TCP socket
 *
 * SUNRPC and NVMe ask for one. KCM, which serves programs, does not: it reads and writes by
 * itself, and hands out later what it had before any verdict.
 *
 * Context: any.
 * Return: true if it does.
 */
bool seal_sock_strange(const struct sock *sk)
{
	return READ_ONCE(sk->sk_user_data) && seal_never_asked(sk);
}

/**
 * seal_key_set() - give kTLS one key
 * @sock: has the kTLS ULP, not yet this key
 * @direction: TLS_TX or TLS_RX
 * @key: struct tls12_crypto_info_*
 * @len: bytes at @key
 *
 * Through a page of the caller's address space: kTLS copies a key in two
 * parts, and where the second comes from the kernel a fortified memcpy() takes
 * it for an overflow of the first and warns (seen on 7.3).
 *
 * Context: process, with an address space.
 * Return: 0 or a negative errno.
 */
int seal_key_set(struct socket *sock, int direction, const void *key,
		 unsigned int len)
{
	unsigned long addr;
	void __user *page;
	int err;

	if (!current->mm || len > PAGE_SIZE)
		return -EINVAL;
	addr = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (IS_ERR_VALUE(addr))
		return addr;
	page = (void __user *)addr;
	if (copy_to_user(page, key, len))
		err = -EFAULT;
	else
		err = sock_common_setsockopt(sock, SOL_TLS, direction,
					     USER_SOCKPTR(page), len);
	if (clear_user(page, len) && !err)
		err = -EFAULT;
	vm_munmap(addr, PAGE_SIZE);
	return err;
}

static struct socket *seal_stand_in_socket(struct seal_stand_in *in)
{
	return (struct socket *)in->bytes;
}

/*
 * What others read through sk_socket meanwhile is that of the socket. Some call its
 * ops, with it: sk_setsockopt() and sk_getsockopt() without a lock, and strparser and
 * KCM to move data. The table of the gate is good for both.
 */
static struct socket *seal_stand_in(struct seal_sock *ss, struct socket *sock,
				    const struct proto_ops *ops)
{
	struct socket *in = seal_stand_in_socket(&ss->stand_in);
	struct inode *from = SOCK_INODE(sock), *to = SOCK_INODE(in);

	to->i_uid = from->i_uid;
	to->i_gid = from->i_gid;
	to->i_ino = from->i_ino;
	in->type = sock->type;
	in->state = sock->state;
	in->flags = sock->flags;
	in->file = sock->file;
	in->sk = sock->sk;
	WRITE_ONCE(in->ops, ops);
	return in;
}

/**
 * seal_stand_in_forget() - the socket is gone
 * @ss: nobody is in a call any more who may have read its stand-in from sk_socket
 *
 * A system call keeps what it read there without a lock, asleep for the lock of the
 * socket or in a page fault, as long as the attach is over already: nothing but the
 * release of the socket is late enough, since it waits for all of them. Who looks in
 * softirq has RCU, which keeps @ss, and finds what __sock_release() leaves.
 *
 * Context: process.
 */
void seal_stand_in_forget(struct seal_sock *ss)
{
	struct socket *in = seal_stand_in_socket(&ss->stand_in);

	WRITE_ONCE(in->sk, NULL);
	WRITE_ONCE(in->file, NULL);
}

static void seal_sk_socket(struct sock *sk, struct socket *sock)
{
	write_lock_bh(&sk->sk_callback_lock);
	WRITE_ONCE(sk->sk_socket, sock);
	write_unlock_bh(&sk->sk_callback_lock);
}

/* No cipher of kTLS: it takes it for keys that it can neither change nor tell. */
#define SEAL_NO_CIPHER	U16_MAX

static void seal_keys_cipher(struct tls_context *ctx, u16 cipher)
{
	if (ctx->tx_conf == TLS_BASE)
		ctx->crypto_send.info.cipher_type = cipher;
	if (ctx->rx_conf == TLS_BASE)
		ctx->crypto_recv.info.cipher_type = cipher;
}

static void seal_keys_gate(struct sock *sk, u16 cipher)
{
	struct tls_context *ctx;

	lock_sock(sk);
	ctx = tls_get_ctx(sk);
	if (ctx)
		seal_keys_cipher(ctx, cipher);
	release_sock(sk);
}

/**
 * seal_keys_forbid() - nobody gives kTLS keys but us
 * @sk: has the kTLS ULP and no table of ours yet
 *
 * Who came to set a key before our table was in place may get the lock of the
 * socket long after, and kTLS would write its own table over ours.
 *
 * Context: process.
 */
void seal_keys_forbid(struct sock *sk)
{
	seal_keys_gate(sk, SEAL_NO_CIPHER);
}

/**
 * seal_keys_allow() - take seal_keys_forbid() back
 * @sk: never got a table of ours
 *
 * Context: process.
 */
void seal_keys_allow(struct sock *sk)
{
	seal_keys_gate(sk, 0);
}

/* One that came since the socket was looked at: an attach is read first, and done later. */
static int seal_keys_stranger(const struct seal_sock *ss, struct netlink_ext_ack *extack)
{
	if (ss->consumer == SEAL_CONSUMER_USER ? !READ_ONCE(ss->sk->sk_user_data) :
						 !seal_sock_strange(ss->sk))
		return 0;
	NL_SET_ERR_MSG(extack, "the kernel uses the socket by now, KCM for instance");
	return -EBUSY;
}

static int seal_keys_check(struct seal_sock *ss, struct netlink_ext_ack *extack)
{
	struct sock *sk = ss->sk;
	const struct tls_context *ctx = tls_get_ctx(sk);

	if (!ctx || ctx->tx_conf != TLS_BASE || ctx->rx_conf != TLS_BASE) {
		NL_SET_ERR_MSG(extack, "the socket has keys already");
		return -EBUSY;
	}
	if (seal_sock_inside(sk)) {
		NL_SET_ERR_MSG(extack, "a call from before the handshake is still inside");
		return -EBUSY;
	}
	return seal_keys_stranger(ss, extack);
}

/* TX before RX: who slips in between sends records, never clear text. */
static int seal_keys_set(struct socket *sock, const struct seal_attach *args,
			 struct netlink_ext_ack *extack)
{
	int err;

	err = seal_key_set(sock, TLS_TX, args->tx, args->tx_len);
	if (err) {
		NL_SET_ERR_MSG(extack, "kTLS refused the sending key");
		return err;
	}
	err = seal_prot_take(sock->sk);
	if (err) {
		NL_SET_ERR_MSG(extack, "the protocol between the keys cannot be ours");
		return err;
	}
	err = seal_key_set(sock, TLS_RX, args->rx, args->rx_len);
	if (err)
		NL_SET_ERR_MSG(extack, "kTLS refused the receiving key");
	return err;
}

/**
 * seal_keys_install() - both keys, TX before RX
 * @keys: to fill; in any case seal_keys_end() comes next
 * @ss: pending, its mutex is held
 * @sock: its socket, has the kTLS ULP and a table of ours that lets nobody in
 * @args: the keys
 * @extack: gets the reason
 *
 * Context: process, with an address space.
 * Return: 0 or a negative errno.
 */
int seal_keys_install(struct seal_keys *keys, struct seal_sock *ss,
		      struct socket *sock, const struct seal_attach *args,
		      struct netlink_ext_ack *extack)
{
	struct sock *sk = sock->sk;
	int err;

	keys->ss = ss;
	keys->sock = sock;
	keys->args = args;
	keys->ops = &ss->group->ops[SEAL_STATE_PENDING];
	keys->stand_in = seal_stand_in(ss, sock, keys->ops);
	lock_sock(sk);
	err = seal_keys_check(ss, extack);
	if (!err) {
		keys->seq = tcp_sk(sk)->copied_seq;
		keys->write_seq = tcp_sk(sk)->write_seq;
		seal_sk_socket(sk, keys->stand_in);
		seal_keys_cipher(tls_get_ctx(sk), 0);
	}
	release_sock(sk);
	return err ?: seal_keys_set(sock, args, extack);
}

/* Bytes that the strparser, where it copies, has taken off the queue for the first record. */
static u32 seal_keys_taken(const struct sock *sk)
{
	const struct tls_sw_context_rx *rx = seal_sock_rx(sk);

	return rx && rx->strp.copy_mode ? rx->strp.anchor->len : 0;
}

/* Since 6.14 they can be replaced, and who came before our table may have done it. */
static bool seal_keys_ours(const struct tls_context *ctx, const struct seal_attach *args)
{
	return !crypto_memneq(&ctx->crypto_send, args->tx, args->tx_len) &&
	       !crypto_memneq(&ctx->crypto_recv, args->rx, args->rx_len);
}

/* What kTLS works with, it has elsewhere; its hardware goes on looking at the cipher. */
static void seal_keys_seal_one(union tls_crypto_context *crypto, int conf)
{
	crypto->info.version = 0;
	if (conf != TLS_BASE && conf != TLS_SW)
		return;
	memzero_explicit(crypto, sizeof(*crypto));
	crypto->info.cipher_type = SEAL_NO_CIPHER;
}

/*
 * From now on kTLS neither replaces nor tells them, also not to who came before
 * our table and gets the lock of the socket long after the attach.
 */
static void seal_keys_seal(struct tls_context *ctx)
{
	if (!ctx)
		return;
	seal_keys_seal_one(&ctx->crypto_send, ctx->tx_conf);
	seal_keys_seal_one(&ctx->crypto_recv, ctx->rx_conf);
}

static int seal_keys_verify(const struct seal_keys *keys, bool ours,
			    struct netlink_ext_ack *extack)
{
	struct sock *sk = keys->sock->sk;

	if (READ_ONCE(keys->sock->ops)->owner != THIS_MODULE) {
		NL_SET_ERR_MSG(extack, "kTLS does not keep to sk_socket");
		return -EOPNOTSUPP;
	}
	if (!seal_sock_rx(sk) || tls_get_ctx(sk)->tx_conf != TLS_SW) {
		NL_SET_ERR_MSG(extack, "kTLS in hardware cannot be revoked, switch it off");
		return -EOPNOTSUPP;
	}
	if (!ours) {
		NL_SET_ERR_MSG(extack, "somebody set other keys");
		return -EBUSY;
	}
	if (seal_sock_inside(sk)) {
		NL_SET_ERR_MSG(extack, "a call from before the handshake is still inside");
		return -EBUSY;
	}
	if (tcp_sk(sk)->copied_seq != keys->seq + seal_keys_taken(sk)) {
		NL_SET_ERR_MSG(extack, "somebody read while the keys were installed");
		return -EBUSY;
	}
	if (tcp_sk(sk)->write_seq != keys->write_seq) {
		NL_SET_ERR_MSG(extack, "somebody wrote while the keys were installed");
		return -EBUSY;
	}
	/* kTLS says so once, to whoever comes first. */
	if (seal_sock_rx(sk)->strp.stopped) {
		NL_SET_ERR_MSG(extack, "what was received is no TLS record");
		return -EBADMSG;
	}
	return seal_keys_stranger(keys->ss, extack);
}

/**
 * seal_keys_end() - the socket itself again in the place of its stand-in
 * @keys: filled by seal_keys_install(), whether it failed or not
 * @extack: gets the reason
 *
 * Nobody got in since the table went up. Who was on the way between that table
 * and the lock of the socket when it did has left a trace: it sleeps, took from
 * the queue what kTLS did not see, sent, or set another key. After this it cannot.
 *
 * Context: process, with the socket locked.
 * Return: 0 or a negative errno: the socket must not be opened.
 */
int seal_keys_end(struct seal_keys *keys, struct netlink_ext_ack *extack)
{
	struct socket *sock = keys->sock, *in = keys->stand_in;
	struct tls_context *ctx = tls_get_ctx(sock->sk);
	bool ours = ctx && seal_keys_ours(ctx, keys->args);

	seal_keys_seal(ctx);
	if (sock->sk->sk_socket != in)
		return -EINVAL;
	seal_sk_socket(sock->sk, sock);
	/* Who has the stand-in still finds the gate, and what is behind it by then. */
	WRITE_ONCE(in->ops, keys->ops);
	if (test_bit(SOCK_NOSPACE, &in->flags))
		set_bit(SOCK_NOSPACE, &sock->flags);
	return seal_keys_verify(keys, ours, extack);
}
