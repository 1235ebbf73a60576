/* SPDX-License-Identifier: GPL-2.0-only */
/* What handshake.c asks of /dev/seal-bench. */
#ifndef SEAL_BENCH_CONSUMER_H
#define SEAL_BENCH_CONSUMER_H

#include <linux/ioctl.h>
#include <linux/types.h>

struct bench_handshake {
	__s32 fd;
	__u32 server;
	char peername[64];
};

#define BENCH_HANDSHAKE _IOW('s', 1, struct bench_handshake)

#endif /* SEAL_BENCH_CONSUMER_H */
