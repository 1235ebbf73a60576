// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything that may happen to a socket, each against each: two threads that
 * begin at the same moment, or nearly. Who wins is left open; what may not come of
 * it is told by check().
 *
 * SEAL_RACE_ROUNDS (2000) times a pair, or as often as SEAL_RACE_SECONDS (90) have
 * room for, which the pairs share; SEAL_RACE_SEED (1) changes how the details fall.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "agent.h"
#include "handshake.h"
#include "racers.h"

#define PAIRS_MAX	64	/* of one racer */
#define ROUNDS_MIN	4	/* one from each beginning */
#define GAUGE_WAIT	(60 * SEC)

static int setting(const char *name, int value)
{
	const char *text = getenv(name);

	return text ? atoi(text) : value;
}

/* Both at the line */

struct course {
	struct arena arena;
	const struct racer *racer[2];
	unsigned int delay[2];	/* ns after the start */
	unsigned int ready;	/* how often somebody came; even between rounds */
	unsigned int go;
	unsigned int done;
	bool over;
};

/* The other may take a while: let it have the processor. */
static void meet(unsigned int *count, bool hurry)
{
	unsigned int target = (__atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST) + 1) & ~1u;
	unsigned int spins = 0;

	while ((int)(__atomic_load_n(count, __ATOMIC_SEQ_CST) - target) < 0) {
		if (++spins % (hurry ? 100000 : 2000))
			continue;
		if (hurry)
			sched_yield();
		else
			usleep(50);
	}
}

static void lap(struct course *course, int me)
{
	uint64_t start;

	meet(&course->go, true);
	start = boottime() + course->delay[me];
	while (course->delay[me] && boottime() < start)
		;
	course->racer[me]->run(&course->arena, me);
	meet(&course->done, false);
}

static void *second(void *arg)
{
	struct course *course = arg;

	for (;;) {
		meet(&course->ready, false);
		if (course->over)
			return NULL;
		lap(course, 1);
	}
}

/* The socket of a round */

static bool takes_part(const struct course *course, const char *name)
{
	return !strcmp(course->racer[0]->name, name) || !strcmp(course->racer[1]->name, name);
}

/* The other end is kTLS without seal, and has sent something. */
static int peer_open(int fd)
{
	struct tls12_crypto_info_aes_gcm_128 tx = key_make(2), rx = key_make(1);
	int i;

	if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 3) ||
	    setsockopt(fd, SOL_TLS, TLS_TX, &tx, sizeof(tx)) ||
	    setsockopt(fd, SOL_TLS, TLS_RX, &rx, sizeof(rx)))
		return -errno;
	for (i = 0; i < 3; i++)
		if (do_send(fd, 0) < 0)
			return -errno;
	return 0;
}

static int socket_options(const int fd[2], bool nonblock)
{
	struct timeval patience = { .tv_sec = WAIT_SEC };
	struct linger reset = { .l_onoff = 1 };

	if (setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    setsockopt(fd[0], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) ||
	    setsockopt(fd[0], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) ||
	    setsockopt(fd[1], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) ||
	    (nonblock && fcntl(fd[0], F_SETFL, O_RDWR | O_NONBLOCK)))
		return -errno;
	return 0;
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

static int round_open(struct course *course)
{
	struct arena *arena = &course->arena;
	bool nonblock;
	int err;

	arena->gone = false;
	arena->peer_gone = false;
	arena->keyed = false;
	arena->shut = 0;
	arena->claimed = 0;
	arena->claim_lost = false;
	arena->attached = arena->start == ATTESTED;
	err = pair_open(arena->coin & COIN_FAMILY ? V6 : V4, arena->fd);
	/* Where the namespace goes nobody is left to answer. */
	arena->ask_ms = takes_part(course, "netns") ? 1000 : ASK_MS;
	/* A splice of TCP waits unless the descriptor says not to. */
	nonblock = takes_part(course, "submit") || takes_part(course, "claim");
	return err ?: socket_options(arena->fd, nonblock) ?: socket_start(course);
}

/* What was asked is answered, or it would wait in the next round. */
static int round_close(struct arena *arena)
{
	int err = 0;

	if (!arena->peer_gone)
		close(arena->fd[1]);
	if (!arena->gone)
		close(arena->fd[0]);
	if (arena->handshake[0].fd >= 0)
		err = hs_refuse_all(&arena->handshake[0]);
	return err;
}

/* What must be true whoever won */

static void check_moves(struct arena *arena, const struct seal_status *st)
{
	int expected = EAGAIN, i;
	ssize_t n;

	if (status_closed(st))
		expected = st->state == SEAL_STATE_EXPIRED ? EKEYREVOKED : EKEYREJECTED;
	for (i = 0; i < 2; i++) {
		n = (i ? do_recv : do_send)(arena->fd[0], MSG_DONTWAIT);
		if (n >= 0 || errno != expected)
			wrong(arena, "%s in state %u: %zd, %s", i ? "read" : "write",
			      st->state, n, n < 0 ? strerror(errno) : "success");
	}
}

static void check(struct arena *arena)
{
	struct seal_status st;

	if (arena->attached > 1 || arena->claimed > 1)
		wrong(arena, "%u attaches, %u claims", arena->attached, arena->claimed);
	if (arena->attached && arena->keyed)
		wrong(arena, "keys that no verdict is about");
	if (arena->gone || arena->unloaded)
		return;
	if (status_get(arena->fd[0], &st)) {
		wrong(arena, "no status: %s", strerror(errno));
		return;
	}
	if (st.state > SEAL_STATE_REJECTED)
		wrong(arena, "state %u", st.state);
	if (st.state == SEAL_STATE_NONE && arena->start != BARE)
		wrong(arena, "not ours any more");
	if (arena->certain && !status_closed(&st))
		wrong(arena, "not closed: state %u", st.state);
	if (arena->attached && !status_closed(&st) && st.state != SEAL_STATE_ATTESTED)
		wrong(arena, "attached: state %u", st.state);
	if (status_closed(&st) ||
	    (st.state == SEAL_STATE_PENDING && !arena->claimed && !arena->claim_lost))
		check_moves(arena, &st);
}

/* Where both want the same, and nobody else is there, one of them gets it. */
static void check_twins(struct course *course)
{
	struct arena *arena = &course->arena;

	if (course->racer[0] != course->racer[1])
		return;
	if (takes_part(course, "attach") && arena->attached != 1)
		wrong(arena, "%u of two attaches", arena->attached);
	if (takes_part(course, "claim") && arena->claimed != 1)
		wrong(arena, "%u of two claims", arena->claimed);
}

/* The rounds of a pair */

static enum start start_of(const struct course *course, unsigned int round)
{
	unsigned int mask = course->racer[0]->starts & course->racer[1]->starts;
	unsigned int skip;
	int start = 0;

	mask = mask ?: course->racer[0]->starts | course->racer[1]->starts;
	skip = round % __builtin_popcount(mask);
	for (start = 0; ; start++)
		if (mask & AT(start) && !skip--)
			return start;
}

/* One of them is late by up to 2 ms, or both begin at once. */
static void draw(struct course *course, unsigned int round)
{
	static const unsigned int late[] = { 0, 20000, 200000, 2000000 };
	unsigned int most = late[rand() % 4], who = rand() & 1;
	struct arena *arena = &course->arena;

	course->delay[who] = most ? rand() % most : 0;
	course->delay[!who] = 0;
	arena->coin = rand() >> 4;
	arena->start = start_of(course, round);
	arena->certain = (course->racer[0]->closes | course->racer[1]->closes) &
			 AT(arena->start);
}

/* Netlink sockets that died, or whose family went and came with the module. */
static int arena_renew(struct arena *arena, bool netns)
{
	if (arena->unloaded && module_insert())
		return -errno;
	arena_close(arena);
	arena->dead = false;
	arena->unloaded = false;
	if (netns && netns_new())
		return -errno;
	return arena_open(arena);
}

static int race_once(struct course *course, unsigned int round, int home)
{
	struct arena *arena = &course->arena;
	bool netns = takes_part(course, "netns");
	int err = 0;

	draw(course, round);
	if (netns || arena->dead || arena->unloaded)
		err = arena_renew(arena, netns);
	err = err ?: round_open(course);
	/* Its sockets alone hold the namespace. */
	if (!err && netns && setns(home, CLONE_NEWNET))
		err = -errno;
	if (err) {
		wrong(arena, "cannot begin: %s", strerror(-err));
		return err;
	}
	meet(&course->ready, false);
	lap(course, 0);
	check(arena);
	check_twins(course);
	err = round_close(arena);
	if (err)
		wrong(arena, "cannot answer: %s", strerror(-err));
	return arena->wrong[0] ? -EPROTO : 0;
}

/* How many rounds went well; the console shows where one ended the machine. */
static unsigned int race(struct course *course, unsigned int rounds, uint64_t end)
{
	int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	int kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	unsigned int round = 0;
	pthread_t thread;

	dprintf(kmsg, "seal: race %s %s\n", course->racer[0]->name, course->racer[1]->name);
	close(kmsg);
	pthread_create(&thread, NULL, second, course);
	while (round < rounds && (round < ROUNDS_MIN || boottime() < end) &&
	       !race_once(course, round, home))
		round++;
	course->over = true;
	meet(&course->ready, false);
	pthread_join(thread, NULL);
	close(home);
	return round;
}

/* Sockets go a little later than their last descriptor. */
static int gauge(int netns, const char *name)
{
	uint64_t began = boottime();

	if (setns(netns, CLONE_NEWNET))
		return -errno;
	while (stat_counter(name) && boottime() < began + GAUGE_WAIT)
		msleep(1);
	return stat_counter(name);
}

FIXTURE(race)
{
	struct course course;
	int netns[PAIRS_MAX];	/* one a pair */
	unsigned int pairs;
};

FIXTURE_VARIANT(race)
{
	const char *name;
};

/* Each with itself and with those after it in the table. */
#define RACER(racer) FIXTURE_VARIANT_ADD(race, racer) { .name = #racer }

RACER(revoke);
RACER(revoke_own);
RACER(expire);
RACER(attach);
RACER(rekey);
RACER(submit);
RACER(claim);
RACER(answer);
RACER(close);
RACER(fork);
RACER(netns);
RACER(module);
RACER(drain);
RACER(death);
RACER(read);
RACER(splice);
RACER(write);

FIXTURE_SETUP(race)
{
	struct arena *arena = &self->course.arena;

	ASSERT_GE(PAIRS_MAX, racers_len);
	srand(setting("SEAL_RACE_SEED", 1));
	arena->pidfd[0] = syscall(SYS_pidfd_open, getpid(), 0);
	arena->pidfd[1] = syscall(SYS_pidfd_open, getppid(), 0);
	ASSERT_LE(0, arena->pidfd[0]);
	ASSERT_LE(0, arena->pidfd[1]);
}

FIXTURE_TEARDOWN(race)
{
}

static const struct racer *racer_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < racers_len; i++)
		if (!strcmp(racers[i].name, name))
			return &racers[i];
	return NULL;
}

/* Zero in each namespace, once the last socket is gone. */
static int gauges(const int *netns, unsigned int len)
{
	static const char * const names[] = {
		"SealCurrAttested", "SealCurrPending", "SealCurrQueued",
	};
	unsigned int i, k;
	int left = 0;

	for (i = 0; i < len; i++) {
		for (k = 0; k < 3; k++)
			left += !!gauge(netns[i], names[k]);
		close(netns[i]);
	}
	return left;
}

static void arena_forget(struct arena *arena)
{
	arena_close(arena);
	arena->dead = false;
	arena->unloaded = false;
	arena->wrong[0] = 0;
}

/* So long for each pair. */
static uint64_t share(void)
{
	return setting("SEAL_RACE_SECONDS", 90) * SEC / (racers_len * (racers_len + 1) / 2);
}

TEST_F_TIMEOUT(race, with_itself_and_others, 86400)
{
	unsigned int most = setting("SEAL_RACE_ROUNDS", 2000), least = most, rounds;
	const struct racer *first = racer_find(variant->name), *other;
	struct course *course = &self->course;
	struct arena *arena = &course->arena;

	ASSERT_NE(NULL, first);
	for (other = first; other < racers + racers_len; other++) {
		ASSERT_EQ(0, netns_new());
		self->netns[self->pairs++] = open("/proc/thread-self/ns/net", O_RDONLY);
		ASSERT_EQ(0, arena_open(arena));
		course->racer[0] = first;
		course->racer[1] = other;
		course->over = false;
		rounds = race(course, most, boottime() + share());
		least = rounds < least ? rounds : least;
		EXPECT_STREQ("", arena->wrong) {
			TH_LOG("%s and %s, start %d, round %u", first->name, other->name,
			       arena->start, rounds);
		}
		if (arena->unloaded)
			ASSERT_EQ(0, module_insert());
		arena_forget(arena);
	}
	EXPECT_EQ(0, gauges(self->netns, self->pairs));
	TH_LOG("%u pairs, %u rounds or more each", self->pairs, least);
}

TEST_HARNESS_MAIN
