// SPDX-License-Identifier: GPL-2.0-or-later
/* How many processes attach at a time, of all and of one user. */
#include <errno.h>

#include "lib/tap.h"
#include "seald/handover.h"
#include "seald/ktls.h"

uint32_t genl_seal_port(const struct genl_seal *gs)
{
	return 1;
}

int genl_seal_attach(struct genl_seal *gs, const struct seal_attach *attach, uint64_t *id)
{
	return 0;
}

int attacher_start(struct attacher *at, const struct seal_attach *attach)
{
	at->child.pid = 1;
	return 0;
}

int attacher_end(struct attacher *at, uint64_t *id)
{
	return -EINPROGRESS;
}

int ktls_install(int fd, const struct ipc_keys *keys)
{
	return 0;
}

static struct monitor monitor = { .seal = (struct genl_seal *)&monitor };
static struct handshake hs[ATTACHING_MAX];

static bool room(bool user, uint32_t uid)
{
	struct handshake one = { .claimed = { .user = user, .uid = uid } };

	return handover_room(&monitor, &one);
}

/* So many more that attach. */
static void attach(unsigned int first, unsigned int count, uint32_t uid)
{
	for (unsigned int i = first; i < first + count; i++) {
		hs[i].claimed = (struct seal_claimed){ .user = true, .uid = uid };
		hs[i].verdict.attested = true;
		hs[i].next = monitor.all;
		monitor.all = &hs[i];
		must(handover_start(&monitor, &hs[i]) == -EINPROGRESS && hs[i].waits, "attach");
	}
}

int main(void)
{
	unsigned int count = ATTACHING_USER_MAX - 1;

	attach(0, count, 1000);
	ok(room(true, 1000), "there is room for a user's %uth", ATTACHING_USER_MAX);
	attach(count++, 1, 1000);
	ok(!room(true, 1000) && room(true, 1001) && room(false, 0),
	   "for one more only of others, or for the kernel");
	hs[3].attacher.child.pid = 0;
	ok(room(true, 1000), "and again when one has ended");
	for (uint32_t uid = 2000; count < ATTACHING_MAX; count++)
		attach(count, 1, uid + count / ATTACHING_USER_MAX);
	hs[3].attacher.child.pid = 1;
	ok(!room(true, 1001) && room(false, 0), "of all no more than %u", ATTACHING_MAX);
	return done();
}
