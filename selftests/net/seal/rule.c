// SPDX-License-Identifier: GPL-2.0-only

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "rule.h"

const struct rule rule_nothing = {
	ANY, ANY, ANY, 0, 0, NULL, ANY, ANY, ANY, 0,
};

static void put_u32(struct msg *msg, uint16_t type, uint32_t value, uint32_t none)
{
	if (value != none)
		msg_u32(msg, type, value);
}

static void put_address(struct msg *msg, const char *text)
{
	unsigned char bytes[16];
	bool v6 = strchr(text, ':');

	inet_pton(v6 ? AF_INET6 : AF_INET, text, bytes);
	msg_put(msg, SEAL_A_RULE_ADDRESS, bytes, v6 ? 16 : 4);
}

static void rule_put(struct msg *msg, const struct rule *rule)
{
	size_t nest = msg_nest(msg, SEAL_A_RULES_RULE);

	put_u32(msg, SEAL_A_RULE_UID_MIN, rule->uid_min, ANY);
	put_u32(msg, SEAL_A_RULE_UID_MAX, rule->uid_max, ANY);
	put_u32(msg, SEAL_A_RULE_GID, rule->gid, ANY);
	if (rule->cgroup)
		msg_u64(msg, SEAL_A_RULE_CGROUP, rule->cgroup);
	put_u32(msg, SEAL_A_RULE_ROLE, rule->role, 0);
	if (rule->address)
		put_address(msg, rule->address);
	put_u32(msg, SEAL_A_RULE_PREFIX_LEN, rule->prefix_len, ANY);
	put_u32(msg, SEAL_A_RULE_PORT_MIN, rule->port_min, ANY);
	put_u32(msg, SEAL_A_RULE_PORT_MAX, rule->port_max, ANY);
	put_u32(msg, SEAL_A_RULE_MAX_PENDING, rule->max, 0);
	msg_nest_end(msg, nest);
}

int rules_set(struct nl *nl, const struct rule *rule, unsigned int count)
{
	struct msg msg;
	unsigned int i;

	msg_init(&msg, SEAL_CMD_RULES_SET);
	for (i = 0; i < count; i++)
		rule_put(&msg, &rule[i]);
	return nl_call(nl, &msg);
}

int rules_count(struct nl *nl)
{
	struct msg msg;

	msg_init(&msg, SEAL_CMD_RULES_GET);
	msg.hdr.nlmsg_flags |= NLM_F_DUMP;
	return nl_call(nl, &msg) ?: (int)nl->replies;
}

int ask(int fd, enum seal_role role, uint32_t timeout_ms)
{
	struct seal_request req = {
		.size = sizeof(req),
		.role = role,
		.timeout_ms = timeout_ms,
	};

	if (role == SEAL_ROLE_CLIENT)
		strcpy(req.peername, "server.example.org");
	return setsockopt(fd, IPPROTO_IP, SEAL_SO_REQUEST, &req, sizeof(req)) ? -errno : 0;
}

/* Not with seteuid(), which calls every thread of the program out of what it waits in. */
static int thread_seteuid(uint32_t uid)
{
	return syscall(SYS_setresuid, -1, uid, -1) ? -errno : 0;
}

int ask_as(uint32_t uid, int fd, enum seal_role role, uint32_t timeout_ms)
{
	int err = thread_seteuid(uid), back;

	if (err)
		return err;
	err = ask(fd, role, timeout_ms);
	back = thread_seteuid(0);
	return back ?: err;
}

int half_the_queue(void)
{
	struct sysinfo info;
	unsigned long max;

	sysinfo(&info);
	max = info.totalram * info.mem_unit / getpagesize() / (25 * getpagesize());
	return (max < 3 ? 3 : max > 50 ? 50 : max) / 2;
}
