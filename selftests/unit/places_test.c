// SPDX-License-Identifier: GPL-2.0-or-later
/* Whose turn it is, by a list of handshakes as the monitor has it. No clock counts. */
#include <string.h>

#include "lib/tap.h"
#include "seald/places.h"

#define ALICE	1000u
#define BOB	1001u
#define CAROL	1002u
#define BUSY_MAX	8u

static struct handshake list[512];
static unsigned int count;

/* In these tests it is what they put there. */
uint64_t handshake_place_until(const struct handshake *hs)
{
	return hs->placed;
}

static const struct handshake *gave_way;

void handshake_give_way(struct handshake *hs)
{
	gave_way = hs;
}

static void clear(void)
{
	memset(list, 0, sizeof(list));
	count = 0;
}

static struct handshake *all(void)
{
	return count ? list : NULL;
}

/* @waits: as its worker says. */
static void add(unsigned int n, uid_t owner, enum handshake_state state, bool waits)
{
	while (n--) {
		struct handshake *hs = &list[count++];

		*hs = (struct handshake){ .owner = owner, .state = state, .waits = waits,
					  .placed = UINT64_MAX };
		if (state != HS_QUEUED)
			hs->busy_until = UINT64_MAX;
		if (count > 1)
			hs[-1].next = hs;
	}
}

static bool may_wait(uid_t owner)
{
	return !places_queue(all(), owner);
}

static bool may_work(uid_t owner)
{
	uint64_t until = UINT64_MAX;

	return !places_full(all(), owner, BUSY_MAX, UINT64_MAX, &until);
}

static unsigned int busy(void)
{
	uint64_t until = UINT64_MAX;

	return places_busy(all(), &until);
}

static void test_busy(void)
{
	clear();
	add(3, 0, HS_QUEUED, false);
	add(3, 0, HS_RUNNING, false);
	add(4, 0, HS_RUNNING, true);
	add(5, 0, HS_REFUSED, true);
	ok(busy() == 3, "who waits wants no CPU, also when he was refused: %u", busy());
	list[3].busy_until = 1;
	ok(busy() == 2, "nor who has said nothing for long: %u", busy());
}

static void test_user(void)
{
	clear();
	add(WAITING_MAX / 2 - 1, ALICE, HS_QUEUED, false);
	ok(may_wait(ALICE), "the last request of a user that may wait");
	add(1, ALICE, HS_QUEUED, false);
	ok(!may_wait(ALICE) && may_wait(BOB) && may_wait(0), "half of those that wait are others'");
	clear();
	add(BUSY_MAX / 2 - 1, ALICE, HS_RUNNING, false);
	ok(may_work(ALICE), "the last CPU of a user");
	add(1, ALICE, HS_RUNNING, false);
	ok(!may_work(ALICE) && may_work(BOB) && may_work(0), "half of the CPUs are others'");
	clear();
	add(RUNNING_MAX / 2, ALICE, HS_RUNNING, true);
	ok(!may_work(ALICE) && may_work(BOB) && may_work(0), "half of the places are others'");
}

/* Two who have their parts, as far as there is room: a quarter is the kernel's. */
static void test_users(void)
{
	clear();
	add(WAITING_MAX / 2, ALICE, HS_QUEUED, false);
	add(WAITING_MAX / 4 - 1, BOB, HS_QUEUED, false);
	ok(may_wait(BOB) && may_wait(CAROL), "the last request of users that may wait");
	add(1, BOB, HS_QUEUED, false);
	ok(!may_wait(BOB) && !may_wait(CAROL) && may_wait(0),
	   "a quarter of those that wait are the kernel's");
	add(WAITING_MAX / 4, 0, HS_QUEUED, false);
	ok(!may_wait(0), "and no more");
	clear();
	add(BUSY_MAX / 2 - 1, ALICE, HS_RUNNING, false);
	add(BUSY_MAX / 4, BOB, HS_RUNNING, false);
	ok(may_work(ALICE) && may_work(BOB) && may_work(CAROL), "the last CPU of users");
	add(1, CAROL, HS_RUNNING, false);
	ok(!may_work(ALICE) && !may_work(BOB) && !may_work(CAROL) && may_work(0),
	   "a quarter of the CPUs are the kernel's");
	clear();
	add(RUNNING_MAX / 2 - 1, ALICE, HS_RUNNING, true);
	add(RUNNING_MAX / 4, BOB, HS_RUNNING, true);
	ok(may_work(ALICE) && may_work(CAROL), "the last place of users");
	add(1, CAROL, HS_RUNNING, true);
	ok(!may_work(ALICE) && !may_work(CAROL) && may_work(0),
	   "a quarter of the places are the kernel's");
}

/* Who takes a part of users gives way to a user. */
static void test_users_way(void)
{
	clear();
	add(1, 0, HS_RUNNING, true);
	add(RUNNING_MAX / 4 * 3, ALICE, HS_RUNNING, true);
	for (unsigned int i = 0; i < RUNNING_MAX / 2; i++)
		list[1 + i].owner = BOB;
	list[0].placed = 10;
	list[5].placed = 20;
	gave_way = NULL;
	ok(!may_work(CAROL) && gave_way == &list[5],
	   "where users' part is taken a silent one of theirs gives way, not the kernel's");
}

static void test_kernel(void)
{
	clear();
	add(WAITING_MAX - 1, 0, HS_QUEUED, false);
	ok(may_wait(0), "the kernel's can all wait");
	add(1, 0, HS_QUEUED, false);
	ok(!may_wait(0) && !may_wait(ALICE), "until nobody can");
	clear();
	add(RUNNING_MAX - 1, 0, HS_RUNNING, false);
	ok(may_work(0), "and be at work");
}

/* Which one of the list, or -1. */
static int makes_way(uid_t uid, uint64_t *again)
{
	gave_way = NULL;
	*again = places_make_way(all(), uid);
	return gave_way ? (int)(gave_way - list) : -1;
}

static void test_way(void)
{
	uint64_t again;

	clear();
	add(3, 0, HS_RUNNING, true);
	add(2, ALICE, HS_RUNNING, true);
	ok(makes_way(PLACES_ANYBODY, &again) == -1 && again == UINT64_MAX,
	   "none is silent: no time to look again");
	list[0].placed = UINT64_MAX - 1;
	list[2].placed = 20;
	list[3].placed = 10;
	list[4].placed = 30;
	ok(makes_way(PLACES_ANYBODY, &again) == 3 && !again,
	   "whose time is over first gives way, whoever came before");
	list[3].placed = UINT64_MAX - 2;
	ok(makes_way(ALICE, &again) == 4, "of his own for a user");
	list[2].placed = list[4].placed = UINT64_MAX;
	ok(makes_way(PLACES_ANYBODY, &again) == -1 && again == UINT64_MAX - 2,
	   "nobody's is over: when the first will be");
}

int main(void)
{
	test_busy();
	test_user();
	test_users();
	test_kernel();
	test_way();
	test_users_way();
	return done();
}
