// SPDX-License-Identifier: GPL-2.0-only

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "agent.h"
#include "handshake.h"
#include "lane.h"

bool takes_part(const struct course *course, const char *name)
{
	return !strcmp(course->racer[0]->name, name) || !strcmp(course->racer[1]->name, name);
}

int peer_open(int fd)
{
	struct tls12_crypto_info_aes_gcm_128 tx = key_make(2), rx = key_make(1);
	int i;

	if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 3) ||
	    setsockopt(fd, SOL_TLS, TLS_TX, &tx, sizeof(tx)) ||
	    setsockopt(fd, SOL_TLS, TLS_RX, &rx, sizeof(rx)))
		return -errno;
	for (i = 0; i < 3; i++)
		if (record_send(fd, 0) < 0)
			return -errno;
	return 0;
}

/* Nothing stays behind a socket that is closed. */
static int linger_not(int fd)
{
	struct linger reset = { .l_onoff = 1 };

	return setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
}

/* What it accepts has its options. */
int lane_listener(enum family family)
{
	struct timeval patience = { .tv_sec = WAIT_SEC };
	int fd = listener_open(family);

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) ||
	    linger_not(fd)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The accepted one is raced for. */
static int connection_open(int listener, bool nonblock, int fd[2])
{
	int ends[2], err = pair_from(listener, ends);

	fd[0] = ends[1];
	fd[1] = ends[0];
	if (!err && (linger_not(fd[1]) ||
		     (nonblock && fcntl(fd[0], F_SETFL, O_RDWR | O_NONBLOCK))))
		err = -errno;
	return err;
}

static int socket_attest(struct course *course)
{
	struct arena *arena = &course->arena;
	int err = 0;

	/* For others it need not say anything. */
	if (takes_part(course, "read") || takes_part(course, "splice"))
		err = peer_open(arena->fd[1]);
	return err ?: attach(&arena->agent, arena->fd[0], true, boottime() + 100 * SEC, NULL);
}

static int socket_start(struct course *course)
{
	struct arena *arena = &course->arena;
	uint32_t ms = ASK_MS;

	switch (arena->start) {
	case REQUIRED:
		if (setsockopt(arena->fd[0], IPPROTO_IP, SEAL_SO_REQUIRE, &ms, sizeof(ms)))
			return -errno;
		return 0;
	case ASKED:
		return agent_ask(arena->fd[0], arena->ask_ms);
	case ATTESTED:
		return socket_attest(course);
	default:
		return 0;
	}
}

/* Nothing happened yet. */
static void arena_reset(struct arena *arena)
{
	arena->gone = false;
	arena->peer_gone = false;
	arena->asked = 0;
	arena->refused = 0;
	arena->keyed = false;
	arena->shut = false;
	arena->ended[0] = false;
	arena->ended[1] = false;
	arena->claimed = 0;
	arena->claim_lost = false;
	arena->attached = arena->start == ATTESTED;
}

static void lane_set(struct course *course, const struct lane *lane)
{
	struct arena *arena = &course->arena;

	course->lane = lane;
	memcpy(arena->fd, lane->fd, sizeof(arena->fd));
	arena->id = lane->id;
	arena->start = lane->start;
	arena->coin = lane->coin;
	arena->certain = lane->certain;
	arena_reset(arena);
}

/* Where it is the only one, whoever closes all will do; others need no name. */
static uint64_t lane_id(const struct course *course, const struct lane *lane)
{
	struct seal_status st;

	if (course->last == course->lanes || !takes_part(course, "revoke") ||
	    status_get(lane->fd[0], &st))
		return 0;
	return st.id;
}

int lane_open(struct course *course, struct lane *lane)
{
	/* A splice of TCP waits unless the descriptor says not to. */
	bool nonblock = takes_part(course, "submit") || takes_part(course, "claim");
	enum family family = lane->coin & COIN_FAMILY ? V6 : V4;
	bool netns = takes_part(course, "netns");
	int listener = netns ? lane_listener(family) : course->listener[family == V6];
	int err;

	err = connection_open(listener, nonblock, lane->fd);
	if (netns)
		close(listener);
	if (err)
		return err;
	lane_set(course, lane);
	/* Who takes requests takes the oldest: each is made when its round comes. */
	if (lane->start != ASKED)
		err = socket_start(course);
	lane->id = lane_id(course, lane);
	return err;
}

int lane_enter(struct course *course, const struct lane *lane)
{
	int err;

	lane_set(course, lane);
	if (lane->start != ASKED)
		return 0;
	err = socket_start(course);
	course->arena.id = lane_id(course, lane);
	return err;
}

int lane_leave(struct course *course, struct lane *lane)
{
	struct arena *arena = &course->arena;
	bool asked = lane->start == ASKED || takes_part(course, "submit");

	if (arena->peer_gone)
		lane->fd[1] = -1;
	if (arena->gone)
		lane->fd[0] = -1;
	return asked && arena->handshake[0].fd >= 0 ? hs_refuse_all(&arena->handshake[0]) : 0;
}

void lane_close(const struct lane *lane)
{
	int i;

	for (i = 1; i >= 0; i--)
		if (lane->fd[i] >= 0)
			close(lane->fd[i]);
}
