// SPDX-License-Identifier: GPL-2.0-only
/*
 * The attach command of attach.c as netlink attributes: keys and verdict.
 */

#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "internal.h"
#include "netlink_gen.h"
#include "trace.h"

/**
 * seal_nl_wipe() - no key stays in the message
 * @info: of a command that was done or refused
 *
 * It is a copy that nobody needs any more, and goes back to the sender with a refusal.
 *
 * Context: any.
 */
void seal_nl_wipe(struct genl_info *info)
{
	struct nlattr *attr;
	int rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem)
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

static int seal_nl_attach_parse(const struct sock *sk, struct genl_info *info,
				struct seal_attach *args)
{
	static const int wanted[] = {
		SEAL_A_SOCKET_DEADLINE, SEAL_A_SOCKET_PEER, SEAL_A_SOCKET_POLICY,
		SEAL_A_SOCKET_CONNECTION_ID, SEAL_A_SOCKET_TX_INFO,
		SEAL_A_SOCKET_RX_INFO,
	};
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(wanted); i++)
		if (!seal_nl_wants(info, wanted[i]))
			return -EINVAL;
	args->deadline = nla_get_u64(info->attrs[SEAL_A_SOCKET_DEADLINE]);
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
	args->agent = seal_agent_id(genl_info_net(info), info->snd_portid);
	args->verdict = seal_nl_verdict(sk, info);
	return PTR_ERR_OR_ZERO(args->verdict);
}

static int seal_nl_attach(struct socket *sock, struct genl_info *info, u64 *id)
{
	struct seal_attach args = {};
	int err;

	err = seal_nl_attach_parse(sock->sk, info, &args);
	if (err)
		return err;
	err = seal_sock_check(sock, genl_info_net(info), info->extack);
	if (!err)
		err = seal_sock_attach(sock, &args, id, info->extack);
	kfree(args.verdict);
	if (!err) {
		trace_seal_attach(seal_sock_find(sock->sk));
	} else {
		trace_seal_attach_err(sock->sk, seal_cookie(sock->sk), err);
		seal_audit_refusal("attach", sock->sk, err);
	}
	return err;
}

/**
 * seal_nl_attach_doit() - SEAL_CMD_ATTACH
 * @skb: the message
 * @info: SOCKFD, DEADLINE, keys and verdict
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int seal_nl_attach_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct socket *sock = seal_nl_socket(info);
	struct sk_buff *msg;
	void *hdr;
	u64 id;
	int err;

	err = PTR_ERR_OR_ZERO(sock);
	if (err)
		goto wipe;
	err = -ENOMEM;
	msg = seal_nl_reply(info, &hdr);
	if (!msg)
		goto put;
	err = seal_nl_attach(sock, info, &id);
	if (!err)
		err = seal_nl_put_u64(msg, SEAL_A_SOCKET_ID, id);
	err = seal_nl_send(msg, hdr, info, err);
put:
	sockfd_put(sock);
wipe:
	seal_nl_wipe(info);
	return err;
}
