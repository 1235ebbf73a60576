// SPDX-License-Identifier: GPL-2.0-or-later

#include "agents.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/netlink_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>

struct agents {
	uint32_t group;
	const uint32_t *mine;
	unsigned int count;
	int others;
};

static bool is_mine(const struct agents *a, uint32_t port)
{
	for (unsigned int i = 0; i < a->count; i++)
		if (a->mine[i] == port)
			return true;
	return false;
}

static bool groups_have(const uint32_t *groups, size_t words, uint32_t group)
{
	size_t word = (group - 1) / 32;

	return word < words && groups[word] >> ((group - 1) % 32) & 1;
}

static void diag_one(struct agents *a, const struct nlmsghdr *nlh)
{
	const struct netlink_diag_msg *m = NLMSG_DATA(nlh);
	int left = (int)(nlh->nlmsg_len - NLMSG_LENGTH(sizeof(*m)));
	const struct rtattr *attr = (const void *)(m + 1);

	if (m->ndiag_protocol != NETLINK_GENERIC || is_mine(a, m->ndiag_portid))
		return;
	for (; RTA_OK(attr, left); attr = RTA_NEXT(attr, left))
		if (attr->rta_type == NETLINK_DIAG_GROUPS &&
		    groups_have(RTA_DATA(attr),
				RTA_PAYLOAD(attr) / sizeof(uint32_t), a->group))
			a->others++;
}

/* 0 at the end of the dump, 1 for more, or a negative errno. */
static int diag_take(struct agents *a, const char *buf, ssize_t len)
{
	const struct nlmsghdr *nlh = (const void *)buf;

	for (; NLMSG_OK(nlh, (size_t)len); nlh = NLMSG_NEXT(nlh, len)) {
		if (nlh->nlmsg_type == NLMSG_DONE)
			return 0;
		if (nlh->nlmsg_type == NLMSG_ERROR)
			return ((const struct nlmsgerr *)NLMSG_DATA(nlh))->error;
		if (nlh->nlmsg_type == SOCK_DIAG_BY_FAMILY &&
		    nlh->nlmsg_len >= NLMSG_LENGTH(sizeof(struct netlink_diag_msg)))
			diag_one(a, nlh);
	}
	return 1;
}

static int diag_dump(struct agents *a, int fd)
{
	struct {
		struct nlmsghdr nlh;
		struct netlink_diag_req req;
	} m = {
		.nlh = {
			.nlmsg_len = sizeof(m),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.req = {
			.sdiag_family = AF_NETLINK,
			.sdiag_protocol = NETLINK_GENERIC,
			.ndiag_show = NDIAG_SHOW_GROUPS,
		},
	};
	_Alignas(struct nlmsghdr) char buf[32768];
	int ret = 1;

	if (send(fd, &m, sizeof(m), 0) < 0)
		return -errno;
	while (ret > 0) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);

		if (n <= 0)
			return n ? -errno : -EPIPE;
		ret = diag_take(a, buf, n);
	}
	return ret;
}

static int by_sock_diag(struct agents *a)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	int err;

	if (fd < 0)
		return -errno;
	err = diag_dump(a, fd);
	close(fd);
	return err;
}

/* "sk Eth Pid Groups Rmem ...", the group word in hexadecimal. */
static int by_proc(struct agents *a)
{
	FILE *f = fopen("/proc/net/netlink", "re");
	uint32_t protocol, port, groups;
	char line[512];

	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %" SCNu32 " %" SCNu32 " %" SCNx32,
			   &protocol, &port, &groups) != 3)
			continue;
		if (protocol == NETLINK_GENERIC && !is_mine(a, port) &&
		    groups_have(&groups, 1, a->group))
			a->others++;
	}
	fclose(f);
	return a->group <= 32 ? 0 : -EOPNOTSUPP;
}

int agents_others(uint32_t group, const uint32_t *mine, unsigned int count)
{
	struct agents a = { .group = group, .mine = mine, .count = count };
	int err = by_sock_diag(&a);

	if (err) {
		a.others = 0;
		err = by_proc(&a);
	}
	return err ? err : a.others;
}
