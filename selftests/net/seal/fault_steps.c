// SPDX-License-Identifier: GPL-2.0-only

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fault_steps.h"
#include "handshake.h"
#include "insider/insider.h"

/* What is asked for */

int run_attach(struct subject *s)
{
	return attach(&s->nl, s->fd[0], true, s->now + 100 * SEC, &s->id);
}

/* As seald's worker sends it: for another, by what that one was told when it claimed. */
int run_attach_for(struct subject *s)
{
	struct msg msg;

	attach_msg(&msg, s->fd[0], true, s->now + 100 * SEC);
	msg_u32(&msg, SEAL_A_SOCKET_AGENT, s->port);
	msg_u32(&msg, SEAL_A_SOCKET_REVOKES, 0);
	return nl_call(&s->nl, &msg);
}

/* Of a refusal there is a record, too. */
int run_attach_late(struct subject *s)
{
	return attach(&s->nl, s->fd[0], true, 1, NULL);
}

/* Other keys, which since 6.14 kTLS would take. */
int run_rekey_tx(struct subject *s)
{
	struct tls12_crypto_info_aes_gcm_128 key = key_make(9);

	return setsockopt(s->fd[0], SOL_TLS, TLS_TX, &key, sizeof(key)) ? -errno : 0;
}

int run_rekey_rx(struct subject *s)
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

int run_rekey_tx_past(struct subject *s)
{
	return run_rekey_past(s, INSIDER_SET_TX);
}

int run_rekey_rx_past(struct subject *s)
{
	return run_rekey_past(s, INSIDER_SET_RX);
}

/* For another process: we stay outside. */
int run_claim(struct subject *s)
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

int run_get(struct subject *s)
{
	struct msg msg;

	msg_init(&msg, SEAL_CMD_GET);
	msg_u32(&msg, SEAL_A_SOCKET_SOCKFD, s->fd[0]);
	return nl_call(&s->nl, &msg);
}

int run_dump(struct subject *s)
{
	struct msg msg;

	msg_init(&msg, SEAL_CMD_GET);
	msg.hdr.nlmsg_flags |= NLM_F_DUMP;
	return nl_call(&s->nl, &msg);
}

int run_revoke(struct subject *s)
{
	return revoke_id(&s->nl, s->id);
}

int run_request(struct subject *s)
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

/* By a program of a later version, whose end says nothing. */
int run_request_long(struct subject *s)
{
	struct {
		struct seal_request req;
		char later[64];
	} arg = {
		.req.size = sizeof(arg),
		.req.role = SEAL_ROLE_CLIENT,
		.req.timeout_ms = 20000,
		.req.peername = "server.example.org",
	};

	if (setsockopt(s->fd[0], IPPROTO_IP, SEAL_SO_REQUEST, &arg, sizeof(arg)))
		return -errno;
	return 0;
}

/* No verdict: what the agent was asked for is refused. */
int run_done(struct subject *s)
{
	return hs_done(&s->agent, s->asked, EACCES);
}

int run_status(struct subject *s)
{
	struct seal_status st;

	return status_get(s->fd[0], &st);
}

int run_revoke_own(struct subject *s)
{
	uint32_t zero = 0;

	if (setsockopt(s->fd[0], IPPROTO_IP, SEAL_SO_REVOKE, &zero, sizeof(zero)))
		return -errno;
	return 0;
}

int run_tighten(struct subject *s)
{
	uint64_t end = s->now + 50 * SEC;

	if (setsockopt(s->fd[0], IPPROTO_IP, SEAL_SO_TIGHTEN, &end, sizeof(end)))
		return -errno;
	return 0;
}

/* By a timer, a little later. */
int run_expire(struct subject *s)
{
	uint64_t past = 1;

	if (setsockopt(s->fd[0], IPPROTO_IP, SEAL_SO_TIGHTEN, &past, sizeof(past)))
		return -errno;
	return 0;
}

int run_require(struct subject *s)
{
	uint32_t ms = 20000;

	if (setsockopt(s->fd[0], IPPROTO_IP, SEAL_SO_REQUIRE, &ms, sizeof(ms)))
		return -errno;
	return 0;
}

int run_extend(struct subject *s)
{
	struct msg msg;

	msg_init(&msg, SEAL_CMD_EXTEND);
	msg_u64(&msg, SEAL_A_SOCKET_ID, s->id);
	msg_u64(&msg, SEAL_A_SOCKET_DEADLINE, s->now + 200 * SEC);
	return nl_call(&s->nl, &msg);
}

int run_rules_set(struct subject *s)
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

int run_rules_get(struct subject *s)
{
	struct msg msg;

	msg_init(&msg, SEAL_CMD_RULES_GET);
	msg.hdr.nlmsg_flags |= NLM_F_DUMP;
	return nl_call(&s->nl, &msg);
}

int run_register(struct subject *s)
{
	return nl_register(&s->agent_seal, SEAL_ON_DEATH_CLOSE);
}

int run_cipher_get(struct subject *s)
{
	struct tls_crypto_info info;
	socklen_t len = sizeof(info);

	return getsockopt(s->fd[0], SOL_TLS, TLS_TX, &info, &len) ? -errno : 0;
}

/* What the gate copies it copies again, where a page was not there. */
int run_option(struct subject *s)
{
	int value = 1;
	socklen_t len = sizeof(value);

	if (setsockopt(s->fd[0], IPPROTO_TCP, TCP_NODELAY, &value, len) ||
	    getsockopt(s->fd[0], IPPROTO_TCP, TCP_NODELAY, &value, &len))
		return -errno;
	return value ? 0 : -EPROTO;
}

/* What must be there before */

int prepare_nothing(struct subject *s)
{
	return 0;
}

int prepare_pending(struct subject *s)
{
	int err;

	fcntl(s->fd[0], F_SETFL, O_NONBLOCK);
	err = run_request(s);
	return err == -EINPROGRESS ? 0 : err ?: -EPROTO;
}

/* In the agent's hands. */
int prepare_taken(struct subject *s)
{
	int err = prepare_pending(s);

	if (err)
		return err;
	s->asked = hs_accept(&s->agent);
	return s->asked < 0 ? s->asked : 0;
}

/* Another agent each time: the second time of one is another command. */
int prepare_channel(struct subject *s)
{
	nl_close(&s->agent_seal);
	return nl_open(&s->agent_seal, "seal", NULL);
}

/* The agent that others attach for. */
int prepare_agent(struct subject *s)
{
	s->port = nl_port(&s->agent_seal);
	return nl_register(&s->agent_seal, SEAL_ON_DEATH_CLOSE);
}

int prepare_nonblock(struct subject *s)
{
	return fcntl(s->fd[0], F_SETFL, O_NONBLOCK) ? -errno : 0;
}

/* Who waits does so for a moment. */
int prepare_impatient(struct subject *s)
{
	struct timeval tv = { .tv_usec = 10000 };

	return setsockopt(s->fd[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) ? -errno : 0;
}

int prepare_both(struct subject *s)
{
	uint64_t id[2];

	return pair_attach(&s->nl, s->fd, id);
}
