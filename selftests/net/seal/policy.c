// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may ask for a handshake: rules, caps, and the share of the queue that
 * stays free for others. A listener that never accepts stands for a slow agent.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "handshake.h"
#include "lib.h"
#include "rule.h"

FIXTURE(policy)
{
	struct nl nl;
	struct nl hs;
};

/* What has to do with addresses is in fixture peer, with a variant for each kind. */
FIXTURE(peer)
{
	struct nl nl;
	struct nl hs;
};

FIXTURE_VARIANT(peer)
{
	enum family family;
	const char *prefix, *other;
	uint32_t prefix_len;
};

FIXTURE_VARIANT_ADD(peer, v4) { V4, "127.0.0.0", "10.0.0.0", 8 };
FIXTURE_VARIANT_ADD(peer, v6) { V6, "::1", "::2", 128 };
FIXTURE_VARIANT_ADD(peer, mapped) { MAPPED, "127.0.0.0", "10.0.0.0", 8 };

static int world_new(struct nl *nl, struct nl *hs)
{
	return netns_new() ?: nl_open(nl, "seal", NULL) ?: nl_open(hs, "handshake", "tlshd") ?:
	       nl_subscribe(hs);
}

FIXTURE_SETUP(policy)
{
	ASSERT_EQ(0, world_new(&self->nl, &self->hs));
}

FIXTURE_TEARDOWN(policy)
{
	nl_close(&self->nl);
	nl_close(&self->hs);
}

FIXTURE_SETUP(peer)
{
	ASSERT_EQ(0, world_new(&self->nl, &self->hs));
}

FIXTURE_TEARDOWN(peer)
{
	nl_close(&self->nl);
	nl_close(&self->hs);
}

static int one_request(struct rule rule, struct nl *nl, struct nl *hs, enum family family)
{
	int fd[2], err;

	err = rules_set(nl, &rule, 1) ?: pair_open(family, fd);
	if (err)
		return err;
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	err = ask_as(1000, fd[0], SEAL_ROLE_CLIENT, 20000);
	pair_close(fd);
	return hs_refuse_all(hs) ?: err;
}

/* What one request by uid 1000 gets under one rule. */
#define try_rule(family_, ...) ({					\
	struct rule try_ = rule_nothing;				\
	__VA_ARGS__;							\
	one_request(try_, &self->nl, &self->hs, family_);		\
})

TEST_F_TIMEOUT(peer, nobody_by_default, 120)
{
	struct seal_status st;
	int fd[2];

	ASSERT_EQ(0, pair_open(variant->family, fd));
	EXPECT_EQ(0, rules_count(&self->nl));
	EXPECT_EQ(-EPERM, ask_as(1000, fd[0], SEAL_ROLE_CLIENT, 20000));
	EXPECT_EQ(-EPERM, ask_as(1000, fd[1], SEAL_ROLE_SERVER, 20000));
	EXPECT_EQ(0, status_get(fd[0], &st));
	EXPECT_EQ(SEAL_STATE_NONE, st.state);
	EXPECT_EQ(4096, do_send(fd[0], 0));
	pair_close(fd);
}

TEST_F_TIMEOUT(policy, uids, 120)
{
	EXPECT_EQ(-EINPROGRESS, try_rule(V4, try_.uid_min = 1000; try_.uid_max = 1000));
	EXPECT_EQ(-EINPROGRESS, try_rule(V4, try_.uid_min = 1; try_.uid_max = 2000));
	EXPECT_EQ(-EPERM, try_rule(V4, try_.uid_min = 1001));
	EXPECT_EQ(-EPERM, try_rule(V4, try_.uid_max = 999));
}

TEST_F_TIMEOUT(policy, gids, 120)
{
	gid_t groups[] = { 77 };

	ASSERT_EQ(0, setgroups(1, groups));
	EXPECT_EQ(-EINPROGRESS, try_rule(V4, try_.gid = 77));
	EXPECT_EQ(-EPERM, try_rule(V4, try_.gid = 78));
	EXPECT_EQ(-EPERM, try_rule(V4, try_.gid = 77; try_.uid_max = 999));
}

TEST_F_TIMEOUT(peer, peers, 120)
{
	EXPECT_EQ(-EINPROGRESS, try_rule(variant->family, try_.address = variant->prefix;
					 try_.prefix_len = variant->prefix_len));
	EXPECT_EQ(-EPERM, try_rule(variant->family, try_.address = variant->other;
				   try_.prefix_len = variant->prefix_len));
	/* A rule about one family says nothing of the other. */
	EXPECT_EQ(variant->family == V6 ? -EPERM : -EINPROGRESS,
		  try_rule(variant->family, try_.address = "0.0.0.0"; try_.prefix_len = 0));
	EXPECT_EQ(variant->family == V6 ? -EINPROGRESS : -EPERM,
		  try_rule(variant->family, try_.address = "::"; try_.prefix_len = 0));
}

static uint16_t port_of(int fd, int (*name)(int, struct sockaddr *, socklen_t *))
{
	struct sockaddr_in6 addr;
	socklen_t len = sizeof(addr);

	name(fd, (void *)&addr, &len);
	return ntohs(addr.sin6_port);
}

/* Of a client the port of the peer counts, of a server its own. */
TEST_F_TIMEOUT(peer, ports_and_roles, 120)
{
	struct rule rule = rule_nothing;
	int fd[2], side;
	uint16_t port;

	for (side = 0; side < 2; side++) {
		enum seal_role role = side ? SEAL_ROLE_SERVER : SEAL_ROLE_CLIENT;

		/* A pair for each: a request that is rejected ends its connection. */
		ASSERT_EQ(0, pair_open(variant->family, fd));
		port = port_of(fd[0], getpeername);
		ASSERT_EQ(port, port_of(fd[1], getsockname));
		fcntl(fd[side], F_SETFL, O_NONBLOCK);
		rule.role = 0;
		rule.port_min = port + 1;
		rule.port_max = UINT16_MAX;
		ASSERT_EQ(0, rules_set(&self->nl, &rule, 1));
		EXPECT_EQ(-EPERM, ask_as(1000, fd[side], role, 20000));
		rule.port_min = 1;
		rule.port_max = port - 1;
		ASSERT_EQ(0, rules_set(&self->nl, &rule, 1));
		EXPECT_EQ(-EPERM, ask_as(1000, fd[side], role, 20000));
		rule.port_min = port;
		rule.port_max = port;
		rule.role = side ? SEAL_ROLE_CLIENT : SEAL_ROLE_SERVER;
		ASSERT_EQ(0, rules_set(&self->nl, &rule, 1));
		EXPECT_EQ(-EPERM, ask_as(1000, fd[side], role, 20000));
		rule.role = role;
		ASSERT_EQ(0, rules_set(&self->nl, &rule, 1));
		EXPECT_EQ(-EINPROGRESS, ask_as(1000, fd[side], role, 20000));
		pair_close(fd);
		EXPECT_EQ(0, hs_refuse_all(&self->hs));
	}
}

static uint64_t cgroup_make(const char *path)
{
	struct stat st;

	if (mkdir(path, 0755) || stat(path, &st))
		return 0;
	return st.st_ino;
}

static int cgroup_enter(const char *path)
{
	char procs[64];
	FILE *file;
	int err;

	snprintf(procs, sizeof(procs), "%s/cgroup.procs", path);
	file = fopen(procs, "w");
	if (!file)
		return -errno;
	err = fprintf(file, "%d\n", getpid()) < 0 ? -errno : 0;
	return fclose(file) ? -errno : err;
}

TEST_F_TIMEOUT(policy, cgroups, 120)
{
	uint64_t outer, inner;

	if (mkdir("/tmp/cgroup2", 0755) && errno != EEXIST)
		SKIP(return, "no place for cgroups");
	if (mount("none", "/tmp/cgroup2", "cgroup2", 0, NULL))
		SKIP(return, "no cgroups in this kernel");
	outer = cgroup_make("/tmp/cgroup2/seal");
	inner = cgroup_make("/tmp/cgroup2/seal/inner");
	ASSERT_TRUE(outer && inner);
	EXPECT_EQ(-EPERM, try_rule(V4, try_.cgroup = outer));
	EXPECT_EQ(0, cgroup_enter("/tmp/cgroup2/seal/inner"));
	EXPECT_EQ(-EINPROGRESS, try_rule(V4, try_.cgroup = inner));
	EXPECT_EQ(-EINPROGRESS, try_rule(V4, try_.cgroup = outer));
	EXPECT_EQ(0, cgroup_enter("/tmp/cgroup2/seal"));
	EXPECT_EQ(-EPERM, try_rule(V4, try_.cgroup = inner));
	EXPECT_EQ(0, cgroup_enter("/tmp/cgroup2"));
	EXPECT_EQ(0, rmdir("/tmp/cgroup2/seal/inner"));
	EXPECT_EQ(0, rmdir("/tmp/cgroup2/seal"));
	EXPECT_EQ(0, umount("/tmp/cgroup2"));
}

TEST_F_TIMEOUT(policy, the_first_that_matches_decides, 120)
{
	struct rule rule[2] = { rule_nothing, rule_nothing };
	int fd[3][2], i;

	rule[0].uid_min = 1000;
	rule[0].uid_max = 1000;
	rule[0].max = 1;
	rule[1].uid_max = 2000;
	ASSERT_EQ(0, rules_set(&self->nl, rule, 2));
	EXPECT_EQ(2, rules_count(&self->nl));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, pair_open(V4, fd[i]));
		fcntl(fd[i][0], F_SETFL, O_NONBLOCK);
	}
	EXPECT_EQ(-EINPROGRESS, ask_as(1000, fd[0][0], SEAL_ROLE_CLIENT, 20000));
	EXPECT_EQ(-EDQUOT, ask_as(1000, fd[1][0], SEAL_ROLE_CLIENT, 20000));
	/* Closing the socket gives no place back: the queue still has it. */
	close(fd[0][0]);
	close(fd[0][1]);
	EXPECT_EQ(-EDQUOT, ask_as(1000, fd[1][0], SEAL_ROLE_CLIENT, 20000));
	EXPECT_EQ(0, hs_refuse_all(&self->hs));
	EXPECT_EQ(-EINPROGRESS, ask_as(1000, fd[1][0], SEAL_ROLE_CLIENT, 20000));
	pair_close(fd[1]);
	EXPECT_EQ(0, hs_refuse_all(&self->hs));
}

/* However many users there are, who has CAP_NET_ADMIN finds a place. */
TEST_F_TIMEOUT(policy, users_leave_places_free, 120)
{
	int share = half_the_queue() / 2 ?: 1, taken = 0, i, fd[26][2];
	struct rule rule = rule_nothing;

	rule.uid_min = 1000;
	ASSERT_EQ(0, rules_set(&self->nl, &rule, 1));
	for (i = 0; i < 26; i++) {
		ASSERT_EQ(0, pair_open(V4, fd[i]));
		fcntl(fd[i][0], F_SETFL, O_NONBLOCK);
	}
	for (i = 0; i < 25; i++) {
		int err = ask_as(1000 + i, fd[i][0], SEAL_ROLE_CLIENT, 20000);

		taken += err == -EINPROGRESS;
		EXPECT_TRUE(err == -EINPROGRESS || err == -EAGAIN);
	}
	EXPECT_EQ(share, taken);
	if (share < half_the_queue()) {
		EXPECT_EQ(-EINPROGRESS, ask(fd[25][0], SEAL_ROLE_CLIENT, 20000));
	}
	/* Who was refused has a socket as before. */
	EXPECT_EQ(4096, do_send(fd[24][0], 0));
	for (i = 0; i < 26; i++)
		pair_close(fd[i]);
	EXPECT_EQ(0, hs_refuse_all(&self->hs));
}

/* Whoever made the socket: who asks is counted, and until it is decided. */
TEST_F_TIMEOUT(policy, each_user_is_counted_alone, 120)
{
	struct rule rule = rule_nothing;
	int fd[3][2], i, taken;

	rule.uid_min = 1000;
	rule.max = 1;
	ASSERT_EQ(0, rules_set(&self->nl, &rule, 1));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, pair_open(V4, fd[i]));
		fcntl(fd[i][0], F_SETFL, O_NONBLOCK);
	}
	EXPECT_EQ(-EINPROGRESS, ask_as(1000, fd[0][0], SEAL_ROLE_CLIENT, 20000));
	/* There may be room for one that waits. */
	taken = hs_accept(&self->hs);
	ASSERT_LE(0, taken);
	ASSERT_EQ(0, claim(&self->nl, taken));
	EXPECT_EQ(1000, nl_u32(&self->nl, SEAL_A_SOCKET_UID, 99));
	EXPECT_EQ(-EDQUOT, ask_as(1000, fd[1][0], SEAL_ROLE_CLIENT, 20000));
	EXPECT_EQ(-EINPROGRESS, ask_as(1001, fd[2][0], SEAL_ROLE_CLIENT, 20000));
	EXPECT_EQ(0, hs_done(&self->hs, taken, EACCES));
	close(taken);
	for (i = 0; i < 3; i++)
		pair_close(fd[i]);
	EXPECT_EQ(0, hs_refuse_all(&self->hs));
}

/* Somebody else may have required it before. */
TEST_F_TIMEOUT(policy, who_asks_is_told_not_who_required, 120)
{
	struct rule rule = rule_nothing;
	struct seal_status st;
	uint32_t ms = 0;
	int fd[2];

	rule.uid_min = 1000;
	ASSERT_EQ(0, rules_set(&self->nl, &rule, 1));
	ASSERT_EQ(0, pair_open(V4, fd));
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	ASSERT_EQ(0, setsockopt(fd[0], IPPROTO_IP, SEAL_SO_REQUIRE, &ms, sizeof(ms)));
	EXPECT_EQ(-EINPROGRESS, ask_as(1000, fd[0], SEAL_ROLE_CLIENT, 20000));
	ASSERT_EQ(0, status_get(fd[0], &st));
	EXPECT_EQ(1000, st.uid);
	/* It goes into what is signed. */
	ASSERT_EQ(0, claim(&self->nl, fd[0]));
	EXPECT_EQ(1000, nl_u32(&self->nl, SEAL_A_SOCKET_UID, 99));
	pair_close(fd);
	EXPECT_EQ(0, hs_refuse_all(&self->hs));
}

static int require_as(uint32_t uid, int fd)
{
	uint32_t ms = 0;
	int err;

	if (seteuid(uid))
		return -errno;
	err = setsockopt(fd, IPPROTO_IP, SEAL_SO_REQUIRE, &ms, sizeof(ms)) ? -errno : 0;
	return seteuid(0) ? -errno : err;
}

TEST_F_TIMEOUT(policy, who_asks_is_counted_not_who_required, 120)
{
	struct rule rule = rule_nothing;
	int fd[2][2], i;

	rule.uid_min = 1000;
	rule.uid_max = 1000;
	rule.max = 1;
	ASSERT_EQ(0, rules_set(&self->nl, &rule, 1));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, pair_open(V4, fd[i]));
		fcntl(fd[i][0], F_SETFL, O_NONBLOCK);
		ASSERT_EQ(0, require_as(2000 + i, fd[i][0]));
	}
	EXPECT_EQ(-EINPROGRESS, ask_as(1000, fd[0][0], SEAL_ROLE_CLIENT, 20000));
	/* There may be room for one that waits. */
	ASSERT_EQ(0, claim(&self->nl, fd[0][0]));
	EXPECT_EQ(-EDQUOT, ask_as(1000, fd[1][0], SEAL_ROLE_CLIENT, 20000));
	for (i = 0; i < 2; i++)
		pair_close(fd[i]);
	EXPECT_EQ(0, hs_refuse_all(&self->hs));
}

/* Who has CAP_NET_ADMIN takes none of the share of users while there is room. */
TEST_F_TIMEOUT(policy, administrators_are_not_counted_as_users, 120)
{
	int share = half_the_queue() / 2 ?: 1, i, fd[13][2];
	struct rule rule = rule_nothing;

	ASSERT_GE(12, share);
	if (half_the_queue() <= share)
		SKIP(return, "no room for both");
	rule.uid_min = 1000;
	ASSERT_EQ(0, rules_set(&self->nl, &rule, 1));
	for (i = 0; i <= share; i++) {
		ASSERT_EQ(0, pair_open(V4, fd[i]));
		fcntl(fd[i][0], F_SETFL, O_NONBLOCK);
		EXPECT_EQ(-EINPROGRESS, i < share ? ask(fd[i][0], SEAL_ROLE_CLIENT, 20000) :
			  ask_as(1000, fd[i][0], SEAL_ROLE_CLIENT, 20000));
	}
	for (i = 0; i <= share; i++)
		pair_close(fd[i]);
	EXPECT_EQ(0, hs_refuse_all(&self->hs));
}

/* It waits for nobody any more: a handshake that takes long must not stop the others. */
TEST_F_TIMEOUT(policy, a_claimed_one_leaves_its_place, 120)
{
	int share = half_the_queue() / 2 ?: 1, i, taken, fd[13][2];
	struct rule rule = rule_nothing;

	ASSERT_GE(12, share);
	rule.uid_min = 1000;
	ASSERT_EQ(0, rules_set(&self->nl, &rule, 1));
	for (i = 0; i <= share; i++) {
		ASSERT_EQ(0, pair_open(V4, fd[i]));
		fcntl(fd[i][0], F_SETFL, O_NONBLOCK);
		EXPECT_EQ(i < share ? -EINPROGRESS : -EAGAIN,
			  ask_as(1000 + i, fd[i][0], SEAL_ROLE_CLIENT, 20000));
	}
	EXPECT_EQ(share, stat_counter("SealCurrQueued"));
	taken = hs_accept(&self->hs);
	ASSERT_LE(0, taken);
	ASSERT_EQ(0, claim(&self->nl, taken));
	EXPECT_EQ(-EBUSY, claim(&self->nl, taken));
	EXPECT_EQ(share - 1, stat_counter("SealCurrQueued"));
	EXPECT_EQ(-EINPROGRESS, ask_as(1000 + share, fd[share][0], SEAL_ROLE_CLIENT, 20000));
	EXPECT_EQ(share, stat_counter("SealCurrQueued"));
	/* To its user it counts until it is decided. */
	rule.max = 1;
	ASSERT_EQ(0, rules_set(&self->nl, &rule, 1));
	EXPECT_EQ(-EDQUOT, ask_as(1000, fd[0][1], SEAL_ROLE_SERVER, 20000));
	EXPECT_EQ(0, hs_done(&self->hs, taken, EACCES));
	close(taken);
	EXPECT_EQ(0, hs_refuse_all(&self->hs));
	EXPECT_EQ(0, stat_counter("SealCurrQueued"));
	for (i = 0; i <= share; i++)
		pair_close(fd[i]);
}

/* Others fill what is theirs of it: then there is no going back, and trying again helps. */
TEST_F_TIMEOUT(policy, a_queue_that_others_fill_ends_it, 120)
{
	struct seal_status st;
	int fd[60][2], i, err = 0;

	for (i = 0; i < 60; i++) {
		ASSERT_EQ(0, pair_open(V4, fd[i]));
		fcntl(fd[i][0], F_SETFL, O_NONBLOCK);
		err = ask(fd[i][0], SEAL_ROLE_CLIENT, 20000);
		if (err != -EINPROGRESS)
			break;
		/* As those of NFS: in the queue, and not one of ours that wait. */
		ASSERT_EQ(0, claim(&self->nl, fd[i][0]));
	}
	ASSERT_GT(60, i);
	EXPECT_EQ(-ETIMEDOUT, err);
	ASSERT_EQ(0, status_get(fd[i][0], &st));
	EXPECT_EQ(SEAL_STATE_REJECTED, st.state);
	EXPECT_STREQ("no agent took the request", st.reason);
	for (; i >= 0; i--)
		pair_close(fd[i]);
	EXPECT_EQ(0, hs_refuse_all(&self->hs));
}

TEST_F_TIMEOUT(policy, all_or_nothing, 120)
{
	struct rule good = rule_nothing, rule[2];

	good.uid_max = 2000;
	ASSERT_EQ(0, rules_set(&self->nl, &good, 1));
#define bad(change) do {								\
	rule[0] = good;									\
	rule[1] = good;									\
	rule[1].change;									\
	EXPECT_EQ(-EINVAL, rules_set(&self->nl, rule, 2)) {				\
		TH_LOG("%s", #change);							\
	}										\
	EXPECT_NE(0, self->nl.extack[0]);						\
	EXPECT_EQ(1, rules_count(&self->nl));						\
} while (0)
	bad(uid_max = ANY; rule[1].max = 5);
	bad(uid_min = 2001);
	bad(port_min = 7; rule[1].port_max = 6);
	bad(prefix_len = 8);
	bad(address = "10.0.0.1"; rule[1].prefix_len = 8);
	bad(address = "10.0.0.0"; rule[1].prefix_len = 33);
	EXPECT_EQ(-EINPROGRESS, one_request(good, &self->nl, &self->hs, V4));
	ASSERT_EQ(0, rules_set(&self->nl, NULL, 0));
	EXPECT_EQ(0, rules_count(&self->nl));
}

TEST_F_TIMEOUT(policy, of_one_namespace, 120)
{
	struct rule rule = rule_nothing;
	struct nl other;
	int fd[2];

	rule.uid_max = 2000;
	ASSERT_EQ(0, rules_set(&self->nl, &rule, 1));
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, pair_open(V4, fd));
	EXPECT_EQ(-EPERM, ask_as(1000, fd[0], SEAL_ROLE_CLIENT, 20000));
	ASSERT_EQ(0, nl_open(&other, "seal", NULL));
	EXPECT_EQ(0, rules_count(&other));
	EXPECT_EQ(1, rules_count(&self->nl));
	pair_close(fd);
	nl_close(&other);
}

/* Rules are no business of users, not even to read. */
TEST_F_TIMEOUT(policy, for_administrators, 120)
{
	struct rule rule = rule_nothing;

	rule.uid_max = 2000;
	ASSERT_EQ(0, seteuid(1000));
	EXPECT_EQ(-EPERM, rules_set(&self->nl, &rule, 1));
	EXPECT_EQ(-EPERM, rules_count(&self->nl));
	ASSERT_EQ(0, seteuid(0));
}

/* There a user may do all that the namespace lets him: 0 if none of it is ours. */
static int as_root_of_his_own(void)
{
	struct rule rule = rule_nothing;
	struct nl nl;
	int fd[2];

	if (setresuid(1000, 1000, 1000) || unshare(CLONE_NEWUSER) || netns_new())
		return 1;
	if (nl_open(&nl, "seal", "status") || pair_open(V4, fd))
		return 2;
	rule.uid_max = 2000;
	if (rules_set(&nl, &rule, 1) != -EPERM || rules_count(&nl) != -EPERM)
		return 3;
	/* Whose namespace it is may listen; that is what generic netlink leaves us. */
	if (nl_subscribe(&nl))
		return 5;
	return ask(fd[0], SEAL_ROLE_CLIENT, 20000) == -EPERM ? 0 : 4;
}

/* The agent vouches with the identity of the host, whoever owns the namespace. */
TEST_F_TIMEOUT(policy, not_in_a_namespace_of_his_own, 120)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(as_root_of_his_own());
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
}

#define MAY	"127.0.0.2"
#define MAY_NOT	"127.0.0.3"

static int listen_at(const char *host)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(7000) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	inet_pton(AF_INET, host, &addr.sin_addr);
	if (bind(fd, (void *)&addr, sizeof(addr)) || listen(fd, 4096)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int connect_to(int fd, const char *host)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(7000) };

	inet_pton(AF_INET, host, &addr.sin_addr);
	return connect(fd, (void *)&addr, sizeof(addr));
}

struct wanderer {
	int listener[2];
	volatile bool stop;
};

static struct wanderer wanderer;

/* To whom he may ask for and to whom not, until it has kTLS. */
static ssize_t do_wander(int fd, int arg)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	int i;

	for (i = 0; !wanderer.stop && !connect(fd, &none, sizeof(none)); i++) {
		/* Those are reset by now; not accepted they would fill the queues. */
		close(accept(wanderer.listener[0], NULL, NULL));
		close(accept(wanderer.listener[1], NULL, NULL));
		connect_to(fd, i & 1 ? MAY : MAY_NOT);
	}
	return i;
}

static bool is_connected_to(int fd, const char *host)
{
	struct sockaddr_in addr;
	socklen_t len = sizeof(addr);

	return !getpeername(fd, (void *)&addr, &len) &&
	       addr.sin_addr.s_addr == inet_addr(host);
}

/* Asks until the socket goes nowhere any more, or time is up: what came of it. */
static int ask_a_wanderer(int fd, uint64_t end, bool *has_tls)
{
	struct call call;
	int err;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	wanderer.stop = false;
	call_start(&call, do_wander, fd, 0);
	do {
		err = ask_as(1000, fd, SEAL_ROLE_CLIENT, 20000);
	} while ((err == -EPERM || err == -ENOTCONN || err == -EBUSY) && !call.returned &&
		 boottime() < end);
	/* He cannot go anywhere else with it. */
	*has_tls = err == -EPERM && call.returned;
	wanderer.stop = true;
	return call_end(&call, 30000) ? err : -ETIMEDOUT;
}

/*
 * The peer is looked at once more when the socket cannot be connected elsewhere: who
 * is refused then is left with kTLS on it, which the next time is the mistake.
 */
TEST_F_TIMEOUT(policy, connected_elsewhere_meanwhile, 120)
{
	struct tls12_crypto_info_aes_gcm_128 key = key_make(1);
	uint64_t end = boottime() + 4 * SEC;
	struct rule rule = rule_nothing;
	int round, err, fd;
	bool has_tls;

	rule.uid_min = 1000;
	rule.address = MAY;
	ASSERT_EQ(0, rules_set(&self->nl, &rule, 1));
	wanderer.listener[0] = listen_at(MAY);
	wanderer.listener[1] = listen_at(MAY_NOT);
	ASSERT_TRUE(wanderer.listener[0] >= 0 && wanderer.listener[1] >= 0);
	for (round = 0; boottime() < end; round++) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		ASSERT_LE(0, fd);
		err = ask_a_wanderer(fd, end, &has_tls);
		EXPECT_NE(-ETIMEDOUT, err);
		if (err == -EINPROGRESS) {
			EXPECT_TRUE(is_connected_to(fd, MAY)) {
				TH_LOG("round %d", round);
			}
		}
		/* kTLS is left to him as he knows it. */
		if (has_tls) {
			EXPECT_EQ(0, setsockopt(fd, SOL_TLS, TLS_TX, &key, sizeof(key)));
		}
		close(fd);
		EXPECT_EQ(0, hs_refuse_all(&self->hs));
	}
	close(wanderer.listener[0]);
	close(wanderer.listener[1]);
}

TEST_HARNESS_MAIN
