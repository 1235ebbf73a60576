// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that only code of the kernel can make on a socket, so that a test can
 * see whether they pass the gate. For tests; root only.
 */

#include <linux/bvec.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/in.h>
#include <linux/jiffies.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/nsproxy.h>
#include <linux/poll.h>
#include <linux/skbuff.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <net/tls.h>

#include "insider.h"

static const struct proto_ops *insider_ops(const struct socket *sock)
{
	return READ_ONCE(sock->ops);
}

/* Of the last of each family, which are all alike. */
static void (*insider_destructs[2])(struct sock *sk);

static void insider_destruct(struct sock *sk)
{
	insider_destructs[sk->sk_family == AF_INET6](sk);
	module_put(THIS_MODULE);
}

/* SUNRPC and NVMe are known by this: the socket is theirs, and they asked for a handshake. */
static int insider_own(struct socket *sock)
{
	static long owner;

	__module_get(THIS_MODULE);
	write_lock_bh(&sock->sk->sk_callback_lock);
	sock->sk->sk_user_data = &owner;
	insider_destructs[sock->sk->sk_family == AF_INET6] = sock->sk->sk_destruct;
	sock->sk->sk_destruct = insider_destruct;
	write_unlock_bh(&sock->sk->sk_callback_lock);
	return 0;
}

static int insider_send(struct socket *sock, u8 *data)
{
	struct kvec vec = { .iov_base = data, .iov_len = INSIDER_LEN };
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL };

	if (sock->file->f_flags & O_NONBLOCK)
		msg.msg_flags |= MSG_DONTWAIT;
	return kernel_sendmsg(sock, &msg, &vec, 1, INSIDER_LEN);
}

/* As NFS and NVMe do it: pages, not copies. */
static int insider_send_pages(struct socket *sock, u8 *data)
{
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL | MSG_SPLICE_PAGES };
	struct page *page = alloc_page(GFP_KERNEL);
	struct bio_vec vec;
	int ret;

	if (!page)
		return -ENOMEM;
	memcpy(page_address(page), data, INSIDER_LEN);
	bvec_set_page(&vec, page, INSIDER_LEN, 0);
	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, &vec, 1, INSIDER_LEN);
	if (sock->file->f_flags & O_NONBLOCK)
		msg.msg_flags |= MSG_DONTWAIT;
	ret = sock_sendmsg(sock, &msg);
	put_page(page);
	return ret;
}

static int insider_recv(struct socket *sock, u8 *data)
{
	struct kvec vec = { .iov_base = data, .iov_len = INSIDER_LEN };
	bool nonblock = sock->file->f_flags & O_NONBLOCK;
	struct msghdr msg = {};

	return kernel_recvmsg(sock, &msg, &vec, 1, INSIDER_LEN,
			      nonblock ? MSG_DONTWAIT : 0);
}

static int insider_actor(read_descriptor_t *desc, struct sk_buff *skb,
			 unsigned int offset, size_t len)
{
	len = min(len, desc->count);
	if (skb_copy_bits(skb, offset, desc->arg.data, len))
		return -EFAULT;
	desc->arg.data += len;
	desc->count -= len;
	return len;
}

static int insider_read_sock(struct socket *sock, u8 *data)
{
	read_descriptor_t desc = { .count = INSIDER_LEN, .arg.data = data };
	int ret;

	lock_sock(sock->sk);
	ret = insider_ops(sock)->read_sock(sock->sk, &desc, insider_actor);
	release_sock(sock->sk);
	return ret;
}

static int insider_slip_recv(struct sock *sk, u8 *data)
{
	read_descriptor_t desc = { .count = INSIDER_LEN, .arg.data = data };

	return tcp_read_sock(sk, &desc, insider_actor);
}

static int insider_slip_send(struct sock *sk, u8 *data)
{
	struct kvec vec = { .iov_base = data, .iov_len = INSIDER_LEN };
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };

	iov_iter_kvec(&msg.msg_iter, ITER_SOURCE, &vec, 1, INSIDER_LEN);
	return tcp_sendmsg_locked(sk, &msg, INSIDER_LEN);
}

/*
 * One that came past the table before it was ours, and gets the lock of the
 * socket only when its keys are being installed: sk_socket is another then.
 */
static int insider_slip(struct socket *sock, u8 *data,
			int (*slip)(struct sock *sk, u8 *data))
{
	unsigned long end = jiffies + 30 * HZ;
	struct sock *sk = sock->sk;
	int ret;

	while (READ_ONCE(sk->sk_socket) == sock) {
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
		cond_resched();
	}
	lock_sock(sk);
	/* Or it was slow, and the keys are in place. */
	ret = sk->sk_socket == sock ? 0 : slip(sk, data);
	release_sock(sk);
	return ret;
}

/*
 * Who called before the table was ours, and gets the lock of the socket at any
 * time after. From user space: see seal_key_set() in kernel/keys.c.
 */
static int insider_set_key(struct socket *sock, int direction, void __user *key)
{
	return sock_common_setsockopt(sock, SOL_TLS, direction, USER_SOCKPTR(key),
				      sizeof(struct tls12_crypto_info_aes_gcm_128));
}

static int insider_get_key(struct socket *sock, int direction,
			   struct insider_call __user *call)
{
	/* Where the length goes: what is behind the key. */
	int __user *len = (int __user *)(call->data + INSIDER_LEN - sizeof(int));

	if (put_user(sizeof(struct tls12_crypto_info_aes_gcm_128), len))
		return -EFAULT;
	return sock_common_getsockopt(sock, SOL_TLS, direction, call->data, len);
}

static bool insider_sends_tls(const struct sock *sk)
{
	const struct tls_context *ctx = tls_get_ctx(sk);

	return ctx && ctx->tx_conf != TLS_BASE;
}

/* After the key for sending, before that for receiving or as soon as possible. */
static int insider_slip_key(struct socket *sock, void __user *key)
{
	unsigned long end = jiffies + 30 * HZ;

	while (!insider_sends_tls(sock->sk)) {
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
		cond_resched();
	}
	return insider_set_key(sock, TLS_TX, key);
}

static int insider_sendmsg_locked(struct socket *sock, u8 *data)
{
	struct kvec vec = { .iov_base = data, .iov_len = INSIDER_LEN };
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	int ret;

	iov_iter_kvec(&msg.msg_iter, ITER_SOURCE, &vec, 1, INSIDER_LEN);
	lock_sock(sock->sk);
	ret = insider_ops(sock)->sendmsg_locked(sock->sk, &msg, INSIDER_LEN);
	release_sock(sock->sk);
	return ret;
}

static int insider_skb_actor(struct sock *sk, struct sk_buff *skb)
{
	int len = skb->len;

	kfree_skb(skb);
	return len;
}

static int insider_read_skb(struct socket *sock)
{
	int ret;

	lock_sock(sock->sk);
	ret = insider_ops(sock)->read_skb(sock->sk, insider_skb_actor);
	release_sock(sock->sk);
	return ret;
}

#ifdef CONFIG_KPROBES

static char insider_probed[INSIDER_LEN];
static struct kprobe insider_probe;

static int insider_at(const char *name, kprobe_pre_handler_t handler)
{
	int err;

	if (insider_probe.symbol_name)
		return -EBUSY;
	strscpy(insider_probed, name, sizeof(insider_probed));
	memset(&insider_probe, 0, sizeof(insider_probe));
	insider_probe.symbol_name = insider_probed;
	insider_probe.pre_handler = handler;
	err = register_kprobe(&insider_probe);
	if (err)
		insider_probe.symbol_name = NULL;
	return err;
}

static int insider_mend(struct inode *inode, struct file *file)
{
	if (insider_probe.symbol_name)
		unregister_kprobe(&insider_probe);
	insider_probe.symbol_name = NULL;
	return 0;
}

/* A kernel that does not look at what stops it: what seal.ko finds out as it loads. */
static int insider_forget(struct kprobe *probe, struct pt_regs *regs)
{
	void *first = (void *)regs_get_kernel_argument(regs, 0);
	bool socket = !strcmp(insider_probed, "tls_sw_splice_read");
	struct sock *sk = socket ? ((struct socket *)first)->sk : first;
	struct tls_context *ctx = tls_get_ctx(sk);

	/* That its caller has the lock, as a BPF program. */
	if (!strcmp(insider_probed, "tcp_abort")) {
		current->bpf_ctx = NULL;
		return 0;
	}
	WRITE_ONCE(sk->sk_err, 0);
	if (ctx && ctx->rx_conf == TLS_SW)
		WRITE_ONCE(tls_sw_ctx_rx(ctx)->async_wait.err, 0);
	return 0;
}

static int insider_break(const u8 *name)
{
	return insider_at(name, insider_forget);
}

static struct socket *insider_awaited;
static bool insider_any;
static u32 insider_stand_ms;
static bool insider_go;

/* The first who comes there with the socket: he stands until he may go, or the time is up. */
static int insider_before(struct kprobe *probe, struct pt_regs *regs)
{
	void *first = (void *)regs_get_kernel_argument(regs, 0);
	struct socket *sock = READ_ONCE(insider_awaited);
	u32 ms;

	if (!sock || (!insider_any && first != sock && first != sock->sk) ||
	    cmpxchg(&insider_awaited, sock, NULL) != sock)
		return 0;
	for (ms = 0; ms < insider_stand_ms && !READ_ONCE(insider_go); ms++)
		mdelay(1);
	return 0;
}

static int insider_stand(struct socket *sock, const u8 *data)
{
	const char *name = data + sizeof(insider_stand_ms);

	memcpy(&insider_stand_ms, data, sizeof(insider_stand_ms));
	insider_stand_ms = insider_stand_ms ?: 300;
	insider_any = *name == '*';
	name += insider_any;
	WRITE_ONCE(insider_go, false);
	/* The probe is there. */
	if (READ_ONCE(insider_awaited) == sock)
		return 0;
	WRITE_ONCE(insider_awaited, sock);
	/* In TCP the table of the socket was asked, its lock was not taken. */
	return insider_at(*name ? name : "tcp_recvmsg", insider_before);
}

static int insider_stands(void)
{
	unsigned long end = jiffies + 30 * HZ;

	while (READ_ONCE(insider_awaited)) {
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
		usleep_range(100, 200);
	}
	return 0;
}

static int insider_let_go(void)
{
	WRITE_ONCE(insider_go, true);
	return 0;
}

/*
 * What a resume does where the clock stood still. It is no call for modules: the
 * address is that which a probe would get, and processors that check where a call
 * goes would not let us.
 */
static int insider_sleep(const u8 *data)
{
	struct kprobe probe = { .symbol_name = "timekeeping_inject_sleeptime64" };
	void (*inject)(const struct timespec64 *delta);
	struct timespec64 delta = {};
	u64 seconds;
	int err;

	if (boot_cpu_has(X86_FEATURE_IBT))
		return -EOPNOTSUPP;
	err = register_kprobe(&probe);
	if (err)
		return err;
	inject = (void *)probe.addr;
	unregister_kprobe(&probe);
	memcpy(&seconds, data, sizeof(seconds));
	delta.tv_sec = seconds;
	inject(&delta);
	return 0;
}

#else

static int insider_break(const u8 *name)
{
	return -EOPNOTSUPP;
}

static int insider_stand(struct socket *sock, const u8 *data)
{
	return -EOPNOTSUPP;
}

static int insider_stands(void)
{
	return -EOPNOTSUPP;
}

static int insider_let_go(void)
{
	return -EOPNOTSUPP;
}

static int insider_mend(struct inode *inode, struct file *file)
{
	return 0;
}

static int insider_sleep(const u8 *data)
{
	return -EOPNOTSUPP;
}

#endif /* CONFIG_KPROBES */

/* Waits for all who are in a call of generic netlink, and they wait for it. */
static int insider_family(void)
{
	static struct genl_family family = {
		.name	= "seal-insider",
		.module	= THIS_MODULE,
	};
	int err = genl_register_family(&family);

	return err ?: genl_unregister_family(&family);
}

/*
 * A connection of the kernel's own, that does not hold its namespace, and a thread that
 * reads from one end. The end of the namespace comes to us after those of modules that
 * were loaded later: it waits for the thread, and closes the connection.
 */
static struct insider_pair {
	struct net *net;
	struct socket *end[2];
	struct file *file;
	struct completion read;
	struct completion closed;
	bool reads;
	long blocked;
	long late;
} insider_pair;

static long insider_receive(int flags)
{
	u8 data[INSIDER_LEN];
	struct kvec vec = { .iov_base = data, .iov_len = sizeof(data) };
	struct msghdr msg = {};

	return kernel_recvmsg(insider_pair.end[0], &msg, &vec, 1, sizeof(data), flags);
}

static int insider_reads(void *arg)
{
	insider_pair.blocked = insider_receive(0);
	kthread_complete_and_exit(&insider_pair.read, 0);
}

static int insider_connect(struct socket *listener)
{
	struct sockaddr_in addr = {
		.sin_family	 = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int err;

	err = kernel_bind(listener, (void *)&addr, sizeof(addr)) ?:
	      kernel_listen(listener, 1);
	if (err)
		return err;
	err = kernel_getsockname(listener, (void *)&addr);
	if (err < 0)
		return err;
	return kernel_connect(insider_pair.end[0], (void *)&addr, sizeof(addr), 0) ?:
	       kernel_accept(listener, &insider_pair.end[1], 0);
}

static int insider_tcp(struct net *net)
{
	struct socket *listener;
	int err;

	err = sock_create_kern(net, AF_INET, SOCK_STREAM, IPPROTO_TCP, &listener);
	if (err)
		return err;
	err = sock_create_kern(net, AF_INET, SOCK_STREAM, IPPROTO_TCP, &insider_pair.end[0]);
	if (!err) {
		err = insider_connect(listener);
		if (err)
			sock_release(insider_pair.end[0]);
	}
	sock_release(listener);
	return err;
}

/* A descriptor of one end, for an agent. */
static int insider_pair_open(void)
{
	struct net *net = current->nsproxy->net_ns;
	int fd = get_unused_fd_flags(O_CLOEXEC), err;

	if (fd < 0)
		return fd;
	err = insider_pair.net ? -EBUSY : insider_tcp(net);
	if (err) {
		put_unused_fd(fd);
		return err;
	}
	insider_pair.file = sock_alloc_file(insider_pair.end[0], O_CLOEXEC, NULL);
	if (IS_ERR(insider_pair.file)) {
		sock_release(insider_pair.end[1]);
		put_unused_fd(fd);
		return PTR_ERR(insider_pair.file);
	}
	init_completion(&insider_pair.read);
	init_completion(&insider_pair.closed);
	insider_pair.reads = false;
	insider_pair.net = net;
	fd_install(fd, get_file(insider_pair.file));
	return fd;
}

static int insider_pair_read(void)
{
	int err = PTR_ERR_OR_ZERO(kthread_run(insider_reads, NULL, "seal-insider"));

	insider_pair.reads = !err;
	return err;
}

static void __net_exit insider_pair_close(struct net *net)
{
	if (net != insider_pair.net)
		return;
	if (insider_pair.reads && !wait_for_completion_timeout(&insider_pair.read, 3 * HZ)) {
		kernel_sock_shutdown(insider_pair.end[0], SHUT_RDWR);
		wait_for_completion(&insider_pair.read);
	}
	insider_pair.late = insider_receive(MSG_DONTWAIT);
	__fput_sync(insider_pair.file);
	sock_release(insider_pair.end[1]);
	insider_pair.net = NULL;
	complete(&insider_pair.closed);
}

static int insider_pair_ended(u8 *data)
{
	if (!wait_for_completion_timeout(&insider_pair.closed, 30 * HZ))
		return -ETIMEDOUT;
	memcpy(data, &insider_pair.blocked, sizeof(long));
	memcpy(data + sizeof(long), &insider_pair.late, sizeof(long));
	return 0;
}

static struct pernet_operations insider_net_ops = {
	.exit = insider_pair_close,
};

/* Through the memory of the caller itself. */
static long insider_key(struct socket *sock, u32 op, struct insider_call __user *call)
{
	switch (op) {
	case INSIDER_SET_TX:
		return insider_set_key(sock, TLS_TX, call->data);
	case INSIDER_SET_RX:
		return insider_set_key(sock, TLS_RX, call->data);
	case INSIDER_GET_TX:
		return insider_get_key(sock, TLS_TX, call);
	case INSIDER_GET_RX:
		return insider_get_key(sock, TLS_RX, call);
	}
	return insider_slip_key(sock, call->data);
}

static long insider_do(struct socket *sock, struct insider_call *call)
{
	switch (call->op) {
	case INSIDER_OWN:
		return insider_own(sock);
	case INSIDER_SEND:
		return insider_send(sock, call->data);
	case INSIDER_SEND_PAGES:
		return insider_send_pages(sock, call->data);
	case INSIDER_RECV:
		return insider_recv(sock, call->data);
	case INSIDER_READ_SOCK:
		return insider_read_sock(sock, call->data);
	case INSIDER_SLIP:
		return insider_slip(sock, call->data, insider_slip_recv);
	case INSIDER_SLIP_SEND:
		return insider_slip(sock, call->data, insider_slip_send);
	case INSIDER_SENDMSG_LOCKED:
		return insider_sendmsg_locked(sock, call->data);
	case INSIDER_READ_SKB:
		return insider_read_skb(sock);
	case INSIDER_PEEK_LEN:
		return insider_ops(sock)->peek_len(sock);
	case INSIDER_POLL:
		return (__force long)insider_ops(sock)->poll(sock->file, sock, NULL);
	case INSIDER_BREAK:
		return insider_break(call->data);
	case INSIDER_SLEEP:
		return insider_sleep(call->data);
	case INSIDER_STAND:
		return insider_stand(sock, call->data);
	case INSIDER_STANDS:
		return insider_stands();
	case INSIDER_LET_GO:
		return insider_let_go();
	case INSIDER_PAIR:
		return insider_pair_open();
	case INSIDER_PAIR_READ:
		return insider_pair_read();
	case INSIDER_PAIR_ENDED:
		return insider_pair_ended(call->data);
	case INSIDER_FAMILY:
		return insider_family();
	}
	return -EINVAL;
}

static long insider_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;
	struct insider_call call;
	struct socket *sock;
	long ret;
	int err;

	if (cmd != INSIDER_CALL)
		return -ENOTTY;
	if (copy_from_user(&call, user, sizeof(call)))
		return -EFAULT;
	sock = sockfd_lookup(call.fd, &err);
	if (!sock)
		return err;
	if (call.op >= INSIDER_SET_TX && call.op <= INSIDER_SLIP_SET_TX) {
		ret = insider_key(sock, call.op, user);
		sockfd_put(sock);
		return ret;
	}
	ret = insider_do(sock, &call);
	sockfd_put(sock);
	return copy_to_user(user, &call, sizeof(call)) ? -EFAULT : ret;
}

static const struct file_operations insider_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = insider_ioctl,
	.release = insider_mend,
};

static struct miscdevice insider_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "seal-insider",
	.mode = 0600,
	.fops = &insider_fops,
};

static int __init insider_init(void)
{
	int err = register_pernet_subsys(&insider_net_ops);

	if (err)
		return err;
	err = misc_register(&insider_device);
	if (err)
		unregister_pernet_subsys(&insider_net_ops);
	return err;
}
module_init(insider_init);

static void __exit insider_exit(void)
{
	misc_deregister(&insider_device);
	unregister_pernet_subsys(&insider_net_ops);
}
module_exit(insider_exit);

MODULE_DESCRIPTION("kernel callers on sockets, for tests");
MODULE_LICENSE("GPL");
