/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A socket that outlives this process, kept by the service manager.
 *
 * While no socket listens to the handshake group, the kernel answers consumers
 * with ESRCH at once, and SUNRPC turns that into an I/O error even on a hard
 * mount. So the listening socket is handed to the service manager (systemd's
 * FileDescriptorStoreMax=, sd_notify(3) "FDSTORE=1") and taken back after a
 * crash or a restart: meanwhile requests queue up, and what is not taken in time
 * ends with ETIMEDOUT, which SUNRPC tries again.
 */
#ifndef SEALD_STORE_H
#define SEALD_STORE_H

#define STORE_NAME	"handshake"

/**
 * store_take - the socket that was kept, or -1
 *
 * Reads LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES of sd_listen_fds(3), closes
 * what is not ours, and removes them from the environment. One of another network
 * namespace is closed, and the service manager told to do the same.
 */
int store_take(void);

/**
 * store_put - give it to the service manager to keep
 *
 * As notify_manager(): nothing happens without one.
 */
int store_put(int fd);

#endif /* SEALD_STORE_H */
