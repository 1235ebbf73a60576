// SPDX-License-Identifier: GPL-2.0-only

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "lib.h"

static const struct nlattr *attr_find(const void *attrs, size_t len, uint16_t type)
{
	const struct nlattr *attr = attrs;

	while (len >= sizeof(*attr) && attr->nla_len >= sizeof(*attr) &&
	       attr->nla_len <= len) {
		size_t step = NLA_ALIGN(attr->nla_len);

		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
		if (step >= len)
			break;
		len -= step;
		attr = (const void *)((const char *)attr + step);
	}
	return NULL;
}

static const void *attr_data(const struct nlattr *attr)
{
	return attr + 1;
}

void msg_init(struct msg *msg, uint8_t cmd)
{
	memset(msg, 0, sizeof(*msg));
	msg->hdr.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	msg->hdr.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	msg->genl.cmd = cmd;
	msg->genl.version = 1;
}

void msg_put(struct msg *msg, uint16_t type, const void *data, size_t len)
{
	struct nlattr *attr = (void *)((char *)msg + NLMSG_ALIGN(msg->hdr.nlmsg_len));

	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	if (len)
		memcpy(attr + 1, data, len);
	msg->hdr.nlmsg_len = NLMSG_ALIGN(msg->hdr.nlmsg_len) + NLA_ALIGN(attr->nla_len);
}

void msg_u32(struct msg *msg, uint16_t type, uint32_t value)
{
	msg_put(msg, type, &value, sizeof(value));
}

void msg_u64(struct msg *msg, uint16_t type, uint64_t value)
{
	msg_put(msg, type, &value, sizeof(value));
}

void msg_str(struct msg *msg, uint16_t type, const char *text)
{
	msg_put(msg, type, text, strlen(text) + 1);
}

size_t msg_nest(struct msg *msg, uint16_t type)
{
	size_t nest = NLMSG_ALIGN(msg->hdr.nlmsg_len);

	msg_put(msg, type | NLA_F_NESTED, NULL, 0);
	return nest;
}

void msg_nest_end(struct msg *msg, size_t nest)
{
	struct nlattr *attr = (void *)((char *)msg + nest);

	attr->nla_len = msg->hdr.nlmsg_len - nest;
}

static void take_error(struct nl *nl, const struct nlmsghdr *hdr,
		       const struct nlmsgerr *err)
{
	size_t skip = sizeof(*hdr) + sizeof(*err);
	const struct nlattr *attr;

	nl->extack[0] = 0;
	if (!(hdr->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(hdr->nlmsg_flags & NLM_F_CAPPED))
		skip += NLMSG_ALIGN(err->msg.nlmsg_len) - sizeof(err->msg);
	attr = attr_find((const char *)hdr + skip, hdr->nlmsg_len - skip,
			 NLMSGERR_ATTR_MSG);
	if (attr)
		snprintf(nl->extack, sizeof(nl->extack), "%s",
			 (const char *)attr_data(attr));
}

static void take_reply(struct nl *nl, const struct nlmsghdr *hdr)
{
	nl->replies++;
	nl->len = hdr->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN);
	memcpy(nl->buf, (const char *)hdr + NLMSG_LENGTH(GENL_HDRLEN), nl->len);
}

int nl_ask(struct nl *nl, struct msg *msg)
{
	msg->hdr.nlmsg_type = nl->family;
	msg->hdr.nlmsg_seq = ++nl->seq;
	nl->len = 0;
	nl->replies = 0;
	nl->interrupted = false;
	return send(nl->fd, msg, msg->hdr.nlmsg_len, 0) < 0 ? -errno : 0;
}

int nl_answer(struct nl *nl)
{
	char buf[16384];
	ssize_t got;

	for (;;) {
		struct nlmsghdr *hdr = (void *)buf;

		got = recv(nl->fd, buf, sizeof(buf), 0);
		if (got < 0)
			return -errno;
		for (; NLMSG_OK(hdr, got); hdr = NLMSG_NEXT(hdr, got)) {
			struct nlmsgerr *err = NLMSG_DATA(hdr);

			if (hdr->nlmsg_seq != nl->seq)
				continue;
			nl->interrupted |= !!(hdr->nlmsg_flags & NLM_F_DUMP_INTR);
			if (hdr->nlmsg_type == NLMSG_DONE)
				return 0;
			if (hdr->nlmsg_type != NLMSG_ERROR) {
				take_reply(nl, hdr);
				continue;
			}
			take_error(nl, hdr, err);
			return err->error;
		}
	}
}

int nl_call(struct nl *nl, struct msg *msg)
{
	return nl_ask(nl, msg) ?: nl_answer(nl);
}

int nl_event(struct nl *nl, int timeout_ms)
{
	struct pollfd pfd = { .fd = nl->fd, .events = POLLIN };
	char buf[16384];
	struct nlmsghdr *hdr = (void *)buf;

	if (poll(&pfd, 1, timeout_ms) <= 0)
		return -ETIMEDOUT;
	if (recv(nl->fd, buf, sizeof(buf), 0) < (ssize_t)sizeof(*hdr))
		return -errno;
	take_reply(nl, hdr);
	return ((struct genlmsghdr *)NLMSG_DATA(hdr))->cmd;
}

const void *nl_attr(struct nl *nl, uint16_t type, size_t *len)
{
	const struct nlattr *attr = attr_find(nl->buf, nl->len, type);

	if (!attr)
		return NULL;
	*len = attr->nla_len - NLA_HDRLEN;
	return attr_data(attr);
}

uint32_t nl_u32(struct nl *nl, uint16_t type, uint32_t missing)
{
	size_t len;
	const void *data = nl_attr(nl, type, &len);
	uint32_t value;

	if (!data || len != sizeof(value))
		return missing;
	memcpy(&value, data, sizeof(value));
	return value;
}

uint64_t nl_u64(struct nl *nl, uint16_t type)
{
	size_t len;
	const void *data = nl_attr(nl, type, &len);
	uint64_t value;

	if (!data || len != sizeof(value))
		return 0;
	memcpy(&value, data, sizeof(value));
	return value;
}

const char *nl_str(struct nl *nl, uint16_t type)
{
	size_t len;
	const char *text = nl_attr(nl, type, &len);

	return text ?: "";
}

static void take_group(struct nl *nl, const char *group)
{
	size_t len;
	const char *groups = nl_attr(nl, CTRL_ATTR_MCAST_GROUPS, &len);

	while (groups && len >= NLA_HDRLEN) {
		const struct nlattr *nest = (const void *)groups;
		const struct nlattr *name, *id;
		size_t step = NLA_ALIGN(nest->nla_len);

		name = attr_find(nest + 1, nest->nla_len - NLA_HDRLEN,
				 CTRL_ATTR_MCAST_GRP_NAME);
		id = attr_find(nest + 1, nest->nla_len - NLA_HDRLEN,
			       CTRL_ATTR_MCAST_GRP_ID);
		if (name && id && !strcmp(attr_data(name), group))
			memcpy(&nl->group, attr_data(id), sizeof(nl->group));
		if (step >= len)
			break;
		groups += step;
		len -= step;
	}
}

int nl_open(struct nl *nl, const char *family, const char *group)
{
	struct msg msg;
	size_t len;
	const void *id;
	int one = 1, err;

	memset(nl, 0, sizeof(*nl));
	nl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (nl->fd < 0)
		return -errno;
	setsockopt(nl->fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	nl->family = GENL_ID_CTRL;
	msg_init(&msg, CTRL_CMD_GETFAMILY);
	msg_str(&msg, CTRL_ATTR_FAMILY_NAME, family);
	err = nl_call(nl, &msg);
	if (err)
		return err;
	id = nl_attr(nl, CTRL_ATTR_FAMILY_ID, &len);
	if (!id)
		return -ENOENT;
	memcpy(&nl->family, id, sizeof(nl->family));
	if (group)
		take_group(nl, group);
	return 0;
}

int nl_register(struct nl *nl, uint32_t on_death)
{
	struct msg msg;

	msg_init(&msg, SEAL_CMD_REGISTER);
	msg_u32(&msg, SEAL_A_AGENT_ON_DEATH, on_death);
	return nl_call(nl, &msg);
}

uint32_t nl_port(const struct nl *nl)
{
	struct sockaddr_nl addr = {};
	socklen_t len = sizeof(addr);

	return getsockname(nl->fd, (void *)&addr, &len) ? 0 : addr.nl_pid;
}

int nl_subscribe(struct nl *nl)
{
	if (setsockopt(nl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &nl->group,
		       sizeof(nl->group)))
		return -errno;
	return 0;
}

void nl_close(struct nl *nl)
{
	close(nl->fd);
}

bool distribution_kernel(const char *version)
{
	struct utsname uts;

	return !uname(&uts) && strstr(uts.release, "+deb") &&
	       !strncmp(uts.release, version, strlen(version));
}

int netns_new(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd, err = 0;

	if (unshare(CLONE_NEWNET))
		return -errno;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr))
		err = -errno;
	close(fd);
	return err;
}

/* V6 listens on ::1, MAPPED is an IPv6 socket on 127.0.0.1. */
int listener_open(enum family family)
{
	struct sockaddr_in v4 = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr *addr = family == V4 ? (void *)&v4 : (void *)&v6;
	socklen_t len = family == V4 ? sizeof(v4) : sizeof(v6);
	int listener, err;

	v6.sin6_addr = in6addr_loopback;
	if (family == MAPPED)
		inet_pton(AF_INET6, "::ffff:127.0.0.1", &v6.sin6_addr);
	listener = socket(addr->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (!bind(listener, addr, len) && !listen(listener, 1))
		return listener;
	err = -errno;
	close(listener);
	return err;
}

int pair_from(int listener, int fd[2])
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);

	fd[0] = -1;
	fd[1] = -1;
	if (getsockname(listener, (void *)&addr, &len))
		return -errno;
	fd[0] = socket(addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd[0], (void *)&addr, len))
		return -errno;
	fd[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	return fd[1] < 0 ? -errno : 0;
}

int pair_open(enum family family, int fd[2])
{
	int listener = listener_open(family), err;

	err = pair_from(listener, fd);
	close(listener);
	return err;
}

void pair_close(int fd[2])
{
	close(fd[0]);
	close(fd[1]);
}

struct tls12_crypto_info_aes_gcm_128 key_make(unsigned char seed)
{
	struct tls12_crypto_info_aes_gcm_128 key = {
		.info.version = TLS_1_3_VERSION,
		.info.cipher_type = TLS_CIPHER_AES_GCM_128,
	};

	memset(key.key, seed, sizeof(key.key));
	memset(key.iv, seed + 1, sizeof(key.iv));
	memset(key.salt, seed + 2, sizeof(key.salt));
	return key;
}

int pair_plain_tls(int fd[2])
{
	struct tls12_crypto_info_aes_gcm_128 key[2] = { key_make(1), key_make(2) };
	int i;

	for (i = 0; i < 2; i++)
		if (setsockopt(fd[i], IPPROTO_TCP, TCP_ULP, "tls", 3) ||
		    setsockopt(fd[i], SOL_TLS, TLS_TX, &key[i], sizeof(key[i])) ||
		    setsockopt(fd[i], SOL_TLS, TLS_RX, &key[!i], sizeof(key[i])))
			return -errno;
	return 0;
}

int sockmap_add(int fd)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_SOCKMAP,
		.key_size = 4,
		.value_size = 4,
		.max_entries = 1,
	};
	int map = syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
	int key = 0;

	if (map < 0)
		return -errno;
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = map;
	attr.key = (unsigned long)&key;
	attr.value = (unsigned long)&fd;
	return syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)) ? -errno : map;
}

uint64_t boottime(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * SEC + ts.tv_nsec;
}

void attach_msg(struct msg *msg, int fd, bool first, uint64_t deadline)
{
	struct tls12_crypto_info_aes_gcm_128 tx = key_make(first ? 1 : 2);
	struct tls12_crypto_info_aes_gcm_128 rx = key_make(first ? 2 : 1);

	msg_init(msg, SEAL_CMD_ATTACH);
	msg_u32(msg, SEAL_A_SOCKET_SOCKFD, fd);
	msg_u64(msg, SEAL_A_SOCKET_DEADLINE, deadline);
	msg_str(msg, SEAL_A_SOCKET_PEER, first ? "dns:second" : "dns:first");
	msg_str(msg, SEAL_A_SOCKET_POLICY, "test");
	msg_put(msg, SEAL_A_SOCKET_AK_NAME, "\0\013name of a key", 15);
	msg_put(msg, SEAL_A_SOCKET_CONNECTION_ID, "0123456789abcdef", 16);
	msg_put(msg, SEAL_A_SOCKET_PCR_DIGEST, "digest", 6);
	msg_str(msg, SEAL_A_SOCKET_CLAIMS, "key=tpm clock=safe");
	msg_u32(msg, SEAL_A_SOCKET_AUTHENTICATED, 1);
	msg_put(msg, SEAL_A_SOCKET_TX_INFO, &tx, sizeof(tx));
	msg_put(msg, SEAL_A_SOCKET_RX_INFO, &rx, sizeof(rx));
}

int attach(struct nl *nl, int fd, bool first, uint64_t deadline, uint64_t *id)
{
	struct msg msg;
	int err;

	attach_msg(&msg, fd, first, deadline);
	err = nl_call(nl, &msg);
	if (!err && id)
		*id = nl_u64(nl, SEAL_A_SOCKET_ID);
	return err;
}

int attach_for(struct nl *nl, uint32_t agent, int fd, bool first, uint64_t deadline)
{
	struct msg msg;

	attach_msg(&msg, fd, first, deadline);
	msg_u32(&msg, SEAL_A_SOCKET_AGENT, agent);
	return nl_call(nl, &msg);
}

int pair_attach(struct nl *nl, int fd[2], uint64_t id[2])
{
	uint64_t deadline = boottime() + 3600 * SEC;

	return attach(nl, fd[0], true, deadline, &id[0]) ?:
	       attach(nl, fd[1], false, deadline, &id[1]);
}

int revoke_id(struct nl *nl, uint64_t id)
{
	struct msg msg;

	msg_init(&msg, SEAL_CMD_REVOKE);
	msg_u64(&msg, SEAL_A_SOCKET_ID, id);
	msg_str(&msg, SEAL_A_SOCKET_REASON, "for a test");
	return nl_call(nl, &msg);
}

int claim(struct nl *nl, int fd)
{
	int pidfd = syscall(SYS_pidfd_open, getpid(), 0), err;
	struct msg msg;

	msg_init(&msg, SEAL_CMD_CLAIM);
	msg_u32(&msg, SEAL_A_SOCKET_SOCKFD, fd);
	msg_u32(&msg, SEAL_A_SOCKET_PIDFD, pidfd);
	err = nl_call(nl, &msg);
	close(pidfd);
	return err;
}

int status_get(int fd, struct seal_status *st)
{
	socklen_t len = sizeof(*st);

	memset(st, 0xff, sizeof(*st));
	return getsockopt(fd, IPPROTO_IP, SEAL_SO_STATUS, st, &len) ? -errno : 0;
}

int state_of(int fd)
{
	struct seal_status st;

	return status_get(fd, &st) ?: (int)st.state;
}

int wait_state(int fd, enum seal_state state)
{
	int i;

	for (i = 0; i < 10000 && state_of(fd) != (int)state; i++)
		msleep(1);
	return state_of(fd);
}

int stat_counter(const char *name)
{
	FILE *file = fopen("/proc/thread-self/net/seal_stat", "r");
	char word[64];
	int value, result = -1;

	while (file && fscanf(file, "%63s %d", word, &value) == 2)
		if (!strcmp(word, name))
			result = value;
	if (file)
		fclose(file);
	return result;
}

int module_insert(void)
{
	int fd = open(getenv("SEAL_KO") ?: "", O_RDONLY | O_CLOEXEC), err;

	err = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
	return err;
}

int module_remove(void)
{
	return syscall(SYS_delete_module, "seal", O_NONBLOCK) ? -errno : 0;
}

/* As long as it says that some were not out after five seconds. */
int module_drain(bool on)
{
	int fd = open("/sys/module/seal/parameters/drain", O_WRONLY | O_CLOEXEC), tries, err;

	if (fd < 0)
		return -errno;
	for (err = -EBUSY, tries = 0; err == -EBUSY && tries < 12; tries++)
		err = pwrite(fd, on ? "1" : "0", 1, 0) == 1 ? 0 : -errno;
	close(fd);
	return err;
}

uint64_t stream_received(int fd)
{
	struct tcp_info info = {};
	socklen_t len = sizeof(info);

	getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len);
	return info.tcpi_bytes_received;
}

uint64_t stream_settled(int fd)
{
	uint64_t before, now = stream_received(fd);

	do {
		before = now;
		msleep(1000);
		now = stream_received(fd);
	} while (now != before);
	return now;
}

void msleep(int ms)
{
	usleep(ms * 1000);
}

static void *call_run(void *arg)
{
	struct call *call = arg;
	ssize_t result = call->fn(call->fd, call->arg);

	call->result = result < 0 ? -errno : result;
	call->when = boottime();
	call->returned = true;
	return NULL;
}

void call_start(struct call *call, ssize_t (*fn)(int fd, int arg), int fd, int arg)
{
	memset(call, 0, sizeof(*call));
	call->fn = fn;
	call->fd = fd;
	call->arg = arg;
	pthread_create(&call->thread, NULL, call_run, call);
}

bool call_end(struct call *call, int timeout_ms)
{
	while (!call->returned && timeout_ms-- > 0)
		msleep(1);
	if (!call->returned)
		return false;
	pthread_join(call->thread, NULL);
	return true;
}

ssize_t do_recv(int fd, int flags)
{
	char buf[4096];

	return recv(fd, buf, sizeof(buf), flags);
}

ssize_t do_send(int fd, int flags)
{
	char buf[4096] = {};

	return send(fd, buf, sizeof(buf), flags | MSG_NOSIGNAL);
}

/* One call that cannot end before somebody reads or the gate closes. */
ssize_t do_send_all(int fd, int total)
{
	char *buf = calloc(1, total);
	ssize_t sent = send(fd, buf, total, MSG_NOSIGNAL);
	int err = errno;

	free(buf);
	errno = err;
	return sent;
}

ssize_t do_splice(int fd, int arg)
{
	int pipes[2], err;
	ssize_t moved;

	if (pipe(pipes))
		return -1;
	moved = splice(fd, NULL, pipes[1], NULL, 4096, arg);
	err = errno;
	close(pipes[0]);
	close(pipes[1]);
	errno = err;
	return moved;
}

ssize_t do_poll(int fd, int events)
{
	struct pollfd pfd = { .fd = fd, .events = events };

	return poll(&pfd, 1, 10000) > 0 ? pfd.revents : 0;
}
