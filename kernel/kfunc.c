// SPDX-License-Identifier: GPL-2.0-only
/*
 * A function for BPF programs: in which state is this socket?
 *
 * For programs of the types CGROUP_SKB, whose hook the other types of cgroup
 * programs share, SCHED_CLS and TRACING. They run anywhere, also in softirq: a
 * lookup under RCU is all that happens here.
 */

#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/module.h>
#include <linux/printk.h>

#include "internal.h"

__bpf_kfunc_start_defs();

/**
 * bpf_seal_state() - the state of a socket
 * @sk: any socket that the program has
 *
 * Once the last descriptor is closed it is SEAL_STATE_NONE again, though kTLS may
 * still have records to send: a program that must know remembers what it saw.
 *
 * Context: any.
 * Return: enum seal_state; SEAL_STATE_NONE if the socket is not ours.
 */
__bpf_kfunc int bpf_seal_state(struct sock *sk)
{
	const struct seal_sock *ss;
	int state = SEAL_STATE_NONE;

	rcu_read_lock();
	ss = seal_sock_find(sk);
	if (ss)
		state = seal_sock_state(ss);
	rcu_read_unlock();
	return state;
}

__bpf_kfunc_end_defs();

BTF_KFUNCS_START(seal_kfunc_ids)
BTF_ID_FLAGS(func, bpf_seal_state)
BTF_KFUNCS_END(seal_kfunc_ids)

static const struct btf_kfunc_id_set seal_kfunc_set = {
	.owner	= THIS_MODULE,
	.set	= &seal_kfunc_ids,
};

/* Where the module was built without types there is nothing to register. */
static bool __init seal_kfunc_has_types(void)
{
#ifdef CONFIG_DEBUG_INFO_BTF_MODULES
	return THIS_MODULE->btf_data_size;
#else
	return false;
#endif
}

/**
 * seal_kfunc_init() - offer the function to programs
 *
 * Whether the module loads does not depend on it.
 *
 * Context: process.
 */
void __init seal_kfunc_init(void)
{
	static const enum bpf_prog_type types[] = {
		BPF_PROG_TYPE_CGROUP_SKB,
		BPF_PROG_TYPE_SCHED_CLS,
		BPF_PROG_TYPE_TRACING,
	};
	unsigned int i;
	int err = 0;

	if (!seal_kfunc_has_types()) {
		pr_info("seal: no BTF: bpf_seal_state() is not there\n");
		return;
	}
	for (i = 0; !err && i < ARRAY_SIZE(types); i++)
		err = register_btf_kfunc_id_set(types[i], &seal_kfunc_set);
	if (err)
		pr_info("seal: bpf_seal_state() is not there (%d)\n", err);
}
