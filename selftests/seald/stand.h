/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A test monitor: the real handshake.c, outcome.c, pair.c and
 * attester_process.c, which start the real programs, with the kernel's part
 * played by stand.c. Hosts are those of selftests/seald/hosts.
 */
#ifndef SEALD_STAND_H
#define SEALD_STAND_H

#include "seald/handshake.h"

struct stand_host {
	struct monitor m;
	char name[8];
	char dir[256];
	char state[300];
};

/* Start the attester of $SEALD_HOSTS/NAME. */
void host_open(struct stand_host *host, const char *name);
void host_close(struct stand_host *host);
/* Have a state directory that knows nobody. */
void host_forget(struct stand_host *host);
/*
 * Make TEXT the only policy. %P in it becomes "pcrs" and the PCR values that
 * the other host really has, %Q likewise in the bank SHA-384.
 */
void host_policy(struct stand_host *host, const char *other, const char *text);

/* What the kernel heard about one socket. */
struct stand_told {
	bool done;
	int status;
	bool authenticated;
	uint32_t remote;	/* REMOTE_AUTH */
	bool attached;
	bool plain;
	uint64_t deadline;
	char peer[256];
	char policy[64];
	char claims[256];
	uint8_t connection_id[16];
	uint8_t tx[64];
	uint8_t rx[64];
	size_t key_len;
	char line[2048];	/* what the log said */
	unsigned int ms;
};

/**
 * struct stand_side - one end of a connection
 * @host: NULL: not one of ours, see peer.h
 * @user: the module says that a program asked
 * @limit_ms: the consumer's time limit, 0 for the default
 * @keyring: of the consumer, with ACCEPT_AUTH_PSK
 * @psk: client: the key it chose, likewise
 * @certificate: of the consumer, with @privkey
 * @no_attach: what the module says when it is to attach, 0: yes
 * @attach_hangs: it says nothing
 */
struct stand_side {
	struct stand_host *host;
	bool server;
	enum accept_auth auth;
	const char *peername;
	bool user;
	uint32_t limit_ms;
	uint32_t keyring;
	uint32_t psk;
	uint32_t certificate;
	uint32_t privkey;
	int no_attach;
	bool attach_hangs;
	struct handshake *hs;
	struct stand_told told;
};

/* Two connected TCP sockets, the client's first. */
void tcp_pair(int fd[2]);

/* Begin: @fd is the side's from now on. */
void side_start(struct stand_side *side, int fd);

/* Called all the time while handshakes run. */
typedef void stand_hook(void *arg, uint64_t ns);

/* Until all are over. */
void sides_run(struct stand_side *const *sides, size_t count, stand_hook *hook,
	       void *arg);

/* Two of our hosts with each other. */
void run_both(struct stand_side *client, struct stand_side *server);

/* "reason=WORD" of the log line; "" if there is none. */
const char *told_reason(const struct stand_side *side);

bool both_attested(const struct stand_side *client,
		   const struct stand_side *server);

#endif /* SEALD_STAND_H */
