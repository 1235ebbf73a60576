/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/seal.yaml */
/* YNL-GEN uapi header */

#ifndef _UAPI_LINUX_SEAL_NETLINK_H
#define _UAPI_LINUX_SEAL_NETLINK_H

#define SEAL_FAMILY_NAME	"seal"
#define SEAL_FAMILY_VERSION	1

/**
 * enum seal_state - What a socket may do. Bytes move in attested only.
 * @SEAL_STATE_NONE: Not ours.
 * @SEAL_STATE_PENDING: A handshake was asked for, or a verdict is required:
 *   only the process that was claimed may pass.
 * @SEAL_STATE_ATTESTED: Open until the deadline.
 * @SEAL_STATE_EXPIRED: Closed, the deadline has passed.
 * @SEAL_STATE_REVOKED: Closed by an agent, by the owner of the socket, with
 *   the death of its agent, at the end of its network namespace, or by a drain
 *   of the module.
 * @SEAL_STATE_REJECTED: Closed, the handshake ended without a verdict.
 */
enum seal_state {
	SEAL_STATE_NONE,
	SEAL_STATE_PENDING,
	SEAL_STATE_ATTESTED,
	SEAL_STATE_EXPIRED,
	SEAL_STATE_REVOKED,
	SEAL_STATE_REJECTED,
};

/**
 * enum seal_consumer - Who asked for the handshake; nothing where the state is
 *   none.
 * @SEAL_CONSUMER_KERNEL: NFS, nfsd, NVMe/TCP, by the upcall of net/handshake.
 * @SEAL_CONSUMER_USER: A program, by SEAL_SO_REQUEST or SEAL_SO_REQUIRE.
 */
enum seal_consumer {
	SEAL_CONSUMER_KERNEL,
	SEAL_CONSUMER_USER,
};

/**
 * enum seal_on_death - What becomes of the sockets that an agent attached when
 *   it dies.
 * @SEAL_ON_DEATH_KEEP: They stay open until their deadline.
 * @SEAL_ON_DEATH_CLOSE: They are revoked.
 */
enum seal_on_death {
	SEAL_ON_DEATH_KEEP,
	SEAL_ON_DEATH_CLOSE,
};

enum {
	SEAL_A_SOCKET_ID = 1,
	SEAL_A_SOCKET_SOCKFD,
	SEAL_A_SOCKET_PIDFD,
	SEAL_A_SOCKET_STATE,
	SEAL_A_SOCKET_CONSUMER,
	SEAL_A_SOCKET_UID,
	SEAL_A_SOCKET_DEADLINE,
	SEAL_A_SOCKET_PEER,
	SEAL_A_SOCKET_POLICY,
	SEAL_A_SOCKET_AK_NAME,
	SEAL_A_SOCKET_CONNECTION_ID,
	SEAL_A_SOCKET_PCR_DIGEST,
	SEAL_A_SOCKET_CLAIMS,
	SEAL_A_SOCKET_AUTHENTICATED,
	SEAL_A_SOCKET_TX_INFO,
	SEAL_A_SOCKET_RX_INFO,
	SEAL_A_SOCKET_LOCAL,
	SEAL_A_SOCKET_REMOTE,
	SEAL_A_SOCKET_COOKIE,
	SEAL_A_SOCKET_COUNT,
	SEAL_A_SOCKET_DRAINING,
	SEAL_A_SOCKET_REASON,
	SEAL_A_SOCKET_ALL,
	SEAL_A_SOCKET_PAD,
	SEAL_A_SOCKET_AGENT,
	SEAL_A_SOCKET_REVOKES,

	__SEAL_A_SOCKET_MAX,
	SEAL_A_SOCKET_MAX = (__SEAL_A_SOCKET_MAX - 1)
};

enum {
	SEAL_A_RULE_UID_MIN = 1,
	SEAL_A_RULE_UID_MAX,
	SEAL_A_RULE_GID,
	SEAL_A_RULE_CGROUP,
	SEAL_A_RULE_ROLE,
	SEAL_A_RULE_ADDRESS,
	SEAL_A_RULE_PREFIX_LEN,
	SEAL_A_RULE_PORT_MIN,
	SEAL_A_RULE_PORT_MAX,
	SEAL_A_RULE_MAX_PENDING,
	SEAL_A_RULE_PAD,

	__SEAL_A_RULE_MAX,
	SEAL_A_RULE_MAX = (__SEAL_A_RULE_MAX - 1)
};

enum {
	SEAL_A_RULES_RULE = 1,

	__SEAL_A_RULES_MAX,
	SEAL_A_RULES_MAX = (__SEAL_A_RULES_MAX - 1)
};

enum {
	SEAL_A_AGENT_ON_DEATH = 1,

	__SEAL_A_AGENT_MAX,
	SEAL_A_AGENT_MAX = (__SEAL_A_AGENT_MAX - 1)
};

enum {
	SEAL_CMD_CLAIM = 1,
	SEAL_CMD_ATTACH,
	SEAL_CMD_GET,
	SEAL_CMD_STATUS_NTF,
	SEAL_CMD_REVOKE,
	SEAL_CMD_EXTEND,
	SEAL_CMD_RULES_SET,
	SEAL_CMD_RULES_GET,
	SEAL_CMD_REGISTER,

	__SEAL_CMD_MAX,
	SEAL_CMD_MAX = (__SEAL_CMD_MAX - 1)
};

#define SEAL_MCGRP_STATUS	"status"

#endif /* _UAPI_LINUX_SEAL_NETLINK_H */
