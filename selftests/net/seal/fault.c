// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation and every copy from or to a program fails once, in each thing
 * that can be asked of the module: the first of the call, then the second, until
 * a call goes through that met no fault. Each time the answer is an errno or
 * success, the socket is as that says, and nothing stays behind. Needs a kernel
 * with fault injection; kmemleak there has the last word.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/handshake.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "audit.h"
#include "kselftest_harness.h"
#include "fault_steps.h"
#include "handshake.h"
#include "lib.h"
#include "stage.h"

#define NTH_MAX	2000	/* no call has as many places */

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	ssize_t done = write(fd, text, strlen(text));

	close(fd);
	return done < 0 ? -errno : 0;
}

/* Fail whatever may sleep, too, and do not tell the console. */
static int faults_on(void)
{
	static const char * const kinds[] = { "failslab", "fail_page_alloc", "fail_usercopy" };
	char path[128];
	int i, err = 0;

	for (i = 0; i < 3 && !err; i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/verbose", kinds[i]);
		err = put(path, "0");
		if (i == 2)
			break;
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/ignore-gfp-wait", kinds[i]);
		err = err ?: put(path, "N");
	}
	return err ?: put("/sys/kernel/debug/fail_page_alloc/min-order", "0");
}

static int nth_open(void)
{
	return open("/proc/thread-self/fail-nth", O_RDWR);
}

static bool nth_set(int nth_fd, int nth)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", nth);
	return pwrite(nth_fd, text, strlen(text), 0) > 0;
}

/* Disarm, and say whether a call before this met the fault. */
static bool nth_met(int nth_fd)
{
	char text[16] = "";
	bool met = pread(nth_fd, text, sizeof(text) - 1, 0) > 0 && atoi(text) == 0;

	while (!nth_set(nth_fd, 0))
		;
	return met;
}


/* Answer what waits for an agent, or each round would leave a request behind. */
static void agent_answer(struct nl *agent)
{
	struct msg msg;
	int fd;

	for (;;) {
		msg_init(&msg, HANDSHAKE_CMD_ACCEPT);
		msg_u32(&msg, HANDSHAKE_A_ACCEPT_HANDLER_CLASS,
			HANDSHAKE_HANDLER_CLASS_TLSHD);
		if (nl_call(agent, &msg))
			return;
		fd = nl_u32(agent, HANDSHAKE_A_ACCEPT_SOCKFD, -1);
		msg_init(&msg, HANDSHAKE_CMD_DONE);
		msg_u32(&msg, HANDSHAKE_A_DONE_STATUS, ETIMEDOUT);
		msg_u32(&msg, HANDSHAKE_A_DONE_SOCKFD, fd);
		nl_call(agent, &msg);
		close(fd);
	}
}

/* What the peer can read, if it has keys, it was sent with those of the verdict; and back. */
static int pair_check(struct subject *s)
{
	char buf[5] = "";

	if (recv(s->fd[1], buf, 5, MSG_WAITALL) != 5 || memcmp(buf, "plain", 5) ||
	    send(s->fd[1], "plain", 5, MSG_NOSIGNAL) != 5)
		return -EPROTO;
	fcntl(s->fd[0], F_SETFL, 0);
	return recv(s->fd[0], buf, 5, MSG_WAITALL) == 5 && !memcmp(buf, "plain", 5) ? 0 : -EPROTO;
}

/* A plain socket is plain; an open one has keys; any other moves nothing. */
static int scene_check(struct subject *s)
{
	struct seal_status st;
	char buf[5] = "";
	int err = status_get(s->fd[0], &st);

	if (err)
		return err;
	fcntl(s->fd[0], F_SETFL, O_NONBLOCK);
	if (send(s->fd[0], "plain", 5, MSG_NOSIGNAL) != 5)
		return st.state == SEAL_STATE_ATTESTED ? -errno : 0;
	if (state_of(s->fd[1]) == SEAL_STATE_ATTESTED)
		return pair_check(s);
	if (st.state == SEAL_STATE_ATTESTED)
		return recv(s->fd[1], buf, 5, MSG_WAITALL) == 5 &&
		       memcmp(buf, "plain", 5) ? 0 : -EPROTO;
	if (st.state != SEAL_STATE_NONE)
		return -EPROTO;
	return recv(s->fd[1], buf, 5, MSG_WAITALL) == 5 &&
	       !memcmp(buf, "plain", 5) ? 0 : -EPROTO;
}

/* How many there are; some go a little later than the call that ends them. */
static int gauge(const char *name)
{
	int i;

	for (i = 0; i < 10000 && stat_counter(name); i++)
		msleep(1);
	return stat_counter(name);
}

FIXTURE(fault)
{
	struct subject scene;
	struct nl events;
	int audit;
	int nth;
};

FIXTURE_VARIANT(fault)
{
	step_fn *prepare;
	step_fn *run;
	int normal;		/* without a fault */
	enum family family;
};

#define STEP_OF(name, before, step, result, of)		\
	FIXTURE_VARIANT_ADD(fault, name) {		\
		.prepare = before,			\
		.run = step,				\
		.normal = result,			\
		.family = of,				\
	}
#define STEP(name, before, step, result)	STEP_OF(name, before, step, result, V4)

STEP(attach, prepare_nothing, run_attach, 0);
STEP_OF(attach_v6, prepare_nothing, run_attach, 0, V6);
STEP(attach_for, prepare_agent, run_attach_for, 0);
STEP(attach_pending, prepare_pending, run_attach, 0);
STEP(request, prepare_nonblock, run_request, -EINPROGRESS);
STEP_OF(request_v6, prepare_nonblock, run_request, -EINPROGRESS, V6);
STEP(request_long, prepare_nonblock, run_request_long, -EINPROGRESS);
STEP(done, prepare_taken, run_done, 0);
STEP(claim, prepare_pending, run_claim, 0);
STEP(get, run_attach, run_get, 0);
STEP(dump, run_attach, run_dump, 0);
STEP(revoke, run_attach, run_revoke, 0);
STEP(revoke_pending, prepare_pending, run_revoke_own, 0);
STEP(status, run_attach, run_status, 0);
STEP(status_of_none, prepare_nothing, run_status, 0);
STEP(revoke_own, run_attach, run_revoke_own, 0);
STEP(tighten, run_attach, run_tighten, 0);
STEP(require, prepare_nothing, run_require, 0);
STEP(attach_required, run_require, run_attach, 0);
STEP(extend, run_attach, run_extend, 0);
STEP(cipher_get, run_attach, run_cipher_get, 0);
STEP(option_pending, prepare_pending, run_option, 0);
STEP(request_blocking, prepare_impatient, run_request, -EINPROGRESS);
STEP(rules_set, prepare_nothing, run_rules_set, 0);
STEP(rules_get, run_rules_set, run_rules_get, 0);
STEP(register, prepare_channel, run_register, 0);
STEP(attach_late, prepare_nothing, run_attach_late, -ETIME);
STEP(rekey_tx, prepare_both, run_rekey_tx, -EPERM);
STEP(rekey_rx, prepare_both, run_rekey_rx, -EPERM);
STEP(rekey_tx_past, prepare_both, run_rekey_tx_past, -EBUSY);
STEP(rekey_rx_past, prepare_both, run_rekey_rx_past, -EBUSY);

/* In a namespace of its own, with somebody to be told, for whom there may be no memory. */
static int subject_open(struct subject *s, struct nl *events)
{
	s->insider = insider_open();
	if (s->insider < 0)
		return -ENODEV;
	return netns_new() ?: nl_open(&s->nl, "seal", NULL) ?:
	       nl_open(&s->agent_seal, "seal", NULL) ?:
	       nl_open(&s->agent, "handshake", "tlshd") ?: nl_subscribe(&s->agent) ?:
	       nl_open(events, "seal", "status") ?: nl_subscribe(events);
}

static void subject_close(struct subject *s, struct nl *events)
{
	nl_close(events);
	nl_close(&s->agent);
	nl_close(&s->agent_seal);
	nl_close(&s->nl);
	insider_close(s->insider);
}

/* In the first namespace. What the module tells it of an attach is told by the caller. */
static int audit_open(void)
{
	int fd = audit_connect();

	return fd < 0 ? fd : audit_enable(fd, 1) ?: fd;
}

static void audit_end(int fd)
{
	audit_enable(fd, 0);
	close(fd);
}

FIXTURE_SETUP(fault)
{
	ASSERT_EQ(0, faults_on());
	self->audit = audit_open();
	ASSERT_LE(0, self->audit);
	ASSERT_EQ(0, subject_open(&self->scene, &self->events));
	self->nth = nth_open();
	ASSERT_LE(0, self->nth);
}

FIXTURE_TEARDOWN(fault)
{
	close(self->nth);
	subject_close(&self->scene, &self->events);
	audit_end(self->audit);
}

static bool attaches(const FIXTURE_VARIANT(fault) *variant)
{
	return variant->run == run_attach || variant->run == run_attach_for;
}

/* Has a record been lost for want of memory that the call would have made? */
static bool records(const FIXTURE_VARIANT(fault) *variant)
{
	return attaches(variant) || variant->run == run_attach_late;
}

/* Of these nothing is allocated or copied that could fail the call. */
static bool cannot_fail(const FIXTURE_VARIANT(fault) *variant)
{
	return variant->run == run_option || variant->run == run_rekey_tx ||
	       variant->run == run_rekey_rx;
}

/* What a call tells of itself that succeeds without it. */
static bool tells(const FIXTURE_VARIANT(fault) *variant)
{
	return attaches(variant) || variant->run == run_extend || variant->run == run_require;
}

/* Has no walk met the place of what is told, or of the record? */
static bool is_unmet(FIXTURE_DATA(fault) *self, const FIXTURE_VARIANT(fault) *variant, int lost)
{
	return (tells(variant) && !stat_counter("SealNotifyLost")) ||
	       (records(variant) && audit_lost(self->audit) == lost);
}

/* A fault is told as one, and as nothing that would send a program elsewhere. */
static bool is_told(const FIXTURE_VARIANT(fault) *variant, int err)
{
	return err == variant->normal || err == -ENOMEM || err == -EFAULT || err == -ENOBUFS;
}

/* One call whose nth place fails, 0 for none: its errno, and whether it came there. */
static int once(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self,
		const FIXTURE_VARIANT(fault) *variant, int nth, bool *met)
{
	struct subject *s = &self->scene;
	int err;

	s->asked = -1;
	s->now = boottime();
	ASSERT_EQ(0, pair_open(variant->family, s->fd));
	ASSERT_EQ(0, variant->prepare(s)) {
		TH_LOG("before place %d", nth);
	}
	ASSERT_TRUE(nth_set(self->nth, nth));
	err = variant->run(s);
	*met = nth_met(self->nth);
	EXPECT_TRUE(is_told(variant, err)) TH_LOG("place %d told as errno %d", nth, -err);
	EXPECT_EQ(0, scene_check(s)) TH_LOG("after place %d, errno %d", nth, -err);
	while (nl_event(&self->events, 0) >= 0)
		;
	/* What was asked for holds its socket until it is answered. */
	if (s->asked >= 0)
		hs_done(&s->agent, s->asked, ETIMEDOUT);
	close(s->asked);
	pair_close(s->fd);
	agent_answer(&s->agent);
	return err;
}

/* An attach that failed, and the module does not know of it. */
static bool is_silent(const FIXTURE_VARIANT(fault) *variant, int err, int count)
{
	return attaches(variant) && err == -ENOMEM &&
	       count == stat_counter("SealAttachFailed");
}

/* What came of all of them. */
struct walk {
	int places;
	int failed;
	int silent;	/* without a word of the module */
};

static void walk(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self,
		 const FIXTURE_VARIANT(fault) *variant, struct walk *walk)
{
	int nth, err, count, again;
	bool met = true;

	*walk = (struct walk){};
	for (nth = 1; met && nth < NTH_MAX; nth++) {
		count = stat_counter("SealAttachFailed");
		err = once(_metadata, self, variant, nth, &met);
		/* A page that a cache lacked is a place of that time only. */
		for (again = 0; is_silent(variant, err, count) && again < 4; again++) {
			EXPECT_EQ(0, once(_metadata, self, variant, 0, &met));
			err = once(_metadata, self, variant, nth, &met);
			met = true;
		}
		walk->silent += is_silent(variant, err, count);
		walk->failed += err != variant->normal;
		if (!met) {
			EXPECT_EQ(variant->normal, err) TH_LOG("without a fault");
		}
	}
	EXPECT_FALSE(met);
	walk->places = nth - 2;
}

TEST_F_TIMEOUT(fault, each_place, 1200)
{
	int walks = 0, lost = audit_lost(self->audit);
	struct walk all;

	ASSERT_LE(0, lost);

	/* That page may also move a place away from the number that would have met it. */
	do {
		walk(_metadata, self, variant, &all);
	} while (is_unmet(self, variant, lost) && ++walks < 3);
	EXPECT_EQ(!cannot_fail(variant), all.failed > 0);
	if (records(variant)) {
		EXPECT_LT(lost, audit_lost(self->audit));
	}
	/* Once generic netlink had no memory, before the command came to us. */
	EXPECT_GE(1, all.silent);
	TH_LOG("%d places, %d of them an error", all.places, all.failed);
	if (tells(variant)) {
		EXPECT_LT(0, stat_counter("SealNotifyLost"));
	}
	EXPECT_EQ(0, gauge("SealCurrAttested"));
	EXPECT_EQ(0, gauge("SealCurrPending"));
	EXPECT_EQ(0, gauge("SealCurrQueued"));
}

/*
 * What is told of an end is told by a thread of the kernel, and the end may come by a timer:
 * no fault of a caller is met there.
 */

FIXTURE(ended)
{
	struct subject scene;
	struct nl events;
	int audit;
};

FIXTURE_VARIANT(ended)
{
	step_fn *prepare;
	step_fn *run;
	enum seal_state state;
};

FIXTURE_VARIANT_ADD(ended, revoked) {
	.prepare = run_attach, .run = run_revoke, .state = SEAL_STATE_REVOKED,
};
FIXTURE_VARIANT_ADD(ended, expired) {
	.prepare = run_attach, .run = run_expire, .state = SEAL_STATE_EXPIRED,
};
FIXTURE_VARIANT_ADD(ended, rejected) {
	.prepare = prepare_taken, .run = run_done, .state = SEAL_STATE_REJECTED,
};

#define FAILSLAB	"/sys/kernel/debug/failslab/"

/* Who may not wait for memory, in whatever task, gets none, in so many of a hundred cases. */
static int starve(const char *percent, const char *times)
{
	return put(FAILSLAB "ignore-gfp-wait", "Y") ?: put(FAILSLAB "task-filter", "N") ?:
	       put(FAILSLAB "times", times) ?: put(FAILSLAB "probability", percent);
}

static int feed(void)
{
	return put(FAILSLAB "probability", "0") ?: put(FAILSLAB "times", "1");
}

FIXTURE_SETUP(ended)
{
	ASSERT_EQ(0, faults_on());
	self->audit = audit_open();
	ASSERT_LE(0, self->audit);
	ASSERT_EQ(0, subject_open(&self->scene, &self->events));
}

FIXTURE_TEARDOWN(ended)
{
	feed();
	subject_close(&self->scene, &self->events);
	audit_end(self->audit);
}

/* One end while memory is short: the socket is closed whoever could be told of it. */
static void end_starved(struct __test_metadata *_metadata, FIXTURE_DATA(ended) *self,
			const FIXTURE_VARIANT(ended) *variant, const char *percent,
			const char *times)
{
	int drained = stat_counter("SealDrained");
	struct subject *s = &self->scene;

	s->asked = -1;
	s->now = boottime();
	ASSERT_EQ(0, pair_open(V6, s->fd));
	ASSERT_EQ(0, variant->prepare(s));
	ASSERT_EQ(0, starve(percent, times));
	EXPECT_EQ(0, variant->run(s));
	EXPECT_EQ(variant->state, wait_state(s->fd[0], variant->state));
	while (stat_counter("SealDrained") == drained)
		msleep(1);
	ASSERT_EQ(0, feed());
	EXPECT_EQ(-1, do_send(s->fd[0], MSG_DONTWAIT));
	EXPECT_EQ(variant->state == SEAL_STATE_EXPIRED ? EKEYREVOKED : EKEYREJECTED, errno);
	while (nl_event(&self->events, 0) >= 0)
		;
	close(s->asked);
	pair_close(s->fd);
}

TEST_F_TIMEOUT(ended, without_memory_to_tell_of_it, 120)
{
	int lost = audit_lost(self->audit), i;

	ASSERT_LE(0, lost);
	end_starved(_metadata, self, variant, "100", "-1");
	EXPECT_EQ(1, stat_counter("SealNotifyLost"));
	EXPECT_EQ(lost + 1, audit_lost(self->audit));
	/* And with one place of all these. */
	for (i = 0; i < 20; i++)
		end_starved(_metadata, self, variant, "30", "1");
	EXPECT_EQ(0, gauge("SealCurrAttested"));
	EXPECT_EQ(0, gauge("SealCurrPending"));
}

TEST_HARNESS_MAIN
