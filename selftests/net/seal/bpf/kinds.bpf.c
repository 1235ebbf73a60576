// SPDX-License-Identifier: GPL-2.0-only
/* Programs of types that may ask for the state of a socket, and of one that may not. */

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

/* As the kernel names it; nothing here looks inside. */
struct sock {
} __attribute__((preserve_access_index));

extern int bpf_seal_state(struct sock *sk) __ksym;

SEC("tc")
int sched_cls(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	if (sk)
		sk = bpf_sk_fullsock(sk);
	return sk ? bpf_seal_state((struct sock *)sk) : 0;
}

SEC("fentry/tcp_sendmsg")
int tracing(__u64 *ctx)
{
	bpf_seal_state((struct sock *)ctx[0]);
	return 0;
}

SEC("sockops")
int sock_ops(struct bpf_sock_ops *ops)
{
	struct bpf_sock *sk = ops->sk;

	return sk && bpf_seal_state((struct sock *)sk) ? 1 : 0;
}

/* The same but for the question. */
SEC("sockops")
int sock_ops_alone(struct bpf_sock_ops *ops)
{
	return ops->sk ? 1 : 0;
}

char LICENSE[] SEC("license") = "GPL";
