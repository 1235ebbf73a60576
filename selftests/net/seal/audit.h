/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's audit, by netlink: for who may, and in the first namespace only. */
#ifndef SEAL_TEST_AUDIT_H
#define SEAL_TEST_AUDIT_H

#include <stdint.h>

#include <linux/audit.h>

/* A channel to it, or a negative errno. */
int audit_connect(void);
/* 0 or a negative errno. */
int audit_set(int fd, struct audit_status status);
int audit_enable(int fd, uint32_t enabled);
/* How many records there was no room or no memory for, or a negative errno. */
int audit_lost(int fd);

#endif /* SEAL_TEST_AUDIT_H */
