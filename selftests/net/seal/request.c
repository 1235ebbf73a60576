// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asking for a handshake, with an agent that does what a test wants: it takes
 * the request from net/handshake, says who it is, passes a few bytes through
 * the gate in place of a TLS handshake, and attaches, or not.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/handshake.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib.h"

enum agent {
	AGENT_ATTACH,		/* all goes well */
	AGENT_ATTACH_ONLY,	/* attaches and dies before it says so */
	AGENT_DONE_ONLY,	/* says success without a verdict */
	AGENT_REFUSE,		/* says a transient failure */
	AGENT_DIE,		/* takes the socket and dies */
	AGENT_SILENT,		/* listens, but takes nothing */
	AGENT_REFUSE_LATE,	/* attaches and then says failure */
};

static int agent_accept(struct nl *nl)
{
	struct msg msg;
	int err;

	msg_init(&msg, HANDSHAKE_CMD_ACCEPT);
	msg_u32(&msg, HANDSHAKE_A_ACCEPT_HANDLER_CLASS, HANDSHAKE_HANDLER_CLASS_TLSHD);
	err = nl_call(nl, &msg);
	return err ?: (int)nl_u32(nl, HANDSHAKE_A_ACCEPT_SOCKFD, -1);
}

static int agent_done(struct nl *nl, int fd, uint32_t status)
{
	struct msg msg;

	msg_init(&msg, HANDSHAKE_CMD_DONE);
	msg_u32(&msg, HANDSHAKE_A_DONE_STATUS, status);
	msg_u32(&msg, HANDSHAKE_A_DONE_SOCKFD, fd);
	return nl_call(nl, &msg);
}

static int agent_claim(struct nl *seal, int fd)
{
	int err = claim(seal, fd);

	if (err)
		return err;
	if (nl_u32(seal, SEAL_A_SOCKET_CONSUMER, 99) != SEAL_CONSUMER_USER ||
	    nl_u32(seal, SEAL_A_SOCKET_STATE, 99) != SEAL_STATE_PENDING ||
	    nl_u32(seal, SEAL_A_SOCKET_UID, 99) != 0)
		return -EPROTO;
	return 0;
}

/* In place of a handshake: echo five bytes through the gate. */
static int agent_shake(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	char buf[5];

	if (poll(&pfd, 1, 5000) != 1 || !(pfd.revents & POLLIN))
		return -ETIMEDOUT;
	if (recv(fd, buf, 5, MSG_DONTWAIT) != 5 || send(fd, buf, 5, MSG_DONTWAIT) != 5)
		return -errno;
	return 0;
}

static int agent_serve(struct nl *hs, struct nl *seal, int fd, enum agent agent)
{
	int err;

	if (agent == AGENT_DONE_ONLY)
		return agent_done(hs, fd, 0);
	if (agent == AGENT_REFUSE)
		return agent_done(hs, fd, ETIMEDOUT);
	err = agent_claim(seal, fd) ?: agent_shake(fd);
	if (err || agent == AGENT_DIE)
		return err;
	err = attach(seal, fd, true, boottime() + 100 * SEC, NULL);
	if (err || agent == AGENT_ATTACH_ONLY)
		return err;
	if (agent == AGENT_REFUSE_LATE)
		return agent_done(hs, fd, EACCES);
	return agent_done(hs, fd, 0);
}

static void agent_run(enum agent agent, int ready)
{
	struct nl hs, seal;
	int fd;

	if (nl_open(&hs, "handshake", "tlshd") || nl_subscribe(&hs) ||
	    nl_open(&seal, "seal", NULL))
		_exit(2);
	if (write(ready, "", 1) != 1)
		_exit(3);
	while (agent == AGENT_SILENT)
		pause();
	do {
		nl_event(&hs, 1000);
		fd = agent_accept(&hs);
	} while (fd == -EAGAIN);
	_exit(fd < 0 ? 4 : agent_serve(&hs, &seal, fd, agent) ? 5 : 0);
}

static pid_t agent_start(enum agent agent)
{
	int ready[2];
	pid_t pid;
	char c;

	if (pipe(ready))
		return -1;
	pid = fork();
	if (!pid)
		agent_run(agent, ready[1]);
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		pid = -1;
	close(ready[0]);
	return pid;
}

static int agent_end(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static struct seal_request request_make(uint32_t timeout_ms)
{
	struct seal_request req = {
		.size = sizeof(req),
		.role = SEAL_ROLE_CLIENT,
		.timeout_ms = timeout_ms,
		.peername = "server.example.org",
	};

	return req;
}

static int ask(int fd, uint32_t timeout_ms)
{
	struct seal_request req = request_make(timeout_ms);

	return setsockopt(fd, IPPROTO_IP, SEAL_SO_REQUEST, &req, sizeof(req)) ? -errno : 0;
}

static ssize_t do_ask(int fd, int timeout_ms)
{
	int err = ask(fd, timeout_ms);

	errno = -err;
	return err ? -1 : 0;
}

/* The peer's part: five bytes there and back, */
static int peer_echo(int fd)
{
	char buf[5];

	if (send(fd, "shake", 5, 0) != 5 || recv(fd, buf, 5, MSG_WAITALL) != 5)
		return -errno;
	return memcmp(buf, "shake", 5) ? -EPROTO : 0;
}

/* then its keys. */
static int peer_shake(int fd)
{
	struct tls12_crypto_info_aes_gcm_128 tx = key_make(2), rx = key_make(1);
	int err = peer_echo(fd);

	if (err)
		return err;
	if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 3) ||
	    setsockopt(fd, SOL_TLS, TLS_TX, &tx, sizeof(tx)) ||
	    setsockopt(fd, SOL_TLS, TLS_RX, &rx, sizeof(rx)))
		return -errno;
	return 0;
}

FIXTURE(request)
{
	struct nl nl;
	int fd[2];
};

FIXTURE_VARIANT(request)
{
	enum family family;
};

FIXTURE_VARIANT_ADD(request, v4) { .family = V4 };
FIXTURE_VARIANT_ADD(request, v6) { .family = V6 };
FIXTURE_VARIANT_ADD(request, mapped) { .family = MAPPED };

FIXTURE_SETUP(request)
{
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->nl, "seal", "status"));
	ASSERT_EQ(0, pair_open(variant->family, self->fd));
}

FIXTURE_TEARDOWN(request)
{
	pair_close(self->fd);
	nl_close(&self->nl);
}

TEST_F_TIMEOUT(request, attested, 120)
{
	struct call asker, reader, splicer, writer;
	pid_t pid = agent_start(AGENT_ATTACH);
	struct seal_status st;
	char buf[4096];

	ASSERT_LT(0, pid);
	call_start(&asker, do_ask, self->fd[0], 0);
	msleep(200);
	/* While the agent waits for the peer nobody else gets through. */
	ASSERT_EQ(0, status_get(self->fd[0], &st));
	EXPECT_EQ(SEAL_STATE_PENDING, st.state);
	EXPECT_EQ(EAGAIN, st.error);
	EXPECT_EQ(1, stat_counter("SealCurrPending"));
	call_start(&reader, do_recv, self->fd[0], 0);
	call_start(&splicer, do_splice, self->fd[0], 0);
	call_start(&writer, do_send, self->fd[0], 0);
	EXPECT_EQ(-1, do_recv(self->fd[0], MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(-1, do_send(self->fd[0], MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	msleep(100);
	EXPECT_FALSE(asker.returned || reader.returned || writer.returned);

	ASSERT_EQ(0, peer_shake(self->fd[1]));
	ASSERT_TRUE(call_end(&asker, 10000));
	EXPECT_EQ(0, asker.result);
	ASSERT_TRUE(call_end(&writer, 10000));
	EXPECT_EQ(4096, writer.result);
	EXPECT_EQ(4096, recv(self->fd[1], buf, sizeof(buf), MSG_WAITALL));
	/* One record for each of the two that wait. */
	EXPECT_EQ(100, send(self->fd[1], buf, 100, 0));
	EXPECT_EQ(100, send(self->fd[1], buf, 100, 0));
	EXPECT_EQ(100, send(self->fd[1], buf, 100, 0));
	ASSERT_TRUE(call_end(&reader, 10000));
	EXPECT_EQ(0, reader.result % 100);
	EXPECT_LT(0, reader.result);
	if (call_end(&splicer, 1000)) {
		EXPECT_EQ(100, splicer.result);
	} else {
		EXPECT_EQ(300, reader.result);
	}
	EXPECT_EQ(0, agent_end(pid));
	EXPECT_EQ(-EISCONN, ask(self->fd[0], 0));
	ASSERT_EQ(0, status_get(self->fd[0], &st));
	EXPECT_EQ(SEAL_STATE_ATTESTED, st.state);
	EXPECT_EQ(SEAL_CONSUMER_USER, st.consumer);
	EXPECT_EQ(1, stat_counter("SealRequested"));
	shutdown(self->fd[1], SHUT_RDWR);
}

TEST_F_TIMEOUT(request, without_blocking, 120)
{
	struct pollfd pfd = { .fd = self->fd[0], .events = POLLOUT | POLLIN };
	pid_t pid = agent_start(AGENT_ATTACH);

	ASSERT_LT(0, pid);
	fcntl(self->fd[0], F_SETFL, O_NONBLOCK);
	EXPECT_EQ(-EINPROGRESS, ask(self->fd[0], 0));
	EXPECT_EQ(-EALREADY, ask(self->fd[0], 0));
	EXPECT_EQ(0, poll(&pfd, 1, 100));
	ASSERT_EQ(0, peer_shake(self->fd[1]));
	/* Once it shows something the result is there, however soon that is. */
	EXPECT_EQ(1, poll(&pfd, 1, 60000));
	EXPECT_EQ(POLLOUT, pfd.revents);
	EXPECT_EQ(0, ask(self->fd[0], 0));
	EXPECT_EQ(-EISCONN, ask(self->fd[0], 0));
	EXPECT_EQ(0, agent_end(pid));
}

/* The opening of the gate alone wakes who polls: no byte comes after it. */
TEST_F_TIMEOUT(request, poll_wakes_when_the_gate_opens, 120)
{
	pid_t pid = agent_start(AGENT_ATTACH);
	struct call poller, idle;

	ASSERT_LT(0, pid);
	fcntl(self->fd[0], F_SETFL, O_NONBLOCK);
	EXPECT_EQ(-EINPROGRESS, ask(self->fd[0], 0));
	call_start(&poller, do_poll, self->fd[0], POLLOUT);
	call_start(&idle, do_poll, self->fd[0], POLLIN);
	msleep(100);
	EXPECT_FALSE(poller.returned);
	ASSERT_EQ(0, peer_shake(self->fd[1]));
	ASSERT_TRUE(call_end(&poller, 9000));
	EXPECT_EQ(POLLOUT, poller.result);
	EXPECT_EQ(0, ask(self->fd[0], 0));
	EXPECT_EQ(0, agent_end(pid));
	EXPECT_FALSE(idle.returned);
	EXPECT_EQ(1, send(self->fd[1], "x", 1, 0));
	ASSERT_TRUE(call_end(&idle, 9000));
	EXPECT_EQ(POLLIN, idle.result);
}

/* It would go on below the gate and take bytes that nobody has checked. */
TEST_F_TIMEOUT(request, not_with_a_caller_inside, 120)
{
	struct call reader;

	call_start(&reader, do_recv, self->fd[0], 0);
	msleep(200);
	EXPECT_EQ(-EBUSY, ask(self->fd[0], 0));
	/* The socket is as it was. */
	EXPECT_EQ(5, send(self->fd[1], "hello", 5, 0));
	ASSERT_TRUE(call_end(&reader, 10000));
	EXPECT_EQ(5, reader.result);
	EXPECT_EQ(-ESRCH, ask(self->fd[0], 0));
}

/* Nothing is readable for the application, be the queue ever so full. */
TEST_F_TIMEOUT(request, bytes_of_the_handshake_stay_hidden, 120)
{
	struct pollfd pfd = { .fd = self->fd[0], .events = POLLIN | POLLOUT };
	pid_t pid = agent_start(AGENT_SILENT);

	ASSERT_LT(0, pid);
	fcntl(self->fd[0], F_SETFL, O_NONBLOCK);
	EXPECT_EQ(-EINPROGRESS, ask(self->fd[0], 1000));
	EXPECT_EQ(5, send(self->fd[1], "hello", 5, 0));
	EXPECT_EQ(0, poll(&pfd, 1, 100));
	EXPECT_EQ(-1, do_recv(self->fd[0], 0));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(-1, do_splice(self->fd[0], SPLICE_F_NONBLOCK));
	EXPECT_EQ(EAGAIN, errno);
	kill(pid, SIGKILL);
	agent_end(pid);
}

TEST_F_TIMEOUT(request, keys_are_refused_while_pending, 120)
{
	struct tls12_crypto_info_aes_gcm_128 key = key_make(1);
	pid_t pid = agent_start(AGENT_SILENT);

	ASSERT_LT(0, pid);
	fcntl(self->fd[0], F_SETFL, O_NONBLOCK);
	EXPECT_EQ(-EINPROGRESS, ask(self->fd[0], 1000));
	EXPECT_EQ(-1, setsockopt(self->fd[0], SOL_TLS, TLS_TX, &key, sizeof(key)));
	EXPECT_EQ(EPERM, errno);
	kill(pid, SIGKILL);
	agent_end(pid);
}

TEST_F_TIMEOUT(request, receive_timeout_is_kept, 120)
{
	struct timeval tv = { .tv_usec = 100000 };
	pid_t pid = agent_start(AGENT_SILENT);
	struct call call;

	ASSERT_LT(0, pid);
	call_start(&call, do_ask, self->fd[0], 1500);
	msleep(100);
	setsockopt(self->fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	EXPECT_EQ(-1, do_recv(self->fd[0], 0));
	EXPECT_EQ(EAGAIN, errno);
	ASSERT_TRUE(call_end(&call, 10000));
	EXPECT_EQ(-ETIMEDOUT, call.result);
	kill(pid, SIGKILL);
	agent_end(pid);
}

/* Success of the handshake alone is not a verdict. */
TEST_F_TIMEOUT(request, done_without_attach, 120)
{
	pid_t pid = agent_start(AGENT_DONE_ONLY);
	struct seal_status st;

	ASSERT_LT(0, pid);
	EXPECT_EQ(-EACCES, ask(self->fd[0], 0));
	EXPECT_EQ(0, agent_end(pid));
	EXPECT_EQ(-1, do_send(self->fd[0], 0));
	EXPECT_EQ(EKEYREJECTED, errno);
	EXPECT_EQ(-1, do_recv(self->fd[0], 0));
	EXPECT_EQ(EKEYREJECTED, errno);
	EXPECT_EQ(-EKEYREJECTED, ask(self->fd[0], 0));
	ASSERT_EQ(0, status_get(self->fd[0], &st));
	EXPECT_EQ(SEAL_STATE_REJECTED, st.state);
	EXPECT_STREQ("the agent refused", st.reason);
}

TEST_F_TIMEOUT(request, refused, 120)
{
	pid_t pid = agent_start(AGENT_REFUSE);
	struct call reader;

	ASSERT_LT(0, pid);
	fcntl(self->fd[0], F_SETFL, O_NONBLOCK);
	EXPECT_EQ(-EINPROGRESS, ask(self->fd[0], 0));
	call_start(&reader, do_poll, self->fd[0], POLLOUT);
	ASSERT_TRUE(call_end(&reader, 10000));
	EXPECT_TRUE(reader.result & POLLOUT);
	EXPECT_TRUE(reader.result & POLLERR);
	EXPECT_EQ(-ETIMEDOUT, ask(self->fd[0], 0));
	EXPECT_EQ(-EKEYREJECTED, ask(self->fd[0], 0));
	EXPECT_EQ(0, agent_end(pid));
}

TEST_F_TIMEOUT(request, refused_after_attach, 120)
{
	pid_t pid = agent_start(AGENT_REFUSE_LATE);
	struct call call;

	ASSERT_LT(0, pid);
	call_start(&call, do_ask, self->fd[0], 0);
	ASSERT_EQ(0, peer_echo(self->fd[1]));
	ASSERT_TRUE(call_end(&call, 10000));
	EXPECT_EQ(0, agent_end(pid));
	EXPECT_EQ(-1, do_recv(self->fd[0], 0));
	EXPECT_EQ(EKEYREJECTED, errno);
}

/* The worker is killed with the socket in its hands. */
TEST_F_TIMEOUT(request, agent_dies, 120)
{
	pid_t pid = agent_start(AGENT_DIE);
	struct call call, reader;
	uint64_t began = boottime();
	struct seal_status st;

	ASSERT_LT(0, pid);
	call_start(&call, do_ask, self->fd[0], 1000);
	while (stat_counter("SealCurrPending") != 1)
		msleep(1);
	call_start(&reader, do_recv, self->fd[0], 0);
	EXPECT_EQ(0, peer_echo(self->fd[1]));
	EXPECT_EQ(0, agent_end(pid));
	ASSERT_TRUE(call_end(&call, 10000));
	EXPECT_EQ(-ETIMEDOUT, call.result);
	/* A tick early is in time. */
	EXPECT_LE(began + SEC - 100 * MS, call.when);
	ASSERT_TRUE(call_end(&reader, 10000));
	EXPECT_EQ(-EKEYREJECTED, reader.result);
	ASSERT_EQ(0, status_get(self->fd[0], &st));
	EXPECT_EQ(SEAL_STATE_REJECTED, st.state);
}

/* Killed after the attach: the verdict stands, with its deadline. */
TEST_F_TIMEOUT(request, agent_dies_after_attach, 120)
{
	pid_t pid = agent_start(AGENT_ATTACH_ONLY);
	struct seal_status st;
	struct call call;

	ASSERT_LT(0, pid);
	call_start(&call, do_ask, self->fd[0], 3000);
	ASSERT_EQ(0, peer_shake(self->fd[1]));
	ASSERT_TRUE(call_end(&call, 10000));
	EXPECT_EQ(0, call.result);
	EXPECT_EQ(0, agent_end(pid));
	/* The request times out, the verdict does not. */
	msleep(3500);
	ASSERT_EQ(0, status_get(self->fd[0], &st));
	EXPECT_EQ(SEAL_STATE_ATTESTED, st.state);
	EXPECT_EQ(4096, do_send(self->fd[0], 0));
}

TEST_F_TIMEOUT(request, no_agent, 120)
{
	struct seal_status st;

	EXPECT_EQ(-ESRCH, ask(self->fd[0], 0));
	EXPECT_EQ(-EKEYREJECTED, ask(self->fd[0], 0));
	EXPECT_EQ(-1, do_send(self->fd[0], 0));
	EXPECT_EQ(EKEYREJECTED, errno);
	ASSERT_EQ(0, status_get(self->fd[0], &st));
	EXPECT_EQ(SEAL_STATE_REJECTED, st.state);
}

/* Of its beginning, too, though nobody takes it. */
TEST_F_TIMEOUT(request, is_notified, 120)
{
	struct nl events;

	ASSERT_EQ(0, nl_open(&events, "seal", "status"));
	ASSERT_EQ(0, nl_subscribe(&events));
	EXPECT_EQ(-ESRCH, ask(self->fd[0], 0));
	ASSERT_EQ(SEAL_CMD_STATUS_NTF, nl_event(&events, 30000));
	EXPECT_EQ(SEAL_STATE_PENDING, nl_u32(&events, SEAL_A_SOCKET_STATE, 99));
	ASSERT_EQ(SEAL_CMD_STATUS_NTF, nl_event(&events, 30000));
	EXPECT_EQ(SEAL_STATE_REJECTED, nl_u32(&events, SEAL_A_SOCKET_STATE, 99));
	nl_close(&events);
}

TEST_F_TIMEOUT(request, revoked_while_pending, 120)
{
	pid_t pid = agent_start(AGENT_SILENT);
	struct call call, reader;
	struct msg msg;

	ASSERT_LT(0, pid);
	call_start(&call, do_ask, self->fd[0], 0);
	msleep(100);
	call_start(&reader, do_recv, self->fd[0], 0);
	msleep(100);
	msg_init(&msg, SEAL_CMD_REVOKE);
	msg_put(&msg, SEAL_A_SOCKET_ALL, NULL, 0);
	ASSERT_EQ(0, nl_call(&self->nl, &msg));
	EXPECT_EQ(1, nl_u32(&self->nl, SEAL_A_SOCKET_COUNT, 99));
	ASSERT_TRUE(call_end(&call, 10000));
	EXPECT_EQ(-EKEYREJECTED, call.result);
	ASSERT_TRUE(call_end(&reader, 10000));
	EXPECT_EQ(-EKEYREJECTED, reader.result);
	kill(pid, SIGKILL);
	agent_end(pid);
}

static void on_signal(int number)
{
}

TEST_F_TIMEOUT(request, signal_leaves_it_going, 120)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct timeval tv = { .tv_sec = 100 };
	pid_t pid = agent_start(AGENT_ATTACH);
	struct call call;

	ASSERT_LT(0, pid);
	sigaction(SIGUSR1, &action, NULL);
	setsockopt(self->fd[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	call_start(&call, do_ask, self->fd[0], 0);
	msleep(200);
	pthread_kill(call.thread, SIGUSR1);
	ASSERT_TRUE(call_end(&call, 10000));
	EXPECT_EQ(-EINTR, call.result);
	/* It was no answer, so it was no refusal. */
	EXPECT_EQ(0, stat_counter("SealRequestRefused"));
	call_start(&call, do_ask, self->fd[0], 0);
	ASSERT_EQ(0, peer_shake(self->fd[1]));
	ASSERT_TRUE(call_end(&call, 10000));
	EXPECT_EQ(0, call.result);
	EXPECT_EQ(0, agent_end(pid));
}

/* The time to send is that to wait for the result; the handshake goes on. */
TEST_F_TIMEOUT(request, send_timeout_is_kept, 120)
{
	struct timeval tv = { .tv_usec = 50000 };
	pid_t pid = agent_start(AGENT_SILENT);

	ASSERT_LT(0, pid);
	setsockopt(self->fd[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	EXPECT_EQ(-EINPROGRESS, ask(self->fd[0], 8000));
	EXPECT_EQ(-EINPROGRESS, ask(self->fd[0], 8000));
	EXPECT_EQ(1, stat_counter("SealRequested"));
	EXPECT_EQ(1, stat_counter("SealCurrPending"));
	kill(pid, SIGKILL);
	agent_end(pid);
}

TEST_F_TIMEOUT(request, bad_arguments, 120)
{
	struct seal_request good = request_make(0), req;
	struct seal_status st;
	int fd = self->fd[0], idle;

#define bad(err, change) do {							\
	req = good;								\
	change;									\
	EXPECT_EQ(-1, setsockopt(fd, IPPROTO_IP, SEAL_SO_REQUEST, &req, sizeof(req)));	\
	EXPECT_EQ(err, errno) {							\
		TH_LOG("%s", #change);						\
	}									\
} while (0)
	bad(EINVAL, req.size--);
	bad(EINVAL, req.role = 0);
	bad(EINVAL, req.role = 3);
	bad(EINVAL, req.flags = 2);
	bad(EINVAL, req.timeout_ms = 30001);
	bad(EINVAL, req.peername[0] = 0);
	bad(EINVAL, memset(req.peername, 'x', sizeof(req.peername)));
	bad(EINVAL, req.role = SEAL_ROLE_SERVER);
	EXPECT_EQ(-1, setsockopt(fd, IPPROTO_IP, SEAL_SO_REQUEST, &good, 8));
	EXPECT_EQ(EINVAL, errno);
	idle = fd;
	fd = socket(AF_INET, SOCK_STREAM, 0);
	bad(ENOTCONN, );
	close(fd);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	bad(EPROTONOSUPPORT, );
	close(fd);
	fd = idle;
	ASSERT_EQ(0, status_get(fd, &st));
	EXPECT_EQ(SEAL_STATE_NONE, st.state);
	EXPECT_EQ(4, send(fd, "text", 4, 0));

	ASSERT_EQ(0, setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 3));
	bad(EEXIST, );
	EXPECT_EQ(-1, setsockopt(fd, IPPROTO_IP, SEAL_SO_REQUEST, NULL, sizeof(good)));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(13, stat_counter("SealRequestRefused"));
}

TEST_F_TIMEOUT(request, unprivileged, 120)
{
	struct __user_cap_header_struct hdr = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2] = {};
	struct seal_status st;

	ASSERT_EQ(0, syscall(SYS_capset, &hdr, none));
	EXPECT_EQ(-EPERM, ask(self->fd[0], 0));
	EXPECT_EQ(0, status_get(self->fd[0], &st));
	EXPECT_EQ(SEAL_STATE_NONE, st.state);
	EXPECT_EQ(4096, do_send(self->fd[0], 0));
}

/* Two at once on one socket corrupted its destructor without our claim. */
TEST_F_TIMEOUT(request, two_at_once, 120)
{
	pid_t pid = agent_start(AGENT_SILENT);
	struct call call[2];
	int i, one, fd[2];

	ASSERT_LT(0, pid);
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, pair_open(variant->family, fd));
		fcntl(fd[0], F_SETFL, O_NONBLOCK);
		call_start(&call[0], do_ask, fd[0], 1000);
		call_start(&call[1], do_ask, fd[0], 1000);
		ASSERT_TRUE(call_end(&call[0], 10000));
		ASSERT_TRUE(call_end(&call[1], 10000));
		one = call[0].result == -EINPROGRESS;
		EXPECT_EQ(-EINPROGRESS, call[!one].result);
		EXPECT_EQ(-EALREADY, call[one].result);
		pair_close(fd);
		/* The queue of net/handshake is short on a small machine. */
		while (stat_counter("SealCurrQueued"))
			msleep(10);
	}
	kill(pid, SIGKILL);
	agent_end(pid);
}

/* Half of what net/handshake queues on a machine of this size. */
static int half_the_queue(void)
{
	struct sysinfo info;
	unsigned long max;

	sysinfo(&info);
	max = info.totalram * info.mem_unit / getpagesize() / (25 * getpagesize());
	return (max < 3 ? 3 : max > 50 ? 50 : max) / 2;
}

TEST_F_TIMEOUT(request, not_more_than_half_the_queue, 120)
{
	pid_t pid = agent_start(AGENT_SILENT);
	int fd[40][2], i, taken = 0;

	ASSERT_LT(0, pid);
	for (i = 0; i < 40; i++) {
		ASSERT_EQ(0, pair_open(variant->family, fd[i]));
		fcntl(fd[i][0], F_SETFL, O_NONBLOCK);
		if (ask(fd[i][0], 8000) == -EINPROGRESS)
			taken++;
	}
	EXPECT_EQ(half_the_queue(), taken);
	EXPECT_EQ(taken, stat_counter("SealCurrQueued"));
	/* Who was not taken has a socket as before. */
	EXPECT_EQ(4096, do_send(fd[39][0], 0));
	EXPECT_EQ(-EAGAIN, ask(fd[39][0], 1000));
	for (i = 0; i < 40; i++)
		pair_close(fd[i]);
	kill(pid, SIGKILL);
	agent_end(pid);
}

TEST_HARNESS_MAIN
