// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who takes handshakes here? The kernel tells which sockets listen; whose they
 * are is found by looking for their inodes among the descriptors of all
 * processes. A port number would not do: libnl adds a number of its own to the
 * process id, and a service manager may hold the socket as well.
 */
#include "sealctl/doctor.h"

#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sealctl/sockets.h"

#define NETLINK_GENERIC_PROTO 16

/* What is known of those who listen. */
struct agents {
	unsigned int count;	/* sockets */
	bool seald;		/* one of them is held by a seald */
	char who[192];		/* names of the processes, for people */
};

static void agents_name(struct agents *agents, const char *name)
{
	size_t len = strlen(agents->who);

	if (strstr(agents->who, name))
		return;
	snprintf(agents->who + len, sizeof(agents->who) - len, "%s%s", len ? ", " : "", name);
}

static bool holds(const char *pid, const char *link)
{
	char path[300], target[64];
	struct dirent *entry;
	bool found = false;
	ssize_t len;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir))) {
		len = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);
		if (len < 0)
			continue;
		target[len] = '\0';
		found = !strcmp(target, link);
	}
	if (dir)
		closedir(dir);
	return found;
}

static void process_name(const char *pid, char *name, size_t size)
{
	char path[300];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	snprintf(name, size, "process %.12s", pid);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(name, (int)size, file))
		name[strcspn(name, "\n")] = '\0';
	fclose(file);
}

static void agents_add(struct agents *agents, unsigned long inode)
{
	DIR *dir = opendir("/proc");
	char link[64], name[64];
	struct dirent *entry;
	bool found = false;

	snprintf(link, sizeof(link), "socket:[%lu]", inode);
	while (dir && (entry = readdir(dir))) {
		if (!isdigit((unsigned char)entry->d_name[0]) || !holds(entry->d_name, link))
			continue;
		process_name(entry->d_name, name, sizeof(name));
		agents_name(agents, name);
		/* systemd's child has this name until it is seald. */
		agents->seald |= !strcmp(name, "seald") || !strcmp(name, "(seald)");
		found = true;
	}
	if (dir)
		closedir(dir);
	if (!found)
		agents_name(agents, "a process that cannot be seen from here");
	agents->count++;
}

/* "sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode"; the first 32 groups. */
static void agents_find(struct agents *agents, unsigned int group)
{
	FILE *file = fopen("/proc/net/netlink", "re");
	unsigned int protocol, groups;
	unsigned long inode;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %u %*u %x %*s %*s %*s %*s %*s %lu", &protocol, &groups,
			   &inode) == 3 &&
		    protocol == NETLINK_GENERIC_PROTO && groups & 1u << (group - 1))
			agents_add(agents, inode);
	if (file)
		fclose(file);
}

void doctor_agent(const struct host *host, struct finding *finding)
{
	int group = sockets_group("handshake", "tlshd");
	struct agents agents = {};

	if (group < 1 || group > 32) {
		finding_set(finding, HEALTH_SKIP, NULL, "cannot tell who listens for handshakes");
		return;
	}
	agents_find(&agents, (unsigned int)group);
	if (!agents.count)
		finding_set(finding, HEALTH_FAIL, "systemctl start seald",
			    "nobody takes handshakes in this network namespace");
	else if (!agents.seald)
		finding_set(finding, HEALTH_FAIL,
			    "systemctl mask --now tlshd; systemctl start seald",
			    "handshakes are taken by %s, not by seald", agents.who);
	else if (agents.count > 1)
		finding_set(finding, HEALTH_FAIL, "one agent only: whoever is first decides",
			    "several take handshakes: %s", agents.who);
	else
		finding_set(finding, HEALTH_OK, NULL, "seald takes handshakes");
}
