// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands and their answers, with a family that each kernel has. */
#include <errno.h>
#include <string.h>

#include <linux/genetlink.h>
#include <netlink/genl/genl.h>

#include "lib/tap.h"
#include "seald/genl_call.h"

static struct nl_msg *ask_family(const char *name, size_t more)
{
	struct nl_msg *msg = nlmsg_alloc_size(4096 + more);
	static char text[1 << 20];

	must(msg && genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, GENL_ID_CTRL, 0, 0,
				CTRL_CMD_GETFAMILY, 1) &&
	     !nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, name) &&
	     (!more || nlmsg_append(msg, text, more, NLMSG_ALIGNTO) == 0), "message");
	return msg;
}

static int parse(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[CTRL_ATTR_MAX + 1];

	if (!genlmsg_parse(nlmsg_hdr(msg), 0, tb, CTRL_ATTR_MAX, NULL) &&
	    tb[CTRL_ATTR_FAMILY_NAME])
		strncpy(arg, nla_get_string(tb[CTRL_ATTR_FAMILY_NAME]), GENL_NAMSIZ - 1);
	return NL_OK;
}

static bool answered(struct nl_sock *sock, const char *name)
{
	char found[GENL_NAMSIZ] = "";

	return !genl_call(sock, ask_family(name, 0), parse, found) && !strcmp(found, name);
}

static bool refused(struct nl_sock *sock)
{
	return genl_call(sock, ask_family("none", 0), NULL, NULL) == -ENOENT;
}

int main(void)
{
	struct nl_sock *sock = nl_socket_alloc();
	struct nl_msg *msg;

	must(sock && !genl_connect(sock), "generic netlink");
	ok(answered(sock, "nlctrl") && refused(sock) && answered(sock, "nlctrl"),
	   "each command has its answer");
	ok(genl_call(sock, ask_family("nlctrl", 1 << 20), NULL, NULL) == -EIO &&
	   answered(sock, "nlctrl") && refused(sock), "also after one that could not be sent");
	msg = ask_family("none", 0);
	must(nl_send_auto(sock, msg) > 0, "send");
	nlmsg_free(msg);
	ok(answered(sock, "nlctrl") && refused(sock),
	   "after one whose answer nobody took, which is not taken for another's");
	nl_socket_free(sock);
	return done();
}
