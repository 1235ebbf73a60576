// SPDX-License-Identifier: GPL-2.0-only
/*
 * The agent's side: commands and notifications of the generic netlink family.
 * Form is checked here and by the generated policies, meaning elsewhere.
 */

#include <linux/file.h>
#include <linux/pid.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "internal.h"
#include "netlink_gen.h"
#include "trace.h"

/* The generator leaves out that listeners need CAP_NET_ADMIN. */
static const struct genl_multicast_group seal_groups[] = {
	[SEAL_NLGRP_STATUS] = {
		.name	= "status",
		.flags	= GENL_MCAST_CAP_NET_ADMIN,
	},
};

/**
 * seal_nl_pre_doit() - refuse messages that say one thing twice
 * @ops: of the command
 * @skb: the message
 * @info: its attributes
 *
 * The policies check types, lengths and ranges; of two attributes of a kind
 * the parser would silently take the last.
 *
 * Context: process.
 * Return: 0 or -EINVAL.
 */
int seal_nl_pre_doit(const struct genl_split_ops *ops, struct sk_buff *skb,
		     struct genl_info *info)
{
	DECLARE_BITMAP(seen, SEAL_A_SOCKET_MAX + 1) = {};
	const struct nlattr *attr;
	int rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		/* The first no policy lets pass, and there is no bit for it. */
		if (nla_type(attr) > SEAL_A_SOCKET_MAX ||
		    __test_and_set_bit(nla_type(attr), seen)) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr,
					    "the attribute was given twice");
			seal_nl_wipe(info->nlhdr);
			return -EINVAL;
		}
	}
	return 0;
}

/**
 * seal_nl_wants() - is an attribute there?
 * @info: of the command
 * @type: of the attribute; the sender is told if it is not
 *
 * Context: any.
 * Return: true if it is.
 */
bool seal_nl_wants(struct genl_info *info, int type)
{
	return !GENL_REQ_ATTR_CHECK(info, type);
}

/**
 * seal_nl_socket() - the socket behind SOCKFD
 * @info: of the command
 *
 * Context: process.
 * Return: with a reference on its file, or a negative errno.
 */
struct socket *seal_nl_socket(struct genl_info *info)
{
	struct socket *sock;
	int err;

	if (!seal_nl_wants(info, SEAL_A_SOCKET_SOCKFD))
		return ERR_PTR(-EINVAL);
	sock = sockfd_lookup(nla_get_s32(info->attrs[SEAL_A_SOCKET_SOCKFD]), &err);
	if (!sock) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[SEAL_A_SOCKET_SOCKFD],
				    "no such socket");
		return ERR_PTR(err);
	}
	if (!net_eq(sock_net(sock->sk), genl_info_net(info))) {
		NL_SET_ERR_MSG(info->extack,
			       "the socket lives in another network namespace");
		sockfd_put(sock);
		return ERR_PTR(-EXDEV);
	}
	return sock;
}

/**
 * seal_nl_put_u64() - a number in an answer
 * @skb: the answer
 * @type: of the attribute
 * @value: the number
 *
 * Context: any.
 * Return: 0 or -EMSGSIZE.
 */
int seal_nl_put_u64(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, SEAL_A_SOCKET_PAD);
}

static int seal_nl_put_verdict(struct sk_buff *skb, const struct seal_verdict *v)
{
	if (nla_put_string(skb, SEAL_A_SOCKET_PEER, v->peer) ||
	    nla_put_string(skb, SEAL_A_SOCKET_POLICY, v->policy) ||
	    nla_put(skb, SEAL_A_SOCKET_AK_NAME, v->ak_name_len, v->ak_name) ||
	    nla_put(skb, SEAL_A_SOCKET_CONNECTION_ID, sizeof(v->connection_id),
		    v->connection_id) ||
	    nla_put(skb, SEAL_A_SOCKET_PCR_DIGEST, v->pcr_digest_len, v->pcr_digest) ||
	    nla_put_string(skb, SEAL_A_SOCKET_CLAIMS, v->claims) ||
	    nla_put_u32(skb, SEAL_A_SOCKET_AUTHENTICATED, v->authenticated))
		return -EMSGSIZE;
	return 0;
}

static int seal_nl_put_addr(struct sk_buff *skb, int type, const union seal_addr *addr)
{
	char text[64];

	snprintf(text, sizeof(text), "%pISpc", &addr->sa);
	return nla_put_string(skb, type, text);
}

static int seal_nl_put_claim(struct sk_buff *skb, struct seal_sock *ss,
			     enum seal_state state)
{
	if (seal_nl_put_u64(skb, SEAL_A_SOCKET_ID, ss->id) ||
	    nla_put_u32(skb, SEAL_A_SOCKET_STATE, state) ||
	    nla_put_u32(skb, SEAL_A_SOCKET_CONSUMER, ss->consumer) ||
	    nla_put_u32(skb, SEAL_A_SOCKET_UID,
			from_kuid(&init_user_ns, READ_ONCE(ss->uid))))
		return -EMSGSIZE;
	return 0;
}

/* Only who asks has a clock of his own: those who listen are told by the machine's. */
static int seal_nl_put_status(struct sk_buff *skb, struct seal_sock *ss, bool asked)
{
	const struct seal_verdict *verdict;
	union seal_addr local, remote;
	char reason[SEAL_REASON_MAX];
	enum seal_state state;
	u64 deadline;

	spin_lock_bh(&ss->lock);
	state = ss->state;
	local = ss->local;
	remote = ss->remote;
	deadline = ss->deadline;
	strscpy(reason, ss->reason, sizeof(reason));
	spin_unlock_bh(&ss->lock);
	/* It is there before the state says so, and an attach that fails after all has none. */
	verdict = state == SEAL_STATE_PENDING ? NULL : seal_sock_verdict(ss);
	if (asked)
		deadline = seal_deadline_out(deadline);
	if (seal_nl_put_claim(skb, ss, state) ||
	    seal_nl_put_u64(skb, SEAL_A_SOCKET_DEADLINE, deadline) ||
	    seal_nl_put_u64(skb, SEAL_A_SOCKET_COOKIE, ss->cookie) ||
	    seal_nl_put_addr(skb, SEAL_A_SOCKET_LOCAL, &local) ||
	    seal_nl_put_addr(skb, SEAL_A_SOCKET_REMOTE, &remote) ||
	    nla_put_string(skb, SEAL_A_SOCKET_REASON, reason) ||
	    (verdict && seal_nl_put_verdict(skb, verdict)))
		return -EMSGSIZE;
	return 0;
}

/* A socket that is not ours: say so. */
static int seal_nl_put_foreign(struct sk_buff *skb)
{
	if (nla_put_u32(skb, SEAL_A_SOCKET_STATE, SEAL_STATE_NONE) ||
	    nla_put_u32(skb, SEAL_A_SOCKET_CONSUMER, SEAL_CONSUMER_KERNEL))
		return -EMSGSIZE;
	return 0;
}

/**
 * seal_nl_reply() - begin the answer to a command
 * @info: of the command
 * @hdr: gets what seal_nl_send() needs
 *
 * Context: process.
 * Return: the message, or NULL.
 */
struct sk_buff *seal_nl_reply(struct genl_info *info, void **hdr)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);

	if (!skb)
		return NULL;
	*hdr = genlmsg_put_reply(skb, info, &seal_nl_family, 0, info->genlhdr->cmd);
	if (!*hdr) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

/**
 * seal_nl_finish() - send an answer
 * @skb: from seal_nl_reply()
 * @hdr: from there, too
 * @net: of the agent
 * @portid: of its netlink socket
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int seal_nl_finish(struct sk_buff *skb, void *hdr, struct net *net, u32 portid)
{
	genlmsg_end(skb, hdr);
	return genlmsg_unicast(net, skb, portid);
}

/**
 * seal_nl_send() - send an answer, or drop it
 * @skb: from seal_nl_reply()
 * @hdr: from there, too
 * @info: of the command
 * @err: what came of it; only after 0 there is an answer
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int seal_nl_send(struct sk_buff *skb, void *hdr, struct genl_info *info, int err)
{
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	return seal_nl_finish(skb, hdr, genl_info_net(info), info->snd_portid);
}

/* The process behind PIDFD, as a referenced struct pid of its tgid. */
static struct pid *seal_nl_tgid(struct genl_info *info)
{
	struct pid *pid;
	struct file *file;

	if (!seal_nl_wants(info, SEAL_A_SOCKET_PIDFD))
		return ERR_PTR(-EINVAL);
	file = fget(nla_get_s32(info->attrs[SEAL_A_SOCKET_PIDFD]));
	pid = file ? get_pid(seal_pidfd_pid(file)) : NULL;
	if (file)
		fput(file);
	if (!pid) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[SEAL_A_SOCKET_PIDFD],
				    "not a descriptor of a process");
		return ERR_PTR(-EBADF);
	}
	if (!pid_has_task(pid, PIDTYPE_TGID)) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[SEAL_A_SOCKET_PIDFD],
				    "not a living process");
		put_pid(pid);
		return ERR_PTR(-ESRCH);
	}
	return pid;
}

static int seal_nl_claim(struct seal_sock *ss, struct genl_info *info)
{
	struct pid *tgid = seal_nl_tgid(info);
	int err;

	if (IS_ERR(tgid))
		return PTR_ERR(tgid);
	if (!ss) {
		put_pid(tgid);
		return 0;
	}
	err = seal_claim(ss, tgid);
	if (err) {
		trace_seal_claim_err(ss->sk, ss->cookie, err);
	} else {
		trace_seal_claim(ss);
		seal_count(ss->sk, SEAL_N_CLAIMED);
	}
	if (err == -EBUSY)
		NL_SET_ERR_MSG(info->extack, "another process was named before");
	if (err == -EINVAL)
		NL_SET_ERR_MSG(info->extack, "the socket does not wait for a handshake");
	if (err)
		put_pid(tgid);
	return err;
}

/**
 * seal_nl_claim_doit() - SEAL_CMD_CLAIM
 * @skb: the message
 * @info: SOCKFD, PIDFD
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int seal_nl_claim_doit(struct sk_buff *skb, struct genl_info *info)
{
	/* First: what the agent looks at for its verdict it looks at later. */
	const unsigned int revokes = seal_revokes(genl_info_net(info));
	struct socket *sock = seal_nl_socket(info);
	struct seal_sock *ss;
	struct sk_buff *msg;
	void *hdr;
	int err;

	if (IS_ERR(sock))
		return PTR_ERR(sock);
	ss = seal_sock_get(sock->sk);
	err = -ENOMEM;
	msg = seal_nl_reply(info, &hdr);
	if (!msg)
		goto put;
	err = seal_nl_claim(ss, info);
	if (!err)
		err = ss ? seal_nl_put_claim(msg, ss, seal_sock_state(ss)) :
			   seal_nl_put_foreign(msg);
	if (!err)
		err = nla_put_u32(msg, SEAL_A_SOCKET_REVOKES, revokes);
	err = seal_nl_send(msg, hdr, info, err);
put:
	if (ss)
		seal_sock_put(ss);
	sockfd_put(sock);
	return err;
}

/* What a command does to one socket, which is NULL if it is not ours. */
typedef int (*seal_nl_one)(struct sk_buff *msg, struct seal_sock *ss,
			   struct genl_info *info);

static int seal_nl_by_id(struct sk_buff *msg, struct genl_info *info, seal_nl_one one)
{
	struct seal_sock *ss = seal_sock_get_id(nla_get_u64(info->attrs[SEAL_A_SOCKET_ID]));
	int err = -ENOENT;

	if (ss && seal_sock_is_ours(ss) && net_eq(ss->net, genl_info_net(info)))
		err = one(msg, ss, info);
	else
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[SEAL_A_SOCKET_ID],
				    "no socket has this id");
	if (ss)
		seal_sock_put(ss);
	return err;
}

static int seal_nl_by_fd(struct sk_buff *msg, struct genl_info *info, seal_nl_one one)
{
	struct socket *sock = seal_nl_socket(info);
	struct seal_sock *ss;
	int err;

	if (IS_ERR(sock))
		return PTR_ERR(sock);
	ss = seal_sock_get(sock->sk);
	err = one(msg, ss, info);
	if (ss)
		seal_sock_put(ss);
	sockfd_put(sock);
	return err;
}

static int seal_nl_do_one(struct genl_info *info, seal_nl_one one)
{
	struct sk_buff *msg;
	void *hdr;
	int err;

	if (!info->attrs[SEAL_A_SOCKET_ID] == !info->attrs[SEAL_A_SOCKET_SOCKFD]) {
		NL_SET_ERR_MSG(info->extack, "give either an id or a socket");
		return -EINVAL;
	}
	msg = seal_nl_reply(info, &hdr);
	if (!msg)
		return -ENOMEM;
	if (info->attrs[SEAL_A_SOCKET_ID])
		err = seal_nl_by_id(msg, info, one);
	else
		err = seal_nl_by_fd(msg, info, one);
	return seal_nl_send(msg, hdr, info, err);
}

static int seal_nl_get(struct sk_buff *msg, struct seal_sock *ss, struct genl_info *info)
{
	if (!ss || !seal_sock_is_ours(ss))
		return seal_nl_put_foreign(msg);
	return seal_nl_put_status(msg, ss, true);
}

/**
 * seal_nl_get_doit() - SEAL_CMD_GET of one socket
 * @skb: the message
 * @info: ID or SOCKFD
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int seal_nl_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return seal_nl_do_one(info, seal_nl_get);
}

static int seal_nl_extend(struct sk_buff *msg, struct seal_sock *ss, struct genl_info *info)
{
	u64 deadline = seal_deadline_in(nla_get_u64(info->attrs[SEAL_A_SOCKET_DEADLINE]));
	int err;

	err = ss ? seal_extend(ss, &deadline) : -ENOENT;
	if (err) {
		if (ss)
			trace_seal_extend_err(ss->sk, ss->cookie, err);
		if (err == -ETIME)
			NL_SET_ERR_MSG(info->extack, "the deadline has passed");
		else
			NL_SET_ERR_MSG(info->extack, "the socket is not attested");
		return err;
	}
	trace_seal_extend(ss);
	atomic64_inc(&seal_net_of(ss->net)->counters[SEAL_N_EXTENDED]);
	seal_notify(ss, GFP_KERNEL);
	if (seal_nl_put_u64(msg, SEAL_A_SOCKET_ID, ss->id) ||
	    seal_nl_put_u64(msg, SEAL_A_SOCKET_DEADLINE, seal_deadline_out(deadline)))
		return -EMSGSIZE;
	return 0;
}

/**
 * seal_nl_extend_doit() - SEAL_CMD_EXTEND
 * @skb: the message
 * @info: ID or SOCKFD, DEADLINE
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int seal_nl_extend_doit(struct sk_buff *skb, struct genl_info *info)
{
	if (!seal_nl_wants(info, SEAL_A_SOCKET_DEADLINE))
		return -EINVAL;
	return seal_nl_do_one(info, seal_nl_extend);
}

static int seal_nl_dump_one(struct sk_buff *skb, struct netlink_callback *cb,
			    struct seal_sock *ss)
{
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &seal_nl_family, NLM_F_MULTI, SEAL_CMD_GET);
	if (!hdr)
		return -EMSGSIZE;
	if (seal_nl_put_status(skb, ss, true)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * seal_nl_get_dumpit() - SEAL_CMD_GET of all sockets
 * @skb: to fill
 * @cb: where we are: args[0] is the next id
 *
 * Context: process.
 * Return: bytes in @skb, 0 at the end.
 */
int seal_nl_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	unsigned long id = cb->args[0];
	struct seal_sock *ss;
	int err = 0;

	for (; !err && (ss = seal_sock_next(&id)); id += !err) {
		if (seal_sock_is_ours(ss) && net_eq(ss->net, sock_net(skb->sk)))
			err = seal_nl_dump_one(skb, cb, ss);
		seal_sock_put(ss);
	}
	cb->args[0] = id;
	return skb->len;
}

static int seal_nl_selector(struct genl_info *info, struct seal_selector *sel)
{
	struct nlattr **attrs = info->attrs;

	sel->net = genl_info_net(info);
	if (attrs[SEAL_A_SOCKET_ID])
		sel->id = nla_get_u64(attrs[SEAL_A_SOCKET_ID]);
	if (attrs[SEAL_A_SOCKET_PEER])
		sel->peer = nla_data(attrs[SEAL_A_SOCKET_PEER]);
	if (attrs[SEAL_A_SOCKET_POLICY])
		sel->policy = nla_data(attrs[SEAL_A_SOCKET_POLICY]);
	if (attrs[SEAL_A_SOCKET_AK_NAME]) {
		sel->ak_name = nla_data(attrs[SEAL_A_SOCKET_AK_NAME]);
		sel->ak_name_len = nla_len(attrs[SEAL_A_SOCKET_AK_NAME]);
		/* No key has it; by an empty one all that showed none would be meant. */
		if (!sel->ak_name_len || sel->ak_name_len > SEAL_AK_NAME_MAX) {
			NL_SET_ERR_MSG_ATTR(info->extack, attrs[SEAL_A_SOCKET_AK_NAME],
					    "not the name of a key");
			return -ERANGE;
		}
	}
	if ((!attrs[SEAL_A_SOCKET_ID] || sel->id) &&
	    (sel->id || sel->peer || sel->policy || sel->ak_name ||
	     attrs[SEAL_A_SOCKET_ALL]))
		return 0;
	NL_SET_ERR_MSG(info->extack, "say which sockets to revoke");
	return -EINVAL;
}

/**
 * seal_nl_revoke_doit() - SEAL_CMD_REVOKE
 * @skb: the message
 * @info: at least one of ID, PEER, AK_NAME, POLICY, ALL
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int seal_nl_revoke_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *reason = info->attrs[SEAL_A_SOCKET_REASON];
	struct seal_selector sel = {};
	u32 count, draining;
	struct sk_buff *msg;
	void *hdr;
	int err;

	err = seal_nl_selector(info, &sel);
	if (err)
		return err;
	msg = seal_nl_reply(info, &hdr);
	if (!msg)
		return -ENOMEM;
	seal_revoke(&sel, reason ? nla_data(reason) : "by the agent", &count, &draining);
	if (nla_put_u32(msg, SEAL_A_SOCKET_COUNT, count) ||
	    nla_put_u32(msg, SEAL_A_SOCKET_DRAINING, draining))
		err = -EMSGSIZE;
	return seal_nl_send(msg, hdr, info, err);
}

static struct sk_buff *seal_nl_notification(struct seal_sock *ss, gfp_t gfp)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_GOODSIZE, gfp);
	void *hdr;

	if (!skb)
		return NULL;
	hdr = genlmsg_put(skb, 0, 0, &seal_nl_family, 0, SEAL_CMD_STATUS_NTF);
	if (!hdr || seal_nl_put_status(skb, ss, false)) {
		nlmsg_free(skb);
		return NULL;
	}
	genlmsg_end(skb, hdr);
	return skb;
}

/**
 * seal_notify() - tell listeners the status of a socket
 * @ss: a reference, in a namespace that is alive
 * @gfp: GFP_NOWAIT: rather not, which is counted
 *
 * Context: process.
 */
void seal_notify(struct seal_sock *ss, gfp_t gfp)
{
	struct net *net = ss->net;
	int err = -ENOMEM;
	struct sk_buff *skb;

	if (!genl_has_listeners(&seal_nl_family, net, SEAL_NLGRP_STATUS))
		return;
	skb = seal_nl_notification(ss, gfp);
	if (skb)
		err = genlmsg_multicast_netns(&seal_nl_family, net, skb, 0,
					      SEAL_NLGRP_STATUS, gfp);
	if (err && err != -ESRCH)
		atomic64_inc(&seal_net_of(net)->counters[SEAL_N_NOTIFY_LOST]);
}

/**
 * seal_netlink_init() - offer the family
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int __init seal_netlink_init(void)
{
	seal_nl_family.mcgrps = seal_groups;
	return genl_register_family(&seal_nl_family);
}

/**
 * seal_netlink_exit() - withdraw the family
 *
 * Context: process.
 */
void seal_netlink_exit(void)
{
	genl_unregister_family(&seal_nl_family);
	seal_nl_attach_exit();
}
