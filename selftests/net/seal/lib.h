/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of seal have in common: generic netlink by hand, connected
 * pairs, keys, threads that block.
 */
#ifndef SEAL_TEST_LIB_H
#define SEAL_TEST_LIB_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/tls.h>

#include <linux/seal.h>

#ifndef SOL_TLS
#define SOL_TLS 282
#endif
#ifndef TCP_ULP
#define TCP_ULP 31
#endif
#ifndef TCP_ZEROCOPY_RECEIVE
#define TCP_ZEROCOPY_RECEIVE 35
#endif

#define MS	1000000ull	/* in nanoseconds */
#define SEC	(1000 * MS)

/* A generic netlink socket and the last answer. */
struct nl {
	int fd;
	uint16_t family;
	uint32_t group;
	uint32_t seq;
	char extack[256];
	uint32_t replies;	/* messages, for a dump */
	bool interrupted;	/* a dump of things that changed meanwhile */
	uint32_t len;
	char buf[16384];	/* of the reply, attributes only */
};

struct msg {
	struct nlmsghdr hdr;
	struct genlmsghdr genl;
	char attrs[4096];
};

int nl_open(struct nl *nl, const char *family, const char *group);
void nl_close(struct nl *nl);
/* As an agent whose death does this (SEAL_ON_DEATH_...): 0 or a negative errno. */
int nl_register(struct nl *nl, uint32_t on_death);
uint32_t nl_port(const struct nl *nl);
int nl_subscribe(struct nl *nl);
void msg_init(struct msg *msg, uint8_t cmd);
void msg_put(struct msg *msg, uint16_t type, const void *data, size_t len);
void msg_u32(struct msg *msg, uint16_t type, uint32_t value);
void msg_u64(struct msg *msg, uint16_t type, uint64_t value);
void msg_str(struct msg *msg, uint16_t type, const char *text);
/* A nest: attributes put until its end are inside. */
size_t msg_nest(struct msg *msg, uint16_t type);
void msg_nest_end(struct msg *msg, size_t nest);
/* Send, wait for the acknowledgement: 0 or a negative errno. */
int nl_call(struct nl *nl, struct msg *msg);
/* Its two halves. */
int nl_ask(struct nl *nl, struct msg *msg);
int nl_answer(struct nl *nl);
/* Wait for a notification: its command, or a negative errno. */
int nl_event(struct nl *nl, int timeout_ms);
const void *nl_attr(struct nl *nl, uint16_t type, size_t *len);
uint32_t nl_u32(struct nl *nl, uint16_t type, uint32_t missing);
uint64_t nl_u64(struct nl *nl, uint16_t type);
const char *nl_str(struct nl *nl, uint16_t type);

/* A kernel as the distribution has it of this version ("6.12."; "": of any). */
bool distribution_kernel(const char *version);

/* In a network namespace of its own, loopback up. */
int netns_new(void);

enum family { V4, V6, MAPPED };

/* On the loopback: a descriptor, or a negative errno. */
int listener_open(enum family family);
/* A connected pair, fd[0] connected to fd[1]. */
int pair_from(int listener, int fd[2]);
/* The same with a listener of its own, for a moment. */
int pair_open(enum family family, int fd[2]);
void pair_close(int fd[2]);

struct tls12_crypto_info_aes_gcm_128 key_make(unsigned char seed);
/* kTLS as a program without seal would set it up. */
int pair_plain_tls(int fd[2]);
/* Into a sockmap of its own: the map, or a negative errno. */
int sockmap_add(int fd);

uint64_t boottime(void);

/* A well-formed attach command for @fd; the keys fit those of the other end. */
void attach_msg(struct msg *msg, int fd, bool first, uint64_t deadline);
int attach(struct nl *nl, int fd, bool first, uint64_t deadline, uint64_t *id);
/* By @nl for the agent whose channel has that number. */
int attach_for(struct nl *nl, uint32_t agent, int fd, bool first, uint64_t deadline);
/* Both ends. */
int pair_attach(struct nl *nl, int fd[2], uint64_t id[2]);
int revoke_id(struct nl *nl, uint64_t id);
/* For this process. */
int claim(struct nl *nl, int fd);
int status_get(int fd, struct seal_status *st);
/* enum seal_state or a negative errno; the other one waits up to ten seconds for it. */
int state_of(int fd);
int wait_state(int fd, enum seal_state state);
int stat_counter(const char *name);
/* Bytes that TCP has received, cipher text and all. */
uint64_t stream_received(int fd);
/* The same, once nothing came for a second: what a window had no room for comes with a probe. */
uint64_t stream_settled(int fd);

/* The module itself, from the file SEAL_KO: 0 or a negative errno. */
int module_insert(void);
int module_remove(void);
/* Begin a drain, and wait for it, or take it back. */
int module_drain(bool on);

/* A call that blocks in a thread of its own. */
struct call {
	pthread_t thread;
	int fd;
	int arg;
	ssize_t (*fn)(int fd, int arg);
	volatile ssize_t result;	/* or a negative errno */
	volatile bool returned;
	uint64_t when;
};

void call_start(struct call *call, ssize_t (*fn)(int fd, int arg), int fd, int arg);
/* Wait for it: false if it does not come back in time. */
bool call_end(struct call *call, int timeout_ms);

ssize_t do_recv(int fd, int flags);
ssize_t do_send(int fd, int flags);
ssize_t do_send_all(int fd, int total);
ssize_t do_splice(int fd, int arg);
ssize_t do_poll(int fd, int events);

void msleep(int ms);

#endif /* SEAL_TEST_LIB_H */
