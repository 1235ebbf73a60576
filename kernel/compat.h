/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels we build for. SEAL_HAVE_* come from Kbuild,
 * which looks into the headers; nothing here or elsewhere asks for a version.
 */
#ifndef SEAL_COMPAT_H
#define SEAL_COMPAT_H

#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/magic.h>
#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/osq_lock.h>
#include <linux/pid.h>
#include <linux/sched.h>

#ifdef SEAL_HAVE_SOCKADDR_UNSIZED
#define seal_sockaddr	sockaddr_unsized
#else
#define seal_sockaddr	sockaddr
#endif

/* hrtimer_init() and the assignment became one call. */
static inline void seal_hrtimer_setup(struct hrtimer *timer,
				      enum hrtimer_restart (*fn)(struct hrtimer *),
				      clockid_t clock, enum hrtimer_mode mode)
{
#ifdef SEAL_HAVE_HRTIMER_SETUP
	hrtimer_setup(timer, fn, clock, mode);
#else
	hrtimer_init(timer, clock, mode);
	timer->function = fn;
#endif
}

/* Of a ring, or one of the workers that a ring has. */
static inline bool seal_uses_io_uring(void)
{
#ifdef CONFIG_IO_URING
	return current->io_uring || (current->flags & PF_IO_WORKER);
#else
	return false;
#endif
}

/*
 * Does anybody sleep or spin for a mutex that we hold? The first bit of its
 * owner says that there are sleepers (kernel/locking/mutex.h). With PREEMPT_RT
 * it is another lock, and we do not know.
 */
static inline bool seal_mutex_contended(struct mutex *lock)
{
#ifdef CONFIG_PREEMPT_RT
	return false;
#else
#ifdef CONFIG_MUTEX_SPIN_ON_OWNER
	if (osq_is_locked(&lock->osq))
		return true;
#endif
	return atomic_long_read(&lock->owner) & 1;
#endif
}

/*
 * The process behind a pidfd. pidfd_pid() is not exported; a file of pidfs has
 * the struct pid in its inode (fs/pidfs.c, every kernel with PID_FS_MAGIC).
 */
static inline struct pid *seal_pidfd_pid(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	if (inode->i_sb->s_magic != PID_FS_MAGIC)
		return NULL;
	return inode->i_private;
}

#endif /* SEAL_COMPAT_H */
