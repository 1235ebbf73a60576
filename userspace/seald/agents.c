// SPDX-License-Identifier: GPL-2.0-or-later

#include "agents.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/netlink_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>

/* Who was on his way, from one process to another or to his end, has arrived by then. */
#define LOOKS_MAX	5

struct member {
	uint32_t inode;
	bool agent;
};

/* @dev is that of all sockets: an inode's number alone may be that of a file. */
struct search {
	uint32_t group;
	const uint32_t *mine;
	unsigned int count;
	struct member *members;
	size_t found;
	dev_t dev;
	struct agents *out;
};

static bool is_mine(const struct search *a, uint32_t port)
{
	for (unsigned int i = 0; i < a->count; i++)
		if (a->mine[i] == port)
			return true;
	return false;
}

/* As many as there are: an ordinary user can have many, and hides no other with them. */
static int member_add(struct search *a, uint32_t inode)
{
	struct member *more = reallocarray(a->members, a->found + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	a->members = more;
	a->members[a->found++] = (struct member){ .inode = inode };
	return 0;
}

static bool groups_have(const uint32_t *groups, size_t words, uint32_t group)
{
	size_t word = (group - 1) / 32;

	return word < words && groups[word] >> ((group - 1) % 32) & 1;
}

static int diag_one(struct search *a, const struct nlmsghdr *nlh)
{
	const struct netlink_diag_msg *m = NLMSG_DATA(nlh);
	int left = (int)(nlh->nlmsg_len - NLMSG_LENGTH(sizeof(*m)));
	const struct rtattr *attr = (const void *)(m + 1);

	if (m->ndiag_protocol != NETLINK_GENERIC || is_mine(a, m->ndiag_portid))
		return 0;
	for (; RTA_OK(attr, left); attr = RTA_NEXT(attr, left))
		if (attr->rta_type == NETLINK_DIAG_GROUPS &&
		    groups_have(RTA_DATA(attr),
				RTA_PAYLOAD(attr) / sizeof(uint32_t), a->group))
			return member_add(a, m->ndiag_ino);
	return 0;
}

/* 0 at the end of the dump, 1 for more, or a negative errno. */
static int diag_take(struct search *a, const char *buf, ssize_t len)
{
	const struct nlmsghdr *nlh = (const void *)buf;
	int err = 0;

	for (; !err && NLMSG_OK(nlh, (size_t)len); nlh = NLMSG_NEXT(nlh, len)) {
		if (nlh->nlmsg_type == NLMSG_DONE)
			return 0;
		if (nlh->nlmsg_type == NLMSG_ERROR)
			return ((const struct nlmsgerr *)NLMSG_DATA(nlh))->error;
		if (nlh->nlmsg_type == SOCK_DIAG_BY_FAMILY &&
		    nlh->nlmsg_len >= NLMSG_LENGTH(sizeof(struct netlink_diag_msg)))
			err = diag_one(a, nlh);
	}
	return err ? err : 1;
}

static int diag_dump(struct search *a, int fd)
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

static int by_sock_diag(struct search *a)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	int err;

	if (fd < 0)
		return -errno;
	err = diag_dump(a, fd);
	close(fd);
	return err;
}

/* "sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode", the group word in hexadecimal. */
static int by_proc(struct search *a)
{
	FILE *f = fopen("/proc/net/netlink", "re");
	uint32_t protocol, port, groups, inode;
	char line[512];
	int err = 0;

	if (!f)
		return -errno;
	while (!err && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %" SCNu32 " %" SCNu32 " %" SCNx32
			   " %*s %*s %*s %*s %*s %" SCNu32, &protocol, &port, &groups,
			   &inode) != 4)
			continue;
		if (protocol == NETLINK_GENERIC && !is_mine(a, port) &&
		    groups_have(&groups, 1, a->group))
			err = member_add(a, inode);
	}
	fclose(f);
	return a->group > 32 ? -EOPNOTSUPP : err;
}

static int by_inode(const void *a, const void *b)
{
	const struct member *l = a, *r = b;

	return (l->inode > r->inode) - (l->inode < r->inode);
}

/* A dump has who is a member of any group twice. */
static void members_sort(struct search *a)
{
	size_t kept = 0;

	if (a->found)
		qsort(a->members, a->found, sizeof(*a->members), by_inode);
	for (size_t i = 0; i < a->found; i++)
		if (!kept || by_inode(&a->members[i], &a->members[kept - 1]))
			a->members[kept++] = a->members[i];
	a->found = kept;
}

/* Of a process. */
struct rights {
	uint32_t fsuid;
	uint64_t permitted;
};

static bool read_rights(const char *pid, struct rights *rights)
{
	unsigned int got = 0;
	char path[300], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		got += sscanf(line, "Uid: %*u %*u %*u %" SCNu32, &rights->fsuid) == 1;
		got += sscanf(line, "CapPrm: %" SCNx64, &rights->permitted) == 1;
	}
	if (file)
		fclose(file);
	return got == 2;
}

/* Who has ended since then refuses as well (proc_ns_readlink()): another look tells. */
static void note_refusal(struct search *a, const char *pid)
{
	if (errno != EACCES && errno != EPERM)
		return;
	a->out->blind = true;
	snprintf(a->out->hidden, sizeof(a->out->hidden), "process %s", pid);
}

/* In another one CAP_NET_ADMIN is everybody's, and is none here. */
static bool in_our_namespace(struct search *a, const char *pid)
{
	char path[300], ours[64], theirs[64];
	ssize_t len = readlink("/proc/self/ns/user", ours, sizeof(ours)), got;

	snprintf(path, sizeof(path), "/proc/%s/ns/user", pid);
	got = readlink(path, theirs, sizeof(theirs));
	if (got < 0)
		note_refusal(a, pid);
	a->out->blind |= len <= 0;
	return len > 0 && got == len && !memcmp(ours, theirs, (size_t)len);
}

/* Of a descriptor; what is behind it may be a file of a server that does not answer. */
static struct member *member_of(struct search *a, const char *pid, int dir, const char *name,
				uint32_t fsuid)
{
	struct member *member, key;
	char target[64];
	struct statx st;
	ssize_t len = readlinkat(dir, name, target, sizeof(target) - 1);

	if (len < 0) {
		note_refusal(a, pid);
		return NULL;
	}
	target[len] = '\0';
	if (sscanf(target, "socket:[%" SCNu32 "]", &key.inode) != 1)
		return NULL;
	member = bsearch(&key, a->members, a->found, sizeof(key), by_inode);
	/* It may be another file by now. */
	if (!member || statx(dir, name, AT_STATX_DONT_SYNC, STATX_INO | STATX_UID, &st) ||
	    st.stx_ino != key.inode || makedev(st.stx_dev_major, st.stx_dev_minor) != a->dev)
		return NULL;
	return !st.stx_uid || st.stx_uid == fsuid ? member : NULL;
}

static void add_name(struct agents *out, const char *pid)
{
	char path[300], name[64] = "";
	size_t len = strlen(out->who);
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(name, sizeof(name), file))
		name[strcspn(name, "\n")] = '\0';
	fclose(file);
	/* systemd's child has this name until it is seald. */
	out->seald |= !strcmp(name, "seald") || !strcmp(name, "(seald)");
	if (!strstr(out->who, name))
		snprintf(out->who + len, sizeof(out->who) - len, "%s%s", len ? ", " : "", name);
}

/* Who can be given no request has no agent's socket, and as many others as he likes. */
static void look_at(struct search *a, const char *pid)
{
	struct rights rights = { 0 };
	struct dirent *entry;
	char path[300];
	DIR *dir;

	if (!read_rights(pid, &rights) || !(rights.permitted >> CAP_NET_ADMIN & 1) ||
	    !in_our_namespace(a, pid))
		return;
	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	dir = opendir(path);
	if (!dir)
		note_refusal(a, pid);
	while (dir && (entry = readdir(dir))) {
		struct member *member = isdigit((unsigned char)entry->d_name[0]) ?
			member_of(a, pid, dirfd(dir), entry->d_name, rights.fsuid) : NULL;

		if (!member)
			continue;
		member->agent = true;
		add_name(a->out, pid);
	}
	if (dir)
		closedir(dir);
}

/* All processes of the machine: those of the first namespace of its kind (proc_ns.h). */
static bool sees_all(void)
{
	char name[64] = "";
	cap_flag_value_t has = CAP_CLEAR;
	cap_t caps = cap_get_proc();
	bool done = caps && !cap_get_flag(caps, CAP_SYS_PTRACE, CAP_EFFECTIVE, &has);

	cap_free(caps);
	return done && has == CAP_SET &&
	       readlink("/proc/self/ns/pid", name, sizeof(name) - 1) > 0 &&
	       !strcmp(name, "pid:[4026531836]");
}

static int look_at_all(struct search *a)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			look_at(a, entry->d_name);
	closedir(dir);
	for (size_t i = 0; i < a->found; i++) {
		a->out->agents += a->members[i].agent;
		a->out->unknown += !a->members[i].agent;
	}
	return 0;
}

/* The device of all sockets. */
static int take_device(struct search *a)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct stat st;
	int err = fd < 0 || fstat(fd, &st) ? -errno : 0;

	if (!err)
		a->dev = st.st_dev;
	if (fd >= 0)
		close(fd);
	return err;
}

static int search(struct search *a)
{
	int err = by_sock_diag(a);

	if (err) {
		a->found = 0;
		err = by_proc(a);
	}
	members_sort(a);
	return err;
}

int agents_count(uint32_t group, const uint32_t *mine, unsigned int count)
{
	struct search a = { .group = group, .mine = mine, .count = count };
	int err = search(&a);

	free(a.members);
	return err ? err : (int)a.found;
}

static int look_once(uint32_t group, const uint32_t *mine, unsigned int count,
		     struct agents *out)
{
	struct search a = { .group = group, .mine = mine, .count = count, .out = out };
	int err;

	*out = (struct agents){ .blind = !sees_all(), .hidden = "other processes" };
	err = search(&a);
	if (!err)
		err = take_device(&a);
	if (!err && a.found)
		err = look_at_all(&a);
	out->sockets = (unsigned int)a.found;
	free(a.members);
	return err;
}

int agents_look(uint32_t group, const uint32_t *mine, unsigned int count,
		struct agents *out)
{
	const struct timespec moment = { .tv_nsec = 100000000 };
	int err = look_once(group, mine, count, out);

	for (int i = 1; i < LOOKS_MAX && !err && !out->agents && out->unknown && out->blind; i++) {
		nanosleep(&moment, NULL);
		err = look_once(group, mine, count, out);
	}
	return err;
}

bool agents_look_no_more(void)
{
	static const cap_value_t caps[] = { CAP_SYS_PTRACE, CAP_SETPCAP };
	cap_t left = cap_get_proc();
	bool done = left;

	/* Programs that are root's get back what is in the bounding set. */
	for (int i = 0; i < 2; i++)
		done = done && (!cap_get_bound(caps[i]) || !cap_drop_bound(caps[i]));
	done = done && !cap_set_flag(left, CAP_PERMITTED, 2, caps, CAP_CLEAR) &&
	       !cap_set_flag(left, CAP_EFFECTIVE, 2, caps, CAP_CLEAR) &&
	       !cap_set_flag(left, CAP_INHERITABLE, 2, caps, CAP_CLEAR) &&
	       !cap_set_proc(left);
	cap_free(left);
	return done;
}
