// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can be seen from outside: tracepoints, audit records, counters, the
 * lines in fdinfo.
 */

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "audit.h"
#include "hostile.h"
#include "lib.h"

#define TRACING		"/sys/kernel/tracing/"
#define INSTANCE	TRACING "instances/seal-test/"

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	ssize_t done = write(fd, text, strlen(text));

	close(fd);
	return done < 0 ? -errno : 0;
}

static int trace_begin(void)
{
	rmdir(INSTANCE);
	if (mkdir(INSTANCE, 0700))
		return -errno;
	return put(INSTANCE "events/seal/enable", "1");
}

static void trace_end(void)
{
	put(INSTANCE "events/seal/enable", "0");
	rmdir(INSTANCE);
}

/* Lines of one event that have the words. */
static int trace_count(const char *event, const char *words)
{
	FILE *file = fopen(INSTANCE "trace", "r");
	char line[512], name[64];
	int count = 0;

	snprintf(name, sizeof(name), " %s: ", event);
	while (file && fgets(line, sizeof(line), file))
		count += strstr(line, name) && strstr(line, words);
	if (file)
		fclose(file);
	return count;
}

static int ask(int fd)
{
	struct seal_request req = {
		.size = sizeof(req),
		.role = SEAL_ROLE_CLIENT,
		.timeout_ms = 20000,
		.peername = "server.example.org",
	};

	return setsockopt(fd, IPPROTO_IP, SEAL_SO_REQUEST, &req, sizeof(req)) ? -errno : 0;
}

/* Leave a socket waiting for an agent that listens and does nothing. */
static int make_pending(struct nl *agent, int fd)
{
	int err = nl_open(agent, "handshake", "tlshd") ?: nl_subscribe(agent);

	if (err)
		return err;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	err = ask(fd);
	return err == -EINPROGRESS ? 0 : err ?: -EPROTO;
}

FIXTURE(seen)
{
	struct nl nl;
	int fd[2];
	uint64_t id[2];
	char words[64];
};

FIXTURE_SETUP(seen)
{
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", "status"));
	ASSERT_EQ(0, pair_open(V6, self->fd));
	ASSERT_EQ(0, trace_begin());
}

FIXTURE_TEARDOWN(seen)
{
	trace_end();
	pair_close(self->fd);
	nl_close(&self->nl);
}

TEST_F(seen, tracepoints_are_pairs)
{
	static const char * const names[] = {
		"request", "require", "claim", "attach", "extend", "close", "expire",
		"drain", "revoke",
	};
	char path[128];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), TRACING "events/seal/seal_%s/format", names[i]);
		EXPECT_EQ(0, access(path, R_OK));
		snprintf(path, sizeof(path), TRACING "events/seal/seal_%s_err/format",
			 names[i]);
		EXPECT_EQ(0, access(path, R_OK));
	}
}

TEST_F(seen, tracepoints_of_a_revoked_socket)
{
	ASSERT_EQ(0, pair_attach(&self->nl, self->fd, self->id));
	snprintf(self->words, sizeof(self->words), " id=%llu state=attested ",
		 (unsigned long long)self->id[0]);
	EXPECT_EQ(1, trace_count("seal_attach", self->words));
	EXPECT_EQ(2, trace_count("seal_attach", ""));
	EXPECT_EQ(0, trace_count("seal_close", ""));

	EXPECT_EQ(0, revoke_id(&self->nl, self->id[0]));
	snprintf(self->words, sizeof(self->words), " id=%llu state=revoked ",
		 (unsigned long long)self->id[0]);
	EXPECT_EQ(1, trace_count("seal_close", self->words));
	EXPECT_EQ(1, trace_count("seal_drain", self->words));
	EXPECT_EQ(1, trace_count("seal_revoke", "count=1 draining=0"));

	/* A second time there is nothing to close. */
	EXPECT_EQ(0, trace_count("seal_close_err", ""));
	EXPECT_EQ(0, revoke_id(&self->nl, self->id[0]));
	EXPECT_EQ(1, trace_count("seal_close_err", " err=-114"));
	EXPECT_EQ(1, trace_count("seal_close", self->words));
	/* The end of another network namespace is one, too. */
	EXPECT_LE(1, trace_count("seal_revoke", "count=0 draining=0"));
}

TEST_F(seen, tracepoints_of_an_expired_socket)
{
	uint64_t end = boottime() + 200 * MS;
	struct call reader;

	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, end, &self->id[0]));
	call_start(&reader, do_recv, self->fd[0], 0);
	ASSERT_TRUE(call_end(&reader, 30000));
	snprintf(self->words, sizeof(self->words), " id=%llu state=expired ",
		 (unsigned long long)self->id[0]);
	EXPECT_EQ(1, trace_count("seal_expire", self->words));
	EXPECT_EQ(0, trace_count("seal_close", ""));
}

/* It was closed before. */
TEST_F(seen, tracepoints_of_a_deadline_that_comes_late)
{
	uint64_t end = boottime() + 2 * SEC;
	int i;

	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, end, &self->id[0]));
	ASSERT_EQ(0, revoke_id(&self->nl, self->id[0]));
	for (i = 0; i < 10000 && !trace_count("seal_expire_err", ""); i++)
		msleep(1);
	EXPECT_LE(end, boottime());
	EXPECT_EQ(1, trace_count("seal_expire_err", " err=-114"));
	EXPECT_EQ(0, trace_count("seal_expire", ""));
	EXPECT_EQ(1, stat_counter("SealRevoked"));
	EXPECT_EQ(0, stat_counter("SealExpired"));
}

TEST_F(seen, tracepoints_of_refusals)
{
	ASSERT_EQ(0, pair_attach(&self->nl, self->fd, self->id));
	EXPECT_EQ(0, trace_count("seal_attach_err", ""));
	EXPECT_EQ(-EEXIST, attach(&self->nl, self->fd[0], true, boottime() + SEC, NULL));
	EXPECT_EQ(1, trace_count("seal_attach_err", " err=-17"));
	EXPECT_EQ(-EINVAL, claim(&self->nl, self->fd[0]));
	EXPECT_EQ(1, trace_count("seal_claim_err", " err=-22"));
	EXPECT_EQ(0, trace_count("seal_claim", ""));
}

TEST_F(seen, tracepoints_of_a_request)
{
	struct nl agent;

	ASSERT_EQ(0, make_pending(&agent, self->fd[0]));
	EXPECT_EQ(1, trace_count("seal_request", " state=pending "));
	EXPECT_EQ(0, trace_count("seal_request_err", ""));
	EXPECT_EQ(0, claim(&self->nl, self->fd[0]));
	EXPECT_EQ(1, trace_count("seal_claim", " state=pending "));
	EXPECT_EQ(-EALREADY, ask(self->fd[0]));
	EXPECT_EQ(0, trace_count("seal_request_err", ""));
	nl_close(&agent);
}

/* Nobody listens to take the request. */
TEST_F(seen, tracepoints_of_a_request_refused)
{
	int err = ask(self->fd[0]);

	EXPECT_GT(0, err);
	snprintf(self->words, sizeof(self->words), " err=%d\n", err);
	EXPECT_EQ(1, trace_count("seal_request_err", self->words));
}

static int require(int fd)
{
	return setsockopt(fd, IPPROTO_IP, SEAL_SO_REQUIRE, &(uint32_t){ 20000 }, 4) ? -errno : 0;
}

static int extend(struct nl *nl, int fd, uint64_t deadline)
{
	struct msg msg;

	msg_init(&msg, SEAL_CMD_EXTEND);
	msg_u32(&msg, SEAL_A_SOCKET_SOCKFD, fd);
	msg_u64(&msg, SEAL_A_SOCKET_DEADLINE, deadline);
	return nl_call(nl, &msg);
}

TEST_F(seen, tracepoints_of_a_requirement_and_an_extension)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	EXPECT_EQ(-ENOTCONN, require(fd));
	EXPECT_EQ(1, trace_count("seal_require_err", " err=-107"));
	EXPECT_EQ(0, trace_count("seal_require", ""));
	EXPECT_EQ(0, require(self->fd[0]));
	EXPECT_EQ(1, trace_count("seal_require", " state=pending "));
	EXPECT_EQ(-EAGAIN, extend(&self->nl, self->fd[0], boottime() + SEC));
	EXPECT_EQ(1, trace_count("seal_extend_err", " err=-11"));
	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, boottime() + 100 * SEC, NULL));
	EXPECT_EQ(0, extend(&self->nl, self->fd[0], boottime() + 200 * SEC));
	EXPECT_EQ(1, trace_count("seal_extend", " state=attested "));
	close(fd);
}

TEST_F(seen, counters)
{
	struct nl agent;

	ASSERT_EQ(0, make_pending(&agent, self->fd[0]));
	EXPECT_EQ(1, stat_counter("SealRequested"));
	EXPECT_EQ(1, stat_counter("SealCurrPending"));
	EXPECT_EQ(1, stat_counter("SealCurrQueued"));
	EXPECT_EQ(0, stat_counter("SealClaimed"));
	EXPECT_EQ(0, claim(&self->nl, self->fd[0]));
	EXPECT_EQ(1, stat_counter("SealClaimed"));
	EXPECT_EQ(0, stat_counter("SealCurrQueued"));
	nl_close(&agent);

	EXPECT_EQ(0, stat_counter("SealRequestRefused"));
	EXPECT_EQ(0, stat_counter("SealRejected"));
	EXPECT_GT(0, ask(self->fd[1]));
	EXPECT_EQ(1, stat_counter("SealRequestRefused"));
	EXPECT_EQ(1, stat_counter("SealRejected"));
	EXPECT_EQ(0, stat_counter("SealNotifyLost"));
}

TEST_F(seen, counter_of_drained_sockets)
{
	ASSERT_EQ(0, pair_attach(&self->nl, self->fd, self->id));
	EXPECT_EQ(0, stat_counter("SealDrained"));
	EXPECT_EQ(0, revoke_id(&self->nl, self->id[0]));
	EXPECT_EQ(1, stat_counter("SealDrained"));
}

static bool fdinfo_says(int fd, const char *words)
{
	char path[64], text[1024] = "";
	int info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = open(path, O_RDONLY);
	if (info < 0 || read(info, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	close(info);
	return strstr(text, words);
}

TEST_F(seen, fdinfo)
{
	uint64_t long_ago = 1;
	struct nl agent;

	EXPECT_FALSE(fdinfo_says(self->fd[0], "seal-"));
	ASSERT_EQ(0, make_pending(&agent, self->fd[0]));
	EXPECT_TRUE(fdinfo_says(self->fd[0], "seal-state:\tpending\n"));
	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, boottime() + 100 * SEC,
			    &self->id[0]));
	EXPECT_TRUE(fdinfo_says(self->fd[0], "seal-state:\tattested\n"));
	snprintf(self->words, sizeof(self->words), "seal-id:\t%llu\n",
		 (unsigned long long)self->id[0]);
	EXPECT_TRUE(fdinfo_says(self->fd[0], self->words));
	EXPECT_EQ(0, revoke_id(&self->nl, self->id[0]));
	EXPECT_TRUE(fdinfo_says(self->fd[0], "seal-state:\trevoked\n"));
	nl_close(&agent);

	pair_close(self->fd);
	ASSERT_EQ(0, pair_open(V4, self->fd));
	EXPECT_GT(0, ask(self->fd[1]));
	EXPECT_TRUE(fdinfo_says(self->fd[1], "seal-state:\trejected\n"));
	pair_close(self->fd);
	ASSERT_EQ(0, pair_open(V4, self->fd));
	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, boottime() + 100 * SEC, NULL));
	ASSERT_EQ(0, setsockopt(self->fd[0], IPPROTO_IP, SEAL_SO_TIGHTEN, &long_ago,
				sizeof(long_ago)));
	EXPECT_EQ(SEAL_STATE_EXPIRED, wait_state(self->fd[0], SEAL_STATE_EXPIRED));
	EXPECT_TRUE(fdinfo_says(self->fd[0], "seal-state:\texpired\n"));
}

/* Audit records come by netlink to who may read them, in the first namespace only. */

FIXTURE(audit)
{
	struct nl nl;
	int audit;
	int fd[2];
	uint64_t id[2];
	char text[4096];
};

static int audit_open(void)
{
	uint32_t group = AUDIT_NLGRP_READLOG;
	int fd = audit_connect();

	if (fd < 0 || audit_enable(fd, 1) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return -1;
	return fd;
}

/* The next record of ours, if one comes in time. */
static bool audit_wait(int fd, char *text, size_t size, int timeout_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	char buf[8192];
	struct nlmsghdr *hdr = (void *)buf;
	ssize_t got;

	text[0] = 0;
	while (poll(&pfd, 1, timeout_ms) == 1) {
		got = recv(fd, buf, sizeof(buf) - 1, 0);
		if (got < (ssize_t)sizeof(*hdr))
			return false;
		buf[got] = 0;
		if (hdr->nlmsg_type != AUDIT_KERNEL_OTHER)
			continue;
		snprintf(text, size, "%.*s", (int)size - 1, (char *)NLMSG_DATA(hdr));
		if (strstr(text, "op=seal-"))
			return true;
	}
	return false;
}

static bool audit_next(int fd, char *text, size_t size)
{
	return audit_wait(fd, text, size, 20000);
}

#define EXPECT_RECORD(words)							\
	do {									\
		EXPECT_NE(NULL, strstr(self->text, words)) {			\
			TH_LOG("no %s in: %s", words, self->text);		\
		}								\
	} while (0)

FIXTURE_SETUP(audit)
{
	self->audit = audit_open();
	ASSERT_LE(0, self->audit);
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", "status"));
	ASSERT_EQ(0, pair_open(V4, self->fd));
}

FIXTURE_TEARDOWN(audit)
{
	audit_enable(self->audit, 0);
	close(self->audit);
	pair_close(self->fd);
	nl_close(&self->nl);
}

TEST_F(audit, verdict_and_revocation)
{
	char words[64];

	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, boottime() + 100 * SEC,
			    &self->id[0]));
	ASSERT_TRUE(audit_next(self->audit, self->text, sizeof(self->text)));
	EXPECT_RECORD("op=seal-attested ouid=0 ");
	snprintf(words, sizeof(words), " id=%llu ", (unsigned long long)self->id[0]);
	EXPECT_RECORD(words);
	EXPECT_RECORD(" laddr=127.0.0.1 lport=");
	EXPECT_RECORD(" addr=127.0.0.1 rport=");
	EXPECT_RECORD(" peer=\"dns:second\" policy=\"test\" authenticated=1 ");
	EXPECT_RECORD(" res=1");

	EXPECT_EQ(0, revoke_id(&self->nl, self->id[0]));
	ASSERT_TRUE(audit_next(self->audit, self->text, sizeof(self->text)));
	EXPECT_RECORD("op=seal-revoked ");
	EXPECT_RECORD(words);
	EXPECT_RECORD(" peer=\"dns:second\" ");
	/* With a space in it it comes as hexadecimal: "for a test" */
	EXPECT_RECORD(" reason=666F7220612074657374 ");
	EXPECT_RECORD(" res=0");
}

TEST_F(audit, expiry)
{
	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, boottime() + 200 * MS, NULL));
	ASSERT_TRUE(audit_next(self->audit, self->text, sizeof(self->text)));
	EXPECT_RECORD("op=seal-attested ");
	ASSERT_TRUE(audit_next(self->audit, self->text, sizeof(self->text)));
	EXPECT_RECORD("op=seal-expired ");
	EXPECT_RECORD(" reason=\"deadline\" res=0");
}

/* How many come until there is none for a second; each must have these words. */
static int audit_count(int fd, const char *words)
{
	char text[4096];
	int count = 0;

	while (audit_wait(fd, text, sizeof(text), 1000))
		count += strstr(text, words) ? 1 : 1000;
	return count;
}

/* How many say that this socket is revoked, until none comes for a second. */
static int revoked_events(struct nl *events, uint64_t id)
{
	int count = 0;

	while (nl_event(events, 1000) == SEAL_CMD_STATUS_NTF)
		count += nl_u64(events, SEAL_A_SOCKET_ID) == id &&
			 nl_u32(events, SEAL_A_SOCKET_STATE, 99) == SEAL_STATE_REVOKED;
	return count;
}

/* Who is inside and does not leave hides nothing by that; and nothing is told twice. */
TEST_F_TIMEOUT(audit, who_does_not_leave_is_seen, 60)
{
	struct hostiles h;
	struct nl events;
	char words[64];
	uint64_t id;

	ASSERT_EQ(0, trace_begin());
	ASSERT_EQ(0, nl_open(&events, "seal", "status"));
	ASSERT_EQ(0, nl_subscribe(&events));
	ASSERT_EQ(0, hostiles_start(&h, &self->nl, 1));
	id = h.each->id;
	EXPECT_EQ(1, audit_count(self->audit, "op=seal-attested "));
	EXPECT_EQ(0, revoke_id(&self->nl, id));
	EXPECT_EQ(1, nl_u32(&self->nl, SEAL_A_SOCKET_DRAINING, 99));
	EXPECT_EQ(1, trace_count("seal_drain_err", " err=-115"));
	EXPECT_EQ(1, trace_count("seal_revoke_err", "count=1 draining=1"));
	snprintf(words, sizeof(words), " id=%llu state=revoked ", (unsigned long long)id);
	EXPECT_EQ(0, trace_count("seal_drain", words));
	EXPECT_EQ(1, revoked_events(&events, id));
	EXPECT_EQ(1, audit_count(self->audit, "op=seal-revoked "));
	EXPECT_FALSE(h.each->call.returned);

	EXPECT_EQ(0, hostiles_wake(&h));
	EXPECT_EQ(0, hostiles_end(&h));
	EXPECT_EQ(0, revoked_events(&events, id));
	EXPECT_EQ(0, audit_count(self->audit, ""));
	trace_end();
	nl_close(&events);
}

/* It is attested already, and that was recorded. */
TEST_F(audit, an_extension_is_none)
{
	struct msg msg;
	int i;

	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, boottime() + 100 * SEC,
			    &self->id[0]));
	for (i = 0; i < 3; i++) {
		msg_init(&msg, SEAL_CMD_EXTEND);
		msg_u64(&msg, SEAL_A_SOCKET_ID, self->id[0]);
		msg_u64(&msg, SEAL_A_SOCKET_DEADLINE, boottime() + 100 * SEC);
		ASSERT_EQ(0, nl_call(&self->nl, &msg));
	}
	EXPECT_EQ(1, audit_count(self->audit, "op=seal-attested "));
	EXPECT_EQ(0, revoke_id(&self->nl, self->id[0]));
	EXPECT_EQ(1, audit_count(self->audit, "op=seal-revoked "));
}

TEST_F(audit, refusals)
{
	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, boottime() + 100 * SEC, NULL));
	ASSERT_TRUE(audit_next(self->audit, self->text, sizeof(self->text)));
	EXPECT_EQ(-EEXIST, attach(&self->nl, self->fd[0], true, boottime() + SEC, NULL));
	ASSERT_TRUE(audit_next(self->audit, self->text, sizeof(self->text)));
	EXPECT_RECORD("op=seal-attach ");
	EXPECT_RECORD(" exit=-17 res=0");

	/* The agent took the request and there is none: rejected. */
	EXPECT_GT(0, ask(self->fd[1]));
	ASSERT_TRUE(audit_next(self->audit, self->text, sizeof(self->text)));
	EXPECT_RECORD("op=seal-rejected ");
	EXPECT_RECORD(" res=0");
}

TEST_F(audit, a_request_that_is_not_allowed)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(setgroups(0, NULL) || setresuid(65534, 65534, 65534) ||
		      ask(self->fd[0]) != -EPERM);
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);
	ASSERT_TRUE(audit_next(self->audit, self->text, sizeof(self->text)));
	EXPECT_RECORD("op=seal-request ");
	EXPECT_RECORD(" uid=65534 ");
	EXPECT_RECORD(" exit=-1 res=0");
}

/* A name that would forge a field comes as hexadecimal. */
TEST_F(audit, names_cannot_forge)
{
	struct msg msg;

	attach_msg(&msg, self->fd[0], true, boottime() + 100 * SEC);
	/* in place of dns:second, which has the same length */
	memcpy(memmem(&msg, sizeof(msg), "dns:second", 10), "x\" res=1 y", 10);
	ASSERT_EQ(0, nl_call(&self->nl, &msg));
	ASSERT_TRUE(audit_next(self->audit, self->text, sizeof(self->text)));
	EXPECT_RECORD(" peer=7822207265733D312079 ");
}

/* As who takes the records, and takes none; as such it may write any number of them. */
static void *audit_choke(void *arg)
{
	struct {
		struct nlmsghdr hdr;
		char text[32];
	} msg = {
		.hdr.nlmsg_len = sizeof(msg),
		.hdr.nlmsg_type = AUDIT_USER,
		.hdr.nlmsg_flags = NLM_F_REQUEST,
		.text = "choke",
	};
	volatile bool *on = arg;
	int fd = audit_connect();

	while (*on && send(fd, &msg, sizeof(msg), MSG_DONTWAIT) > 0)
		usleep(100);
	close(fd);
	return NULL;
}

static int audit_backlog(int fd, uint32_t pid, uint32_t limit)
{
	return audit_set(fd, (struct audit_status){
		.mask = AUDIT_STATUS_PID | AUDIT_STATUS_BACKLOG_LIMIT |
			AUDIT_STATUS_BACKLOG_WAIT_TIME,
		.pid = pid, .backlog_limit = limit, .backlog_wait_time = 30000,
	});
}

/* Rather a record is lost, and counted by audit, than that a close waits for its reader. */
TEST_F_TIMEOUT(audit, who_does_not_take_them_delays_no_close, 120)
{
	int lazy = audit_connect(), small = 1;
	volatile bool on = true;
	pthread_t thread;
	uint64_t began;
	int i;

	ASSERT_EQ(0, audit_backlog(lazy, getpid(), 1));
	ASSERT_EQ(0, setsockopt(lazy, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)));
	ASSERT_EQ(0, pthread_create(&thread, NULL, audit_choke, (void *)&on));
	msleep(2000);
	for (i = 0; i < 10; i++) {
		pair_close(self->fd);
		ASSERT_EQ(0, pair_open(V4, self->fd));
		ASSERT_EQ(0, pair_attach(&self->nl, self->fd, self->id));
		began = boottime();
		EXPECT_EQ(0, revoke_id(&self->nl, self->id[0]));
		EXPECT_GT(300 * MS, boottime() - began) {
			TH_LOG("%llu ms", (unsigned long long)(boottime() - began) / MS);
		}
		msleep(50);
	}
	on = false;
	pthread_join(thread, NULL);
	close(lazy);
	/* That one is too small for an answer now. */
	lazy = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	EXPECT_EQ(0, audit_backlog(lazy, 0, 8192));
	close(lazy);
}

TEST_F(audit, off_means_silent)
{
	ASSERT_EQ(0, audit_enable(self->audit, 0));
	ASSERT_EQ(0, attach(&self->nl, self->fd[0], true, boottime() + 100 * SEC, NULL));
	EXPECT_FALSE(audit_wait(self->audit, self->text, sizeof(self->text), 1000));
}

TEST_HARNESS_MAIN
