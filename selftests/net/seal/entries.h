/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every way into a socket, each a function of one form, so that one table can
 * say what each must do in each state (mediation.c).
 */
#ifndef SEAL_TEST_ENTRIES_H
#define SEAL_TEST_ENTRIES_H

#include <stdbool.h>
#include <sys/types.h>

#define STAMP_LEN	64

/**
 * struct scene - what an entry works on
 * @fd: the socket
 * @block: it blocks, for PATIENCE_MS at most; else it has O_NONBLOCK
 * @patience_ms: how long an entry that does not block by itself waits
 * @page: STAMP_LEN bytes to send, or room for what is received
 * @insider: descriptor of the test module, -1 without
 */
struct scene {
	int fd;
	bool block;
	int patience_ms;
	char *page;
	int insider;
};

#define PATIENCE_MS	20

/* All return a count, or events, or a negative errno. */
typedef ssize_t entry_fn(struct scene *s);

/* Sending STAMP_LEN bytes from the page */
entry_fn out_send, out_sendto, out_sendmsg, out_sendmmsg, out_sendmmsg_two;
entry_fn out_write, out_writev;
entry_fn out_sendfile, out_splice, out_vmsplice, out_zerocopy, out_more, out_oob;
entry_fn out_alert, out_handshake, out_aio;
entry_fn out_dup, out_fork, out_scm, out_pidfd;
entry_fn out_uring_send, out_uring_sendmsg, out_uring_write, out_uring_zc;
entry_fn out_uring_splice;

/* Receiving STAMP_LEN bytes into the page */
entry_fn in_recv, in_recvfrom, in_recvmsg, in_recvmmsg, in_read, in_readv, in_peek;
entry_fn in_waitall, in_errqueue, in_told_of_sent, in_splice, in_sendfile, in_aio;
entry_fn in_uring_recv, in_uring_recvmsg, in_uring_read, in_uring_splice;

/* Asking what could be done: EPOLL* */
entry_fn ask_poll, ask_select, ask_epoll_lt, ask_epoll_et, ask_uring_poll;

/* Options and the rest */
entry_fn side_keys_get_tx, side_keys_get_rx, side_cipher_get, side_keys_set_tx;
entry_fn side_keys_set_rx, side_keys_get_uring, side_keys_set_uring, side_ulp;
entry_fn side_zerocopy, side_mmap, side_repair, side_error, side_status;
entry_fn side_type_get_uring, side_inq_uring, side_outq_uring;
entry_fn side_inq, side_outq, side_atmark, side_shutdown, side_unconnect;
entry_fn side_connect, side_bind, side_listen, side_accept;

/* Calls of kernel code, by insider.ko */
entry_fn kernel_own, kernel_out, kernel_out_pages, kernel_in, kernel_read_sock;
entry_fn kernel_sendmsg_locked, kernel_read_skb, kernel_peek_len, kernel_poll;

/* The result of a system call as entries return it. */
ssize_t outcome(ssize_t result);

/* A pipe with the page in it, by copy or by reference. */
int pipe_filled(struct scene *s, int pipes[2], bool by_reference);
void pipe_close(int pipes[2]);

#endif /* SEAL_TEST_ENTRIES_H */
