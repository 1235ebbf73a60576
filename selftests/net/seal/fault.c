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
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "audit.h"
#include "kselftest_harness.h"
#include "insider/insider.h"
#include "lib.h"
#include "stage.h"

#define NTH_MAX	2000	/* no call has as many places */

struct subject {
	struct nl nl;
	struct nl agent;	/* listens to net/handshake, answers nothing */
	int fd[2];
	uint64_t id;
	int insider;
};

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

/* What is asked for */

static int run_attach(struct subject *s)
{
	return attach(&s->nl, s->fd[0], true, boottime() + 100 * SEC, &s->id);
}

/* Of a refusal there is a record, too. */
static int run_attach_late(struct subject *s)
{
	return attach(&s->nl, s->fd[0], true, 1, NULL);
}

/* Other keys, which since 6.14 kTLS would take. */
static int run_rekey_tx(struct subject *s)
{
	struct tls12_crypto_info_aes_gcm_128 key = key_make(9);

	return setsockopt(s->fd[0], SOL_TLS, TLS_TX, &key, sizeof(key)) ? -errno : 0;
}

static int run_rekey_rx(struct subject *s)
{
	struct tls12_crypto_info_aes_gcm_128 key = key_make(9);

	return setsockopt(s->fd[0], SOL_TLS, TLS_RX, &key, sizeof(key)) ? -errno : 0;
}

/* By who came past the table before it was ours: kTLS itself refuses. */
static int run_rekey_past(struct subject *s, enum insider_op op)
{
	struct tls12_crypto_info_aes_gcm_128 key = key_make(9);
	struct insider_call call = { .fd = s->fd[0], .op = op };

	memcpy(call.data, &key, sizeof(key));
	return ioctl(s->insider, INSIDER_CALL, &call) ? -errno : 0;
}

static int run_rekey_tx_past(struct subject *s)
{
	return run_rekey_past(s, INSIDER_SET_TX);
}

static int run_rekey_rx_past(struct subject *s)
{
	return run_rekey_past(s, INSIDER_SET_RX);
}

/* For another process: we stay outside. */
static int run_claim(struct subject *s)
{
	int pidfd = syscall(SYS_pidfd_open, getppid(), 0), err;
	struct msg msg;

	if (pidfd < 0)
		return -errno;
	msg_init(&msg, SEAL_CMD_CLAIM);
	msg_u32(&msg, SEAL_A_SOCKET_SOCKFD, s->fd[0]);
	msg_u32(&msg, SEAL_A_SOCKET_PIDFD, pidfd);
	err = nl_call(&s->nl, &msg);
	close(pidfd);
	return err;
}

static int run_get(struct subject *s)
{
	struct msg msg;

	msg_init(&msg, SEAL_CMD_GET);
	msg_u32(&msg, SEAL_A_SOCKET_SOCKFD, s->fd[0]);
	return nl_call(&s->nl, &msg);
}

static int run_dump(struct subject *s)
{
	struct msg msg;

	msg_init(&msg, SEAL_CMD_GET);
	msg.hdr.nlmsg_flags |= NLM_F_DUMP;
	return nl_call(&s->nl, &msg);
}

static int run_revoke(struct subject *s)
{
	return revoke_id(&s->nl, s->id);
}

static int run_request(struct subject *s)
{
	struct seal_request req = {
		.size = sizeof(req),
		.role = SEAL_ROLE_CLIENT,
		.timeout_ms = 20000,
		.peername = "server.example.org",
	};

	if (setsockopt(s->fd[0], IPPROTO_IP, SEAL_SO_REQUEST, &req, sizeof(req)))
		return -errno;
	return 0;
}

static int run_status(struct subject *s)
{
	struct seal_status st;

	return status_get(s->fd[0], &st);
}

static int run_revoke_own(struct subject *s)
{
	uint32_t zero = 0;

	if (setsockopt(s->fd[0], IPPROTO_IP, SEAL_SO_REVOKE, &zero, sizeof(zero)))
		return -errno;
	return 0;
}

static int run_tighten(struct subject *s)
{
	uint64_t end = boottime() + 50 * SEC;

	if (setsockopt(s->fd[0], IPPROTO_IP, SEAL_SO_TIGHTEN, &end, sizeof(end)))
		return -errno;
	return 0;
}

static int run_require(struct subject *s)
{
	uint32_t ms = 20000;

	if (setsockopt(s->fd[0], IPPROTO_IP, SEAL_SO_REQUIRE, &ms, sizeof(ms)))
		return -errno;
	return 0;
}

static int run_extend(struct subject *s)
{
	struct msg msg;

	msg_init(&msg, SEAL_CMD_EXTEND);
	msg_u64(&msg, SEAL_A_SOCKET_ID, s->id);
	msg_u64(&msg, SEAL_A_SOCKET_DEADLINE, boottime() + 200 * SEC);
	return nl_call(&s->nl, &msg);
}

static int run_rules_set(struct subject *s)
{
	struct msg msg;
	size_t nest;

	msg_init(&msg, SEAL_CMD_RULES_SET);
	nest = msg_nest(&msg, SEAL_A_RULES_RULE);
	msg_u32(&msg, SEAL_A_RULE_UID_MIN, 1000);
	msg_u32(&msg, SEAL_A_RULE_UID_MAX, 1000);
	msg_nest_end(&msg, nest);
	return nl_call(&s->nl, &msg);
}

static int run_rules_get(struct subject *s)
{
	struct msg msg;

	msg_init(&msg, SEAL_CMD_RULES_GET);
	msg.hdr.nlmsg_flags |= NLM_F_DUMP;
	return nl_call(&s->nl, &msg);
}

/* Each agent once: the second time is another command. */
static int run_register(struct subject *s)
{
	struct nl other;
	int err = nl_open(&other, "seal", NULL);

	err = err ?: nl_register(&other, SEAL_ON_DEATH_CLOSE);
	nl_close(&other);
	return err;
}

static int run_cipher_get(struct subject *s)
{
	struct tls_crypto_info info;
	socklen_t len = sizeof(info);

	return getsockopt(s->fd[0], SOL_TLS, TLS_TX, &info, &len) ? -errno : 0;
}

/* What the gate copies it copies again, where a page was not there. */
static int run_option(struct subject *s)
{
	int value = 1;
	socklen_t len = sizeof(value);

	if (setsockopt(s->fd[0], IPPROTO_TCP, TCP_NODELAY, &value, len) ||
	    getsockopt(s->fd[0], IPPROTO_TCP, TCP_NODELAY, &value, &len))
		return -errno;
	return value ? 0 : -EPROTO;
}

/* What must be there before */

static int prepare_nothing(struct subject *s)
{
	return 0;
}

static int prepare_pending(struct subject *s)
{
	int err;

	fcntl(s->fd[0], F_SETFL, O_NONBLOCK);
	err = run_request(s);
	return err == -EINPROGRESS ? 0 : err ?: -EPROTO;
}

static int prepare_nonblock(struct subject *s)
{
	return fcntl(s->fd[0], F_SETFL, O_NONBLOCK) ? -errno : 0;
}

/* Who waits does so for a moment. */
static int prepare_impatient(struct subject *s)
{
	struct timeval tv = { .tv_usec = 10000 };

	return setsockopt(s->fd[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) ? -errno : 0;
}

static int prepare_both(struct subject *s)
{
	uint64_t id[2];

	return pair_attach(&s->nl, s->fd, id);
}

static int scene_open(struct subject *s)
{
	return pair_open(V4, s->fd);
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
	int (*prepare)(struct subject *s);
	int (*run)(struct subject *s);
	int normal;		/* without a fault */
};

#define STEP(name, before, step, result)		\
	FIXTURE_VARIANT_ADD(fault, name) {		\
		.prepare = before,			\
		.run = step,				\
		.normal = result,			\
	}

STEP(attach, prepare_nothing, run_attach, 0);
STEP(attach_pending, prepare_pending, run_attach, 0);
STEP(request, prepare_nonblock, run_request, -EINPROGRESS);
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
STEP(register, prepare_nothing, run_register, 0);
STEP(attach_late, prepare_nothing, run_attach_late, -ETIME);
STEP(rekey_tx, prepare_both, run_rekey_tx, -EPERM);
STEP(rekey_rx, prepare_both, run_rekey_rx, -EPERM);
STEP(rekey_tx_past, prepare_both, run_rekey_tx_past, -EBUSY);
STEP(rekey_rx_past, prepare_both, run_rekey_rx_past, -EBUSY);

FIXTURE_SETUP(fault)
{
	ASSERT_EQ(0, faults_on());
	/* In the first namespace. What the module tells it is told by the caller. */
	self->audit = audit_connect();
	ASSERT_LE(0, self->audit);
	ASSERT_EQ(0, audit_enable(self->audit, 1));
	self->scene.insider = insider_open();
	ASSERT_LE(0, self->scene.insider);
	ASSERT_EQ(0, netns_new());
	ASSERT_EQ(0, nl_open(&self->scene.nl, "seal", NULL));
	ASSERT_EQ(0, nl_open(&self->scene.agent, "handshake", "tlshd"));
	ASSERT_EQ(0, nl_subscribe(&self->scene.agent));
	/* Somebody to be told, for whom there may be no memory. */
	ASSERT_EQ(0, nl_open(&self->events, "seal", "status"));
	ASSERT_EQ(0, nl_subscribe(&self->events));
	self->nth = nth_open();
	ASSERT_LE(0, self->nth);
}

FIXTURE_TEARDOWN(fault)
{
	close(self->nth);
	nl_close(&self->events);
	nl_close(&self->scene.agent);
	nl_close(&self->scene.nl);
	insider_close(self->scene.insider);
	audit_enable(self->audit, 0);
	close(self->audit);
}

/* Has a record been lost for want of memory that the call would have made? */
static bool records(const FIXTURE_VARIANT(fault) *variant)
{
	return variant->run == run_attach || variant->run == run_attach_late;
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
	return variant->run == run_attach || variant->run == run_extend ||
	       variant->run == run_require;
}

/* Has no walk met the place of what is told, or of the record? */
static bool is_unmet(FIXTURE_DATA(fault) *self, const FIXTURE_VARIANT(fault) *variant, int lost)
{
	return (tells(variant) && !stat_counter("SealNotifyLost")) ||
	       (records(variant) && audit_lost(self->audit) == lost);
}

/* One call whose nth place fails, 0 for none: its errno, and whether it came there. */
static int once(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self,
		const FIXTURE_VARIANT(fault) *variant, int nth, bool *met)
{
	struct subject *s = &self->scene;
	int err;

	ASSERT_EQ(0, scene_open(s));
	ASSERT_EQ(0, variant->prepare(s));
	ASSERT_TRUE(nth_set(self->nth, nth));
	err = variant->run(s);
	*met = nth_met(self->nth);
	EXPECT_GE(0, err);
	EXPECT_EQ(0, scene_check(s)) TH_LOG("after place %d, errno %d", nth, -err);
	while (nl_event(&self->events, 0) >= 0)
		;
	pair_close(s->fd);
	agent_answer(&s->agent);
	return err;
}

/* An attach that failed, and the module does not know of it. */
static bool is_silent(const FIXTURE_VARIANT(fault) *variant, int err, int count)
{
	return variant->run == run_attach && err == -ENOMEM &&
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

TEST_HARNESS_MAIN
