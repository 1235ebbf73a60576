// SPDX-License-Identifier: GPL-2.0-or-later

#include "leaving.h"

#include <signal.h>
#include <stdlib.h>

#include "ipc.h"

struct leaving {
	struct leaving *next;
	struct child child;
	uint32_t uid;
	uint64_t since;		/* CLOCK_BOOTTIME, ns */
};

/* From @l on; who was killed just now has not had the time to end. */
static unsigned int leaving_of(const struct leaving *l, uint32_t uid, uint64_t now)
{
	unsigned int count = 0;

	for (; l; l = l->next)
		count += l->uid == uid && now >= l->since + LEAVING_NS;
	return count;
}

/* Of all, but of one user no more than make him one who gets nothing: others' are theirs. */
static unsigned int leaving_count(const struct leaving *all, uint64_t now)
{
	unsigned int count = 0;

	for (const struct leaving *l = all; l; l = l->next)
		count += now >= l->since + LEAVING_NS &&
			 leaving_of(l, l->uid, now) <= LEAVING_USER_MAX;
	return count;
}

bool leaving_room(const struct leaving *all, uint32_t uid)
{
	const uint64_t now = ipc_now();

	return leaving_of(all, uid, now) < LEAVING_USER_MAX &&
	       leaving_count(all, now) < LEAVING_MAX;
}

void leaving_add(struct leaving **all, struct child *child, uint32_t uid)
{
	struct leaving *l;

	if (!child->pid)
		return;
	l = calloc(1, sizeof(*l));
	if (!l) {
		child_end(child);
		return;
	}
	*l = (struct leaving){ .next = *all, .child = *child, .uid = uid, .since = ipc_now() };
	*child = (struct child){ .pidfd = -1 };
	*all = l;
	kill(l->child.pid, SIGKILL);
}

void leaving_reap(struct leaving **all)
{
	bool ok;

	while (*all) {
		struct leaving *l = *all;

		if (!child_exited(&l->child, &ok)) {
			all = &l->next;
			continue;
		}
		*all = l->next;
		free(l);
	}
}
