/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests ask of /dev/seal-insider. */
#ifndef SEAL_TEST_INSIDER_H
#define SEAL_TEST_INSIDER_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define INSIDER_LEN	64

enum insider_op {
	INSIDER_OWN,		/* from now on it looks like a kernel consumer's */
	INSIDER_SEND,
	INSIDER_SEND_PAGES,
	INSIDER_RECV,
	INSIDER_READ_SOCK,
	INSIDER_SLIP,		/* raw, while keys are installed; waits for that */
	INSIDER_SLIP_SEND,	/* the same, out */
	INSIDER_SET_TX,		/* data is a key; the table of the socket is not asked */
	INSIDER_SET_RX,
	INSIDER_GET_TX,
	INSIDER_GET_RX,
	INSIDER_SLIP_SET_TX,	/* the same, as soon as there is a key */
	INSIDER_SENDMSG_LOCKED,
	INSIDER_READ_SKB,
	INSIDER_PEEK_LEN,
	INSIDER_POLL,
	INSIDER_BREAK,		/* the function whose name is in data forgets: of kTLS, errors;
				 * tcp_abort, that its caller has the lock */
	INSIDER_SLEEP,		/* the machine slept for as many seconds as a __u64 says */
	INSIDER_STAND,		/* who comes next to a function stands there as many ms as a
				 * __u32 says, or 300: its name is behind that, or it is
				 * that of TCP which receives; behind a '*': who comes there
				 * with whatever */
	INSIDER_STANDS,		/* wait until he does */
	INSIDER_LET_GO,		/* he goes on before his time */
	INSIDER_PAIR,		/* a connection of the kernel's own in this namespace: one end */
	INSIDER_PAIR_READ,	/* the kernel reads from that end */
	INSIDER_PAIR_ENDED,	/* the namespace has: two longs, what it read before and after */
	INSIDER_FAMILY,		/* a family of generic netlink comes, and goes */
};

/**
 * struct insider_call - a call of kernel code on a socket
 * @fd: the socket
 * @op: enum insider_op
 * @data: to send, or received
 */
struct insider_call {
	__s32 fd;
	__u32 op;
	__u8 data[INSIDER_LEN];
};

/* Returns what the operation returned. */
#define INSIDER_CALL	_IOWR('s', 2, struct insider_call)

#endif /* SEAL_TEST_INSIDER_H */
