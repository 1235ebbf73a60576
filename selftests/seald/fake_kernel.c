// SPDX-License-Identifier: GPL-2.0-or-later

#include "fake_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "seald/agents.h"
#include "seald/ciphers.h"
#include "seald/genl_handshake.h"
#include "seald/genl_seal.h"
#include "seald/ktls.h"

#define FDS_MAX	4096
#define NOT_TOLD	UINT32_MAX

/* @doorbell: readable once for what came since it was last drained, as READY is */
struct genl_handshake {
	int fd;
	int doorbell;
	uint32_t id[FDS_MAX];
};

static uint8_t attached[FDS_MAX];
static bool loaded_anew, registered, ruled;
static int endless = -1;	/* the connection of all these requests */

struct genl_handshake *genl_handshake_open(int kept)
{
	struct genl_handshake *gh = calloc(1, sizeof(*gh));
	const char *number = getenv("SEALD_FAKE_KERNEL");
	struct epoll_event edge = { .events = EPOLLIN | EPOLLET };

	if (!gh || !number)
		return NULL;
	gh->fd = atoi(number);
	gh->doorbell = epoll_create1(EPOLL_CLOEXEC);
	return epoll_ctl(gh->doorbell, EPOLL_CTL_ADD, gh->fd, &edge) ? NULL : gh;
}

void genl_handshake_close(struct genl_handshake *gh)
{
	free(gh);
}

int genl_handshake_fd(const struct genl_handshake *gh)
{
	return gh->doorbell;
}

uint32_t genl_handshake_group(const struct genl_handshake *gh)
{
	return 1;
}

void genl_handshake_ports(const struct genl_handshake *gh, uint32_t port[2])
{
	port[0] = port[1] = 0;
}

void genl_handshake_drain_ready(struct genl_handshake *gh)
{
	struct epoll_event event;

	epoll_wait(gh->doorbell, &event, 1, 0);
}

/* The next request is there by then, and its bell was heard with this one's. */
static int fail_once(struct genl_handshake *gh, int fd)
{
	struct pollfd p = { .fd = gh->fd, .events = POLLIN };

	close(fd);
	poll(&p, 1, 60000);
	genl_handshake_drain_ready(gh);
	return -EMFILE;
}

static int accept_one_more(struct genl_handshake *gh, struct accept_request *req)
{
	*req = (struct accept_request){
		.fd = fcntl(endless, F_DUPFD_CLOEXEC, 0), .server = true,
		.auth = ACCEPT_AUTH_X509, .timeout_ms = 60000,
	};
	if (req->fd < 0)
		return -errno;
	gh->id[req->fd] = NOT_TOLD;
	attached[req->fd] = 0;
	return 0;
}

int genl_handshake_accept(struct genl_handshake *gh, struct accept_request *req)
{
	struct fake_request m;
	struct iovec iov = { .iov_base = &m, .iov_len = sizeof(m) };
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} space;
	struct msghdr mh = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = space.buf, .msg_controllen = sizeof(space.buf),
	};
	ssize_t n;

	if (endless >= 0)
		return accept_one_more(gh, req);
	*req = (struct accept_request){ .fd = -1 };
	n = recvmsg(gh->fd, &mh, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (!n)	/* a kernel does not go away, a test that was killed does */
		raise(SIGTERM);
	if (n != sizeof(m) || !CMSG_FIRSTHDR(&mh))
		return -EAGAIN;
	memcpy(&req->fd, CMSG_DATA(CMSG_FIRSTHDR(&mh)), sizeof(int));
	if (m.auth == FAKE_FAILS)
		return fail_once(gh, req->fd);
	if (m.auth == FAKE_ENDLESS) {
		endless = fcntl(req->fd, F_DUPFD_CLOEXEC, 0);
		m.auth = ACCEPT_AUTH_UNKNOWN;
	}
	req->server = m.server;
	req->auth = (enum accept_auth)m.auth;
	req->timeout_ms = m.timeout_ms;
	memcpy(req->peername, m.peername, sizeof(req->peername));
	gh->id[req->fd] = m.id;
	loaded_anew |= m.reloads;
	attached[req->fd] = 0;
	return 0;
}

int genl_handshake_done(struct genl_handshake *gh, int fd, int status,
			uint32_t remote)
{
	struct fake_done done = {
		.id = gh->id[fd], .status = (uint32_t)status,
		.attached = attached[fd], .told = registered && ruled,
	};

	if (done.id == NOT_TOLD)
		return 0;
	return send(gh->fd, &done, sizeof(done), 0) < 0 ? -errno : 0;
}

struct genl_seal *genl_seal_open(void)
{
	loaded_anew = registered = ruled = false;
	return (struct genl_seal *)attached;	/* never looked into */
}

void genl_seal_close(struct genl_seal *gs)
{
}

int genl_seal_claim(struct genl_seal *gs, int fd, int pidfd,
		    struct seal_claimed *claimed)
{
	*claimed = (struct seal_claimed){ 0 };
	return loaded_anew ? -ENOENT : 0;
}

int genl_seal_attach(struct genl_seal *gs, const struct seal_attach *attach,
		     uint64_t *id)
{
	attached[attach->fd] = 1;
	*id = (uint64_t)attach->fd;
	return 0;
}

uint32_t genl_seal_port(const struct genl_seal *gs)
{
	return 1;
}

int genl_seal_register(struct genl_seal *gs, bool close)
{
	registered = true;
	return loaded_anew ? -ENOENT : 0;
}

int genl_seal_rules(struct genl_seal *gs, const struct rules *rules)
{
	ruled = true;
	return loaded_anew ? -ENOENT : 0;
}

int ktls_install(int fd, const struct ipc_keys *keys)
{
	return 0;
}

int agents_look(uint32_t group, const uint32_t *mine, unsigned int count,
		struct agents *out)
{
	*out = (struct agents){ 0 };
	return 0;
}

int agents_count(uint32_t group, const uint32_t *mine, unsigned int count)
{
	return 0;
}

bool agents_look_no_more(void)
{
	return true;
}

uint8_t ciphers_probe(void)
{
	return IPC_CIPHER_ALL;
}
