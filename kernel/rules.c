// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may ask for a handshake, and how often. The agent vouches with the
 * identity of the host, so without rules nobody may but CAP_NET_ADMIN; and
 * whoever may shares the queue of net/handshake with NFS and NVMe.
 */

#include <linux/capability.h>
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "internal.h"

/* How many requests may wait for an agent, in each network namespace. */
static unsigned int seal_queue_max __ro_after_init;

/**
 * seal_rules_init() - see how much may wait here
 *
 * The queue of net/handshake (handshake_net_init()) is shared with NFS and
 * NVMe. Half of it stays free for them, and half of our half for those who
 * have CAP_NET_ADMIN.
 *
 * Context: process.
 */
void __init seal_rules_init(void)
{
	struct sysinfo info;

	si_meminfo(&info);
	seal_queue_max = clamp(info.totalram / (25 * info.mem_unit), 3UL, 50UL) / 2;
}

static unsigned int seal_queue_users(void)
{
	return max(seal_queue_max / 2, 1U);
}

/* What a rule is compared with. */
struct seal_asker {
	u32 uid;
	u32 role;
	u16 port;
	bool v4;
	struct in6_addr peer;
};

/* Until kTLS is on it connect() may change the peer: request.c looks again after that. */
static void seal_asker_fill(struct seal_asker *asker, const struct sock *sk, u32 role)
{
	asker->uid = from_kuid(&init_user_ns, current_euid());
	asker->role = role;
	asker->port = role == SEAL_ROLE_SERVER ? READ_ONCE(sk->sk_num) :
		      ntohs(READ_ONCE(sk->sk_dport));
	if (sk->sk_family == AF_INET)
		ipv6_addr_set_v4mapped(READ_ONCE(sk->sk_daddr), &asker->peer);
#if IS_ENABLED(CONFIG_IPV6)
	else	/* of several words: a mixture is asked again as well */
		asker->peer = data_race(sk->sk_v6_daddr);
#endif
	asker->v4 = ipv6_addr_v4mapped(&asker->peer);
}

static bool seal_rule_gid(const struct seal_rule *rule)
{
	kgid_t gid = make_kgid(&init_user_ns, rule->gid);

	return !rule->has_gid || (gid_valid(gid) && in_egroup_p(gid));
}

static bool seal_rule_cgroup(const struct seal_rule *rule)
{
	bool found = !rule->cgroup;
#ifdef CONFIG_CGROUPS
	struct cgroup *cgrp;

	rcu_read_lock();
	for (cgrp = task_dfl_cgroup(current); cgrp && !found; cgrp = cgroup_parent(cgrp))
		found = cgroup_id(cgrp) == rule->cgroup;
	rcu_read_unlock();
#endif
	return found;
}

static bool seal_rule_peer(const struct seal_rule *rule, const struct seal_asker *asker)
{
	return !rule->has_address ||
	       (rule->v4 == asker->v4 &&
		ipv6_prefix_equal(&rule->address, &asker->peer, rule->prefix_len));
}

static bool seal_rule_matches(const struct seal_rule *rule, const struct seal_asker *asker)
{
	return asker->uid >= rule->uid_min && asker->uid <= rule->uid_max &&
	       (!rule->role || rule->role == asker->role) &&
	       asker->port >= rule->port_min && asker->port <= rule->port_max &&
	       seal_rule_peer(rule, asker) && seal_rule_gid(rule) &&
	       seal_rule_cgroup(rule);
}

/**
 * seal_may_ask() - may the caller ask for a handshake on this socket?
 * @sk: connected, or no rule about peers matches
 * @role: enum seal_role
 * @max: gets how many requests of this user may be pending, 0: no limit
 *
 * Context: process.
 * Return: 0 or -EPERM.
 */
int seal_may_ask(const struct sock *sk, u32 role, u32 *max)
{
	const struct seal_rules *rules;
	struct seal_asker asker = {};
	int err = -EPERM;
	u32 i;

	*max = 0;
	/* Whom a rule lets ask needs no privilege, and no record that he has none. */
	if (ns_capable_noaudit(&init_user_ns, CAP_NET_ADMIN))
		return 0;
	seal_asker_fill(&asker, sk, role);
	rcu_read_lock();
	rules = rcu_dereference(seal_net_of(sock_net(sk))->rules);
	for (i = 0; rules && err && i < rules->count; i++) {
		if (!seal_rule_matches(&rules->rule[i], &asker))
			continue;
		*max = rules->rule[i].max_pending;
		err = 0;
	}
	rcu_read_unlock();
	return err;
}

static int seal_ask_fits(const struct seal_net *sn, kuid_t uid, u32 max)
{
	unsigned int queued = 0, users = 0, own = 0;
	const struct seal_sock *other;

	list_for_each_entry(other, &sn->asked, asked) {
		queued += other->queued;
		users += other->queued && other->limited;
		own += uid_eq(other->uid, uid);
	}
	if (queued >= seal_queue_max)
		return -EAGAIN;
	if (!max)
		return 0;
	if (own >= max)
		return -EDQUOT;
	return users >= seal_queue_users() ? -EAGAIN : 0;
}

/**
 * seal_ask_begin() - a place in the queue for a request of the caller's
 * @ss: pending, or not published yet
 * @max: from seal_may_ask()
 *
 * Context: process.
 * Return: 0, -EALREADY if there was one, -EDQUOT if the user has as many
 * as the rule allows, -EAGAIN if too many wait.
 */
int seal_ask_begin(struct seal_sock *ss, u32 max)
{
	struct seal_net *sn = seal_net_of(ss->net);
	kuid_t uid = current_euid();
	int err = -EALREADY;

	spin_lock_bh(&sn->lock);
	if (!ss->was_asked)
		err = seal_ask_fits(sn, uid, max);
	if (!err) {
		/* Not who required it before: for whom the agent vouches, he pays. */
		WRITE_ONCE(ss->uid, uid);
		list_add_tail(&ss->asked, &sn->asked);
		ss->queued = true;
		WRITE_ONCE(ss->was_asked, true);
		ss->limited = max;
		atomic64_inc(&sn->counters[SEAL_N_CURR_QUEUED]);
	}
	spin_unlock_bh(&sn->lock);
	return err;
}

static void seal_ask_unqueue(struct seal_net *sn, struct seal_sock *ss)
{
	if (ss->queued)
		atomic64_dec(&sn->counters[SEAL_N_CURR_QUEUED]);
	ss->queued = false;
}

/**
 * seal_ask_taken() - the request does not wait for an agent any more
 * @ss: any
 *
 * Context: any.
 */
void seal_ask_taken(struct seal_sock *ss)
{
	struct seal_net *sn = seal_net_of(ss->net);

	spin_lock_bh(&sn->lock);
	seal_ask_unqueue(sn, ss);
	spin_unlock_bh(&sn->lock);
}

/**
 * seal_ask_end() - the request is decided, or was not made after all
 * @ss: any
 *
 * Context: any.
 */
void seal_ask_end(struct seal_sock *ss)
{
	struct seal_net *sn = seal_net_of(ss->net);

	spin_lock_bh(&sn->lock);
	seal_ask_unqueue(sn, ss);
	list_del_init(&ss->asked);
	spin_unlock_bh(&sn->lock);
}

/**
 * seal_rules_replace() - these and no others
 * @sn: whose
 * @rules: the new ones, or NULL: nobody
 *
 * Context: process.
 */
void seal_rules_replace(struct seal_net *sn, struct seal_rules *rules)
{
	struct seal_rules *old;

	spin_lock_bh(&sn->lock);
	old = rcu_replace_pointer(sn->rules, rules, lockdep_is_held(&sn->lock));
	sn->rules_seq++;
	spin_unlock_bh(&sn->lock);
	kvfree_rcu_mightsleep(old);
}
