/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the service manager is told: sd_notify(3). */
#ifndef SEALD_NOTIFY_H
#define SEALD_NOTIFY_H

/**
 * notify_manager - send it one message
 * @text: lines "NAME=VALUE"
 * @fd: goes with it, or -1
 *
 * Nothing happens without NOTIFY_SOCKET. That is in the monitor's environment
 * only, see spawn_env, and the socket is closed again: no other program of ours
 * can say that seald is ready. Returns 0 or a negative errno.
 */
int notify_manager(const char *text, int fd);

#endif /* SEALD_NOTIFY_H */
