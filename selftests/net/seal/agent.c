// SPDX-License-Identifier: GPL-2.0-only

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/handshake.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "lib.h"

#define HELD_MAX	64

static int hold_accept(struct nl *nl)
{
	struct msg msg;
	int err;

	msg_init(&msg, HANDSHAKE_CMD_ACCEPT);
	msg_u32(&msg, HANDSHAKE_A_ACCEPT_HANDLER_CLASS, HANDSHAKE_HANDLER_CLASS_TLSHD);
	err = nl_call(nl, &msg);
	return err ?: (int)nl_u32(nl, HANDSHAKE_A_ACCEPT_SOCKFD, -1);
}

static void hold_answer(struct nl *nl, int fd, uint32_t status)
{
	struct msg msg;

	msg_init(&msg, HANDSHAKE_CMD_DONE);
	msg_u32(&msg, HANDSHAKE_A_DONE_STATUS, status);
	msg_u32(&msg, HANDSHAKE_A_DONE_SOCKFD, fd);
	nl_call(nl, &msg);
}

/* Notifications are not counted on: look every now and then. */
static void hold_run(int ready, int stop)
{
	struct pollfd pfd = { .fd = stop };
	int held[HELD_MAX], count = 0, fd;
	struct nl hs, events, seal;
	uint32_t status;
	char c;

	if (nl_open(&hs, "handshake", NULL) || nl_open(&events, "handshake", "tlshd") ||
	    nl_subscribe(&events) || nl_open(&seal, "seal", NULL) ||
	    write(ready, "", 1) != 1)
		_exit(1);
	while (!poll(&pfd, 1, 5)) {
		while (count < HELD_MAX && (fd = hold_accept(&hs)) >= 0) {
			held[count++] = fd;
			claim(&seal, fd);
		}
	}
	status = read(stop, &c, 1) == 1 ? 0 : EACCES;
	while (count--)
		hold_answer(&hs, held[count], status);
	_exit(0);
}

int agent_hold_start(struct agent *agent)
{
	int ready[2], stop[2];
	char c;

	if (pipe2(ready, O_CLOEXEC) || pipe2(stop, O_CLOEXEC))
		return -1;
	agent->pid = fork();
	if (!agent->pid) {
		close(stop[1]);
		hold_run(ready[1], stop[0]);
	}
	close(ready[1]);
	close(stop[0]);
	agent->stop = stop[1];
	if (read(ready[0], &c, 1) != 1)
		return -1;
	close(ready[0]);
	return 0;
}

void agent_hold_stop(struct agent *agent)
{
	close(agent->stop);
	waitpid(agent->pid, NULL, 0);
}

void agent_hold_done(struct agent *agent)
{
	if (write(agent->stop, "", 1) == 1)
		agent_hold_stop(agent);
}

int agent_ask(int fd, unsigned int timeout_ms)
{
	struct seal_request req = {
		.size = sizeof(req),
		.role = SEAL_ROLE_CLIENT,
		.timeout_ms = timeout_ms,
		.peername = "server.example.org",
	};
	int flags = fcntl(fd, F_GETFL), err;

	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	err = setsockopt(fd, IPPROTO_IP, SEAL_SO_REQUEST, &req, sizeof(req)) ? -errno : 0;
	fcntl(fd, F_SETFL, flags);
	return err == -EINPROGRESS ? 0 : err;
}

int agent_ask_held(int fd, unsigned int timeout_ms, int count)
{
	int err = agent_ask(fd, timeout_ms), tries;

	for (tries = 0; !err && tries < 5000; tries++) {
		if (!stat_counter("SealCurrQueued") &&
		    stat_counter("SealCurrPending") == count)
			return 0;
		msleep(2);
	}
	return err ?: -ETIMEDOUT;
}
