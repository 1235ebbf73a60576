// SPDX-License-Identifier: GPL-2.0-or-later

#include "places.h"

/*
 * Of all these a user may have no more than this part. He may keep the locks of his sockets, and
 * then a pair has nothing to do and its place until its deadline.
 */
#define USER_PART(all)	((all) / 2)

struct share {
	unsigned int waiting;
	unsigned int running;
	unsigned int busy;
};

static bool is_busy(const struct handshake *hs, uint64_t now)
{
	return hs->state != HS_QUEUED && !hs->waits && now < hs->busy_until;
}

static bool is_of(const struct handshake *hs, uid_t uid)
{
	return uid == PLACES_ANYBODY || hs->owner == uid;
}

static struct share share_of(const struct handshake *all, uid_t uid)
{
	const uint64_t now = ipc_now();
	struct share share = { 0 };

	for (const struct handshake *hs = all; hs; hs = hs->next) {
		if (!is_of(hs, uid))
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
		if (!is_of(hs, uid) || handshake_place_until(hs) >= until)
			continue;
		first = hs;
		until = handshake_place_until(hs);
	}
	if (!first || ipc_now() < until)
		return until;
	handshake_give_way(first);
	return 0;
}

bool places_has_part(struct handshake *all, uid_t uid, unsigned int busy_max, uint64_t fewer,
		     uint64_t *until)
{
	struct share his;

	/* The kernel, and who is root, can have it all. */
	if (!uid)
		return false;
	his = share_of(all, uid);
	if (his.running >= USER_PART(RUNNING_MAX))
		fewer = places_make_way(all, uid);
	else if (his.busy < USER_PART(busy_max))
		return false;
	if (fewer < *until)
		*until = fewer;
	return true;
}
