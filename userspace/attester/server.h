/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The attester's loop: channels of workers on one side, the TPM on the other.
 *
 * One operation of the TPM at a time, in a thread of its own (engine.h). While it
 * runs requests come in, and the claims among them share the next quote
 * (queue.c). A channel whose request waits is not read, so each worker has at
 * most one request here.
 */
#ifndef SEAL_ATTESTER_SERVER_H
#define SEAL_ATTESTER_SERVER_H

#include "attester/keys.h"

/**
 * att_server_run - serve until the monitor is gone
 * @control: its socket
 * @signals: a signalfd: SIGUSR1 logs the counters, SIGTERM and SIGINT end
 *
 * Return: 0, or -1 when the TPM fails again and again: a new start may help.
 */
int att_server_run(struct att_keys *keys, int control, int signals);

#endif /* SEAL_ATTESTER_SERVER_H */
