/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/*
 * seal: attested kernel TLS sockets, the socket options.
 *
 * Level SOL_IP, on IPv4 and IPv6 TCP sockets alike. Errors are listed in
 * Documentation/userspace-api/seal.rst.
 */
#ifndef _UAPI_LINUX_SEAL_H
#define _UAPI_LINUX_SEAL_H

#include <linux/types.h>

#include <linux/seal_netlink.h>		/* enum seal_state, enum seal_consumer */

/*
 * IPv6 hands options of level SOL_IP on to IPv4, so they are offered once, for both, to
 * nf_register_sockopt(). All who register there share one space of numbers with IP's own,
 * and ranges that meet are refused (EBUSY): IP has those below 64, ip_tables, conntrack,
 * arp_tables, ebtables and IPVS some of 64 to 130 and 1152 and up. Nobody is near 0x5ea0.
 */
#define SEAL_SO_STATUS		0x5ea0	/* get struct seal_status */
#define SEAL_SO_REQUEST		0x5ea1	/* set struct seal_request */
#define SEAL_SO_REVOKE		0x5ea2	/* set __u32, must be 0: close this socket for good */
#define SEAL_SO_TIGHTEN		0x5ea3	/* set __u64: an earlier deadline, CLOCK_BOOTTIME ns */
#define SEAL_SO_REQUIRE		0x5ea4	/* set __u32: ms until which it must be attested, 0: 20 s */

#define SEAL_REQUIRE_MAX_MS	3600000

#define SEAL_PEER_MAX		256	/* with the terminating zero, as all texts here */
#define SEAL_POLICY_MAX		64
#define SEAL_CLAIMS_MAX		256
#define SEAL_REASON_MAX		128
#define SEAL_AK_NAME_MAX	66
#define SEAL_PCR_DIGEST_MAX	64
#define SEAL_CONNECTION_ID_LEN	16

/**
 * struct seal_status - what the kernel knows of an attested socket
 * @size: of the structure as the kernel has it; what did not fit was left out,
 *	what the kernel does not know yet is zero
 * @state: enum seal_state; in SEAL_STATE_ATTESTED the peer is proven, in no other;
 *	SEAL_STATE_NONE is a socket that is not ours, with bytes as they come
 * @id: as in the netlink family, 0 if the socket is not ours
 * @deadline: CLOCK_BOOTTIME in nanoseconds
 * @consumer: enum seal_consumer
 * @uid: who asked for the handshake, in the reader's user namespace
 * @authenticated: 1 if the TLS handshake verified a certificate of the peer
 * @error: positive errno that data calls get now, 0 while attested or not ours
 * @connection_id: the same 16 bytes at both ends of the connection
 * @ak_name_len: bytes used in @ak_name
 * @pcr_digest_len: bytes used in @pcr_digest
 * @ak_name: TPM Name of the peer's attestation key
 * @pcr_digest: digest over the quoted PCRs
 * @peer: identity of the peer, "dns:host" "ip:address" "uri:name"
 * @policy: name of the policy that accepted it
 * @claims: words "key=value" separated by spaces
 * @reason: why the socket was closed
 */
struct seal_status {
	__u32	size;
	__u32	state;
	__aligned_u64 id;
	__aligned_u64 deadline;
	__u32	consumer;
	__u32	uid;
	__u32	authenticated;
	__u32	error;
	__u8	connection_id[SEAL_CONNECTION_ID_LEN];
	__u16	ak_name_len;
	__u16	pcr_digest_len;
	__u8	ak_name[SEAL_AK_NAME_MAX];
	__u8	pcr_digest[SEAL_PCR_DIGEST_MAX];
	__u8	__reserved[2];
	char	peer[SEAL_PEER_MAX];
	char	policy[SEAL_POLICY_MAX];
	char	claims[SEAL_CLAIMS_MAX];
	char	reason[SEAL_REASON_MAX];
};

enum seal_role {
	SEAL_ROLE_CLIENT = 1,
	SEAL_ROLE_SERVER = 2,
};

#define SEAL_REQUEST_ANONYMOUS	(1U << 0)	/* client: present no certificate */

/**
 * struct seal_request - ask for an attested TLS handshake on a connected socket
 * @size: sizeof(struct seal_request)
 * @role: enum seal_role
 * @flags: SEAL_REQUEST_*, the others must be zero
 * @timeout_ms: 1 to 30000, or 0 for 20000
 * @peername: client: DNS name or address the peer must prove; server: empty
 *
 * Works like connect(2): waits for the result, or with O_NONBLOCK fails with
 * EINPROGRESS, then EALREADY, then POLLOUT tells that asking once more gives
 * the result. 0 means attested, nothing else does.
 */
struct seal_request {
	__u32	size;
	__u32	role;
	__u32	flags;
	__u32	timeout_ms;
	char	peername[SEAL_PEER_MAX];
};

#endif /* _UAPI_LINUX_SEAL_H */
