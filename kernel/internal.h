/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * seal: what the files of the module know of each other.
 *
 * Lock order: seal_sock.mutex, tls tx_lock, lock_sock, seal_sock.lock,
 * seal_net.lock. A close takes the second and third by a try, in the other order. Data
 * calls of an attested socket take none of ours. What is taken beside these is in
 * Documentation/networking/seal.rst.
 */
#ifndef SEAL_INTERNAL_H
#define SEAL_INTERNAL_H

#include <linux/hrtimer.h>
#include <linux/in6.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/uidgid.h>
#include <linux/workqueue.h>
#include <net/tls.h>

#include <uapi/linux/seal.h>

#include "compat.h"

struct genl_info;
struct nlattr;
struct seal_req;

#define SEAL_STATES	(SEAL_STATE_REJECTED + 1)

/* What happens to a socket. state.c knows what comes of it. */
enum seal_event {
	SEAL_EV_HOLD,		/* nothing may pass until it is attested */
	SEAL_EV_ATTACH,		/* the agent brings keys and verdict */
	SEAL_EV_EXPIRE,		/* the deadline passes */
	SEAL_EV_REVOKE,		/* the agent or the owner takes it back */
	SEAL_EV_FAIL,		/* the handshake or the attach fails */
	SEAL_EV_TIMEOUT,	/* nobody attested it in time */
	SEAL_EVENTS
};

enum seal_state seal_state_next(enum seal_state state, enum seal_event event);
int seal_state_errno(enum seal_state state, enum seal_consumer consumer);
const char *seal_state_name(enum seal_state state);

static inline bool seal_state_closed(enum seal_state state)
{
	return state != SEAL_STATE_NONE && state != SEAL_STATE_PENDING &&
	       state != SEAL_STATE_ATTESTED;
}

/**
 * struct seal_group - tables for the sockets that have the same proto_ops
 * @node: in the list of all groups
 * @base: copy of the operations that were there before ours
 * @ops: ours, by state; the one of SEAL_STATE_NONE is never installed
 *
 * Never changed once in the list and never freed before the module goes.
 */
struct seal_group {
	struct list_head node;
	struct proto_ops base;
	struct proto_ops ops[SEAL_STATES];
};

struct seal_group *seal_group_get(const struct proto_ops *base);
bool seal_group_whole(const struct seal_group *group, const struct sock *sk);
void seal_groups_free(void);

/* What the agent found out, kept as long as the socket. */
struct seal_verdict {
	u8 connection_id[SEAL_CONNECTION_ID_LEN];
	u8 ak_name_len;
	u8 pcr_digest_len;
	bool authenticated;
	u8 ak_name[SEAL_AK_NAME_MAX];
	u8 pcr_digest[SEAL_PCR_DIGEST_MAX];
	const char *peer;	/* these three point into text */
	const char *policy;
	const char *claims;
	char text[];
};

union seal_addr {
	struct sockaddr sa;
	struct sockaddr_in6 in6;
};

/* What is read of a socket by way of its sock: the inode no further than that. */
#define SEAL_STAND_IN_SIZE						\
	MAX(offsetofend(struct socket_alloc, vfs_inode.i_ino),		\
	    MAX(offsetofend(struct socket_alloc, vfs_inode.i_uid),	\
		offsetofend(struct socket_alloc, vfs_inode.i_gid)))

/**
 * struct seal_stand_in - the head of a struct socket_alloc
 * @bytes: struct socket, and the inode's owner and number
 */
struct seal_stand_in {
	u8 bytes[SEAL_STAND_IN_SIZE] __aligned(__alignof__(struct socket_alloc));
};

/**
 * struct seal_sock - a socket of ours
 * @node: in the hash, by @sk
 * @sk: the key; valid while @sock is not NULL or the file is held
 * @net: where it lives; for comparing only, unless the caller holds it
 * @id: in the table of ids
 * @ref: the socket's own, and one per finder that holds no file
 * @lock: guards @sock, @state, @deadline, @limit, @result, @reason
 * @sock: where the table hangs; NULL once the last descriptor is gone
 * @group: tables of this socket
 * @state: enum seal_state; written after the table
 * @result: of the handshake that was asked for, as a negative errno
 * @result_taken: it was told once
 * @queued: asked for, and no process named yet; under the lock of the namespace
 * @limited: asked by somebody whom a rule lets ask; as @queued
 * @was_asked: a request was made, the only one there can be; as @queued
 * @required: the owner wants nothing to pass until it is attested
 * @waking: closed, and its callers were not all woken yet
 * @told: listeners and audit know of the close
 * @evicted: no caller from before the close is inside any more
 * @consumer: who gets the errors
 * @uid: who asked, or has required it until then; changes with @was_asked
 * @asked: in the list of requests of the namespace, until it is decided
 * @peername: what was asked for; net/handshake looks at it as long as the socket is there
 * @agent: who attached it, or 0
 * @worker: tgid that may pass the gate while pending
 * @verdict: set before the state becomes attested
 * @deadline: CLOCK_BOOTTIME ns; while pending: of a requirement
 * @limit: the owner wants no deadline after this
 * @timer: fires at @deadline
 * @work: second phase of a close
 * @evict_delay: how long @work was away last, in jiffies
 * @stand_in: what the sock takes for its socket while keys come in (keys.c)
 * @mutex: one hold, attach or second phase at a time
 * @wq: data calls and requests that wait for the handshake
 * @cookie: SO_COOKIE
 * @local: our address
 * @remote: address of the peer
 * @reason: why it was closed
 * @rcu: for kfree_rcu
 */
struct seal_sock {
	struct rhash_head node;
	struct sock *sk;
	struct net *net;
	u64 id;
	refcount_t ref;
	spinlock_t lock;		/* for the members named above */
	struct socket *sock;
	struct seal_group *group;
	u8 state;
	u8 consumer;
	bool result_taken;
	bool queued;
	bool limited;
	bool was_asked;
	bool required;
	bool waking;
	bool told;
	bool evicted;
	int result;
	kuid_t uid;
	struct list_head asked;
	const char *peername;
	u64 agent;
	struct pid *worker;
	struct seal_verdict *verdict;
	u64 deadline;
	u64 limit;
	struct hrtimer timer;
	struct delayed_work work;
	unsigned int evict_delay;
	struct seal_stand_in stand_in;
	struct mutex mutex;		/* hold, attach and second phase */
	wait_queue_head_t wq;
	u64 cookie;
	union seal_addr local;
	union seal_addr remote;
	char reason[SEAL_REASON_MAX];
	struct rcu_head rcu;
};

static inline enum seal_state seal_sock_state(const struct seal_sock *ss)
{
	/* Pairs with seal_sock_set_state(): the table is at least as new. */
	return smp_load_acquire(&ss->state);
}

/* Claimed and not published, a socket may be as it was again. */
static inline bool seal_sock_is_ours(const struct seal_sock *ss)
{
	return seal_sock_state(ss) != SEAL_STATE_NONE;
}

static inline const struct seal_verdict *seal_sock_verdict(const struct seal_sock *ss)
{
	/* Pairs with seal_attach_open(): it is complete. */
	return smp_load_acquire(&ss->verdict);
}

static inline int seal_sock_errno(const struct seal_sock *ss)
{
	return seal_state_errno(seal_sock_state(ss), ss->consumer);
}

static inline u64 seal_cookie(const struct sock *sk)
{
	return atomic64_read(&sk->sk_cookie);
}

/**
 * struct seal_attach - the attach command, checked for form only
 * @deadline: CLOCK_BOOTTIME ns
 * @agent: who sends it, from seal_agent_id()
 * @revokes: seal_revokes() when it came, or when the agent claimed the socket
 * @verdict: goes to the socket on success, else the caller frees it
 * @tx: struct tls12_crypto_info_* for sending
 * @rx: the same for receiving
 * @tx_len: bytes at @tx
 * @rx_len: bytes at @rx
 */
struct seal_attach {
	u64 deadline;
	u64 agent;
	unsigned int revokes;
	struct seal_verdict *verdict;
	void *tx;
	void *rx;
	unsigned int tx_len;
	unsigned int rx_len;
};

/* memory.c */
int seal_memory_init(void);
void seal_memory_exit(void);
void *seal_alloc(const struct sock *sk, size_t size);
struct seal_sock *seal_sock_alloc(const struct sock *sk);
void seal_sock_free(struct seal_sock *ss);

/* grace.c */
int seal_grace_init(void);
void seal_grace_exit(void);
int seal_sock_wait(struct seal_sock *ss, unsigned int held);

/* sock.c */
int seal_socks_init(void);
void seal_socks_exit(void);
struct seal_sock *seal_sock_find(struct sock *sk);
struct seal_sock *seal_sock_get(struct sock *sk);
struct seal_sock *seal_sock_get_id(u64 id);
struct seal_sock *seal_sock_next(unsigned long *id);
void seal_sock_put(struct seal_sock *ss);
void seal_sock_set_state(struct seal_sock *ss, enum seal_state state);
struct seal_sock *seal_sock_create(struct socket *sock, enum seal_consumer consumer);
struct seal_group *seal_sock_prepare(struct socket *sock);
int seal_sock_lock(struct seal_sock *ss);
void seal_sock_unlock(struct seal_sock *ss);
int seal_sock_hold(struct seal_sock *ss, struct seal_group *group, unsigned int held);
void seal_sock_abandon(struct seal_sock *ss);
int seal_sock_check(struct socket *sock, struct netlink_ext_ack *extack);
struct socket *seal_sock_fresh(struct sock *sk);
int seal_sock_ulp(struct socket *sock);
bool seal_sock_publish(struct seal_sock *ss, enum seal_event event,
		       struct seal_group *group);
int seal_sock_release(struct socket *sock);
struct tls_sw_context_rx *seal_sock_rx(const struct sock *sk);

/* attach.c */

int seal_sock_attach(struct socket *sock, struct seal_attach *args, u64 *id,
		     struct netlink_ext_ack *extack);

/* keys.c */

/**
 * struct seal_keys - keys on their way to kTLS
 * @ss: whose
 * @sock: its socket
 * @stand_in: what kTLS takes for @sock meanwhile, and writes its table to
 * @ops: the table of the stand-in before and after
 * @args: they and what came with them
 * @seq: what had been read before
 * @write_seq: and written
 */
struct seal_keys {
	struct seal_sock *ss;
	struct socket *sock;
	struct socket *stand_in;
	const struct proto_ops *ops;
	const struct seal_attach *args;
	u32 seq;
	u32 write_seq;
};

int seal_keys_init(void);
bool seal_sock_inside(struct sock *sk);
bool seal_sock_strange(const struct sock *sk);
void seal_keys_forbid(struct sock *sk);
void seal_keys_allow(struct sock *sk);
int seal_sock_idle(struct sock *sk);
int seal_key_set(struct socket *sock, int direction, const void *key,
		 unsigned int len);
int seal_keys_install(struct seal_keys *keys, struct seal_sock *ss,
		      struct socket *sock, const struct seal_attach *args,
		      struct netlink_ext_ack *extack);
int seal_keys_end(struct seal_keys *keys, struct netlink_ext_ack *extack);
void seal_stand_in_forget(struct seal_sock *ss);

/* prot.c */
int seal_prot_take(struct sock *sk);
bool seal_is_ktls(const struct sock *sk, const void *function, const void *tcp);
void seal_prots_free(void);

/* revoke.c */
extern struct workqueue_struct *seal_wq;

/* How long a revoke waits before it answers that some are still draining. */
#define SEAL_EVICT_TIMEOUT	(5 * HZ)

/**
 * struct seal_selector - which sockets; members that are NULL or 0 match all
 * @net: of this network namespace, or of any
 * @id: with this id
 * @agent: attached by this agent
 * @peer: with this identity
 * @policy: accepted by this policy
 * @ak_name: with this attestation key
 * @ak_name_len: bytes at @ak_name
 */
struct seal_selector {
	const struct net *net;
	u64 id;
	u64 agent;
	const char *peer;
	const char *policy;
	const void *ak_name;
	unsigned int ak_name_len;
};

bool seal_close(struct seal_sock *ss, enum seal_event event, int result,
		const char *reason);
void seal_abort_locked(struct sock *sk, int error);
void seal_evict_work(struct work_struct *work);
bool seal_evict_wait(struct seal_sock *ss, unsigned long *timeout);
void seal_evict_done(struct seal_sock *ss);
unsigned int seal_revokes(const struct net *net);
u32 seal_revoke_first(const struct seal_selector *sel, const char *reason);
void seal_tell(struct seal_sock *ss);
void seal_woken(struct seal_sock *ss);
void seal_revoke(const struct seal_selector *sel, const char *reason,
		 u32 *count, u32 *draining);

/* drain.c */
bool seal_module_drains(void);

/* deadline.c */
enum hrtimer_restart seal_deadline(struct hrtimer *timer);
u64 seal_deadline_in(u64 deadline);
u64 seal_deadline_out(u64 deadline);
void seal_deadline_set(struct seal_sock *ss, u64 deadline);
void seal_deadline_start(struct seal_sock *ss);
int seal_tighten(struct seal_sock *ss, u64 deadline);
int seal_extend(struct seal_sock *ss, u64 *deadline);

/* request.c */
int seal_request(struct sock *sk, const struct seal_request *arg);
int seal_claim(struct seal_sock *ss, struct pid *tgid);

/* require.c */
int seal_require(struct sock *sk, u32 timeout_ms);

/* sockopt.c */
int seal_sockopt_set(struct sock *sk, int optname, sockptr_t arg, unsigned int len);
int seal_sockopt_get_user(struct sock *sk, int optname, char __user *optval,
			  int __user *optlen);
int seal_sockopt_init(void);
void seal_sockopt_exit(void);

/* net.c */
enum seal_counter {
	SEAL_N_ATTACHED,
	SEAL_N_CURR_ATTESTED,
	SEAL_N_CURR_PENDING,
	SEAL_N_CURR_QUEUED,
	SEAL_N_REQUESTED,
	SEAL_N_EXTENDED,
	SEAL_N_EXPIRED,
	SEAL_N_REVOKED,
	SEAL_N_REJECTED,
	SEAL_N_ATTACH_FAILED,
	SEAL_N_REQUEST_REFUSED,
	SEAL_N_CLAIMED,
	SEAL_N_DRAINED,
	SEAL_N_NOTIFY_LOST,
	SEAL_COUNTERS
};

/**
 * struct seal_rule - who may ask; every condition must hold
 * @uid_min: first effective uid
 * @uid_max: last
 * @gid: a group, if @has_gid
 * @role: enum seal_role, or 0
 * @cgroup: id of a cgroup at or above the caller's, or 0
 * @address: of the peer, if @has_address; IPv4 as mapped
 * @prefix_len: bits of @address
 * @port_min: first port of the server
 * @port_max: last
 * @max_pending: requests of one user that may be pending
 * @has_gid: @gid counts
 * @has_address: @address counts
 * @v4: it is one of IPv4
 */
struct seal_rule {
	u32 uid_min;
	u32 uid_max;
	u32 gid;
	u32 role;
	u64 cgroup;
	struct in6_addr address;
	u32 prefix_len;
	u16 port_min;
	u16 port_max;
	u32 max_pending;
	bool has_gid;
	bool has_address;
	bool v4;
};

/* Replaced as a whole; the first that matches decides. */
struct seal_rules {
	struct rcu_head rcu;
	u32 count;
	struct seal_rule rule[] __counted_by(count);
};

/**
 * struct seal_net - of each network namespace
 * @counters: /proc/net/seal_stat
 * @lock: guards the others; innermost
 * @rules: who may ask, NULL: nobody
 * @rules_seq: how often they were replaced
 * @asked: sockets whose request is not decided
 * @revokes: how many began that may mean a socket of which nothing is known yet
 * @agents: netlink sockets that said what their death means
 */
struct seal_net {
	atomic64_t counters[SEAL_COUNTERS];
	spinlock_t lock;		/* for all below */
	struct seal_rules __rcu *rules;
	u32 rules_seq;
	struct list_head asked;
	struct list_head agents;
	atomic_t revokes;
};

struct seal_net *seal_net_of(const struct net *net);
int seal_net_init(void);
void seal_net_exit(void);
void seal_count(const struct sock *sk, enum seal_counter counter);
void seal_count_state(const struct sock *sk, enum seal_state from,
		      enum seal_state to);

/* rules.c */
void seal_rules_init(void);
int seal_may_ask(const struct sock *sk, u32 role, u32 *max);
int seal_ask_begin(struct seal_sock *ss, u32 max);
void seal_ask_taken(struct seal_sock *ss);
void seal_ask_end(struct seal_sock *ss);
void seal_rules_replace(struct seal_net *sn, struct seal_rules *rules);

/* agent.c */
int seal_agents_init(void);
void seal_agents_exit(void);
void seal_agents_free(struct seal_net *sn);
u64 seal_agent_id(const struct net *net, u32 portid);

/* netlink.c */
int seal_netlink_init(void);
void seal_netlink_exit(void);
void seal_notify(struct seal_sock *ss, gfp_t gfp);
bool seal_nl_wants(struct genl_info *info, int type);
struct socket *seal_nl_socket(struct genl_info *info);
int seal_nl_put_u64(struct sk_buff *skb, int type, u64 value);
struct sk_buff *seal_nl_reply(struct genl_info *info, void **hdr);
int seal_nl_finish(struct sk_buff *skb, void *hdr, struct net *net, u32 portid);
int seal_nl_send(struct sk_buff *skb, void *hdr, struct genl_info *info, int err);

/* attach_netlink.c */
void seal_nl_wipe(const struct nlmsghdr *nlh);
void seal_nl_attach_exit(void);

/* audit.c */
void seal_audit(struct seal_sock *ss, enum seal_state state);
void seal_audit_refusal(const char *what, const struct sock *sk, int err, gfp_t gfp);

/* kfunc.c */
int bpf_seal_state(struct sock *sk);
void seal_kfunc_init(void);

/* selftest.c */
int seal_selftest(void);

/* test_attach.c, part of no module that anybody should run */
#ifdef SEAL_TEST_ATTACH
#define SEAL_TEST_BUILD		true
int seal_testattach_init(void);
void seal_testattach_exit(void);
#else
#define SEAL_TEST_BUILD		false
static inline int seal_testattach_init(void)
{
	return 0;
}

static inline void seal_testattach_exit(void)
{
}
#endif

#endif /* SEAL_INTERNAL_H */
