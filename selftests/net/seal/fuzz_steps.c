// SPDX-License-Identifier: GPL-2.0-only
/*
 * What inputs of the fuzzer mean: a byte says what to do, those after it with what.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/handshake.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fuzz.h"

#define STEPS_MAX	24

/* Reading an input */

struct reader {
	const struct input *in;
	unsigned int pos;
};

static uint8_t take(struct reader *r)
{
	return r->pos < r->in->len ? r->in->bytes[r->pos++] : 0;
}

static size_t take_bytes(struct reader *r, void *to, size_t len)
{
	uint8_t *bytes = to;
	size_t i;

	for (i = 0; i < len; i++)
		bytes[i] = take(r);
	return len;
}

/* Doing what it says */

static void slots_open(struct scene *s, enum family family)
{
	int i;

	pair_open(family, &s->fd[0]);
	pair_open(family == V4 ? V6 : V4, &s->fd[2]);
	for (i = 0; i < SLOTS; i++) {
		fcntl(s->fd[i], F_SETFL, O_NONBLOCK);
		s->id[i] = 0;
	}
}

static void slots_close(struct scene *s)
{
	int i;

	for (i = 0; i < SLOTS; i++)
		if (s->fd[i] >= 0)
			close(s->fd[i]);
}

static void step_attach(struct scene *s, struct reader *r)
{
	uint8_t how = take(r), slot = how % SLOTS;
	uint64_t end = boottime();

	end += how & 0x80 ? 2 * MS : how & 0x40 ? -MS : 100 * SEC;
	attach(&s->nl, s->fd[slot], !(slot & 1), end, &s->id[slot]);
}

static const struct {
	uint16_t type;
	uint8_t len;		/* of a well-formed one, 0 for text */
} attributes[] = {
	{ SEAL_A_SOCKET_ID, 8 },
	{ SEAL_A_SOCKET_SOCKFD, 4 },
	{ SEAL_A_SOCKET_PIDFD, 4 },
	{ SEAL_A_SOCKET_DEADLINE, 8 },
	{ SEAL_A_SOCKET_PEER, 0 },
	{ SEAL_A_SOCKET_POLICY, 0 },
	{ SEAL_A_SOCKET_AK_NAME, 15 },
	{ SEAL_A_SOCKET_CONNECTION_ID, 16 },
	{ SEAL_A_SOCKET_PCR_DIGEST, 6 },
	{ SEAL_A_SOCKET_CLAIMS, 0 },
	{ SEAL_A_SOCKET_AUTHENTICATED, 4 },
	{ SEAL_A_SOCKET_TX_INFO, 40 },
	{ SEAL_A_SOCKET_RX_INFO, 40 },
	{ SEAL_A_SOCKET_ALL, 0 },
	{ SEAL_A_SOCKET_REASON, 0 },
	{ SEAL_A_SOCKET_AGENT, 4 },
	{ SEAL_A_SOCKET_REVOKES, 4 },
};

#define ATTRIBUTES	(sizeof(attributes) / sizeof(*attributes))

/* Well-formed, unless the input wants its own bytes. */
static void put_attribute(struct scene *s, struct msg *msg, struct reader *r)
{
	static const char * const texts[] = { "dns:second", "dns:first", "test", "" };
	struct tls12_crypto_info_aes_gcm_128 key = key_make(1);
	uint8_t which = take(r), how = take(r);
	uint16_t type = attributes[which % ATTRIBUTES].type;
	uint8_t len = attributes[which % ATTRIBUTES].len;
	uint64_t value = 0;
	uint8_t raw[80];

	if (how & 0x80) {
		len = take(r) % sizeof(raw);
		msg_put(msg, which & 0x80 ? how & 0x7f : type, raw, take_bytes(r, raw, len));
	} else if (type == SEAL_A_SOCKET_ALL) {
		msg_put(msg, type, NULL, 0);
	} else if (!len) {
		msg_str(msg, type, texts[how % 4]);
	} else if (len == 40) {
		msg_put(msg, type, &key, sizeof(key));
	} else if (len > 8) {
		msg_put(msg, type, how & 1 ? "0123456789abcdef" : "\0\013name of a key", len);
	} else {
		if (type == SEAL_A_SOCKET_ID)
			value = s->id[how % SLOTS];
		else if (type == SEAL_A_SOCKET_SOCKFD)
			value = s->fd[how % SLOTS];
		else if (type == SEAL_A_SOCKET_DEADLINE)
			value = boottime() + how * MS;
		else if (type == SEAL_A_SOCKET_AGENT && how & 4)
			value = nl_port(&s->nl);
		else
			value = how & 3;
		msg_put(msg, type, &value, len);
	}
}

static void step_message(struct scene *s, struct reader *r)
{
	uint8_t how = take(r);
	struct msg msg;
	int i;

	msg_init(&msg, 1 + how % (SEAL_CMD_MAX + 1));
	if (how & 0x80)
		msg.hdr.nlmsg_flags |= NLM_F_DUMP;
	for (i = 0; i < ((how >> 3) & 15); i++)
		put_attribute(s, &msg, r);
	nl_call(&s->nl, &msg);
}

/* A whole attach with one attribute more, in place, or shorter. */
static void step_almost_attach(struct scene *s, struct reader *r)
{
	uint8_t how = take(r);
	unsigned int less;
	struct msg msg;

	attach_msg(&msg, s->fd[how % SLOTS], how & 1, boottime() + SEC);
	/* What is shorter than a header is dropped, and nobody answers. */
	less = msg.hdr.nlmsg_len - NLMSG_HDRLEN;
	if (how & 0x80)
		msg.hdr.nlmsg_len -= 4 * (take(r) % (less / 4 + 1));
	else if (how & 0x40)
		((uint8_t *)&msg)[20 + take(r)] = take(r);
	else
		put_attribute(s, &msg, r);
	nl_call(&s->nl, &msg);
}

/* A rule or two, with members of its choice. */
static void step_rules(struct scene *s, struct reader *r)
{
	uint8_t how = take(r), which, value[16];
	struct msg msg;
	size_t nest;
	int i, n;

	msg_init(&msg, SEAL_CMD_RULES_SET);
	for (n = how & 3; n; n--) {
		nest = msg_nest(&msg, SEAL_A_RULES_RULE);
		for (i = (how >> 2) & 7; i; i--) {
			which = take(r);
			memset(value, 0, sizeof(value));
			value[0] = take(r);
			msg_put(&msg, 1 + which % SEAL_A_RULE_MAX, value,
				which & 0x80 ? 16 : which & 0x40 ? 8 : 4);
		}
		msg_nest_end(&msg, nest);
	}
	nl_call(&s->nl, &msg);
	msg_init(&msg, SEAL_CMD_RULES_GET);
	msg.hdr.nlmsg_flags |= how & 0x80 ? NLM_F_DUMP : 0;
	nl_call(&s->nl, &msg);
}

static void step_extend(struct scene *s, struct reader *r)
{
	uint8_t how = take(r);
	struct msg msg;

	msg_init(&msg, SEAL_CMD_EXTEND);
	if (how & 0x80)
		msg_u32(&msg, SEAL_A_SOCKET_SOCKFD, s->fd[how % SLOTS]);
	else
		msg_u64(&msg, SEAL_A_SOCKET_ID, s->id[how % SLOTS]);
	msg_u64(&msg, SEAL_A_SOCKET_DEADLINE, boottime() + take(r) * MS);
	nl_call(&s->nl, &msg);
}

/* An agent that comes and goes, with or without the sockets it attested. */
static void step_agent(struct scene *s, struct reader *r)
{
	uint8_t how = take(r);
	struct nl other;
	struct msg msg;

	if (nl_open(&other, "seal", NULL)) {
		nl_close(&other);
		return;
	}
	msg_init(&msg, SEAL_CMD_REGISTER);
	msg_u32(&msg, SEAL_A_AGENT_ON_DEATH, how >> 6);
	nl_call(&other, &msg);
	if (how & 0x20)
		attach(&other, s->fd[how % SLOTS], !(how & 1), boottime() + SEC, NULL);
	nl_close(&other);
}

static void step_claim(struct scene *s, struct reader *r)
{
	uint8_t how = take(r);
	int pidfd = syscall(SYS_pidfd_open, how & 0x80 ? 1 : getpid(), 0);
	struct msg msg;

	msg_init(&msg, SEAL_CMD_CLAIM);
	msg_u32(&msg, SEAL_A_SOCKET_SOCKFD, s->fd[how % SLOTS]);
	msg_u32(&msg, SEAL_A_SOCKET_PIDFD, how & 0x40 ? s->fd[0] : pidfd);
	nl_call(&s->nl, &msg);
	close(pidfd);
}

static void step_request(struct scene *s, struct reader *r)
{
	uint8_t how = take(r), len = sizeof(struct seal_request) & 0xff;
	struct {
		struct seal_request req;
		uint8_t more[64];
	} arg = {
		.req.size = sizeof(arg.req),
		.req.role = 1 + (how >> 2) % 2,
		.req.flags = how & 0x10 ? 1 : 0,
		.req.timeout_ms = how & 0x20 ? 0 : 1000,
	};

	if (arg.req.role == SEAL_ROLE_CLIENT)
		strcpy(arg.req.peername, "server.example.org");
	len = how & 0x40 ? take(r) : 0;
	if (how & 0x80)
		take_bytes(r, &arg, 20);
	setsockopt(s->fd[how % SLOTS], IPPROTO_IP, SEAL_SO_REQUEST, &arg,
		   sizeof(arg.req) + len % 64);
}

static void step_set_option(struct scene *s, struct reader *r)
{
	uint8_t how = take(r);
	uint64_t value = 0;

	if (how & 0x40)
		take_bytes(r, &value, sizeof(value));
	else if (how & 0x20)
		value = boottime() + take(r) * MS;
	setsockopt(s->fd[how % SLOTS], IPPROTO_IP, SEAL_SO_STATUS - 1 + (how >> 2) % 8,
		   &value, how & 0x80 ? take(r) % 9 : how & 0x20 ? 8 : 4);
}

static void step_get_option(struct scene *s, struct reader *r)
{
	uint8_t how = take(r), buf[1024];
	socklen_t len = how & 0x80 ? take(r) * 4 : sizeof(struct seal_status);

	getsockopt(s->fd[how % SLOTS], how & 0x20 ? SOL_TLS : IPPROTO_IP,
		   how & 0x20 ? 1 + (how >> 2) % 4 : SEAL_SO_STATUS - 1 + (how >> 2) % 8,
		   buf, &len);
}

/* What a program might do to a socket besides. */
static void step_other_option(struct scene *s, struct reader *r)
{
	struct tls12_crypto_info_aes_gcm_128 key = key_make(take(r));
	uint8_t how = take(r);
	int fd = s->fd[how % SLOTS], one = how >> 7;

	switch ((how >> 2) % 6) {
	case 0:
		setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 3);
		break;
	case 1:
		setsockopt(fd, SOL_TLS, TLS_TX, &key, sizeof(key));
		break;
	case 2:
		setsockopt(fd, SOL_TLS, TLS_RX, &key, sizeof(key));
		break;
	case 3:
		setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &one, sizeof(one));
		break;
	case 4:
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		break;
	case 5:
		ioctl(fd, FIONREAD, &one);
		break;
	}
}

static void step_data(struct scene *s, struct reader *r)
{
	uint8_t how = take(r);
	int fd = s->fd[how % SLOTS];
	struct sockaddr addr = { .sa_family = AF_UNSPEC };
	struct pollfd pfd = { .fd = fd, .events = POLLIN | POLLOUT };

	switch ((how >> 2) % 9) {
	case 0:
		do_send(fd, MSG_DONTWAIT | (how & 0x80 ? MSG_MORE : 0));
		break;
	case 1:
		do_recv(fd, MSG_DONTWAIT | (how & 0x80 ? MSG_PEEK : 0));
		break;
	case 2:
		do_splice(fd, 2 /* SPLICE_F_NONBLOCK */);
		break;
	case 3:
		poll(&pfd, 1, 0);
		break;
	case 4:
		shutdown(fd, how >> 6);
		break;
	case 5:
		connect(fd, &addr, sizeof(addr));
		break;
	case 6:
		mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
		break;
	case 7:
		listen(fd, 1);
		accept(fd, NULL, NULL);
		break;
	case 8:
		bind(fd, &addr, sizeof(addr));
		break;
	}
}

static void step_close(struct scene *s, struct reader *r)
{
	uint8_t slot = take(r) % SLOTS;

	if (s->fd[slot] >= 0)
		close(s->fd[slot]);
	s->fd[slot] = -1;
}

static void step_revoke(struct scene *s, struct reader *r)
{
	revoke_id(&s->nl, s->id[take(r) % SLOTS]);
}

static void step_fdinfo(struct scene *s, struct reader *r)
{
	char path[64], text[512];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", s->fd[take(r) % SLOTS]);
	fd = open(path, O_RDONLY);
	if (fd >= 0 && read(fd, text, sizeof(text)) < 0)
		perror(path);
	close(fd);
	stat_counter("SealAttached");
}

static int agent_take(struct nl *agent)
{
	struct msg msg;

	msg_init(&msg, HANDSHAKE_CMD_ACCEPT);
	msg_u32(&msg, HANDSHAKE_A_ACCEPT_HANDLER_CLASS, HANDSHAKE_HANDLER_CLASS_TLSHD);
	if (nl_call(agent, &msg))
		return -1;
	return nl_u32(agent, HANDSHAKE_A_ACCEPT_SOCKFD, -1);
}

static void agent_done(struct nl *agent, int fd, uint32_t status)
{
	struct msg msg;

	msg_init(&msg, HANDSHAKE_CMD_DONE);
	msg_u32(&msg, HANDSHAKE_A_DONE_STATUS, status);
	msg_u32(&msg, HANDSHAKE_A_DONE_SOCKFD, fd);
	nl_call(agent, &msg);
	close(fd);
}

static void step_answer(struct scene *s, struct reader *r)
{
	uint8_t how = take(r);
	int fd = agent_take(&s->agent);

	if (fd < 0)
		return;
	if (how & 1)
		attach(&s->nl, fd, true, boottime() + SEC, NULL);
	agent_done(&s->agent, fd, how & 2 ? ETIMEDOUT : how & 4 ? EACCES : 0);
}

static void step_wait(struct scene *s, struct reader *r)
{
	usleep(1000 * (take(r) % 8));
}

enum step {
	ATTACH, MESSAGE, ALMOST_ATTACH, CLAIM, REQUEST, SET_OPTION, GET_OPTION, OTHER_OPTION,
	DATA, CLOSE, REVOKE, FDINFO, ANSWER, WAIT, RULES, EXTEND, AGENT, STEPS
};

static void (* const steps[])(struct scene *s, struct reader *r) = {
	[ATTACH] = step_attach,
	[MESSAGE] = step_message,
	[ALMOST_ATTACH] = step_almost_attach,
	[CLAIM] = step_claim,
	[REQUEST] = step_request,
	[SET_OPTION] = step_set_option,
	[GET_OPTION] = step_get_option,
	[OTHER_OPTION] = step_other_option,
	[DATA] = step_data,
	[CLOSE] = step_close,
	[REVOKE] = step_revoke,
	[FDINFO] = step_fdinfo,
	[ANSWER] = step_answer,
	[WAIT] = step_wait,
	[RULES] = step_rules,
	[EXTEND] = step_extend,
	[AGENT] = step_agent,
};

/* Ways to each state, as inputs: step and argument. */
static const struct {
	unsigned int len;
	uint8_t bytes[4];
} states[] = {
	{ 0 },
	{ 2, { ATTACH, 0 } },
	{ 4, { ATTACH, 0x80, WAIT, 7 } },	/* and expired */
	{ 4, { ATTACH, 0, REVOKE, 0 } },
	{ 2, { SET_OPTION, 0x14 } },		/* SEAL_SO_REQUIRE */
	{ 2, { REQUEST, 0 } },
	{ 4, { REQUEST, 0, ANSWER, 1 } },
};

bool fuzz_seed(struct input *in, unsigned int n)
{
	static const uint8_t hows[] = { 0, 4, 8, 0x0c, 0x10, 0x14, 0x18, 0x1c, 0x20, 0x40, 0x80 };
	unsigned int i, state = n / STEPS;

	if (state >= sizeof(states) / sizeof(*states))
		return false;
	memset(in, 0, sizeof(*in));
	memcpy(in->bytes + 1, states[state].bytes, states[state].len);
	in->len = 1 + states[state].len;
	for (i = 0; i < sizeof(hows); i++) {
		in->bytes[in->len++] = n % STEPS;
		in->bytes[in->len++] = hows[i];
	}
	return true;
}

/* Every input begins with fresh sockets. */
void fuzz_run(struct scene *s, const struct input *in)
{
	struct reader r = { .in = in };
	int i, fd;

	slots_open(s, take(&r) & 1 ? V4 : V6);
	for (i = 0; i < STEPS_MAX && r.pos < in->len; i++)
		steps[take(&r) % STEPS](s, &r);
	slots_close(s);
	while ((fd = agent_take(&s->agent)) >= 0)
		agent_done(&s->agent, fd, ETIMEDOUT);
}
