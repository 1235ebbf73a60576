// SPDX-License-Identifier: GPL-2.0-only
/*
 * A consumer of the handshake service that is nothing else: any agent can be
 * timed with it, with our gate or without. For benches; root only.
 */

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <net/handshake.h>
#include <net/sock.h>

#include "consumer.h"

#define TIMEOUT_MS	120000

struct bench_request {
	struct completion done;
	int status;
	char peername[sizeof_field(struct bench_handshake, peername)];
};

static void bench_done(void *data, int status, key_serial_t peerid)
{
	struct bench_request *req = data;

	req->status = status;
	complete(&req->done);
}

/* Whoever wins of cancel and done: after this no callback uses @req. */
static int bench_wait(struct bench_request *req, struct sock *sk)
{
	if (wait_for_completion_timeout(&req->done, msecs_to_jiffies(TIMEOUT_MS)))
		return req->status;
	if (!tls_handshake_cancel(sk))
		wait_for_completion(&req->done);
	return -ETIMEDOUT;
}

static int bench_handshake(struct socket *sock, bool server, struct bench_request *req)
{
	struct tls_handshake_args args = {
		.ta_sock = sock,
		.ta_done = bench_done,
		.ta_data = req,
		.ta_peername = req->peername,
		.ta_timeout_ms = TIMEOUT_MS,
		.ta_keyring = TLS_NO_KEYRING,
		.ta_my_cert = TLS_NO_CERT,
		.ta_my_privkey = TLS_NO_PRIVKEY,
	};
	int ret;

	init_completion(&req->done);
	/* The kernel's queue has room for some only; others come again. */
	do {
		ret = server ? tls_server_hello_x509(&args, GFP_KERNEL)
			     : tls_client_hello_x509(&args, GFP_KERNEL);
	} while (ret == -EAGAIN && !msleep_interruptible(10));
	return ret ? ret : bench_wait(req, sock->sk);
}

static long bench_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct bench_handshake ask;
	struct bench_request *req;
	struct socket *sock;
	int ret;

	if (cmd != BENCH_HANDSHAKE)
		return -ENOTTY;
	if (copy_from_user(&ask, (void __user *)arg, sizeof(ask)))
		return -EFAULT;
	ask.peername[sizeof(ask.peername) - 1] = '\0';

	sock = sockfd_lookup(ask.fd, &ret);
	if (!sock)
		return ret;
	req = kzalloc(sizeof(*req), GFP_KERNEL);
	if (req) {
		strscpy(req->peername, ask.peername, sizeof(req->peername));
		ret = bench_handshake(sock, ask.server, req);
		kfree(req);
	} else {
		ret = -ENOMEM;
	}
	sockfd_put(sock);
	return ret;
}

static const struct file_operations bench_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = bench_ioctl,
};

static struct miscdevice bench_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "seal-bench",
	.mode = 0600,
	.fops = &bench_fops,
};
module_misc_device(bench_device);

MODULE_DESCRIPTION("handshake service consumer for benches");
MODULE_LICENSE("GPL");
