// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages between the programs of seald, and the monitor's state table. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/tap.h"
#include "seald/handshake.h"
#include "seald/messages.h"
#include "verify/reason.h"

/* For every state, sender and type: is it legal, and what follows? */
static void test_table(void)
{
	unsigned int legal_count = 0, monitor_legal = 0;
	bool dead_ends = true;

	for (unsigned int s = 0; s < IPC_STATE_COUNT; s++)
		for (unsigned int e = 0; e <= IPC_VERIFIER_END; e++)
			for (unsigned int t = 0; t < IPC_TYPE_COUNT; t++) {
				bool legal;
				enum ipc_state next = ipc_next(s, e, t, &legal);

				legal_count += legal;
				monitor_legal += legal && e == IPC_MONITOR;
				if (!legal && next != IPC_CLOSED)
					dead_ends = false;
				if (legal && (s == IPC_CLOSED || e == IPC_END_NONE ||
					      t == IPC_NONE))
					dead_ends = false;
			}
	ok(dead_ends, "what is not legal closes, and closed refuses everything");
	ok(legal_count == 33 && monitor_legal == 2, "%u legal messages, %u of them "
	   "the monitor's", legal_count, monitor_legal);
}

/* Every sequence of up to six events, from every state. */
static unsigned int good_paths, bad_paths;

static void walk(enum handshake_state state, const enum handshake_event *path,
		 unsigned int len)
{
	enum handshake_event next[8];

	if (state == HS_GOOD) {
		bool good = len >= 5 && path[0] == EV_STARTED &&
			    path[len - 2] == EV_WORKER_OK && path[len - 1] == EV_HANDED;
		unsigned int accept = 0, keys = 0, failures = 0;

		for (unsigned int i = 0; i < len; i++) {
			if (path[i] == EV_KEYS)
				keys += accept;		/* only after accept */
			accept += path[i] == EV_ACCEPT;
			failures += path[i] != EV_STARTED && path[i] != EV_ACCEPT &&
				    path[i] != EV_KEYS && path[i] != EV_WORKER_OK &&
				    path[i] != EV_HANDED &&
				    path[i] != EV_VERIFIER_END;
		}
		if (good && accept == 1 && keys == 1 && !failures)
			good_paths++;
		else
			bad_paths++;
		return;
	}
	if (state == HS_OVER || len == 6)
		return;
	memcpy(next, path, len * sizeof(*path));
	for (unsigned int e = 0; e < EV_COUNT; e++) {
		next[len] = (enum handshake_event)e;
		walk(handshake_next(state, (enum handshake_event)e), next, len + 1);
	}
}

static void test_states(void)
{
	enum handshake_event none[1] = { EV_NONE };

	walk(HS_QUEUED, none, 0);
	ok(good_paths > 0 && bad_paths == 0, "success needs start, verdict, keys "
	   "and a good end, in this order (%u ways)", good_paths);
	ok(handshake_next(HS_STATE_COUNT, EV_ACCEPT) == HS_OVER &&
	   handshake_next(HS_RUNNING, EV_COUNT) == HS_OVER, "out of range refuses");
	for (unsigned int s = 0; s < HS_STATE_COUNT; s++)
		if (handshake_next((enum handshake_state)s, EV_DEADLINE) != HS_OVER ||
		    handshake_next((enum handshake_state)s, EV_BROKEN) != HS_OVER)
			bad_paths++;
	ok(bad_paths == 0, "the deadline and an illegal message end every state");
}

#define ACCEPTS(type)						\
static bool accepts_##type(struct seal_bytes in, void *arg)	\
{								\
	struct ipc_##type m;					\
								\
	return ipc_##type##_decode(in, &m);			\
}

ACCEPTS(worker)
ACCEPTS(keys)
ACCEPTS(failed)
ACCEPTS(verifier)
ACCEPTS(verdict)
ACCEPTS(offer)
ACCEPTS(psk)
ACCEPTS(peer)
ACCEPTS(plan)
ACCEPTS(hellos)
ACCEPTS(authenticator)
ACCEPTS(accept)
ACCEPTS(refuse)

#define STURDY(type, m) do {							\
	size_t n_ = ipc_##type##_encode(&(m), buf, sizeof(buf));		\
	must(n_ > 0, #type);							\
	sturdy(#type, accepts_##type, NULL, (struct seal_bytes){ buf, n_ });	\
} while (0)

static uint8_t buf[4096];

static void test_jobs(void)
{
	const struct ipc_worker worker = {
		.handshake = 7, .side = SEAL_SIDE_CLIENT, .auth = IPC_AUTH_X509,
		.ciphers = IPC_CIPHER_ALL, .deadline = 1, .peername = "a.seal.test",
	};
	const struct ipc_verifier verifier = {
		.side = SEAL_SIDE_SERVER, .auth = IPC_AUTH_PSK, .deadline = 1,
		.keyring = 5, .psks = { 6, 7 }, .psk_count = 2,
		.local = { .family = AF_INET }, .remote = { .family = AF_INET6 },
	};
	struct ipc_worker again;

	STURDY(worker, worker);
	STURDY(verifier, verifier);
	ok(ipc_worker_decode((struct seal_bytes){ buf, ipc_worker_encode(&worker, buf,
				sizeof(buf)) }, &again) &&
	   again.handshake == 7 && again.side == SEAL_SIDE_CLIENT &&
	   !strcmp(again.peername, "a.seal.test"), "worker: there and back");
}

static void test_ends(void)
{
	struct ipc_keys keys = { .certificate = true, .tx_len = 40, .rx_len = 40 };
	struct ipc_failed failed = { .reason = SEAL_REASON_TLS, .detail = "x" };
	struct ipc_failed yes = { .reason = SEAL_REASON_ACCEPTED };
	size_t len;

	STURDY(keys, keys);
	STURDY(failed, failed);
	len = ipc_failed_encode(&yes, buf, sizeof(buf));
	ok(!accepts_failed((struct seal_bytes){ buf, len }, NULL),
	   "a failure is never \"accepted\"");
}

static bool verdict_legal(const struct ipc_verdict *v)
{
	size_t len = ipc_verdict_encode(v, buf, sizeof(buf));

	return accepts_verdict((struct seal_bytes){ buf, len }, NULL);
}

/* They come to the log, and to whoever looks at sockets. */
static void test_verdict_texts(void)
{
	static const char *const bad[] = {
		"a\nb", "a\x1b[2J", "\xc3\xa9", "\x7f", "\xff", "\t",
	};
	struct ipc_verdict v = { 0 };
	unsigned int taken = 0;

	strcpy(v.peer, "uri:spiffe://seal.test/a?b=c#d~%20");
	strcpy(v.policy, "nfs-1");
	strcpy(v.claims, "key=tpm consumer=nfs clock=safe");
	ok(verdict_legal(&v), "what a verifier says of a peer");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ipc_verdict peer = v, policy = v, claims = v;

		strcpy(peer.peer, bad[i]);
		strcpy(policy.policy, bad[i]);
		strcpy(claims.claims, bad[i]);
		taken += verdict_legal(&peer) + verdict_legal(&policy) + verdict_legal(&claims);
	}
	ok(!taken, "none of it has other octets than printable ones");
	strcpy(v.policy, "nfs id=1");
	ok(!verdict_legal(&v), "nor is a policy two words");
}

static void test_verdict(void)
{
	struct ipc_verdict v = {
		.accepted = true, .attested = true, .reason = SEAL_REASON_ACCEPTED,
		.deadline = 1, .ak_name_len = 34, .pcr_digest_len = 32,
		.peer = "dns:b.seal.test", .policy = "test",
	};

	STURDY(verdict, v);
	v.accepted = false;
	ok(!verdict_legal(&v), "attested but not accepted");
	v.accepted = true;
	v.reason = SEAL_REASON_PCR_VALUE;
	ok(!verdict_legal(&v), "attested with a reason against");
	v.reason = SEAL_REASON_ACCEPTED;
	v.deadline = 0;
	ok(!verdict_legal(&v), "attested without a deadline");
	v.deadline = 1;
	v.ak_name_len = 0;
	ok(!verdict_legal(&v), "attested without a key");
	v.attested = false;
	ok(!verdict_legal(&v), "accepted evidence that does not attest");
	memset(&v, 0, sizeof(v));
	ok(verdict_legal(&v), "zeroed: a refusal");
	test_verdict_texts();
}

static void test_pair_messages(void)
{
	const uint8_t hash[32] = { 1 }, frame[16] = { 2 };
	const struct ipc_offer offer = { .offer = true };
	const struct ipc_psk psk = { { frame, 16 }, { hash, 32 } };
	const struct ipc_peer peer = { .complete = true };
	const struct ipc_plan plan = {
		.wants_peer = true, .media_types = { { frame, 16 } }, .media_count = 1,
	};
	const struct ipc_hellos hellos = { { frame, 16 }, { frame, 16 } };
	const struct ipc_authenticator auth = {
		{ hash, 32 }, { hash, 32 }, { 0 }, { frame, 16 },
	};
	const struct ipc_accept accept = { .valid_for = 3600 };
	const struct ipc_refuse refuse = { .code = 4, .alert = 49 };

	STURDY(offer, offer);
	STURDY(psk, psk);
	STURDY(peer, peer);
	STURDY(plan, plan);
	STURDY(hellos, hellos);
	STURDY(authenticator, auth);
	STURDY(accept, accept);
	STURDY(refuse, refuse);
}

static void make_channel(struct ipc_channel *monitor, int *other)
{
	int fd[2];

	must(!socket_pair(fd), "socket pair");
	*monitor = (struct ipc_channel){
		fd[0], IPC_W_RUNNING, IPC_MONITOR, IPC_WORKER_END,
	};
	*other = fd[1];
}

static struct ipc_message msg;

/* What the monitor makes of raw octets of a worker. */
static int receive(const void *data, size_t len)
{
	struct ipc_channel ch;
	int other, ret;

	make_channel(&ch, &other);
	must(send(other, data, len, 0) == (ssize_t)len, "send");
	ret = ipc_recv(&ch, &msg);
	if (ret && ch.state != IPC_CLOSED)
		ret = 0;	/* an error must close */
	close(other);
	close(ch.fd);
	return ret;
}

static void test_channel(void)
{
	static uint8_t big[IPC_MAX + 1] = { 0, IPC_VERSION, 0, IPC_FAILED };
	struct ipc_channel ch;
	int other;

	ok(!receive("\0\1\0\3", 4) && msg.type == IPC_FAILED && !msg.body.len,
	   "a legal message");
	ok(receive("\0\1\0\3", 3) == -EPROTO, "shorter than a header");
	ok(receive("\0\2\0\3", 4) == -EPROTO, "another version");
	ok(receive("\0\1\0\5", 4) == -EPROTO, "a verdict of a worker");
	ok(receive("\0\1\1\3", 4) == -EPROTO, "a type that is none");
	ok(receive(big, IPC_MAX) == 0, "the longest");
	ok(receive(big, IPC_MAX + 1) == -EPROTO, "longer");
	make_channel(&ch, &other);
	ok(ipc_recv(&ch, &msg) == -EAGAIN, "nothing there");
	ok(ipc_send(&ch, IPC_WORKER, (struct seal_bytes){ 0 }, NULL, 0) == -EPROTO,
	   "sending out of turn");
	ch.state = IPC_W_RUNNING;
	close(other);
	ok(ipc_recv(&ch, &msg) == -EPIPE && ch.state == IPC_CLOSED,
	   "nobody there, nor will be");
	close(ch.fd);
}

static void test_descriptors(void)
{
	struct ipc_channel monitor, worker;
	int other, before, after;

	make_channel(&monitor, &other);
	monitor.state = IPC_W_START;
	worker = (struct ipc_channel){
		other, IPC_W_START, IPC_WORKER_END, IPC_MONITOR,
	};
	must(!ipc_send(&monitor, IPC_WORKER, (struct seal_bytes){ 0 },
		       (int[]){ 0, 1 }, 2), "send with descriptors");
	ok(!ipc_recv(&worker, &msg) && msg.fd_count == 2, "two descriptors");
	close(msg.fds[0]);
	close(msg.fds[1]);
	before = dup(0);
	close(before);
	worker.state = IPC_W_RUNNING;
	worker.self = IPC_WORKER_END;
	must(!ipc_send(&worker, IPC_FAILED, (struct seal_bytes){ 0 }, (int[]){ 0 }, 1),
	     "send with a descriptor");
	ok(ipc_recv(&monitor, &msg) == -EPROTO && !msg.fd_count,
	   "descriptors that nobody asked for");
	after = dup(0);
	ok(after == before, "and they are closed");
	close(after);
	close(monitor.fd);
	close(worker.fd);
}

static unsigned int open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int count = 0;

	must(dir != NULL, "/proc/self/fd");
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* Which read(2) cannot tell from the end of the channel. */
static void test_empty(void)
{
	const int two[2] = { 0, 1 };
	union {
		char buf[CMSG_SPACE(sizeof(two))];
		struct cmsghdr align;
	} space = { 0 };
	struct msghdr mh = { .msg_control = space.buf, .msg_controllen = sizeof(space.buf) };
	struct cmsghdr *cm = CMSG_FIRSTHDR(&mh);
	unsigned int before, ends = 0;
	struct ipc_channel ch;
	int other;

	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(sizeof(two));
	memcpy(CMSG_DATA(cm), two, sizeof(two));
	make_channel(&ch, &other);
	before = open_fds();
	for (int i = 0; i < 100; i++) {
		must(!sendmsg(other, &mh, 0), "an empty message");
		ends += ipc_recv(&ch, &msg) == -EPIPE && !msg.fd_count;
	}
	ok(ends == 100 && open_fds() == before,
	   "empty messages leave no descriptors: %u before, %u after 100", before, open_fds());
	close(other);
	close(ch.fd);
}

int main(void)
{
	test_table();
	test_states();
	test_jobs();
	test_ends();
	test_verdict();
	test_pair_messages();
	test_channel();
	test_descriptors();
	test_empty();
	return done();
}
