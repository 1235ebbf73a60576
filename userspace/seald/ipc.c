// SPDX-License-Identifier: GPL-2.0-or-later

#include "ipc.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char *const type_names[IPC_TYPE_COUNT] = {
	[IPC_NONE] = "none",
	[IPC_WORKER] = "worker",
	[IPC_KEYS] = "keys",
	[IPC_FAILED] = "failed",
	[IPC_VERIFIER] = "verifier",
	[IPC_VERDICT] = "verdict",
	[IPC_OFFER] = "offer",
	[IPC_CHAIN] = "chain",
	[IPC_CHAIN_OK] = "chain-ok",
	[IPC_PSK] = "psk",
	[IPC_PSK_KEY] = "psk-key",
	[IPC_PEER] = "peer",
	[IPC_PLAN] = "plan",
	[IPC_HELLOS] = "hellos",
	[IPC_REQUEST] = "request",
	[IPC_AUTHENTICATOR] = "authenticator",
	[IPC_LOG_ASK] = "log-ask",
	[IPC_LOG] = "log",
	[IPC_EXPORT] = "export",
	[IPC_EXPORTED] = "exported",
	[IPC_ACCEPT] = "accept",
	[IPC_REFUSE] = "refuse",
	[IPC_WAITS] = "waits",
	[IPC_WORKS] = "works",
};

const char *ipc_type_name(unsigned int type)
{
	return type < IPC_TYPE_COUNT ? type_names[type] : "unknown";
}

static const struct ipc_rule {
	enum ipc_state state;
	enum ipc_end sender;
	enum ipc_type type;
	enum ipc_state next;
} rules[] = {
	{ IPC_W_START,		IPC_MONITOR,	  IPC_WORKER,	IPC_W_RUNNING },
	{ IPC_W_RUNNING,	IPC_WORKER_END,	  IPC_KEYS,	IPC_CLOSED },
	{ IPC_W_RUNNING,	IPC_WORKER_END,	  IPC_FAILED,	IPC_CLOSED },
	{ IPC_W_RUNNING,	IPC_WORKER_END,	  IPC_WAITS,	IPC_W_WAITING },
	{ IPC_W_WAITING,	IPC_WORKER_END,	  IPC_WORKS,	IPC_W_RUNNING },

	{ IPC_V_START,		IPC_MONITOR,	  IPC_VERIFIER,	IPC_V_RUNNING },
	{ IPC_V_RUNNING,	IPC_VERIFIER_END, IPC_VERDICT,	IPC_CLOSED },

	{ IPC_P_START,		IPC_VERIFIER_END, IPC_OFFER,	IPC_P_TLS },
	{ IPC_P_START,		IPC_VERIFIER_END, IPC_REFUSE,	IPC_CLOSED },
	{ IPC_P_TLS,		IPC_WORKER_END,	  IPC_CHAIN,	IPC_P_CHAIN },
	{ IPC_P_TLS,		IPC_WORKER_END,	  IPC_PEER,	IPC_P_PEER },
	{ IPC_P_CHAIN,		IPC_VERIFIER_END, IPC_CHAIN_OK,	IPC_P_KNOWN },
	{ IPC_P_CHAIN,		IPC_VERIFIER_END, IPC_REFUSE,	IPC_CLOSED },
	{ IPC_P_TLS,		IPC_WORKER_END,	  IPC_PSK,	IPC_P_PSK },
	{ IPC_P_PSK,		IPC_VERIFIER_END, IPC_PSK_KEY,	IPC_P_KNOWN },
	{ IPC_P_PSK,		IPC_VERIFIER_END, IPC_REFUSE,	IPC_CLOSED },
	{ IPC_P_KNOWN,		IPC_WORKER_END,	  IPC_PEER,	IPC_P_PEER },
	{ IPC_P_PEER,		IPC_VERIFIER_END, IPC_PLAN,	IPC_P_PLAN },
	{ IPC_P_PEER,		IPC_VERIFIER_END, IPC_REFUSE,	IPC_CLOSED },
	{ IPC_P_PLAN,		IPC_WORKER_END,	  IPC_HELLOS,	IPC_P_HELLOS },
	{ IPC_P_HELLOS,		IPC_VERIFIER_END, IPC_REQUEST,	IPC_P_REQUEST },
	{ IPC_P_HELLOS,		IPC_VERIFIER_END, IPC_REFUSE,	IPC_CLOSED },
	{ IPC_P_REQUEST,	IPC_WORKER_END,	  IPC_AUTHENTICATOR,
							IPC_P_AUTHENTICATOR },
	{ IPC_P_AUTHENTICATOR,	IPC_VERIFIER_END, IPC_LOG_ASK,	IPC_P_LOG_ASK },
	{ IPC_P_LOG_ASK,	IPC_WORKER_END,	  IPC_LOG,	IPC_P_AUTHENTICATOR },
	{ IPC_P_AUTHENTICATOR,	IPC_VERIFIER_END, IPC_EXPORT,	IPC_P_EXPORT },
	{ IPC_P_AUTHENTICATOR,	IPC_VERIFIER_END, IPC_ACCEPT,	IPC_CLOSED },
	{ IPC_P_AUTHENTICATOR,	IPC_VERIFIER_END, IPC_REFUSE,	IPC_CLOSED },
	{ IPC_P_EXPORT,		IPC_WORKER_END,	  IPC_EXPORTED,	IPC_P_EXPORTED },
	{ IPC_P_EXPORTED,	IPC_VERIFIER_END, IPC_LOG_ASK,	IPC_P_LOG_AGAIN },
	{ IPC_P_LOG_AGAIN,	IPC_WORKER_END,	  IPC_LOG,	IPC_P_EXPORTED },
	{ IPC_P_EXPORTED,	IPC_VERIFIER_END, IPC_ACCEPT,	IPC_CLOSED },
	{ IPC_P_EXPORTED,	IPC_VERIFIER_END, IPC_REFUSE,	IPC_CLOSED },
};

enum ipc_state ipc_next(enum ipc_state state, enum ipc_end sender,
			enum ipc_type type, bool *legal_ret)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct ipc_rule *r = &rules[i];

		if (r->state == state && r->sender == sender && r->type == type) {
			*legal_ret = true;
			return r->next;
		}
	}
	*legal_ret = false;
	return IPC_CLOSED;
}

static int channel_step(struct ipc_channel *ch, enum ipc_end sender,
			enum ipc_type type)
{
	bool legal;

	ch->state = ipc_next(ch->state, sender, type, &legal);
	return legal ? 0 : -EPROTO;
}

union fd_space {
	char buf[CMSG_SPACE(IPC_FDS_MAX * sizeof(int))];
	struct cmsghdr align;
};

static void message_add_fds(struct msghdr *mh, union fd_space *space,
			    const int *fds, size_t count)
{
	struct cmsghdr *cm;

	memset(space, 0, sizeof(*space));
	mh->msg_control = space->buf;
	mh->msg_controllen = CMSG_SPACE(count * sizeof(int));
	cm = CMSG_FIRSTHDR(mh);
	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(cm), fds, count * sizeof(int));
}

int ipc_send(struct ipc_channel *ch, enum ipc_type type, struct seal_bytes body,
	     const int *fds, size_t fd_count)
{
	uint8_t header[IPC_HEADER];
	struct seal_writer w = seal_writer(header, sizeof(header));
	struct iovec iov[2] = {
		{ .iov_base = header, .iov_len = sizeof(header) },
		{ .iov_base = (void *)body.data, .iov_len = body.len },
	};
	struct msghdr mh = { .msg_iov = iov, .msg_iovlen = body.len ? 2 : 1 };
	union fd_space space;
	ssize_t n;
	int err;

	if (body.len > IPC_MAX - IPC_HEADER || fd_count > IPC_FDS_MAX)
		return -EMSGSIZE;
	err = channel_step(ch, ch->self, type);
	if (err)
		return err;
	seal_put_u16(&w, IPC_VERSION);
	seal_put_u16(&w, (uint16_t)type);
	if (fd_count)
		message_add_fds(&mh, &space, fds, fd_count);
	do {
		n = sendmsg(ch->fd, &mh, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n < 0) {
		ch->state = IPC_CLOSED;
		return -errno;
	}
	return 0;
}

static void message_take_fds(struct msghdr *mh, struct ipc_message *msg)
{
	struct cmsghdr *cm;

	for (cm = CMSG_FIRSTHDR(mh); cm; cm = CMSG_NXTHDR(mh, cm)) {
		size_t count;

		if (cm->cmsg_level != SOL_SOCKET || cm->cmsg_type != SCM_RIGHTS)
			continue;
		count = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count && msg->fd_count < IPC_FDS_MAX; i++)
			memcpy(&msg->fds[msg->fd_count++],
			       CMSG_DATA(cm) + i * sizeof(int), sizeof(int));
	}
}

static int message_parse(struct ipc_channel *ch, struct ipc_message *msg,
			 size_t len, int flags)
{
	struct seal_reader r = seal_reader(msg->data, len);
	unsigned int version = seal_get_u16(&r);
	unsigned int type = seal_get_u16(&r);

	if (flags & (MSG_TRUNC | MSG_CTRUNC) || len > IPC_MAX)
		return -EPROTO;
	if (r.bad || version != IPC_VERSION || type >= IPC_TYPE_COUNT)
		return -EPROTO;
	if (msg->fd_count && type != IPC_WORKER)
		return -EPROTO;
	msg->type = (enum ipc_type)type;
	msg->body = seal_get_rest(&r);
	return channel_step(ch, ch->other, msg->type);
}

int ipc_recv(struct ipc_channel *ch, struct ipc_message *msg)
{
	struct iovec iov = { .iov_base = msg->data, .iov_len = sizeof(msg->data) };
	union fd_space space;
	struct msghdr mh = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = space.buf, .msg_controllen = sizeof(space.buf),
	};
	ssize_t n;
	int err;

	msg->type = IPC_NONE;
	msg->body = (struct seal_bytes){ 0 };
	msg->fd_count = 0;
	do {
		n = recvmsg(ch->fd, &mh, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	/* An empty message looks like the end, and may bring descriptors. */
	message_take_fds(&mh, msg);
	err = n ? message_parse(ch, msg, (size_t)n, mh.msg_flags) : -EPIPE;
	if (err) {
		while (msg->fd_count)
			close(msg->fds[--msg->fd_count]);
		ch->state = IPC_CLOSED;
	}
	return err;
}

uint64_t ipc_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

int ipc_poll_ms(uint64_t deadline)
{
	uint64_t now = ipc_now();

	if (now >= deadline)
		return 0;
	deadline = (deadline - now + 999999) / 1000000;
	return deadline > 3600000 ? 3600000 : (int)deadline;
}

int ipc_wait(struct ipc_channel *ch, struct ipc_message *msg, uint64_t deadline)
{
	for (;;) {
		struct pollfd p = { .fd = ch->fd, .events = POLLIN };
		int err = ipc_recv(ch, msg);
		int ms = ipc_poll_ms(deadline);

		if (err != -EAGAIN)
			return err;
		if (!ms)
			return -ETIMEDOUT;
		if (poll(&p, 1, ms) < 0 && errno != EINTR)
			return -errno;
	}
}
