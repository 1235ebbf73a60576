// SPDX-License-Identifier: GPL-2.0-only
/*
 * What there is one of in each network namespace: counters, shown in
 * /proc/net/seal_stat, and the end of a namespace.
 */

#include <linux/atomic.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/sock.h>

#include "internal.h"

static unsigned int seal_net_id;

static const char * const seal_counter_names[SEAL_COUNTERS] = {
	[SEAL_N_ATTACHED]	= "SealAttached",
	[SEAL_N_CURR_ATTESTED]	= "SealCurrAttested",
	[SEAL_N_CURR_PENDING]	= "SealCurrPending",
	[SEAL_N_CURR_QUEUED]	= "SealCurrQueued",
	[SEAL_N_REQUESTED]	= "SealRequested",
	[SEAL_N_EXTENDED]	= "SealExtended",
	[SEAL_N_EXPIRED]	= "SealExpired",
	[SEAL_N_REVOKED]	= "SealRevoked",
	[SEAL_N_REJECTED]	= "SealRejected",
	[SEAL_N_ATTACH_FAILED]	= "SealAttachFailed",
	[SEAL_N_REQUEST_REFUSED] = "SealRequestRefused",
	[SEAL_N_CLAIMED]	= "SealClaimed",
	[SEAL_N_DRAINED]	= "SealDrained",
	[SEAL_N_NOTIFY_LOST]	= "SealNotifyLost",
};

/* Counted when a socket comes into the state, and how many are there now. */
static const s8 seal_total[SEAL_STATES] = {
	[SEAL_STATE_NONE]	= -1,
	[SEAL_STATE_PENDING]	= -1,
	[SEAL_STATE_ATTESTED]	= SEAL_N_ATTACHED,
	[SEAL_STATE_EXPIRED]	= SEAL_N_EXPIRED,
	[SEAL_STATE_REVOKED]	= SEAL_N_REVOKED,
	[SEAL_STATE_REJECTED]	= SEAL_N_REJECTED,
};

static const s8 seal_current[SEAL_STATES] = {
	[SEAL_STATE_NONE]	= -1,
	[SEAL_STATE_PENDING]	= SEAL_N_CURR_PENDING,
	[SEAL_STATE_ATTESTED]	= SEAL_N_CURR_ATTESTED,
	[SEAL_STATE_EXPIRED]	= -1,
	[SEAL_STATE_REVOKED]	= -1,
	[SEAL_STATE_REJECTED]	= -1,
};

/**
 * seal_net_of() - ours of a network namespace
 * @net: alive
 *
 * Context: any.
 * Return: as long valid as @net.
 */
struct seal_net *seal_net_of(const struct net *net)
{
	return net_generic(net, seal_net_id);
}

static atomic64_t *seal_counters(const struct sock *sk)
{
	return seal_net_of(sock_net(sk))->counters;
}

/**
 * seal_count() - count an event
 * @sk: socket it happened to
 * @counter: which
 *
 * Context: any.
 */
void seal_count(const struct sock *sk, enum seal_counter counter)
{
	atomic64_inc(&seal_counters(sk)[counter]);
}

/**
 * seal_count_state() - count a change of state
 * @sk: socket that changes
 * @from: old state
 * @to: new state; the same as the old one counts nothing
 *
 * Context: any.
 */
void seal_count_state(const struct sock *sk, enum seal_state from,
		      enum seal_state to)
{
	atomic64_t *counters = seal_counters(sk);

	if (from == to)
		return;
	if (seal_current[from] >= 0)
		atomic64_dec(&counters[seal_current[from]]);
	if (seal_current[to] >= 0)
		atomic64_inc(&counters[seal_current[to]]);
	if (seal_total[to] >= 0)
		atomic64_inc(&counters[seal_total[to]]);
}

static int seal_stat_show(struct seq_file *m, void *v)
{
	struct net *net = seq_file_single_net(m);
	struct seal_net *sn = net_generic(net, seal_net_id);
	unsigned int i;

	for (i = 0; i < SEAL_COUNTERS; i++)
		seq_printf(m, "%-32s\t%lld\n", seal_counter_names[i],
			   atomic64_read(&sn->counters[i]));
	return 0;
}

static int __net_init seal_net_start(struct net *net)
{
	struct seal_net *sn = seal_net_of(net);

	spin_lock_init(&sn->lock);
	INIT_LIST_HEAD(&sn->asked);
	INIT_LIST_HEAD(&sn->agents);
	if (!proc_create_net_single("seal_stat", 0444, net->proc_net,
				    seal_stat_show, NULL))
		return -ENOMEM;
	return 0;
}

/*
 * Sockets of programs hold the namespace; what is left are the kernel's own,
 * whose callers do not sleep in page faults. Only those are waited for.
 */
static void __net_exit seal_net_stop(struct net *net)
{
	struct seal_selector sel = { .net = net };
	u32 count, draining;

	remove_proc_entry("seal_stat", net->proc_net);
	do {
		seal_revoke(&sel, "network namespace ends", &count, &draining);
	} while (draining);
	seal_rules_replace(seal_net_of(net), NULL);
	seal_agents_free(seal_net_of(net));
}

static struct pernet_operations seal_net_ops = {
	.init	= seal_net_start,
	.exit	= seal_net_stop,
	.id	= &seal_net_id,
	.size	= sizeof(struct seal_net),
};

/**
 * seal_net_init() - begin to count in every network namespace
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int __init seal_net_init(void)
{
	seal_rules_init();
	return register_pernet_subsys(&seal_net_ops);
}

/**
 * seal_net_exit() - undo seal_net_init()
 *
 * Context: process.
 */
void seal_net_exit(void)
{
	unregister_pernet_subsys(&seal_net_ops);
}
