// SPDX-License-Identifier: GPL-2.0-only
/*
 * seal: kernel TLS sockets that stay open as long as their peer is attested.
 *
 * Documentation/networking/seal.rst tells how the parts work together.
 */

#include <linux/init.h>
#include <linux/module.h>
#include <linux/workqueue.h>

#include "internal.h"

static int __init seal_init_tables(void)
{
	int err;

	/* SUNRPC closes sockets from a work item that reclaim waits for. */
	seal_wq = alloc_workqueue("seal", WQ_UNBOUND | WQ_MEM_RECLAIM, WQ_MAX_ACTIVE);
	if (!seal_wq)
		return -ENOMEM;
	err = seal_memory_init();
	if (err)
		goto destroy_wq;
	err = seal_socks_init();
	if (err)
		goto exit_memory;
	err = seal_net_init();
	if (err)
		goto exit_socks;
	return 0;

exit_socks:
	seal_socks_exit();
exit_memory:
	seal_memory_exit();
destroy_wq:
	destroy_workqueue(seal_wq);
	return err;
}

/*
 * No socket has a table or a protocol of ours any more. Somebody may have read the pointer
 * before, and been preempted there with no lock of RCU (sock_diag_destroy()): he is through,
 * since seal_netlink_exit() waits for all tasks, and comes first.
 */
static void seal_exit_tables(void)
{
	seal_net_exit();
	destroy_workqueue(seal_wq);
	seal_groups_free();
	seal_prots_free();
	seal_socks_exit();
	seal_memory_exit();
}

static int __init seal_init(void)
{
	int err;

	err = seal_selftest() ?: seal_keys_init();
	if (err)
		return err;
	err = seal_init_tables();
	if (err)
		return err;
	err = seal_agents_init();
	if (err)
		goto exit_tables;
	err = seal_netlink_init();
	if (err)
		goto exit_agents;
	/*
	 * Last, since who is in an option is not waited for where they are withdrawn, and a
	 * reference does not keep a module whose init fails. Nor does anybody make a socket
	 * before this is through: seal_sock_create().
	 */
	err = seal_testattach_init();
	if (err)
		goto exit_netlink;
	err = seal_sockopt_init();
	if (err)
		goto exit_testattach;
	seal_kfunc_init();
	return 0;

exit_testattach:
	seal_testattach_exit();
exit_netlink:
	seal_netlink_exit();
exit_agents:
	seal_agents_exit();
exit_tables:
	seal_exit_tables();
	return err;
}

static void __exit seal_exit(void)
{
	seal_sockopt_exit();
	seal_testattach_exit();
	seal_netlink_exit();
	seal_agents_exit();
	seal_exit_tables();
}

module_init(seal_init);
module_exit(seal_exit);

MODULE_DESCRIPTION("Attested kernel TLS sockets");
MODULE_LICENSE("GPL");
/* Not for a tree of the kernel: for modinfo, and for DKMS, which compares it. */
MODULE_VERSION("1.0");
MODULE_SOFTDEP("pre: tls");
MODULE_ALIAS("net-pf-16-proto-16-family-seal");
