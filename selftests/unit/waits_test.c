// SPDX-License-Identifier: GPL-2.0-or-later
/* A worker says that it waits, and that it works, so often and no oftener. */
#include <errno.h>
#include <unistd.h>

#include "lib/tap.h"
#include "seald/handover.h"
#include "verify/reason.h"

int genl_seal_claim(struct genl_seal *seal, int fd, int pidfd, struct seal_claimed *out)
{
	return -ENOENT;
}

static bool room;

bool handover_room(const struct monitor *m, const struct handshake *other)
{
	return room;
}

int handover_start(struct monitor *m, struct handshake *hs)
{
	return -ENOENT;
}

int handover_end(struct handshake *hs)
{
	return -ENOENT;
}

static struct monitor monitor;
static struct handshake hs;
static struct ipc_channel worker;

static void begin(void)
{
	int fds[2];

	must(!socket_pair(fds), "channel");
	hs = (struct handshake){ .state = HS_RUNNING, .deadline = UINT64_MAX };
	hs.started = ipc_now();
	pair_clear(&hs.pair);
	hs.pair.to_worker = (struct ipc_channel){ fds[0], IPC_W_RUNNING, IPC_MONITOR,
						  IPC_WORKER_END };
	hs.pair.to_verifier = (struct ipc_channel){ -1, IPC_CLOSED, IPC_MONITOR,
						    IPC_VERIFIER_END };
	worker = (struct ipc_channel){ fds[1], IPC_W_RUNNING, IPC_WORKER_END, IPC_MONITOR };
}

static bool says(enum ipc_type type)
{
	return !ipc_send(&worker, type, (struct seal_bytes){ 0 }, NULL, 0);
}

/* It waits, for whom says the octet. */
static void waits_for(uint8_t silent)
{
	must(!ipc_send(&worker, IPC_WAITS, (struct seal_bytes){ &silent, 1 }, NULL, 0), "waits");
	handshake_pump(&monitor, &hs);
}

static void end(void)
{
	close(hs.pair.to_worker.fd);
	close(worker.fd);
}

/* As fast as it can, and the monitor reads all that is there. */
static bool hears(unsigned int count)
{
	bool said = true;

	begin();
	for (unsigned int i = 0; i < count && said; i++) {
		said = says(IPC_WAITS) && says(IPC_WORKS);
		if (i % 4 == 3)
			handshake_pump(&monitor, &hs);
	}
	handshake_pump(&monitor, &hs);
	end();
	return said && hs.state == HS_RUNNING;
}

/* The worker has ended well; returns why it comes to nothing, for the kernel has no module. */
static unsigned int hands_over(bool has_room)
{
	begin();
	room = has_room;
	hs.state = HS_HANDING;
	handshake_pump(&monitor, &hs);
	close(worker.fd);
	return hs.state == HS_OVER ? hs.failed.reason : SEAL_REASON_UNSET;
}

/* How long after it was placed another may have its place, in ms; 0: never. */
static unsigned int gives_way(enum handshake_state state, uint8_t silent)
{
	uint64_t until;

	begin();
	hs.state = state;
	hs.placed = 1000000;
	if (silent)
		waits_for(silent);
	else
		must(says(IPC_WAITS), "waits");
	handshake_pump(&monitor, &hs);
	until = handshake_place_until(&hs);
	end();
	return until == UINT64_MAX ? 0 : (unsigned int)((until - hs.placed) / 1000000);
}

static void test_gives_way(void)
{
	ok(gives_way(HS_RUNNING, IPC_SILENT_TLS) == 250, "silent in TLS: %u ms",
	   gives_way(HS_RUNNING, IPC_SILENT_TLS));
	ok(!gives_way(HS_RUNNING, IPC_SILENT_NOT), "somebody, or the TPM: until its deadline");
	ok(gives_way(HS_REFUSED, IPC_SILENT_TLS) == 250, "who was refused and stays: no longer");
	ok(gives_way(HS_RUNNING, IPC_SILENT_NOBODY) == 2000 &&
	   gives_way(HS_ACCEPTED, IPC_SILENT_NOBODY) == 2000,
	   "nobody, through with TLS: the time that a proof takes, accepted or not");
	for (int state = HS_QUEUED; state < HS_STATE_COUNT; state++) {
		hs = (struct handshake){ .state = state, .silent = IPC_SILENT_TLS, .placed = 1 };
		if (state != HS_RUNNING && state != HS_REFUSED && state != HS_ACCEPTED)
			ok(handshake_place_until(&hs) == UINT64_MAX, "in state %d it is kept",
			   state);
	}
}

/* What our own TPM took is not the peer's silence. */
static void test_tpm(void)
{
	uint64_t placed;

	begin();
	placed = hs.placed = ipc_now();
	must(says(IPC_WAITS), "waits");
	handshake_pump(&monitor, &hs);
	usleep(50000);
	must(says(IPC_WORKS), "works");
	waits_for(IPC_SILENT_NOBODY);
	ok(handshake_place_until(&hs) >= placed + 2050000000ULL, "its time is its own");
	end();
}

/* A refusal that gives way remains what it was. */
static void test_refusal_stays(void)
{
	begin();
	hs.state = HS_REFUSED;
	hs.refused = true;
	hs.verdict.reason = SEAL_REASON_CERT_NONE;
	waits_for(IPC_SILENT_TLS);
	ok(hs.waits && hs.state == HS_REFUSED, "one that was refused may wait, too");
	handshake_give_way(&hs);
	ok(handshake_over(&hs) && hs.refused && hs.verdict.reason == SEAL_REASON_CERT_NONE,
	   "and its reason is the verdict's when it gives way");
	end();
}

int main(void)
{
	ok(hears(1) && !hs.waits, "it waited once");
	ok(hears(IPC_WAITS_MAX), "it waited as often as it may say");
	ok(!hears(IPC_WAITS_MAX + 1) && hs.state == HS_OVER && hs.cause == EV_BROKEN,
	   "and once more is one that holds the monitor");
	ok(hands_over(false) == SEAL_REASON_BUSY && hs.failed.transient,
	   "no room for one more that attaches: busy, and to be tried again");
	ok(hands_over(true) == SEAL_REASON_KERNEL, "with room it is the kernel's turn");
	test_gives_way();
	test_tpm();
	test_refusal_stays();
	return done();
}
