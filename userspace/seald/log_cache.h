/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Logs of peers that were accepted, so that the next connection moves only what
 * came since. While a TPM counts no reset and no restart, logs only grow.
 *
 * What is kept proves nothing: the whole is replayed against each quote. It is
 * kept by AK and by the certificate that the peer is known by, so that what one
 * peer sent is never taken for another's.
 */
#ifndef SEALD_LOG_CACHE_H
#define SEALD_LOG_CACHE_H

#include "verify/x509.h"
#include "wire/limits.h"
#include "wire/log.h"

/**
 * struct log_key - whose logs, and of which boot
 * @dir: state directory of the daemon
 * @peer: hash of the names of AK and certificate
 * @reset: counters of the TPM
 * @restart: likewise
 */
struct log_key {
	const char *dir;
	uint8_t peer[SEAL_SHA256_LEN];
	uint32_t reset;
	uint32_t restart;
};

#define LOG_CACHE_PATH_LEN	512u
#define LOG_CACHE_HEAD_LEN	16u	/* "SEALlog1", reset, restart */
/* Of all, in memory: /run is no disk. The longest log there may be fits alone. */
#define LOG_CACHE_MAX	((SEAL_LOG_MAX_MIB << 20) + LOG_CACHE_HEAD_LEN)

/** log_cache_dir - its directory in that of the daemon, made if need be; false: none */
bool log_cache_dir(const char *state, char path[LOG_CACHE_PATH_LEN]);

/**
 * log_key_of - what an Authenticator says of itself; false: nothing
 *
 * It must have been verified, as far as that can be without logs.
 */
bool log_key_of(const char *dir, struct seal_bytes authenticator,
		struct log_key *key_ret);

/** log_cache_load - at most @max octets, allocated; 0: there are none of that boot */
size_t log_cache_load(const struct log_key *key, enum seal_log log, size_t max,
		      uint8_t **data_ret);

/**
 * log_cache_store - keep them, in place of what was kept
 *
 * All that is kept is bounded: what is oldest goes. Failing is no error.
 */
void log_cache_store(const struct log_key *key, enum seal_log log,
		     struct seal_bytes data);

/** log_cache_drop - forget them */
void log_cache_drop(const struct log_key *key, enum seal_log log);

#endif /* SEALD_LOG_CACHE_H */
