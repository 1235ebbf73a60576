// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting for callers who came past the table of a socket before ours was there, and
 * have not come to where they can be seen.
 */

#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/rcupdate.h>
#include <net/sock.h>

#include "internal.h"

/* How often we wait for all tasks where others have, or want, the lock of a socket. */
#define SEAL_GRACE_TRIES	20

/* How often we look whether all others are out of their calls. */
#define SEAL_ALONE_TRIES	100

/* How long we wait for all tasks, some of which others may keep from the processor. */
#define SEAL_GRACE_TIMEOUT	(10 * HZ)

/* Grace periods that have begun, and the last that is over. */
static atomic_t seal_grace_begun;
static int seal_grace_over;
static DECLARE_WAIT_QUEUE_HEAD(seal_grace_wait);
static struct workqueue_struct *seal_grace_wq;

/* All tasks sleep, or come out of the kernel. */
static void seal_grace_period(struct work_struct *work)
{
	/* Pairs with seal_sock_grace(): this first, then what the tasks do. */
	int nr = atomic_inc_return(&seal_grace_begun);

	synchronize_rcu_tasks();
	/* Pairs with seal_grace_is_over(). */
	smp_store_release(&seal_grace_over, nr);
	wake_up_all(&seal_grace_wait);
}

static DECLARE_WORK(seal_grace_work, seal_grace_period);

/**
 * seal_grace_init() - make what waits for all tasks
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int seal_grace_init(void)
{
	seal_grace_wq = alloc_workqueue("seal_grace", WQ_UNBOUND, 1);
	return seal_grace_wq ? 0 : -ENOMEM;
}

/**
 * seal_grace_exit() - nobody waits any more
 *
 * Context: process, at module exit.
 */
void seal_grace_exit(void)
{
	destroy_workqueue(seal_grace_wq);
}

static bool seal_sock_busy(struct sock *sk)
{
	bool busy;

	local_bh_disable();
	bh_lock_sock(sk);
	/* Guarded by the spinlock that we have. */
	busy = waitqueue_active(&sk->sk_lock.wq);
	busy |= sock_owned_by_user(sk);
	bh_unlock_sock(sk);
	local_bh_enable();
	return busy;
}

/*
 * Is it sure that no other task is in a call on this socket? Then its file has one reference for
 * its only descriptor, one that fdget() took for this call if the descriptor table is shared,
 * and @held of ours. A ring of io_uring may have registered the file, and takes no reference for
 * a call, so a task with a ring is never alone.
 */
static bool seal_sock_alone(const struct seal_sock *ss, unsigned int held)
{
	bool shared = atomic_read(&current->files->count) > 1;

	/* Who takes a reference after this was looked at finds the table of the gate. */
	smp_mb();
	return !seal_uses_io_uring() && file_count(ss->sock->file) <= 1 + shared + held;
}

static bool seal_grace_is_over(int nr)
{
	/* Pairs with seal_grace_period(); the number may come around. */
	return smp_load_acquire(&seal_grace_over) - nr >= 0;
}

/*
 * A task that gets no time on a processor may put its end off for long, and any user can
 * have such a one: so it is a work that waits, and who waits for the work may be killed.
 */
static int seal_sock_grace(void)
{
	long left;
	int nr;

	/* Pairs with seal_grace_period(): what begins after this finds the gate. */
	smp_mb();
	nr = atomic_read(&seal_grace_begun) + 1;
	queue_work(seal_grace_wq, &seal_grace_work);
	left = wait_event_killable_timeout(seal_grace_wait, seal_grace_is_over(nr),
					   SEAL_GRACE_TIMEOUT);
	if (left > 0)
		return 0;
	return left ? -EINTR : -EBUSY;
}

/*
 * A caller from before the gate may have slept in lock_sock() during the whole grace period, and
 * once woken, but not yet running, be overtaken by our lock_sock(). So while anybody owns the
 * lock or waits for it we take it once, and wait for another grace period, after which that
 * caller owns it or has left. No proof: it may sleep again, and be woken, between two looks.
 */
static int seal_sock_settle(struct seal_sock *ss)
{
	unsigned int tries = SEAL_GRACE_TRIES;
	struct sock *sk = ss->sk;
	bool busy;
	int err;

	do {
		/* Whoever closes it waits for the mutex that we have. */
		if (seal_state_closed(seal_sock_state(ss)))
			return -EBUSY;
		err = seal_sock_grace();
		if (err)
			return err;
		busy = seal_sock_busy(sk);
		/* Who was woken just now. */
		usleep_range(50, 100);
		busy |= seal_sock_busy(sk);
		if (!busy)
			return 0;
		lock_sock(sk);
		release_sock(sk);
	} while (--tries);
	return -EBUSY;
}

/**
 * seal_sock_wait() - until all are where they can be seen who are inside
 * @ss: the caller has the mutex, and the gate is down
 * @held: references of ours to the file of the socket
 *
 * A call that loaded the table before ours was in place, and has not come to the lock of
 * the socket, is seen by nobody, running or preempted. Where it cannot be told by the
 * references that there is none, all tasks must have slept, or come out of the kernel:
 * such a call sleeps for that lock, or further inside.
 *
 * Context: process.
 * Return: 0, -EBUSY if that could not be told in time or it was closed meanwhile, or
 * -EINTR for who is to die.
 */
int seal_sock_wait(struct seal_sock *ss, unsigned int held)
{
	unsigned int tries;

	for (tries = 0; tries < SEAL_ALONE_TRIES; tries++) {
		if (seal_sock_alone(ss, held))
			return 0;
		usleep_range(50, 100);
	}
	return seal_sock_settle(ss);
}
