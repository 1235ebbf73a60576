/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One generic netlink command and its answer, used for both families.
 */
#ifndef SEALD_GENL_CALL_H
#define SEALD_GENL_CALL_H

#include <netlink/netlink.h>
#include <netlink/msg.h>
#include <netlink/handlers.h>

/**
 * genl_call - send a command and read up to its acknowledgement
 * @sock: connected to generic netlink, blocking, used for commands only
 * @msg: consumed; NULL is -ENOMEM, so that building and calling chain
 * @parse: called for each data message before the acknowledgement, or NULL
 * @arg: for @parse
 *
 * Returns 0, the negative errno of the kernel, or -EIO if netlink itself fails: it is not known
 * then what the kernel did. The next call is answered as if nothing had been.
 */
int genl_call(struct nl_sock *sock, struct nl_msg *msg,
	      nl_recvmsg_msg_cb_t parse, void *arg);

#endif /* SEALD_GENL_CALL_H */
