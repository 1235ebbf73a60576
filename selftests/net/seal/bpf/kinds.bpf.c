// SPDX-License-Identifier: GPL-2.0-only
/* Programs of types that may ask for the state of a socket, and of one that may not. */

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

/* As the kernel names it; nothing here looks inside. */
struct sock {
} __attribute__((preserve_access_index));

extern int bpf_seal_state(struct sock *sk) __ksym;

static __always_inline int ask(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	if (sk)
		sk = bpf_sk_fullsock(sk);
	return sk ? bpf_seal_state((struct sock *)sk) : 0;
}

SEC("tc")
int sched_cls(struct __sk_buff *skb)
{
	return ask(skb);
}

/* Its socket is one that a program may give to a function; those of fentry are not, on 7.3. */
SEC("tp_btf/inet_sock_set_state")
int tracing(__u64 *ctx)
{
	bpf_seal_state((struct sock *)ctx[0]);
	return 0;
}

/* Not named, and not of the hook of one that is. */
SEC("action")
int sched_act(struct __sk_buff *skb)
{
	return ask(skb);
}

/* The same but for the question. */
SEC("action")
int sched_act_alone(struct __sk_buff *skb)
{
	return skb->sk ? 1 : 0;
}

char LICENSE[] SEC("license") = "GPL";
