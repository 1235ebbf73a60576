// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <linux/handshake.h>
#include <sys/socket.h>
#include <unistd.h>

#include "handshake.h"

/* Doorbells that nobody heard; a full queue has no room for the answer. */
static void drop_events(struct nl *hs)
{
	char buf[4096];

	while (recv(hs->fd, buf, sizeof(buf), MSG_DONTWAIT) >= 0 || errno == ENOBUFS)
		;
}

int hs_accept(struct nl *hs)
{
	struct msg msg;
	int err;

	drop_events(hs);
	msg_init(&msg, HANDSHAKE_CMD_ACCEPT);
	msg_u32(&msg, HANDSHAKE_A_ACCEPT_HANDLER_CLASS, HANDSHAKE_HANDLER_CLASS_TLSHD);
	err = nl_call(hs, &msg);
	return err ?: (int)nl_u32(hs, HANDSHAKE_A_ACCEPT_SOCKFD, -1);
}

int hs_done(struct nl *hs, int fd, uint32_t status)
{
	struct msg msg;

	msg_init(&msg, HANDSHAKE_CMD_DONE);
	msg_u32(&msg, HANDSHAKE_A_DONE_STATUS, status);
	msg_u32(&msg, HANDSHAKE_A_DONE_SOCKFD, fd);
	return nl_call(hs, &msg);
}

int hs_refuse_all(struct nl *hs)
{
	int fd, err = 0;

	while (!err && (fd = hs_accept(hs)) >= 0) {
		err = hs_done(hs, fd, EACCES);
		close(fd);
	}
	return err ?: fd == -EAGAIN ? 0 : fd;
}
