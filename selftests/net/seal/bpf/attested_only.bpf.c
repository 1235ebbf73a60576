// SPDX-License-Identifier: GPL-2.0-only
/*
 * A sample: the programs of a control group talk over attested sockets only.
 * Attached to both directions of a cgroup; needs seal.ko with BTF.
 *
 * TCP without payload passes, so connections come and go. Payload passes while a
 * socket waits for its handshake, since the kernel then lets nobody but the agent
 * write, and while it is attested. All else is dropped, other protocols
 * included. A server's socket drops what comes before the server has asked for
 * the handshake; the peer's TCP sends it again.
 *
 * A socket whose last descriptor is closed is no attested socket any more, but
 * the rest of what was written through it must go: hence the memory of the
 * last state. One that was revoked has been reset and has nothing to send.
 */

#include <stdbool.h>
#include <stddef.h>

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include <linux/seal_netlink.h>

/* As the kernel names it; nothing here looks inside. */
struct sock {
} __attribute__((preserve_access_index));

extern int bpf_seal_state(struct sock *sk) __ksym;

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u32);
} last_state SEC(".maps");

enum { DROP, PASS };

static bool may_talk(struct bpf_sock *sk)
{
	__u32 state = bpf_seal_state((struct sock *)sk), *last;

	last = bpf_sk_storage_get(&last_state, sk, NULL,
				  state ? BPF_SK_STORAGE_GET_F_CREATE : 0);
	if (last && state)
		*last = state;
	else if (last)
		state = *last;
	return state == SEAL_STATE_PENDING || state == SEAL_STATE_ATTESTED;
}

/* Where the TCP header begins, or 0 for anything that is not plain TCP. */
static __u32 tcp_offset(struct __sk_buff *skb)
{
	struct ipv6hdr ip6;
	struct iphdr ip;

	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		if (bpf_skb_load_bytes(skb, 0, &ip, sizeof(ip)) || ip.protocol != IPPROTO_TCP)
			return 0;
		return ip.ihl * 4;
	}
	if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		if (bpf_skb_load_bytes(skb, 0, &ip6, sizeof(ip6)) ||
		    ip6.nexthdr != IPPROTO_TCP)
			return 0;
		return sizeof(ip6);
	}
	return 0;
}

static int filter(struct __sk_buff *skb)
{
	__u32 offset = tcp_offset(skb);
	struct bpf_sock *sk = skb->sk;
	struct tcphdr tcp;

	if (!offset || bpf_skb_load_bytes(skb, offset, &tcp, sizeof(tcp)))
		return DROP;
	if (skb->len <= offset + tcp.doff * 4)
		return PASS;
	if (!sk)
		return DROP;
	sk = bpf_sk_fullsock(sk);
	return sk && may_talk(sk) ? PASS : DROP;
}

SEC("cgroup_skb/egress")
int attested_egress(struct __sk_buff *skb)
{
	return filter(skb);
}

SEC("cgroup_skb/ingress")
int attested_ingress(struct __sk_buff *skb)
{
	return filter(skb);
}

char LICENSE[] SEC("license") = "GPL";
