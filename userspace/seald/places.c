// SPDX-License-Identifier: GPL-2.0-or-later

#include "places.h"

/*
 * Of all these a user may have no more than this part. He may keep the locks of his sockets, and
 * then a pair has nothing to do and its place until its deadline.
 */
#define USER_PART(all)	((all) / 2)

/* And all of them together no more than that, so that the kernel's consumers have the others. */
#define USERS_PART(all)	((all) / 4 * 3)

struct share {
	unsigned int waiting;
	unsigned int running;
	unsigned int busy;
};

static bool is_busy(const struct handshake *hs, uint64_t now)
{
	return hs->state != HS_QUEUED && !hs->waits && now < hs->busy_until;
}

bool places_are_of(const struct handshake *hs, uid_t uid)
{
	if (uid == PLACES_USERS)
		return hs->owner;
	return uid == PLACES_ANYBODY || hs->owner == uid;
}

static struct share share_of(const struct handshake *all, uid_t uid)
{
	const uint64_t now = ipc_now();
	struct share share = { 0 };

	for (const struct handshake *hs = all; hs; hs = hs->next) {
		if (!places_are_of(hs, uid))
			continue;
		share.waiting += hs->state == HS_QUEUED;
		share.running += hs->state != HS_QUEUED;
		share.busy += is_busy(hs, now);
	}
	return share;
}

const char *places_queue(const struct handshake *all, uid_t owner)
{
	if (owner && share_of(all, owner).waiting >= USER_PART(WAITING_MAX))
		return ", others of this user";
	if (owner && share_of(all, PLACES_USERS).waiting >= USERS_PART(WAITING_MAX))
		return ", others of users";
	return share_of(all, PLACES_ANYBODY).waiting >= WAITING_MAX ? "" : NULL;
}

unsigned int places_busy(const struct handshake *all, uint64_t *until)
{
	const uint64_t now = ipc_now();
	unsigned int count = 0;

	for (const struct handshake *hs = all; hs; hs = hs->next) {
		if (!is_busy(hs, now))
			continue;
		count++;
		if (hs->busy_until < *until)
			*until = hs->busy_until;
	}
	return count;
}

uint64_t places_make_way(struct handshake *all, uid_t uid)
{
	struct handshake *first = NULL;
	uint64_t until = UINT64_MAX;

	for (struct handshake *hs = all; hs; hs = hs->next) {
		if (!places_are_of(hs, uid) || handshake_place_until(hs) >= until)
			continue;
		first = hs;
		until = handshake_place_until(hs);
	}
	if (!first || ipc_now() < until)
		return until;
	handshake_give_way(first);
	return 0;
}

/* Whose part is taken, of the places or of the CPUs; PLACES_ANYBODY: nobody's. */
static uid_t part_taken(const struct handshake *all, uid_t owner, unsigned int busy_max,
			bool *places_ret)
{
	const struct share his = share_of(all, owner), users = share_of(all, PLACES_USERS);

	*places_ret = true;
	if (his.running >= USER_PART(RUNNING_MAX))
		return owner;
	if (users.running >= USERS_PART(RUNNING_MAX))
		return PLACES_USERS;
	*places_ret = false;
	if (his.busy >= USER_PART(busy_max))
		return owner;
	return users.busy >= USERS_PART(busy_max) ? PLACES_USERS : PLACES_ANYBODY;
}

uid_t places_full(struct handshake *all, uid_t owner, unsigned int busy_max, uint64_t fewer,
		  uint64_t *until)
{
	uid_t full = PLACES_ANYBODY;
	bool places = false;

	/* The kernel, and who is root, can have it all. */
	if (owner)
		full = part_taken(all, owner, busy_max, &places);
	if (!full)
		return full;
	if (places)
		fewer = places_make_way(all, full);
	if (fewer < *until)
		*until = fewer;
	return full;
}
