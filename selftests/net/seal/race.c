// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything that may happen to a socket, each against each: two tasks, of which
 * one begins somewhere in the course of the other. Who wins is left open; what may
 * not come of it is told by check(). They share descriptors and what they race with,
 * but are processes: threads of one take turns outside the kernel, where that is a
 * program itself (scripts/vm --kernel uml).
 *
 * SEAL_RACE_ROUNDS (2000) times a pair, or as often as SEAL_RACE_SECONDS (90; 0: there is
 * no end) have room for, which the pairs share by what their rounds cost; what one does
 * not need is for those after it. A slow machine takes twice the time if that gives each
 * pair four rounds, and no more. SEAL_RACE_SEED (1) changes how the details fall.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lane.h"

#define ROUNDS_MIN	4	/* one from each beginning */
#define TOOK_MAX	(2 * MS)
#define NO_END		1000000		/* in seconds */
#define GAUGE_WAIT	(60 * SEC)
#define GONE_WAIT	(60 * SEC)

static int setting(const char *name, int value)
{
	const char *text = getenv(name);

	return text ? atoi(text) : value;
}

/* Both at the line */

/* The other may take a while: let it have the processor. */
static void meet(unsigned int *count, bool hurry)
{
	unsigned int target = (__atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST) + 1) & ~1u;
	unsigned int spins = 0;

	while ((int)(__atomic_load_n(count, __ATOMIC_SEQ_CST) - target) < 0) {
		if (++spins % (hurry ? 100000 : 2000) == 0)
			usleep(50);
	}
}

/* True if the next socket stands ready. */
static bool lap(struct course *course, int me)
{
	unsigned int delay = course->lane->delay[me];
	bool more = course->lane != course->last;
	uint64_t began, start, took;

	meet(&course->go, true);
	began = boottime();
	for (start = began + delay; began < start; )
		began = boottime();
	course->racer[me]->run(&course->arena, me);
	__atomic_store_n(&course->arena.ended[me], true, __ATOMIC_SEQ_CST);
	took = boottime() - began;
	course->took[me] += ((int)(took < TOOK_MAX ? took : TOOK_MAX) - (int)course->took[me]) / 4;
	meet(&course->done, false);
	return more;
}

static void second(struct course *course)
{
	bool more = false;

	for (;;) {
		meet(&course->ready, more);
		if (course->over)
			return;
		more = lap(course, 1);
	}
}

/* It ends with us. */
static pid_t second_start(struct course *course)
{
	pid_t pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, 0);

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	second(course);
	_exit(0);
}

static void second_end(struct course *course, pid_t pid)
{
	int status;

	course->over = true;
	meet(&course->ready, false);
	if (waitpid(pid, &status, 0) != pid || status)
		wrong(&course->arena, "the second ended with %#x", status);
}

/* What must be true whoever won */

static void check_moves(struct arena *arena, const struct seal_status *st)
{
	int expected = EAGAIN, i;
	ssize_t n;

	if (status_closed(st))
		expected = st->state == SEAL_STATE_EXPIRED ? EKEYREVOKED : EKEYREJECTED;
	for (i = 0; i < 2; i++) {
		n = (i ? do_recv : record_send)(arena->fd[0], MSG_DONTWAIT);
		if (n >= 0 || errno != expected)
			wrong(arena, "%s in state %u: %zd, %s", i ? "read" : "write",
			      st->state, n, n < 0 ? strerror(errno) : "success");
	}
}

/*
 * Since 6.14 keys are replaced: somebody's key may have come first, and have gone with
 * those of the verdict. Only these fit those of the other end.
 */
static bool has_other_keys(struct arena *arena, const struct seal_status *st)
{
	return st->state == SEAL_STATE_ATTESTED &&
	       (peer_open(arena->fd[1]) || do_recv(arena->fd[0], 0) < 0 ||
		record_send(arena->fd[0], 0) < 0 || do_recv(arena->fd[1], 0) < 0);
}

static void check(struct arena *arena)
{
	struct seal_status st;

	if (arena->attached > 1 || arena->claimed > 1)
		wrong(arena, "%u attaches, %u claims", arena->attached, arena->claimed);
	if (arena->gone || arena->unloaded)
		return;
	if (status_get(arena->fd[0], &st)) {
		wrong(arena, "no status: %s", strerror(errno));
		return;
	}
	if (arena->attached && arena->keyed && has_other_keys(arena, &st))
		wrong(arena, "keys that no verdict is about: %s", strerror(errno));
	if (st.state > SEAL_STATE_REJECTED)
		wrong(arena, "state %u", st.state);
	if (st.state == SEAL_STATE_NONE && arena->start != BARE)
		wrong(arena, "not ours any more");
	if (arena->certain && !status_closed(&st))
		wrong(arena, "not closed: state %u", st.state);
	if (arena->dead && st.state == SEAL_STATE_ATTESTED)
		wrong(arena, "attested, but its agent is dead");
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
	if (takes_part(course, "submit") && (arena->asked != 1 || arena->refused))
		wrong(arena, "%u of two requests, %s", arena->asked, strerror(arena->refused));
}

/* The rounds of a pair */

/* Those that both are meant for, or one. */
static unsigned int starts(const struct course *course)
{
	return (course->racer[0]->starts & course->racer[1]->starts) ?:
	       (course->racer[0]->starts | course->racer[1]->starts);
}

static enum start start_of(const struct course *course, unsigned int round)
{
	unsigned int mask = starts(course), skip;
	int start = 0;

	skip = round % __builtin_popcount(mask);
	for (start = 0; ; start++)
		if (mask & AT(start) && !skip--)
			return start;
}

/* Sometimes both begin at once, else one anywhere in the course of the other. */
static void draw_delay(const struct course *course, struct lane *lane)
{
	unsigned int whole = course->took[0] + course->took[1];
	unsigned int at = whole && rand() % 4 ? rand() % whole : 0;
	bool first = at >= course->took[0];

	lane->delay[0] = first ? at - course->took[0] : 0;
	lane->delay[1] = first ? 0 : at;
}

static void draw(const struct course *course, struct lane *lane, unsigned int round)
{
	draw_delay(course, lane);
	lane->coin = rand() >> 4;
	lane->start = start_of(course, course->turn + round);
	lane->certain = (course->racer[0]->closes | course->racer[1]->closes) & AT(lane->start);
}

/* Namespaces go in the background, and slower than they come where all is slow. */
static void netns_wait(void)
{
	uint64_t end = boottime() + GONE_WAIT;
	struct sysinfo info;

	while (!sysinfo(&info) && info.freeram < info.totalram / 3 && boottime() < end)
		msleep(10);
}

/* Netlink sockets that died, or whose family went and came with the module. */
static int arena_renew(struct course *course, bool netns)
{
	struct arena *arena = &course->arena;

	if (arena->unloaded && module_insert())
		return -errno;
	arena_close(arena);
	arena->dead = false;
	arena->unloaded = false;
	if (netns) {
		netns_wait();
		if (netns_new())
			return -errno;
	}
	return arena_open(arena, course->racer, starts(course) & AT(ASKED));
}

static int lane_race(struct course *course, struct lane *lane)
{
	struct arena *arena = &course->arena;
	int err = lane_enter(course, lane);

	if (err) {
		wrong(arena, "cannot begin: %s", strerror(-err));
		return err;
	}
	meet(&course->ready, lane != course->lanes);
	lap(course, 0);
	check(arena);
	check_twins(course);
	err = lane_leave(course, lane);
	if (err)
		wrong(arena, "cannot answer: %s", strerror(-err));
	return arena->complained ? -EPROTO : 0;
}

/* Sockets that all stand ready, so that the two need not wait for each. */
static int lanes_open(struct course *course, unsigned int round, unsigned int count)
{
	unsigned int i;
	int err = 0;

	course->last = course->lanes + count - 1;
	for (i = 0; i < count; i++)
		memset(course->lanes[i].fd, -1, sizeof(course->lanes[i].fd));
	for (i = 0; i < count && !err; i++) {
		draw(course, &course->lanes[i], round + i);
		err = lane_open(course, &course->lanes[i]);
	}
	if (err)
		wrong(&course->arena, "cannot open: %s", strerror(-err));
	return err;
}

static unsigned int lanes_race(struct course *course, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (lane_race(course, &course->lanes[i]))
			break;
	return i;
}

/* How many rounds went well; fewer than asked for: no more. */
static unsigned int race_batch(struct course *course, unsigned int round,
			       unsigned int count, int home)
{
	struct arena *arena = &course->arena;
	bool netns = takes_part(course, "netns");
	unsigned int i, went = 0;
	int err = 0;

	if (netns || arena->dead || arena->unloaded)
		err = arena_renew(course, netns);
	if (err)
		wrong(arena, "cannot renew: %s", strerror(-err));
	err = err ?: lanes_open(course, round, count);
	/* Its sockets alone hold the namespace. */
	if (!err && netns && setns(home, CLONE_NEWNET)) {
		wrong(arena, "cannot come home: %s", strerror(errno));
		err = -errno;
	}
	if (!err)
		went = lanes_race(course, count);
	for (i = 0; i < count; i++)
		lane_close(&course->lanes[i]);
	return went;
}

/* What happens to all sockets, or their agents, is tried on one at a time. */
static bool is_alone(const struct course *course)
{
	return takes_part(course, "netns") || takes_part(course, "module") ||
	       takes_part(course, "drain") || takes_part(course, "death");
}

/* The console shows which one ended the machine. */
static void announce(const struct course *course)
{
	int kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	dprintf(kmsg, "seal: race %s %s\n", course->racer[0]->name, course->racer[1]->name);
	close(kmsg);
}

/* What is left of the time, for the pairs to come: it outlives the process of a test. */
static struct purse {
	uint64_t left;
	unsigned int cost;	/* of those pairs */
} *purse;

static unsigned int part(const struct racer *one, const struct racer *other)
{
	return one->part > other->part ? one->part : other->part;
}

static unsigned int cost(const struct racer *one, const struct racer *other)
{
	return (one->cost + other->cost) / part(one, other) + 1;
}

static __attribute__((constructor)) void purse_open(void)
{
	unsigned int i, j;

	purse = mmap(NULL, sizeof(*purse), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		     -1, 0);
	if (purse == MAP_FAILED)
		abort();
	purse->left = (setting("SEAL_RACE_SECONDS", 90) ?: NO_END) * SEC;
	for (i = 0; i < racers_len; i++)
		for (j = i; j < racers_len; j++)
			purse->cost += cost(&racers[i], &racers[j]);
}

/* So long for this pair. */
static uint64_t purse_take(const struct course *course)
{
	unsigned int mine = cost(course->racer[0], course->racer[1]);
	uint64_t share = purse->left * mine / purse->cost;

	purse->cost -= mine;
	purse->left -= share;
	return share;
}

/* Who took longer took it from nobody. */
static void purse_return(uint64_t end)
{
	uint64_t now = boottime();

	if (now < end)
		purse->left += end - now;
}

/* How many rounds went well. */
static unsigned int race(struct course *course, unsigned int rounds)
{
	uint64_t share = purse_take(course), end = boottime() + share, late = end + share;
	int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	unsigned int round = 0, count, went;
	struct arena *arena = &course->arena;
	pid_t pid;

	announce(course);
	course->listener[0] = lane_listener(V4);
	course->listener[1] = lane_listener(V6);
	pid = second_start(course);
	arena->pidfd[0] = syscall(SYS_pidfd_open, pid, 0);
	if (arena->pidfd[0] < 0) {
		wrong(arena, "nobody to race with: %s", strerror(errno));
		return 0;
	}
	do {
		count = is_alone(course) || round < ROUNDS_MIN ? 1 : BATCH;
		went = race_batch(course, round, count, home);
		round += went;
	} while (went == count && round < rounds &&
		 boottime() < (round < ROUNDS_MIN ? late : end));
	purse_return(end);
	second_end(course, pid);
	close(arena->pidfd[0]);
	close(course->listener[0]);
	close(course->listener[1]);
	close(home);
	return round;
}

/* Sockets go a little later than their last descriptor. */
static int gauge(const char *name)
{
	uint64_t began = boottime();

	while (stat_counter(name) && boottime() < began + GAUGE_WAIT)
		msleep(1);
	return stat_counter(name);
}

FIXTURE(race)
{
	struct course *course;	/* both see it */
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
	srand(setting("SEAL_RACE_SEED", 1));
	self->course = mmap(NULL, sizeof(*self->course), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->course);
	self->course->arena.pidfd[1] = syscall(SYS_pidfd_open, getppid(), 0);
	ASSERT_LE(0, self->course->arena.pidfd[1]);
}

FIXTURE_TEARDOWN(race)
{
	munmap(self->course, sizeof(*self->course));
}

static const struct racer *racer_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < racers_len; i++)
		if (!strcmp(racers[i].name, name))
			return &racers[i];
	return NULL;
}

/* Zero in this namespace, once the last socket is gone. */
static int gauges(void)
{
	static const char * const names[] = {
		"SealCurrAttested", "SealCurrPending", "SealCurrQueued",
	};
	unsigned int i;
	int left = 0;

	for (i = 0; i < 3; i++)
		left += !!gauge(names[i]);
	return left;
}

/* How many of a hundred rounds that should be went well. */
static unsigned int pair_race(struct course *course, const struct racer *first,
			      const struct racer *other, unsigned int *all)
{
	unsigned int rounds = setting("SEAL_RACE_ROUNDS", 2000), went;
	struct arena *arena = &course->arena;

	rounds = rounds / part(first, other) ?: 1;
	course->racer[0] = first;
	course->racer[1] = other;
	course->turn = rand() % STARTS;
	course->took[0] = 0;
	course->took[1] = 0;
	course->over = false;
	/* Where the namespace goes nobody is left to answer. */
	arena->ask_ms = takes_part(course, "netns") ? 1000 : ASK_MS;
	arena->complained = false;
	arena->wrong[0] = '\0';
	/* What they need is opened with the first round. */
	arena->dead = true;
	went = race(course, rounds);
	*all += went;
	return went * 100ull / rounds;
}

TEST_F_TIMEOUT(race, with_itself_and_others, 86400)
{
	const struct racer *first = racer_find(variant->name), *other;
	unsigned int least = 100, all = 0, percent;
	struct course *course = self->course;
	struct arena *arena = &course->arena;

	ASSERT_NE(NULL, first);
	ASSERT_EQ(0, netns_new());
	arena_forget(arena);
	for (other = first; other < racers + racers_len; other++) {
		percent = pair_race(course, first, other, &all);
		least = percent < least ? percent : least;
		EXPECT_STREQ("", arena->wrong) {
			TH_LOG("%s and %s, start %d, %u%%", first->name, other->name,
			       arena->start, percent);
		}
	}
	if (arena->unloaded)
		ASSERT_EQ(0, module_insert());
	arena_close(arena);
	EXPECT_EQ(0, gauges());
	TH_LOG("%u rounds with %u racers, %u%% or more of each pair's", all,
	       (unsigned int)(racers + racers_len - first), least);
}

TEST_HARNESS_MAIN
