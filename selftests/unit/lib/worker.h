/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A monitor and workers for the real seald-attester. */
#ifndef SEAL_UNIT_WORKER_H
#define SEAL_UNIT_WORKER_H

#include <stdbool.h>
#include <sys/types.h>

#include "seald/attester_proto.h"

/** struct attester - the program under test */
struct attester {
	pid_t pid;
	int control;
};

/* Start it on a configuration directory, its log in a file. */
struct attester start(const char *dir);
/* Its exit status after the monitor went away, or -1 if a signal ended it. */
int stop(struct attester *at);
/* Is there a line that matches, grep(1), in the log of the last one started? */
bool logged(const char *pattern);
/* Within ten seconds. */
bool soon_logged(const char *pattern);
/* Print such lines from @word on as notes. */
bool show_log(const char *word);

/* To the attester, as the monitor sends. */
void send_fds(int control, const void *message, size_t len, const int *fds, size_t count);
/* Channels of nfsd's handshakes. */
extern const struct att_open nfsd;
/* Our end of a new worker's channel. */
int open_worker(const struct attester *at);
/* For a handshake that ends then, CLOCK_BOOTTIME, ns. */
int open_worker_until(const struct attester *at, uint64_t deadline);

/** union reply - the longest answer */
union reply {
	uint32_t status;
	struct att_identity identity;
	struct att_signature signature;
	struct att_context context;
	struct att_evidence evidence;
	uint8_t bytes[sizeof(struct att_identity) + ATT_MAX_EVIDENCE];
};

/* Octets of the answer; 0: the channel was closed; -1: no answer in 5 s. */
ssize_t receive(int fd, union reply *r);
ssize_t call(int fd, const void *message, size_t len, union reply *r);

/* What is signed in these tests. */
extern const uint8_t tls_hash[32];
extern const uint8_t transcript[48];

/* One request each, well formed; true when it is granted. */
bool ask_identity(int fd, union reply *r);
bool ask_sign(int fd, enum att_type type, const uint8_t *hash, size_t len, union reply *r);
bool ask_bind(int fd, bool certificate, union reply *r);
/* PCRs 0 to 9 of the SHA-256 bank. */
struct att_claim claim_message(const uint8_t ekm[32]);

#endif /* SEAL_UNIT_WORKER_H */
