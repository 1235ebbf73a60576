// SPDX-License-Identifier: GPL-2.0-only
/*
 * The attach command of attach.c as netlink attributes: keys and verdict.
 *
 * An attach waits for the lock of the socket, which a caller may keep as long as it
 * likes, asleep in a page fault. Generic netlink calls us with a lock of its own, behind
 * which all of it comes to stand. So the message is only read there; the rest is done, and
 * answered, when the agent is on its way out of the system call that sent it.
 */

#include <linux/file.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include <linux/timekeeping.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "internal.h"
#include "netlink_gen.h"
#include "trace.h"

/**
 * struct seal_nl_attach - an attach whose message was read
 * @work: the rest, once generic netlink is done with it
 * @in: the message; @nlh and the keys of @args point into it
 * @nlh: where it begins
 * @agent: file of the netlink socket that sent it, on which @in has no reference. It also
 *	keeps that socket from being released before what it attaches can be found by
 *	seal_agent_died()
 * @sock: to attach, with a reference on its file
 * @args: the command
 * @answer: to send if it succeeds
 * @hdr: for seal_nl_finish()
 * @extack: gets the reason
 */
struct seal_nl_attach {
	struct callback_head work;
	struct sk_buff *in;
	struct nlmsghdr *nlh;
	struct file *agent;
	struct socket *sock;
	struct seal_attach args;
	struct sk_buff *answer;
	void *hdr;
	struct netlink_ext_ack extack;
};

/**
 * seal_nl_wipe() - no key stays in the message
 * @nlh: a command that was done or refused
 *
 * It is a copy that nobody needs any more, and goes back to the sender with a refusal.
 *
 * Context: any.
 */
void seal_nl_wipe(const struct nlmsghdr *nlh)
{
	struct nlattr *attr;
	int rem;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem)
		if (nla_type(attr) == SEAL_A_SOCKET_TX_INFO ||
		    nla_type(attr) == SEAL_A_SOCKET_RX_INFO)
			memzero_explicit(nla_data(attr), nla_len(attr));
}

static size_t seal_nl_copy_text(const char **to, char *text, const struct nlattr *attr)
{
	*to = text;
	if (attr)
		strscpy(text, nla_data(attr), nla_len(attr) + 1);
	return strlen(text) + 1;
}

static int seal_nl_text_len(const struct nlattr *attr)
{
	return attr ? nla_len(attr) + 1 : 1;
}

static int seal_nl_copy_bytes(u8 *to, u8 *len, unsigned int max,
			      const struct nlattr *attr, struct genl_info *info)
{
	if (!attr)
		return 0;
	if (nla_len(attr) > max) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "the attribute is too long");
		return -ERANGE;
	}
	*len = nla_len(attr);
	memcpy(to, nla_data(attr), *len);
	return 0;
}

static struct seal_verdict *seal_nl_verdict(const struct sock *sk, struct genl_info *info)
{
	struct nlattr *peer = info->attrs[SEAL_A_SOCKET_PEER];
	struct nlattr *policy = info->attrs[SEAL_A_SOCKET_POLICY];
	struct nlattr *claims = info->attrs[SEAL_A_SOCKET_CLAIMS];
	struct seal_verdict *v;
	char *text;
	int err;

	v = seal_alloc(sk, struct_size(v, text, seal_nl_text_len(peer) +
				       seal_nl_text_len(policy) +
				       seal_nl_text_len(claims)));
	if (!v)
		return ERR_PTR(-ENOMEM);
	text = v->text;
	text += seal_nl_copy_text(&v->peer, text, peer);
	text += seal_nl_copy_text(&v->policy, text, policy);
	seal_nl_copy_text(&v->claims, text, claims);
	memcpy(v->connection_id, nla_data(info->attrs[SEAL_A_SOCKET_CONNECTION_ID]),
	       sizeof(v->connection_id));
	if (info->attrs[SEAL_A_SOCKET_AUTHENTICATED])
		v->authenticated = nla_get_u32(info->attrs[SEAL_A_SOCKET_AUTHENTICATED]);
	err = seal_nl_copy_bytes(v->ak_name, &v->ak_name_len, sizeof(v->ak_name),
				 info->attrs[SEAL_A_SOCKET_AK_NAME], info);
	if (!err)
		err = seal_nl_copy_bytes(v->pcr_digest, &v->pcr_digest_len,
					 sizeof(v->pcr_digest),
					 info->attrs[SEAL_A_SOCKET_PCR_DIGEST], info);
	if (err) {
		kfree(v);
		return ERR_PTR(err);
	}
	return v;
}

/* A key as setsockopt(SOL_TLS) takes it; kTLS checks the rest. */
static int seal_nl_key(struct genl_info *info, int type, void **key, unsigned int *len)
{
	const struct tls_crypto_info *crypto;
	struct nlattr *attr = info->attrs[type];

	crypto = nla_data(attr);
	if (nla_len(attr) < sizeof(*crypto) ||
	    nla_len(attr) > sizeof(union tls_crypto_context)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "the key has a wrong length");
		return -EINVAL;
	}
	if (crypto->version != TLS_1_3_VERSION) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "the key is not for TLS 1.3");
		return -EINVAL;
	}
	*key = nla_data(attr);
	*len = nla_len(attr);
	return 0;
}

/* With whose death the socket closes, if it said so: of the sender, or of whom he is a part. */
static int seal_nl_attach_agent(struct genl_info *info, u64 *agent)
{
	const struct nlattr *attr = info->attrs[SEAL_A_SOCKET_AGENT];

	*agent = seal_agent_id(genl_info_net(info),
			       attr ? nla_get_u32(attr) : info->snd_portid);
	if (*agent || !attr)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, attr, "no agent is registered by that number");
	return -ESRCH;
}

static int seal_nl_attach_parse(const struct sock *sk, struct genl_info *info,
				struct seal_attach *args)
{
	static const int wanted[] = {
		SEAL_A_SOCKET_DEADLINE, SEAL_A_SOCKET_PEER, SEAL_A_SOCKET_POLICY,
		SEAL_A_SOCKET_CONNECTION_ID, SEAL_A_SOCKET_TX_INFO,
		SEAL_A_SOCKET_RX_INFO,
	};
	const struct nlattr *revokes = info->attrs[SEAL_A_SOCKET_REVOKES];
	struct seal_verdict *verdict;
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(wanted); i++)
		if (!seal_nl_wants(info, wanted[i]))
			return -EINVAL;
	args->deadline = seal_deadline_in(nla_get_u64(info->attrs[SEAL_A_SOCKET_DEADLINE]));
	if (args->deadline <= ktime_get_boottime_ns()) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[SEAL_A_SOCKET_DEADLINE],
				    "the deadline has passed");
		return -ETIME;
	}
	err = seal_nl_key(info, SEAL_A_SOCKET_TX_INFO, &args->tx, &args->tx_len);
	if (!err)
		err = seal_nl_key(info, SEAL_A_SOCKET_RX_INFO, &args->rx, &args->rx_len);
	if (err)
		return err;
	/* First: the agent may die meanwhile, which is a revoke. */
	args->revokes = revokes ? nla_get_u32(revokes) : seal_revokes(genl_info_net(info));
	err = seal_nl_attach_agent(info, &args->agent);
	if (err)
		return err;
	verdict = seal_nl_verdict(sk, info);
	if (IS_ERR(verdict))
		return PTR_ERR(verdict);
	args->verdict = verdict;
	return 0;
}

static int seal_nl_attach_refused(struct sock *sk, int err)
{
	trace_seal_attach_err(sk, seal_cookie(sk), err);
	seal_count(sk, SEAL_N_ATTACH_FAILED);
	seal_audit_refusal("attach", sk, err, GFP_NOWAIT);
	return err;
}

static int seal_nl_attach_do(struct seal_nl_attach *attach)
{
	struct sock *sk = attach->sock->sk;
	u64 id;
	int err;

	err = seal_sock_attach(attach->sock, &attach->args, &id, &attach->extack);
	if (err)
		return seal_nl_attach_refused(sk, err);
	trace_seal_attach(seal_sock_find(sk));
	err = seal_nl_put_u64(attach->answer, SEAL_A_SOCKET_ID, id);
	if (!err) {
		err = seal_nl_finish(attach->answer, attach->hdr, sock_net(sk),
				     NETLINK_CB(attach->in).portid);
		attach->answer = NULL;
	}
	/* The agent takes it for refused, or cannot tell: it must not stay open. */
	if (!err)
		return 0;
	seal_close(seal_sock_find(sk), SEAL_EV_FAIL, -EACCES, "the agent could not be told");
	return seal_nl_attach_refused(sk, err);
}

/* As netlink_rcv_skb() does it. */
static void seal_nl_attach_ack(struct seal_nl_attach *attach, int err)
{
	if (err || attach->nlh->nlmsg_flags & NLM_F_ACK)
		netlink_ack(attach->in, attach->nlh, err, &attach->extack);
}

static void seal_nl_attach_free(struct seal_nl_attach *attach)
{
	kfree(attach->args.verdict);
	nlmsg_free(attach->answer);
	kfree_skb(attach->in);
	if (attach->agent)
		fput(attach->agent);
	sockfd_put(attach->sock);
	kfree(attach);
	module_put(THIS_MODULE);
}

static void seal_nl_attach_work(struct callback_head *work)
{
	struct seal_nl_attach *attach = container_of(work, struct seal_nl_attach, work);
	/* As in seal_evict_work(): reclaim may wait until this very connection is there. */
	unsigned int noio = memalloc_noio_save();
	int err = seal_nl_attach_do(attach);

	seal_nl_wipe(attach->nlh);
	seal_nl_attach_ack(attach, err);
	memalloc_noio_restore(noio);
	seal_nl_attach_free(attach);
}

/* What does not wait for anybody. */
static int seal_nl_attach_read(struct seal_nl_attach *attach, struct genl_info *info)
{
	int err;

	err = seal_nl_attach_parse(attach->sock->sk, info, &attach->args);
	return err ?: seal_sock_check(attach->sock, info->extack);
}

/* The agent is in a call on it, which keeps it; NULL: a sender in the kernel. */
static struct file *seal_nl_sender(const struct sk_buff *skb)
{
	const struct socket *sock = NETLINK_CB(skb).sk->sk_socket;

	return sock && sock->file ? get_file(sock->file) : NULL;
}

static struct seal_nl_attach *seal_nl_attach_alloc(struct sk_buff *skb, struct socket *sock,
						   struct genl_info *info)
{
	struct seal_nl_attach *attach;

	/*
	 * Given back by the work, which the file of the socket does not keep us for. A
	 * reference does not keep a module whose init fails.
	 */
	if (module_is_coming(THIS_MODULE) || !try_module_get(THIS_MODULE))
		return ERR_PTR(-ENODEV);
	attach = kzalloc(sizeof(*attach), GFP_KERNEL_ACCOUNT);
	if (!attach) {
		module_put(THIS_MODULE);
		return ERR_PTR(-ENOMEM);
	}
	init_task_work(&attach->work, seal_nl_attach_work);
	get_file(sock->file);
	attach->sock = sock;
	attach->in = skb_get(skb);
	attach->nlh = nlmsg_hdr(skb);
	attach->agent = seal_nl_sender(skb);
	attach->answer = seal_nl_reply(info, &attach->hdr);
	if (attach->agent && attach->answer)
		return attach;
	seal_nl_attach_free(attach);
	return ERR_PTR(-ENOMEM);
}

static int seal_nl_attach_later(struct sk_buff *skb, struct socket *sock,
				struct genl_info *info)
{
	struct seal_nl_attach *attach = seal_nl_attach_alloc(skb, sock, info);
	int err = PTR_ERR_OR_ZERO(attach);

	if (err)
		return err;
	err = seal_nl_attach_read(attach, info);
	/* Fails in a task that is past its last system call. */
	if (!err && task_work_add(current, &attach->work, TWA_RESUME)) {
		NL_SET_ERR_MSG(info->extack, "the agent is about to end");
		err = -ECANCELED;
	}
	if (err)
		seal_nl_attach_free(attach);
	return err;
}

/**
 * seal_nl_attach_doit() - SEAL_CMD_ATTACH
 * @skb: the message
 * @info: SOCKFD, DEADLINE, keys and verdict
 *
 * Context: process, a system call of the agent.
 * Return: a negative errno; -EINTR, of which netlink tells nobody, if the answer comes
 * from seal_nl_attach_work().
 */
int seal_nl_attach_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct socket *sock = seal_nl_socket(info);
	int err = PTR_ERR_OR_ZERO(sock);

	if (!err) {
		unsigned int noio = memalloc_noio_save();

		err = seal_nl_attach_later(skb, sock, info);
		memalloc_noio_restore(noio);
		if (err)
			seal_nl_attach_refused(sock->sk, err);
		sockfd_put(sock);
	}
	if (!err)
		return -EINTR;
	seal_nl_wipe(info->nlhdr);
	return err;
}

/**
 * seal_nl_attach_exit() - nobody is in a work any more
 *
 * The last one gave our module back a few instructions before its end. This is also what
 * seal_exit_tables() relies on.
 *
 * Context: process, at module exit.
 */
void seal_nl_attach_exit(void)
{
	synchronize_rcu_tasks();
}
