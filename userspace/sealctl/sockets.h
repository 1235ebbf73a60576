/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The "seal" generic netlink family (seal.yaml), for an administrator: look at
 * sockets, revoke, rules. sockets.c is the only file of sealctl that includes
 * libnl.
 */
#ifndef SEALCTL_SOCKETS_H
#define SEALCTL_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/seal.h>

/** struct socket_status - one socket; lengths are 0 and texts empty where absent */
struct socket_status {
	uint64_t id;
	uint32_t state;
	uint32_t consumer;
	uint32_t uid;
	uint32_t authenticated;
	uint64_t deadline;
	uint64_t cookie;
	uint8_t ak_name[SEAL_AK_NAME_MAX];
	size_t ak_name_len;
	uint8_t pcr_digest[SEAL_PCR_DIGEST_MAX];
	size_t pcr_digest_len;
	uint8_t connection_id[SEAL_CONNECTION_ID_LEN];
	size_t connection_id_len;
	char peer[SEAL_PEER_MAX];
	char policy[SEAL_POLICY_MAX];
	char claims[SEAL_CLAIMS_MAX];
	char reason[SEAL_REASON_MAX];
	char local[64];
	char remote[64];
};

/** struct socket_match - which sockets; what is not set does not matter */
struct socket_match {
	bool all;
	uint64_t id;
	const char *peer;
	const char *policy;
	const uint8_t *ak_name;
	size_t ak_name_len;
	const char *reason;		/* not a selector: why, for the log */
};

struct rule;
struct rules;
struct sockets;

/**
 * sockets_open - connect to the family
 *
 * Return: NULL with errno: ENOENT when the module is not loaded.
 */
struct sockets *sockets_open(void);
void sockets_close(struct sockets *sockets);

/** sockets_group - number of a multicast group of any family, or -1 */
int sockets_group(const char *family, const char *group);

/** sockets_error - what the kernel said about the last failure, or "" */
const char *sockets_error(const struct sockets *sockets);

/** sockets_each - call @each for every socket; returns 0 or -errno */
int sockets_each(struct sockets *sockets,
		 void (*each)(const struct socket_status *status, void *arg), void *arg);

/**
 * sockets_revoke - close all that match, wait until nobody is inside
 * @count_ret: how many
 * @draining_ret: how many still hold a caller that could not be woken in time
 *
 * Return: 0 or -errno.
 */
int sockets_revoke(struct sockets *sockets, const struct socket_match *match,
		   uint32_t *count_ret, uint32_t *draining_ret);

/** sockets_each_rule - call @each for every rule, in their order; returns 0 or -errno */
int sockets_each_rule(struct sockets *sockets,
		      void (*each)(const struct rule *rule, void *arg), void *arg);

/** sockets_set_rules - these and no others; returns 0 or -errno, then nothing changed */
int sockets_set_rules(struct sockets *sockets, const struct rules *rules);

/** sockets_cannot - print why sockets_open() failed, with a hint; returns 1 */
int sockets_cannot(const char *command, int error);

#endif /* SEALCTL_SOCKETS_H */
