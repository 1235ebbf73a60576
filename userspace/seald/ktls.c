// SPDX-License-Identifier: GPL-2.0-or-later

#include "ktls.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <linux/tls.h>

#ifndef SOL_TLS
#define SOL_TLS	282
#endif

int ktls_install(int fd, const struct ipc_keys *keys)
{
	if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")) ||
	    setsockopt(fd, SOL_TLS, TLS_TX, keys->tx, (socklen_t)keys->tx_len) ||
	    setsockopt(fd, SOL_TLS, TLS_RX, keys->rx, (socklen_t)keys->rx_len))
		return -errno;
	return 0;
}
