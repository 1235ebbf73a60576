/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An agent that takes every request, claims the socket for itself, and then
 * neither attaches nor answers until it is told to stop.
 */
#ifndef SEAL_TEST_AGENT_H
#define SEAL_TEST_AGENT_H

#include <sys/types.h>

struct agent {
	pid_t pid;
	int stop;	/* closing it is the order */
};

/* In a process of its own, listening when this returns: 0 or -1. */
int agent_hold_start(struct agent *agent);
/* It refuses all it holds and ends. */
void agent_hold_stop(struct agent *agent);
/* It says of all that they are attested, which somebody else has seen to, and ends. */
void agent_hold_done(struct agent *agent);

/* Ask for a handshake on @fd without blocking: 0 or a negative errno. */
int agent_ask(int fd, unsigned int timeout_ms);
/* The same, and wait until @count sockets are in the agent's hands. */
int agent_ask_held(int fd, unsigned int timeout_ms, int count);

#endif /* SEAL_TEST_AGENT_H */
