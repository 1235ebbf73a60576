// SPDX-License-Identifier: GPL-2.0-only

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "agent.h"
#include "insider/insider.h"
#include "lib.h"
#include "stage.h"

#define PEER_LEN	4096	/* what there is to read: more than any entry reads */

int insider_open(void)
{
	char path[4096];
	int fd, tries;

	snprintf(path, sizeof(path), "%s", getenv("SEAL_KO") ?: "");
	if (strrchr(path, '/'))
		strcpy(strrchr(path, '/'), "/insider.ko");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	syscall(SYS_finit_module, fd, "", 0);
	close(fd);
	fd = -1;
	for (tries = 0; fd < 0 && tries < 500; tries++) {
		fd = open("/dev/seal-insider", O_RDWR | O_CLOEXEC);
		if (fd < 0)
			msleep(10);
	}
	return fd;
}

void insider_close(int insider)
{
	close(insider);
	syscall(SYS_delete_module, "insider", O_NONBLOCK);
}

int insider_op(int insider, uint32_t op, int fd)
{
	struct insider_call call = { .fd = fd, .op = op };

	return ioctl(insider, INSIDER_CALL, &call) ? -errno : 0;
}

int insider_stand(int insider, int fd, const char *at, uint32_t ms)
{
	struct insider_call call = { .fd = fd, .op = INSIDER_STAND };

	memcpy(call.data, &ms, sizeof(ms));
	snprintf((char *)call.data + sizeof(ms), sizeof(call.data) - sizeof(ms), "%s", at ?: "");
	return ioctl(insider, INSIDER_CALL, &call) ? -errno : 0;
}

int stage_open(struct stage *stage)
{
	memset(stage, 0, sizeof(*stage));
	stage->scene.page = aligned_alloc(4096, 4096);
	stage->scene.insider = insider_open();
	if (stage->scene.insider < 0)
		return -ENODEV;
	return nl_open(&stage->nl, "seal", NULL);
}

void stage_close(struct stage *stage)
{
	insider_close(stage->scene.insider);
	nl_close(&stage->nl);
	free(stage->scene.page);
}

void stamp(char *page, char what)
{
	int i;

	for (i = 0; i < STAMP_LEN; i++)
		page[i] = what + i;
}

bool stamped(const char *page, char what)
{
	char expected[STAMP_LEN];

	stamp(expected, what);
	return !memcmp(page, expected, STAMP_LEN);
}

void stage_patience(struct stage *stage)
{
	struct timeval tv = { .tv_usec = PATIENCE_MS * 1000 };
	int fd = stage->scene.fd, flags = fcntl(fd, F_GETFL) & ~O_NONBLOCK;

	fcntl(fd, F_SETFL, flags | (stage->scene.block ? 0 : O_NONBLOCK));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
}

/* The peer sends so much that no entry reads the last of it. */
static int peer_sends(int peer)
{
	char text[PEER_LEN];
	size_t at;

	for (at = 0; at < sizeof(text); at += STAMP_LEN)
		stamp(text + at, 'P');
	return send(peer, text, sizeof(text), 0) == sizeof(text) ? 0 : -errno;
}

/* The other end is plain kTLS with the keys that fit, or bare TCP for PENDING. */
static int peer_tls(int peer)
{
	struct tls12_crypto_info_aes_gcm_128 tx = key_make(2), rx = key_make(1);

	if (setsockopt(peer, IPPROTO_TCP, TCP_ULP, "tls", 3) ||
	    setsockopt(peer, SOL_TLS, TLS_TX, &tx, sizeof(tx)) ||
	    setsockopt(peer, SOL_TLS, TLS_RX, &rx, sizeof(rx)))
		return -errno;
	return 0;
}

/* The second key fails after the first was installed. */
static int attach_reject(struct nl *nl, int fd)
{
	struct tls12_crypto_info_aes_gcm_128 rx = key_make(1);
	struct msg msg;

	attach_msg(&msg, fd, true, boottime() + SEC);
	rx.info.cipher_type = TLS_CIPHER_CHACHA20_POLY1305;
	memcpy((char *)&msg + msg.hdr.nlmsg_len - sizeof(rx), &rx, sizeof(rx));
	return nl_call(nl, &msg) == -EINVAL ? 0 : -EPROTO;
}

static int expire(struct nl *nl, int fd, uint64_t id)
{
	uint64_t past = 1;
	struct seal_status st = {};
	int tries;

	if (setsockopt(fd, IPPROTO_IP, SEAL_SO_TIGHTEN, &past, sizeof(past)))
		return -errno;
	for (tries = 0; st.state != SEAL_STATE_EXPIRED && tries < 5000; tries++) {
		msleep(1);
		status_get(fd, &st);
	}
	/* It finds nothing to close, and waits for those inside. */
	return revoke_id(nl, id);
}

/* Something to read, something half read, a record half written. */
static int leave_traces(int fd, int peer)
{
	char text[STAMP_LEN];

	return peer_sends(peer) ?:
	       recv(fd, text, STAMP_LEN, 0) != STAMP_LEN ? -errno :
	       send(fd, text, STAMP_LEN, MSG_MORE) != STAMP_LEN ? -errno : 0;
}

static int open_pair(struct stage *stage)
{
	int fd[2], err = pair_open(stage->family, fd);

	stage->scene.fd = fd[0];
	stage->peer = fd[1];
	if (!err && stage->owned)
		err = kernel_own(&stage->scene);
	return err;
}

int stage_reach(struct stage *stage, enum seal_state state)
{
	int err = open_pair(stage), fd = stage->scene.fd;
	struct tls12_crypto_info_aes_gcm_128 tx = key_make(1), rx = key_make(2);
	uint64_t id;

	if (err)
		return err;
	if (state == SEAL_STATE_PENDING)
		return peer_sends(stage->peer) ?: agent_ask_held(fd, 30000, 1);
	err = peer_tls(stage->peer);
	if (err)
		return err;
	if (state == SEAL_STATE_REJECTED)
		return attach_reject(&stage->nl, fd);
	if (state == SEAL_STATE_NONE)
		return setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 3) ||
		       setsockopt(fd, SOL_TLS, TLS_TX, &tx, sizeof(tx)) ||
		       setsockopt(fd, SOL_TLS, TLS_RX, &rx, sizeof(rx)) ?
		       -errno : peer_sends(stage->peer);
	err = attach(&stage->nl, fd, true, boottime() + 3600 * SEC, &id);
	if (err)
		return err;
	if (state == SEAL_STATE_ATTESTED)
		return peer_sends(stage->peer);
	err = leave_traces(fd, stage->peer);
	if (err)
		return err;
	return state == SEAL_STATE_REVOKED ? revoke_id(&stage->nl, id) :
	       expire(&stage->nl, fd, id);
}

void stage_leave(struct stage *stage)
{
	close(stage->scene.fd);
	close(stage->peer);
}
