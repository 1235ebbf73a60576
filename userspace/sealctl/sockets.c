// SPDX-License-Identifier: GPL-2.0-or-later
#include "sealctl/sockets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "rules/netlink.h"

struct sockets {
	struct nl_sock *nl;
	int family;
	char error[160];
};

/* One command under way. */
struct call {
	struct sockets *sockets;
	const struct nla_policy *policy;
	int (*parse)(struct nlattr **attr, void *arg);
	void *arg;
	bool done;
	int error;
};

static const struct nla_policy policy[SEAL_A_SOCKET_MAX + 1] = {
	[SEAL_A_SOCKET_ID] = { .type = NLA_U64 },
	[SEAL_A_SOCKET_STATE] = { .type = NLA_U32 },
	[SEAL_A_SOCKET_CONSUMER] = { .type = NLA_U32 },
	[SEAL_A_SOCKET_UID] = { .type = NLA_U32 },
	[SEAL_A_SOCKET_DEADLINE] = { .type = NLA_U64 },
	[SEAL_A_SOCKET_PEER] = { .type = NLA_STRING },
	[SEAL_A_SOCKET_POLICY] = { .type = NLA_STRING },
	[SEAL_A_SOCKET_CLAIMS] = { .type = NLA_STRING },
	[SEAL_A_SOCKET_REASON] = { .type = NLA_STRING },
	[SEAL_A_SOCKET_AUTHENTICATED] = { .type = NLA_U32 },
	[SEAL_A_SOCKET_LOCAL] = { .type = NLA_STRING },
	[SEAL_A_SOCKET_REMOTE] = { .type = NLA_STRING },
	[SEAL_A_SOCKET_COOKIE] = { .type = NLA_U64 },
	[SEAL_A_SOCKET_COUNT] = { .type = NLA_U32 },
	[SEAL_A_SOCKET_DRAINING] = { .type = NLA_U32 },
};

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct nlattr *attr[SEAL_A_SOCKET_MAX + 1];
	struct call *call = arg;

	if (genlmsg_parse(nlmsg_hdr(msg), 0, attr, SEAL_A_SOCKET_MAX, call->policy) < 0 ||
	    call->parse(attr, call->arg)) {
		call->error = -EPROTO;
		return NL_SKIP;
	}
	return NL_OK;
}

static int on_end(struct nl_msg *msg, void *arg)
{
	struct call *call = arg;

	call->done = true;
	return NL_STOP;
}

/* The kernel's own sentence about a refusal. */
static void keep_extack(struct sockets *sockets, struct nlmsghdr *nlh, struct nlmsgerr *err)
{
	int skip = sizeof(*err);
	struct nlattr *text;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += (int)(err->msg.nlmsg_len - sizeof(err->msg));
	text = nlmsg_find_attr(nlh, skip, NLMSGERR_ATTR_MSG);
	if (text)
		nla_strlcpy(sockets->error, text, sizeof(sockets->error));
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)err - 1;
	struct call *call = arg;

	call->done = true;
	call->error = err->error;
	keep_extack(call->sockets, nlh, err);
	return NL_STOP;
}

/* Send @msg, which is consumed, and read its answers. */
static int transact(struct nl_msg *msg, struct call *call)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int ret;

	if (!cb) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	call->sockets->error[0] = '\0';
	if (call->parse)
		nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, call);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_end, call);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_end, call);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, call);

	ret = nl_send_auto(call->sockets->nl, msg);
	nlmsg_free(msg);
	while (ret >= 0 && !call->done)
		ret = nl_recvmsgs(call->sockets->nl, cb);
	nl_cb_put(cb);
	if (!call->done)
		return -EIO;
	return call->error;
}

static struct nl_msg *request_sized(struct sockets *sockets, uint8_t command, int flags,
				    size_t size)
{
	struct nl_msg *msg = nlmsg_alloc_size(size);

	if (msg && !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, sockets->family, 0,
				flags, command, SEAL_FAMILY_VERSION)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

static struct nl_msg *request(struct sockets *sockets, uint8_t command, int flags)
{
	return request_sized(sockets, command, flags, 4096);
}

struct sockets *sockets_open(void)
{
	struct sockets *sockets = calloc(1, sizeof(*sockets));
	int on = 1;

	if (!sockets)
		return NULL;
	sockets->nl = nl_socket_alloc();
	if (!sockets->nl || genl_connect(sockets->nl)) {
		sockets_close(sockets);
		errno = EPROTONOSUPPORT;
		return NULL;
	}
	sockets->family = genl_ctrl_resolve(sockets->nl, SEAL_FAMILY_NAME);
	if (sockets->family < 0) {
		sockets_close(sockets);
		errno = ENOENT;
		return NULL;
	}
	/* An old kernel says less; that is all. */
	(void)setsockopt(nl_socket_get_fd(sockets->nl), SOL_NETLINK, NETLINK_EXT_ACK,
			 &on, sizeof(on));
	return sockets;
}

void sockets_close(struct sockets *sockets)
{
	if (!sockets)
		return;
	nl_socket_free(sockets->nl);
	free(sockets);
}

int sockets_group(const char *family, const char *group)
{
	struct nl_sock *nl = nl_socket_alloc();
	int ret = -1;

	if (nl && !genl_connect(nl))
		ret = genl_ctrl_resolve_grp(nl, family, group);
	nl_socket_free(nl);
	return ret < 0 ? -1 : ret;
}

const char *sockets_error(const struct sockets *sockets)
{
	return sockets->error;
}

static uint64_t get_u64(struct nlattr *attr)
{
	return attr ? nla_get_u64(attr) : 0;
}

static uint32_t get_u32(struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

static void get_text(struct nlattr *attr, char *out, size_t size)
{
	if (attr)
		nla_strlcpy(out, attr, size);
}

static size_t get_bytes(struct nlattr *attr, uint8_t *out, size_t size)
{
	size_t len = attr ? (size_t)nla_len(attr) : 0;

	if (len > size)
		return 0;
	if (len)
		memcpy(out, nla_data(attr), len);
	return len;
}

static void parse_status(struct nlattr **attr, struct socket_status *s)
{
	memset(s, 0, sizeof(*s));
	s->id = get_u64(attr[SEAL_A_SOCKET_ID]);
	s->state = get_u32(attr[SEAL_A_SOCKET_STATE]);
	s->consumer = get_u32(attr[SEAL_A_SOCKET_CONSUMER]);
	s->uid = get_u32(attr[SEAL_A_SOCKET_UID]);
	s->authenticated = get_u32(attr[SEAL_A_SOCKET_AUTHENTICATED]);
	s->deadline = get_u64(attr[SEAL_A_SOCKET_DEADLINE]);
	s->cookie = get_u64(attr[SEAL_A_SOCKET_COOKIE]);
	s->ak_name_len = get_bytes(attr[SEAL_A_SOCKET_AK_NAME], s->ak_name, sizeof(s->ak_name));
	s->pcr_digest_len = get_bytes(attr[SEAL_A_SOCKET_PCR_DIGEST], s->pcr_digest,
				      sizeof(s->pcr_digest));
	s->connection_id_len = get_bytes(attr[SEAL_A_SOCKET_CONNECTION_ID], s->connection_id,
					 sizeof(s->connection_id));
	get_text(attr[SEAL_A_SOCKET_PEER], s->peer, sizeof(s->peer));
	get_text(attr[SEAL_A_SOCKET_POLICY], s->policy, sizeof(s->policy));
	get_text(attr[SEAL_A_SOCKET_CLAIMS], s->claims, sizeof(s->claims));
	get_text(attr[SEAL_A_SOCKET_REASON], s->reason, sizeof(s->reason));
	get_text(attr[SEAL_A_SOCKET_LOCAL], s->local, sizeof(s->local));
	get_text(attr[SEAL_A_SOCKET_REMOTE], s->remote, sizeof(s->remote));
}

struct each_call {
	void (*each)(const struct socket_status *status, void *arg);
	void *arg;
};

static int parse_each(struct nlattr **attr, void *arg)
{
	struct each_call *each = arg;
	struct socket_status status;

	parse_status(attr, &status);
	each->each(&status, each->arg);
	return 0;
}

int sockets_each(struct sockets *sockets,
		 void (*each)(const struct socket_status *status, void *arg), void *arg)
{
	struct each_call each_call = { each, arg };
	struct call call = {
		.sockets = sockets, .policy = policy, .parse = parse_each, .arg = &each_call,
	};
	struct nl_msg *msg = request(sockets, SEAL_CMD_GET, NLM_F_DUMP);

	return msg ? transact(msg, &call) : -ENOMEM;
}

struct revoked {
	uint32_t count, draining;
};

static int parse_revoked(struct nlattr **attr, void *arg)
{
	struct revoked *revoked = arg;

	if (!attr[SEAL_A_SOCKET_COUNT])
		return -1;
	revoked->count = get_u32(attr[SEAL_A_SOCKET_COUNT]);
	revoked->draining = get_u32(attr[SEAL_A_SOCKET_DRAINING]);
	return 0;
}

static int put_match(struct nl_msg *msg, const struct socket_match *match)
{
	return (match->all && nla_put_flag(msg, SEAL_A_SOCKET_ALL)) ||
	       (match->id && nla_put_u64(msg, SEAL_A_SOCKET_ID, match->id)) ||
	       (match->peer && nla_put_string(msg, SEAL_A_SOCKET_PEER, match->peer)) ||
	       (match->policy && nla_put_string(msg, SEAL_A_SOCKET_POLICY, match->policy)) ||
	       (match->ak_name && nla_put(msg, SEAL_A_SOCKET_AK_NAME,
					  (int)match->ak_name_len, match->ak_name)) ||
	       (match->reason && nla_put_string(msg, SEAL_A_SOCKET_REASON, match->reason));
}

int sockets_revoke(struct sockets *sockets, const struct socket_match *match,
		   uint32_t *count_ret, uint32_t *draining_ret)
{
	struct revoked revoked = { 0 };
	struct call call = {
		.sockets = sockets, .policy = policy, .parse = parse_revoked, .arg = &revoked,
	};
	struct nl_msg *msg = request(sockets, SEAL_CMD_REVOKE, NLM_F_ACK);
	int ret;

	if (!msg)
		return -ENOMEM;
	if (put_match(msg, match)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	ret = transact(msg, &call);
	if (ret)
		return ret;
	*count_ret = revoked.count;
	*draining_ret = revoked.draining;
	return 0;
}

struct rule_call {
	void (*each)(const struct rule *rule, void *arg);
	void *arg;
};

static int parse_rule(struct nlattr **attr, void *arg)
{
	struct rule_call *call = arg;
	struct rule rule;

	if (!attr[SEAL_A_RULES_RULE] || rule_get(attr[SEAL_A_RULES_RULE], &rule))
		return -1;
	call->each(&rule, call->arg);
	return 0;
}

int sockets_each_rule(struct sockets *sockets,
		      void (*each)(const struct rule *rule, void *arg), void *arg)
{
	struct rule_call rule_call = { each, arg };
	struct call call = { .sockets = sockets, .parse = parse_rule, .arg = &rule_call };
	struct nl_msg *msg = request(sockets, SEAL_CMD_RULES_GET, NLM_F_DUMP);

	return msg ? transact(msg, &call) : -ENOMEM;
}

int sockets_set_rules(struct sockets *sockets, const struct rules *rules)
{
	struct call call = { .sockets = sockets };
	struct nl_msg *msg = request_sized(sockets, SEAL_CMD_RULES_SET, NLM_F_ACK,
					   rules_message_size(rules));

	if (!msg)
		return -ENOMEM;
	if (rules_put(msg, rules)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	return transact(msg, &call);
}

int sockets_cannot(const char *command, int error)
{
	if (error == ENOENT)
		fprintf(stderr, "sealctl %s: the kernel has no family \"seal\"\n"
			"  hint: modprobe seal; sealctl doctor says what else is missing\n",
			command);
	else
		fprintf(stderr, "sealctl %s: generic netlink: %s\n", command, strerror(error));
	return 1;
}
