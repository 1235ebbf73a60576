// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>

#include "audit.h"

/* The answer of this type, of which the others are not looked at. */
static int audit_ask(int fd, const struct nlmsghdr *msg, uint16_t type, void *answer, size_t len)
{
	struct {
		struct nlmsghdr hdr;
		char data[1024];
	} got;

	if (send(fd, msg, msg->nlmsg_len, 0) < 0)
		return -errno;
	do {
		if (recv(fd, &got, sizeof(got), 0) < (ssize_t)sizeof(got.hdr))
			return -EPROTO;
	} while (got.hdr.nlmsg_type != type);
	memcpy(answer, got.data, len);
	return 0;
}

int audit_connect(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);

	return fd < 0 ? -errno : fd;
}

int audit_set(int fd, struct audit_status status)
{
	struct {
		struct nlmsghdr hdr;
		struct audit_status status;
	} msg = {
		.hdr.nlmsg_len = sizeof(msg),
		.hdr.nlmsg_type = AUDIT_SET,
		.hdr.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		.status = status,
	};
	struct nlmsgerr answer;

	return audit_ask(fd, &msg.hdr, NLMSG_ERROR, &answer, sizeof(answer)) ?: answer.error;
}

int audit_enable(int fd, uint32_t enabled)
{
	return audit_set(fd, (struct audit_status){
		.mask = AUDIT_STATUS_ENABLED, .enabled = enabled,
	});
}

int audit_lost(int fd)
{
	struct nlmsghdr msg = {
		.nlmsg_len = sizeof(msg),
		.nlmsg_type = AUDIT_GET,
		.nlmsg_flags = NLM_F_REQUEST,
	};
	struct audit_status status = {};

	return audit_ask(fd, &msg, AUDIT_GET, &status, sizeof(status)) ?: (int)status.lost;
}
