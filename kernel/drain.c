// SPDX-License-Identifier: GPL-2.0-only
/*
 * Getting ready to be removed: the parameter drain closes every socket there is,
 * in every network namespace, and until it is taken back nothing is attested.
 */

#include <linux/module.h>
#include <linux/moduleparam.h>

#include "internal.h"

static bool seal_draining;

/**
 * seal_module_drains() - is nothing to be attested any more?
 *
 * Who opens a socket asks with its lock held, and a drain closes under that lock
 * what it finds: either it finds the socket open, or this is true. Who makes a
 * socket has put it where a drain looks.
 *
 * Context: any.
 * Return: true between the beginning of a drain and its being taken back.
 */
bool seal_module_drains(void)
{
	/* Pairs with seal_drain_set(): the entry first, then this. */
	smp_mb();
	return READ_ONCE(seal_draining);
}

/* The answer is that of a revoke: what has a caller inside is still being closed. */
static int seal_drain_all(void)
{
	struct seal_selector sel = {};
	u32 count, draining;

	seal_revoke(&sel, "the module is drained", &count, &draining);
	return draining ? -EBUSY : 0;
}

static int seal_drain_set(const char *text, const struct kernel_param *kp)
{
	int err = param_set_bool(text, kp);

	if (err || !seal_draining)
		return err;
	/* Pairs with seal_module_drains(): this first, then the entries. */
	smp_mb();
	return seal_drain_all();
}

static const struct kernel_param_ops seal_drain_ops = {
	.flags	= KERNEL_PARAM_OPS_FL_NOARG,
	.set	= seal_drain_set,
	.get	= param_get_bool,
};

module_param_cb(drain, &seal_drain_ops, &seal_draining, 0600);
MODULE_PARM_DESC(drain, "close all sockets and attest no more, to remove the module");
