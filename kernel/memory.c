// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of a socket, which its owner pays for: what it takes is said in
 * Documentation/userspace-api/seal.rst.
 */

#include <linux/memcontrol.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "internal.h"

/* kmalloc() would round it up to a power of two. */
static struct kmem_cache *seal_sock_cache;

/**
 * seal_memory_init() - make what sockets come from
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int seal_memory_init(void)
{
	seal_sock_cache = KMEM_CACHE(seal_sock, SLAB_ACCOUNT);
	return seal_sock_cache ? 0 : -ENOMEM;
}

/**
 * seal_memory_exit() - all sockets are gone, or about to be freed by RCU
 *
 * Context: process, at module exit.
 */
void seal_memory_exit(void)
{
	/* Waits for what kfree_rcu() has of it. */
	kmem_cache_destroy(seal_sock_cache);
}

/**
 * seal_alloc() - memory that the owner of a socket pays for
 * @sk: the socket; its memory cgroup is charged, if it has one, not that of the agent
 * @size: bytes
 *
 * An owner who is at his limit is told so; the agent does not look for his memory long.
 *
 * Context: process.
 * Return: zeroed memory for kfree(), or NULL.
 */
void *seal_alloc(const struct sock *sk, size_t size)
{
	struct mem_cgroup *old = set_active_memcg(mem_cgroup_from_sk(sk));
	void *memory = kzalloc(size, GFP_KERNEL_ACCOUNT | __GFP_NORETRY);

	set_active_memcg(old);
	return memory;
}

/**
 * seal_sock_alloc() - as seal_alloc()
 * @sk: the socket that it is for
 *
 * Context: process.
 * Return: zeroed, for seal_sock_free(), or NULL.
 */
struct seal_sock *seal_sock_alloc(const struct sock *sk)
{
	struct mem_cgroup *old = set_active_memcg(mem_cgroup_from_sk(sk));
	struct seal_sock *ss = kmem_cache_zalloc(seal_sock_cache,
						 GFP_KERNEL | __GFP_NORETRY);

	set_active_memcg(old);
	return ss;
}

/**
 * seal_sock_free() - free it and what belongs to it
 * @ss: nobody has a reference; who found it under RCU may still look at it
 *
 * Context: any.
 */
void seal_sock_free(struct seal_sock *ss)
{
	kfree(ss->verdict);
	kfree(ss->peername);
	kfree_rcu(ss, rcu);
}
