/* SPDX-License-Identifier: GPL-2.0-only */
/* What can be asked of the module, each a function of one form, and what must be before. */
#ifndef SEAL_TEST_FAULT_STEPS_H
#define SEAL_TEST_FAULT_STEPS_H

#include <stdint.h>

#include "lib.h"

/**
 * struct subject - a connection, and who is there for it
 * @nl: attaches, revokes, asks
 * @agent: listens to net/handshake
 * @agent_seal: the same agent's channel to seal
 * @port: its number, if it is registered
 * @fd: the connection
 * @asked: its descriptor in the agent's hands, or -1
 * @id: of what was attached
 * @now: boottime() before faults are armed: its answer is copied, too
 * @insider: descriptor of the test module
 */
struct subject {
	struct nl nl;
	struct nl agent;
	struct nl agent_seal;
	uint32_t port;
	int fd[2];
	int asked;
	uint64_t id;
	uint64_t now;
	int insider;
};

/* All return 0 or a negative errno. */
typedef int step_fn(struct subject *s);

step_fn run_attach, run_attach_for, run_attach_late, run_rekey_tx, run_rekey_rx;
step_fn run_rekey_tx_past, run_rekey_rx_past, run_claim, run_get, run_dump, run_revoke;
step_fn run_request, run_request_long, run_done, run_status, run_revoke_own;
step_fn run_tighten, run_expire, run_require, run_extend, run_rules_set, run_rules_get;
step_fn run_register, run_cipher_get, run_option;

/* Before that, without a fault */
step_fn prepare_nothing, prepare_pending, prepare_taken, prepare_agent;
step_fn prepare_channel, prepare_nonblock, prepare_impatient, prepare_both;

#endif /* SEAL_TEST_FAULT_STEPS_H */
