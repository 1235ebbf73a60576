// SPDX-License-Identifier: GPL-2.0-or-later

#include "genl_handshake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/handshake.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "genl_call.h"
#include "keyring.h"
#include "log.h"

struct genl_handshake {
	struct nl_sock *notify;
	struct nl_sock *command;
	int family;
	int group;
};

static int handshake_connect(struct nl_sock **nls)
{
	*nls = nl_socket_alloc();
	if (!*nls)
		return -NLE_NOMEM;
	return genl_connect(*nls);
}

/* @kept is ours from now on, whether it is of use or not. */
static int handshake_adopt(struct nl_sock **nls, int kept)
{
	if (kept < 0)
		return handshake_connect(nls);
	*nls = nl_socket_alloc();
	if (*nls && !nl_socket_set_fd(*nls, NETLINK_GENERIC, kept))
		return 0;
	close(kept);
	nl_socket_free(*nls);
	return handshake_connect(nls);
}

struct genl_handshake *genl_handshake_open(int kept)
{
	struct genl_handshake *gh = calloc(1, sizeof(*gh));
	int err;

	if (!gh)
		return NULL;
	err = handshake_connect(&gh->command);
	if (!err)
		err = handshake_adopt(&gh->notify, kept);
	if (err)
		goto fail;
	err = gh->family = genl_ctrl_resolve(gh->command, HANDSHAKE_FAMILY_NAME);
	if (err < 0)
		goto fail;
	err = gh->group = genl_ctrl_resolve_grp(gh->command, HANDSHAKE_FAMILY_NAME,
						HANDSHAKE_MCGRP_TLSHD);
	if (err < 0)
		goto fail;
	nl_socket_disable_seq_check(gh->notify);
	err = nl_socket_set_nonblocking(gh->notify);
	if (!err)
		err = nl_socket_add_membership(gh->notify, gh->group);
	if (err)
		goto fail;
	return gh;
fail:
	seald_log(LOG_ERR, "netlink family handshake: %s hint=\"kernel without "
		  "CONFIG_NET_HANDSHAKE, or not root\"", nl_geterror(err));
	genl_handshake_close(gh);
	return NULL;
}

void genl_handshake_close(struct genl_handshake *gh)
{
	if (!gh)
		return;
	nl_socket_free(gh->notify);
	nl_socket_free(gh->command);
	free(gh);
}

int genl_handshake_fd(const struct genl_handshake *gh)
{
	return nl_socket_get_fd(gh->notify);
}

uint32_t genl_handshake_group(const struct genl_handshake *gh)
{
	return (uint32_t)gh->group;
}

void genl_handshake_ports(const struct genl_handshake *gh, uint32_t port[2])
{
	port[0] = nl_socket_get_local_port(gh->notify);
	port[1] = nl_socket_get_local_port(gh->command);
}

void genl_handshake_drain_ready(struct genl_handshake *gh)
{
	char scratch[4096];
	ssize_t n;

	do {
		n = recv(nl_socket_get_fd(gh->notify), scratch, sizeof(scratch),
			 MSG_DONTWAIT);
	} while (n > 0 || (n < 0 && (errno == ENOBUFS || errno == EINTR)));
}

static void accept_parse_name(struct accept_request *req, struct nlattr *attr)
{
	size_t len;

	if (!attr)
		return;
	len = strnlen(nla_data(attr), (size_t)nla_len(attr));
	if (len >= sizeof(req->peername)) {
		req->auth = ACCEPT_AUTH_UNKNOWN;
		return;
	}
	memcpy(req->peername, nla_data(attr), len);
}

static enum accept_auth accept_parse_auth(struct nlattr *attr)
{
	switch (attr ? nla_get_u32(attr) : HANDSHAKE_AUTH_UNSPEC) {
	case HANDSHAKE_AUTH_UNAUTH:
		return ACCEPT_AUTH_ANON;
	case HANDSHAKE_AUTH_PSK:
		return ACCEPT_AUTH_PSK;
	case HANDSHAKE_AUTH_X509:
		return ACCEPT_AUTH_X509;
	}
	return ACCEPT_AUTH_UNKNOWN;
}

static void accept_parse_certificate(struct accept_request *req, struct nlattr *attr)
{
	struct nlattr *tb[HANDSHAKE_A_X509_MAX + 1];

	if (!attr)
		return;
	if (nla_parse_nested(tb, HANDSHAKE_A_X509_MAX, attr, NULL) ||
	    !tb[HANDSHAKE_A_X509_CERT] || !tb[HANDSHAKE_A_X509_PRIVKEY]) {
		req->auth = ACCEPT_AUTH_UNKNOWN;
		return;
	}
	req->certificate = nla_get_u32(tb[HANDSHAKE_A_X509_CERT]);
	req->privkey = nla_get_u32(tb[HANDSHAKE_A_X509_PRIVKEY]);
}

/* An attribute that comes once for each key. */
static void accept_parse_psks(struct accept_request *req, struct nl_msg *msg)
{
	struct nlmsghdr *head = nlmsg_hdr(msg);
	struct nlattr *attr;
	int left;

	nla_for_each_attr(attr, genlmsg_attrdata(nlmsg_data(head), 0),
			  genlmsg_attrlen(nlmsg_data(head), 0), left)
		if (nla_type(attr) == HANDSHAKE_A_ACCEPT_PEER_IDENTITY &&
		    nla_len(attr) >= (int)sizeof(uint32_t) &&
		    req->psk_count < ACCEPT_PSKS_MAX)
			req->psks[req->psk_count++] = nla_get_u32(attr);
}

static int accept_parse(struct nl_msg *msg, void *arg)
{
	static struct nla_policy policy[HANDSHAKE_A_ACCEPT_MAX + 1] = {
		[HANDSHAKE_A_ACCEPT_SOCKFD] = { .type = NLA_U32 },
		[HANDSHAKE_A_ACCEPT_MESSAGE_TYPE] = { .type = NLA_U32 },
		[HANDSHAKE_A_ACCEPT_TIMEOUT] = { .type = NLA_U32 },
		[HANDSHAKE_A_ACCEPT_AUTH_MODE] = { .type = NLA_U32 },
	};
	struct nlattr *tb[HANDSHAKE_A_ACCEPT_MAX + 1];
	struct accept_request *req = arg;
	struct nlattr *type;

	if (genlmsg_parse(nlmsg_hdr(msg), 0, tb, HANDSHAKE_A_ACCEPT_MAX, policy))
		return NL_SKIP;
	if (!tb[HANDSHAKE_A_ACCEPT_SOCKFD])
		return NL_SKIP;
	req->fd = (int)nla_get_u32(tb[HANDSHAKE_A_ACCEPT_SOCKFD]);
	req->auth = accept_parse_auth(tb[HANDSHAKE_A_ACCEPT_AUTH_MODE]);
	type = tb[HANDSHAKE_A_ACCEPT_MESSAGE_TYPE];
	switch (type ? nla_get_u32(type) : HANDSHAKE_MSG_TYPE_UNSPEC) {
	case HANDSHAKE_MSG_TYPE_CLIENTHELLO:
		break;
	case HANDSHAKE_MSG_TYPE_SERVERHELLO:
		req->server = true;
		break;
	default:
		req->auth = ACCEPT_AUTH_UNKNOWN;
	}
	if (tb[HANDSHAKE_A_ACCEPT_TIMEOUT])
		req->timeout_ms = nla_get_u32(tb[HANDSHAKE_A_ACCEPT_TIMEOUT]);
	accept_parse_certificate(req, tb[HANDSHAKE_A_ACCEPT_CERTIFICATE]);
	accept_parse_psks(req, msg);
	accept_parse_name(req, tb[HANDSHAKE_A_ACCEPT_PEERNAME]);
	return NL_OK;
}

static struct nl_msg *handshake_message(struct genl_handshake *gh, uint8_t cmd)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (msg && !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, gh->family, 0, 0,
				cmd, HANDSHAKE_FAMILY_VERSION)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

int genl_handshake_accept(struct genl_handshake *gh, struct accept_request *req)
{
	struct nl_msg *msg = handshake_message(gh, HANDSHAKE_CMD_ACCEPT);
	int err;

	*req = (struct accept_request){ .fd = -1 };
	if (!msg)
		return -ENOMEM;
	if (nla_put_u32(msg, HANDSHAKE_A_ACCEPT_HANDLER_CLASS,
			HANDSHAKE_HANDLER_CLASS_TLSHD)) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	keyring_forget();
	err = genl_call(gh->command, msg, accept_parse, req);
	req->keyring = keyring_linked();
	if (err && req->fd >= 0) {
		close(req->fd);
		req->fd = -1;
	}
	if (!err && req->fd < 0)
		err = -EPROTO;
	return err;
}

int genl_handshake_done(struct genl_handshake *gh, int fd, int status,
			uint32_t remote)
{
	struct nl_msg *msg = handshake_message(gh, HANDSHAKE_CMD_DONE);

	if (!msg)
		return -ENOMEM;
	if (nla_put_u32(msg, HANDSHAKE_A_DONE_STATUS, (uint32_t)status) ||
	    nla_put_u32(msg, HANDSHAKE_A_DONE_SOCKFD, (uint32_t)fd) ||
	    (remote != GENL_REMOTE_NOBODY &&
	     nla_put_u32(msg, HANDSHAKE_A_DONE_REMOTE_AUTH, remote))) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	return genl_call(gh->command, msg, NULL, NULL);
}
