// SPDX-License-Identifier: GPL-2.0-only
/* Options, and calls that move no data themselves. */

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "entries.h"
#include "lib.h"
#include "uring.h"

static ssize_t keys_get(struct scene *s, int name, socklen_t len)
{
	struct tls12_crypto_info_aes_gcm_128 key = {};
	ssize_t err;

	err = outcome(getsockopt(s->fd, SOL_TLS, name, &key, &len));
	/* A key that comes out with an error came out. */
	if (err && (key.key[0] || key.rec_seq[7]))
		return -EPROTO;
	return err;
}

ssize_t side_keys_get_tx(struct scene *s)
{
	return keys_get(s, TLS_TX, sizeof(struct tls12_crypto_info_aes_gcm_128));
}

ssize_t side_keys_get_rx(struct scene *s)
{
	return keys_get(s, TLS_RX, sizeof(struct tls12_crypto_info_aes_gcm_128));
}

ssize_t side_cipher_get(struct scene *s)
{
	return keys_get(s, TLS_TX, sizeof(struct tls_crypto_info));
}

static ssize_t keys_set(struct scene *s, int name)
{
	struct tls12_crypto_info_aes_gcm_128 key = key_make(9);

	return outcome(setsockopt(s->fd, SOL_TLS, name, &key, sizeof(key)));
}

ssize_t side_keys_set_tx(struct scene *s)
{
	return keys_set(s, TLS_TX);
}

ssize_t side_keys_set_rx(struct scene *s)
{
	return keys_set(s, TLS_RX);
}

static ssize_t uring_option(struct scene *s, int op, int level, int name, void *value,
			    int len)
{
	struct io_uring ring;
	struct io_uring_sqe *sqe = uring_begin(&ring);

	if (!sqe)
		return -ENOSYS;
	io_uring_prep_cmd_sock(sqe, op, s->fd, level, name, value, len);
	return uring_end(&ring, s->patience_ms);
}

/* io_uring hands options of level SOL_SOCKET out only. */
ssize_t side_keys_get_uring(struct scene *s)
{
	struct tls12_crypto_info_aes_gcm_128 key = {};

	return uring_option(s, SOCKET_URING_OP_GETSOCKOPT, SOL_TLS, TLS_TX, &key,
			    sizeof(key));
}

ssize_t side_type_get_uring(struct scene *s)
{
	int type;

	return uring_option(s, SOCKET_URING_OP_GETSOCKOPT, SOL_SOCKET, SO_TYPE, &type,
			    sizeof(type));
}

/* A number comes back, and nothing else. */
ssize_t side_inq_uring(struct scene *s)
{
	return uring_option(s, SOCKET_URING_OP_SIOCINQ, 0, 0, NULL, 0);
}

ssize_t side_outq_uring(struct scene *s)
{
	return uring_option(s, SOCKET_URING_OP_SIOCOUTQ, 0, 0, NULL, 0);
}

ssize_t side_keys_set_uring(struct scene *s)
{
	struct tls12_crypto_info_aes_gcm_128 key = key_make(9);

	return uring_option(s, SOCKET_URING_OP_SETSOCKOPT, SOL_TLS, TLS_TX, &key,
			    sizeof(key));
}

ssize_t side_ulp(struct scene *s)
{
	return outcome(setsockopt(s->fd, IPPROTO_TCP, TCP_ULP, "tls", 3));
}

ssize_t side_zerocopy(struct scene *s)
{
	char zc[64] = {};
	socklen_t len = sizeof(zc);

	return outcome(getsockopt(s->fd, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, zc, &len));
}

ssize_t side_mmap(struct scene *s)
{
	void *map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, s->fd, 0);

	if (map == MAP_FAILED)
		return -errno;
	munmap(map, 4096);
	return 0;
}

ssize_t side_repair(struct scene *s)
{
	int one = 1;

	return outcome(setsockopt(s->fd, IPPROTO_TCP, TCP_REPAIR, &one, sizeof(one)));
}

/* It takes the error off the socket, after which nothing may pass either. */
ssize_t side_error(struct scene *s)
{
	socklen_t len = sizeof(int);
	int error;

	return outcome(getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len));
}

ssize_t side_status(struct scene *s)
{
	struct seal_status st;

	return status_get(s->fd, &st);
}

static ssize_t ask_ioctl(struct scene *s, unsigned long command)
{
	int value;

	return outcome(ioctl(s->fd, command, &value));
}

ssize_t side_inq(struct scene *s)
{
	return ask_ioctl(s, SIOCINQ);
}

ssize_t side_outq(struct scene *s)
{
	return ask_ioctl(s, SIOCOUTQ);
}

ssize_t side_atmark(struct scene *s)
{
	ssize_t result = ask_ioctl(s, SIOCATMARK);

	return result < 0 ? result : 0;
}

ssize_t side_shutdown(struct scene *s)
{
	return outcome(shutdown(s->fd, SHUT_RDWR));
}

ssize_t side_unconnect(struct scene *s)
{
	struct sockaddr addr = { .sa_family = AF_UNSPEC };

	return outcome(connect(s->fd, &addr, sizeof(addr)));
}

ssize_t side_connect(struct scene *s)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);

	getsockname(s->fd, (void *)&addr, &len);
	return outcome(connect(s->fd, (void *)&addr, len));
}

ssize_t side_bind(struct scene *s)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);

	getsockname(s->fd, (void *)&addr, &len);
	return outcome(bind(s->fd, (void *)&addr, len));
}

ssize_t side_listen(struct scene *s)
{
	return outcome(listen(s->fd, 1));
}

ssize_t side_accept(struct scene *s)
{
	return outcome(accept(s->fd, NULL, NULL));
}
