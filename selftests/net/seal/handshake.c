// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <linux/handshake.h>
#include <unistd.h>

#include "handshake.h"

int hs_accept(struct nl *hs)
{
	struct msg msg;
	int err;

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
