// SPDX-License-Identifier: GPL-2.0-only
/*
 * Agents, and what becomes of their sockets when they die. An agent is known by
 * the netlink socket that it attaches through; the kernel closes that with it.
 */

#include <linux/atomic.h>
#include <linux/notifier.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "internal.h"
#include "netlink_gen.h"

/**
 * struct seal_agent - a netlink socket that said what its death means
 * @node: in the list of its network namespace
 * @portid: address of the netlink socket
 * @on_death: enum seal_on_death
 * @id: never used twice; sockets remember it
 */
struct seal_agent {
	struct list_head node;
	u32 portid;
	u32 on_death;
	u64 id;
};

static atomic64_t seal_last_agent;

static struct seal_agent *seal_agent_find(struct seal_net *sn, u32 portid)
{
	struct seal_agent *agent;

	lockdep_assert_held(&sn->lock);
	list_for_each_entry(agent, &sn->agents, node)
		if (agent->portid == portid)
			return agent;
	return NULL;
}

/**
 * seal_agent_id() - who attaches
 * @net: network namespace of the netlink socket
 * @portid: its address
 *
 * Context: any.
 * Return: 0 if it never said what its death means.
 */
u64 seal_agent_id(const struct net *net, u32 portid)
{
	struct seal_net *sn = seal_net_of(net);
	struct seal_agent *agent;
	u64 id;

	spin_lock_bh(&sn->lock);
	agent = seal_agent_find(sn, portid);
	id = agent ? agent->id : 0;
	spin_unlock_bh(&sn->lock);
	return id;
}

/**
 * seal_nl_register_doit() - SEAL_CMD_REGISTER
 * @skb: the message
 * @info: ON_DEATH
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int seal_nl_register_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct seal_net *sn = seal_net_of(genl_info_net(info));
	struct seal_agent *new, *agent;

	if (GENL_REQ_ATTR_CHECK(info, SEAL_A_AGENT_ON_DEATH))
		return -EINVAL;
	new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);
	if (!new)
		return -ENOMEM;
	new->portid = info->snd_portid;
	new->on_death = nla_get_u32(info->attrs[SEAL_A_AGENT_ON_DEATH]);
	new->id = atomic64_inc_return(&seal_last_agent);
	spin_lock_bh(&sn->lock);
	agent = seal_agent_find(sn, new->portid);
	if (agent)
		agent->on_death = new->on_death;
	else
		list_add(&new->node, &sn->agents);
	spin_unlock_bh(&sn->lock);
	if (agent)
		kfree(new);
	return 0;
}

/* Closed at once; nobody waits for the callers inside to leave. */
static void seal_agent_died(struct net *net, const struct seal_agent *agent)
{
	struct seal_selector sel = { .net = net, .agent = agent->id };

	if (agent->on_death == SEAL_ON_DEATH_CLOSE)
		seal_revoke_first(&sel, "the agent died");
}

static int seal_agent_event(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct netlink_notify *notify = data;
	struct seal_agent *agent;
	struct seal_net *sn;

	if (event != NETLINK_URELEASE || notify->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	sn = seal_net_of(notify->net);
	spin_lock_bh(&sn->lock);
	agent = seal_agent_find(sn, notify->portid);
	if (agent)
		list_del(&agent->node);
	spin_unlock_bh(&sn->lock);
	if (agent)
		seal_agent_died(notify->net, agent);
	kfree(agent);
	return NOTIFY_DONE;
}

static struct notifier_block seal_agent_notifier = {
	.notifier_call = seal_agent_event,
};

/**
 * seal_agents_init() - begin to watch netlink sockets
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int __init seal_agents_init(void)
{
	return netlink_register_notifier(&seal_agent_notifier);
}

/**
 * seal_agents_exit() - undo seal_agents_init()
 *
 * Context: process.
 */
void seal_agents_exit(void)
{
	netlink_unregister_notifier(&seal_agent_notifier);
}

/**
 * seal_agents_free() - forget all of a network namespace
 * @sn: that ends, or whose module goes
 *
 * Context: process.
 */
void seal_agents_free(struct seal_net *sn)
{
	struct seal_agent *agent, *next;

	list_for_each_entry_safe(agent, next, &sn->agents, node)
		kfree(agent);
}
