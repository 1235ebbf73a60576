// SPDX-License-Identifier: GPL-2.0-or-later

#include "genl_call.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

struct call_end {
	uint32_t seq;
	bool done;
	int error;
};

/*
 * In the place of libnl's, which counts: one message that was not sent, or one answer that was
 * lost, and it would take no answer any more.
 */
static int call_seq(struct nl_msg *msg, void *arg)
{
	const struct call_end *end = arg;

	return nlmsg_hdr(msg)->nlmsg_seq == end->seq ? NL_OK : NL_SKIP;
}

static int call_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *arg)
{
	struct call_end *end = arg;

	end->done = true;
	end->error = e->error;
	return NL_STOP;
}

static int call_ack(struct nl_msg *msg, void *arg)
{
	struct call_end *end = arg;

	end->done = true;
	return NL_STOP;
}

int genl_call(struct nl_sock *sock, struct nl_msg *msg,
	      nl_recvmsg_msg_cb_t parse, void *arg)
{
	struct call_end end = { 0 };
	struct nl_cb *cb;
	int ret;

	if (!msg)
		return -ENOMEM;
	cb = nl_cb_alloc(NL_CB_DEFAULT);
	if (!cb) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	if (parse)
		nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, parse, arg);
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, call_seq, &end);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, call_ack, &end);
	nl_cb_err(cb, NL_CB_CUSTOM, call_error, &end);

	ret = nl_send_auto(sock, msg);
	end.seq = nlmsg_hdr(msg)->nlmsg_seq;
	/* It may hold record keys. */
	explicit_bzero(nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
	nlmsg_free(msg);
	while (ret >= 0 && !end.done)
		ret = nl_recvmsgs(sock, cb);
	nl_cb_put(cb);
	if (!end.done)
		return -EIO;
	return end.error;
}
