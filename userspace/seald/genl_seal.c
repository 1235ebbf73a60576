// SPDX-License-Identifier: GPL-2.0-or-later

#include "genl_seal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>
#include <linux/seal_netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include "genl_call.h"
#include "rules/netlink.h"

struct genl_seal {
	struct nl_sock *command;
	int family;
};

struct genl_seal *genl_seal_open(void)
{
	struct genl_seal *gs = calloc(1, sizeof(*gs));

	if (!gs)
		return NULL;
	gs->command = nl_socket_alloc();
	if (!gs->command || genl_connect(gs->command))
		goto fail;
	/* A refusal is not to bring the keys back. */
	setsockopt(nl_socket_get_fd(gs->command), SOL_NETLINK, NETLINK_CAP_ACK, &(int){ 1 },
		   sizeof(int));
	gs->family = genl_ctrl_resolve(gs->command, SEAL_FAMILY_NAME);
	if (gs->family < 0)
		goto fail;
	return gs;
fail:
	genl_seal_close(gs);
	return NULL;
}

void genl_seal_close(struct genl_seal *gs)
{
	if (!gs)
		return;
	nl_socket_free(gs->command);
	free(gs);
}

uint32_t genl_seal_port(const struct genl_seal *gs)
{
	return nl_socket_get_local_port(gs->command);
}

/* Texts, keys and digests of ATTACH stay below 2 KiB. */
#define MESSAGE_MAX	8192u

static struct nl_msg *seal_message(struct genl_seal *gs, uint8_t cmd, size_t size)
{
	struct nl_msg *msg = nlmsg_alloc_size(size);

	if (msg && !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, gs->family, 0, 0,
				cmd, SEAL_FAMILY_VERSION)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

struct seal_answer {
	bool seen;
	uint64_t id;
	uint32_t consumer;
	uint32_t uid;
	bool counted;
	uint32_t revokes;
};

static int seal_parse(struct nl_msg *msg, void *arg)
{
	static struct nla_policy policy[SEAL_A_SOCKET_MAX + 1] = {
		[SEAL_A_SOCKET_ID] = { .type = NLA_U64 },
		[SEAL_A_SOCKET_CONSUMER] = { .type = NLA_U32 },
		[SEAL_A_SOCKET_UID] = { .type = NLA_U32 },
		[SEAL_A_SOCKET_REVOKES] = { .type = NLA_U32 },
	};
	struct nlattr *tb[SEAL_A_SOCKET_MAX + 1];
	struct seal_answer *answer = arg;

	if (genlmsg_parse(nlmsg_hdr(msg), 0, tb, SEAL_A_SOCKET_MAX, policy))
		return NL_SKIP;
	answer->seen = true;
	if (tb[SEAL_A_SOCKET_ID])
		answer->id = nla_get_u64(tb[SEAL_A_SOCKET_ID]);
	if (tb[SEAL_A_SOCKET_CONSUMER])
		answer->consumer = nla_get_u32(tb[SEAL_A_SOCKET_CONSUMER]);
	if (tb[SEAL_A_SOCKET_UID])
		answer->uid = nla_get_u32(tb[SEAL_A_SOCKET_UID]);
	answer->counted = tb[SEAL_A_SOCKET_REVOKES];
	if (answer->counted)
		answer->revokes = nla_get_u32(tb[SEAL_A_SOCKET_REVOKES]);
	return NL_OK;
}

int genl_seal_claim(struct genl_seal *gs, int fd, int pidfd,
		    struct seal_claimed *claimed)
{
	/* Without a word of the module the stricter kind of consumer. */
	struct seal_answer answer = { .consumer = SEAL_CONSUMER_USER };
	struct nl_msg *msg = seal_message(gs, SEAL_CMD_CLAIM, MESSAGE_MAX);
	int err;

	if (msg && (nla_put_s32(msg, SEAL_A_SOCKET_SOCKFD, fd) ||
		    nla_put_s32(msg, SEAL_A_SOCKET_PIDFD, pidfd))) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	err = genl_call(gs->command, msg, seal_parse, &answer);
	if (!err && !answer.seen)
		err = -EPROTO;
	if (err)
		return err;
	claimed->user = answer.consumer != SEAL_CONSUMER_KERNEL;
	claimed->uid = claimed->user ? answer.uid : 0;
	claimed->counted = answer.counted;
	claimed->revokes = answer.revokes;
	return 0;
}

static int attach_put(struct nl_msg *msg, const struct seal_attach *a)
{
	if (nla_put_s32(msg, SEAL_A_SOCKET_SOCKFD, a->fd) ||
	    nla_put_u64(msg, SEAL_A_SOCKET_DEADLINE, a->deadline) ||
	    nla_put(msg, SEAL_A_SOCKET_TX_INFO, (int)a->tx_len, a->tx) ||
	    nla_put(msg, SEAL_A_SOCKET_RX_INFO, (int)a->rx_len, a->rx) ||
	    nla_put(msg, SEAL_A_SOCKET_CONNECTION_ID, 16, a->connection_id) ||
	    nla_put_string(msg, SEAL_A_SOCKET_PEER, a->peer) ||
	    nla_put_string(msg, SEAL_A_SOCKET_POLICY, a->policy) ||
	    nla_put_string(msg, SEAL_A_SOCKET_CLAIMS, a->claims) ||
	    nla_put_u32(msg, SEAL_A_SOCKET_AUTHENTICATED, a->authenticated) ||
	    (a->agent && nla_put_u32(msg, SEAL_A_SOCKET_AGENT, a->agent)) ||
	    (a->counted && nla_put_u32(msg, SEAL_A_SOCKET_REVOKES, a->revokes)))
		return -ENOMEM;
	if (nla_put(msg, SEAL_A_SOCKET_AK_NAME, (int)a->ak_name_len, a->ak_name) ||
	    nla_put(msg, SEAL_A_SOCKET_PCR_DIGEST, (int)a->pcr_digest_len,
		    a->pcr_digest))
		return -ENOMEM;
	return 0;
}

int genl_seal_attach(struct genl_seal *gs, const struct seal_attach *attach,
		     uint64_t *id)
{
	struct nl_msg *msg = seal_message(gs, SEAL_CMD_ATTACH, MESSAGE_MAX);
	struct seal_answer answer = { 0 };
	int err;

	if (msg && attach_put(msg, attach)) {
		explicit_bzero(nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
		nlmsg_free(msg);
		return -ENOMEM;
	}
	err = genl_call(gs->command, msg, seal_parse, &answer);
	if (!err)
		*id = answer.id;
	return err;
}

int genl_seal_register(struct genl_seal *gs, bool close)
{
	struct nl_msg *msg = seal_message(gs, SEAL_CMD_REGISTER, MESSAGE_MAX);

	if (msg && nla_put_u32(msg, SEAL_A_AGENT_ON_DEATH,
			       close ? SEAL_ON_DEATH_CLOSE : SEAL_ON_DEATH_KEEP)) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	return genl_call(gs->command, msg, NULL, NULL);
}

int genl_seal_rules(struct genl_seal *gs, const struct rules *rules)
{
	struct nl_msg *msg = seal_message(gs, SEAL_CMD_RULES_SET,
					  MESSAGE_MAX + rules_message_size(rules));

	if (msg && rules_put(msg, rules)) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	return genl_call(gs->command, msg, NULL, NULL);
}
