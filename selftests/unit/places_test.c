// SPDX-License-Identifier: GPL-2.0-or-later
/* Whose turn it is, by a list of handshakes as the monitor has it. No clock counts. */
#include <string.h>

#include "lib/tap.h"
#include "seald/places.h"

#define ALICE	1000u
#define BOB	1001u
#define BUSY_MAX	8u

static struct handshake list[512];
static unsigned int count;

uint64_t handshake_gives_way(struct handshake *hs)
{
	return UINT64_MAX;
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

		*hs = (struct handshake){ .owner = owner, .state = state, .waits = waits };
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

	return !places_has_part(all(), owner, BUSY_MAX, UINT64_MAX, &until);
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

int main(void)
{
	test_busy();
	test_user();
	test_kernel();
	return done();
}
