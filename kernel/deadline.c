// SPDX-License-Identifier: GPL-2.0-only
/*
 * The deadline of a socket, on a clock that does not stop while the machine is
 * suspended. Its owner may bring it forward, only the agent may put it off.
 */

#include <linux/hrtimer.h>
#include <linux/overflow.h>
#include <linux/time_namespace.h>
#include <linux/timekeeping.h>

#include "internal.h"

static u64 seal_deadline_add(u64 deadline, u64 ns)
{
	u64 sum;

	return check_add_overflow(deadline, ns, &sum) ? U64_MAX : sum;
}

static u64 seal_deadline_sub(u64 deadline, u64 ns)
{
	return deadline > ns ? deadline - ns : 0;
}

/* So much further is the caller's clock than the machine's. */
static s64 seal_deadline_offset(void)
{
	return timens_add_boottime_ns(0);
}

/**
 * seal_deadline_in() - a deadline that the caller gives
 * @deadline: by the clock of his time namespace, ns
 *
 * Context: process, a system call.
 * Return: by the machine's; 0 if it was before that began.
 */
u64 seal_deadline_in(u64 deadline)
{
	s64 offset = seal_deadline_offset();

	return offset < 0 ? seal_deadline_add(deadline, -offset) :
			    seal_deadline_sub(deadline, offset);
}

/**
 * seal_deadline_out() - a deadline that the caller is told
 * @deadline: by the machine's clock, ns, or 0: none
 *
 * Context: process, a system call.
 * Return: by the clock of his time namespace.
 */
u64 seal_deadline_out(u64 deadline)
{
	s64 offset = seal_deadline_offset();

	if (!deadline)
		return 0;
	return offset < 0 ? seal_deadline_sub(deadline, -offset) :
			    seal_deadline_add(deadline, offset);
}

/* A timer that was started anew while it fired has nothing to say. */
static enum seal_event seal_deadline_event(struct seal_sock *ss)
{
	enum seal_event event = SEAL_EVENTS;

	spin_lock_bh(&ss->lock);
	if (ktime_get_boottime_ns() >= ss->deadline)
		event = ss->state == SEAL_STATE_PENDING ? SEAL_EV_TIMEOUT : SEAL_EV_EXPIRE;
	spin_unlock_bh(&ss->lock);
	return event;
}

/**
 * seal_deadline() - the deadline of a socket has come
 * @timer: in the socket; seal_sock_release() waits for it
 *
 * Context: softirq.
 * Return: HRTIMER_NORESTART.
 */
enum hrtimer_restart seal_deadline(struct hrtimer *timer)
{
	struct seal_sock *ss = container_of(timer, struct seal_sock, timer);
	enum seal_event event = seal_deadline_event(ss);

	if (event == SEAL_EV_EXPIRE)
		seal_close(ss, event, -EKEYREVOKED, "deadline");
	if (event == SEAL_EV_TIMEOUT)
		seal_close(ss, event, -ETIMEDOUT, "nobody attested it in time");
	return HRTIMER_NORESTART;
}

/**
 * seal_deadline_set() - a new deadline, and the timer for it
 * @ss: locked, not released
 * @deadline: CLOCK_BOOTTIME ns
 *
 * Context: any.
 */
void seal_deadline_set(struct seal_sock *ss, u64 deadline)
{
	ss->deadline = deadline;
	hrtimer_start(&ss->timer, ns_to_ktime(min_t(u64, deadline, KTIME_MAX)),
		      HRTIMER_MODE_ABS_SOFT);
}

/**
 * seal_deadline_start() - the timer of a requirement
 * @ss: pending; the caller has the mutex, so the deadline is not a verdict's yet
 *
 * Context: process.
 */
void seal_deadline_start(struct seal_sock *ss)
{
	spin_lock_bh(&ss->lock);
	if (ss->required && ss->sock && ss->state == SEAL_STATE_PENDING)
		seal_deadline_set(ss, ss->deadline);
	spin_unlock_bh(&ss->lock);
}

/**
 * seal_tighten() - bring the deadline forward, for good
 * @ss: the caller holds the file
 * @deadline: CLOCK_BOOTTIME ns, earlier than the one there is
 *
 * Context: process.
 * Return: 0, -EINVAL if not earlier, -ENOENT if it is not published yet, or the
 * errno of the state.
 */
int seal_tighten(struct seal_sock *ss, u64 deadline)
{
	int err = 0;

	spin_lock_bh(&ss->lock);
	if (ss->state == SEAL_STATE_NONE)
		err = -ENOENT;
	else if (ss->state != SEAL_STATE_ATTESTED)
		err = -seal_state_errno(ss->state, ss->consumer);
	else if (deadline >= ss->deadline)
		err = -EINVAL;
	if (!err) {
		ss->limit = deadline;
		seal_deadline_set(ss, deadline);
	}
	spin_unlock_bh(&ss->lock);
	return err;
}

/**
 * seal_extend() - the agent has attested the peer again
 * @ss: a reference
 * @deadline: CLOCK_BOOTTIME ns; gets the new one, which is not later than what
 *	the owner wants
 *
 * Context: process.
 * Return: 0, -ENOENT if the socket is gone or not published yet, -ETIME if
 * @deadline has passed, or the errno of the state, which is that of an expired
 * socket also if only the timer is late.
 */
int seal_extend(struct seal_sock *ss, u64 *deadline)
{
	int err = 0;
	u64 now;

	spin_lock_bh(&ss->lock);
	/* Not before: the timer may have found meanwhile that the time is up. */
	now = ktime_get_boottime_ns();
	if (!ss->sock || ss->state == SEAL_STATE_NONE)
		err = -ENOENT;
	else if (ss->state != SEAL_STATE_ATTESTED)
		err = -seal_state_errno(ss->state, SEAL_CONSUMER_USER);
	else if (now >= ss->deadline)
		err = -seal_state_errno(SEAL_STATE_EXPIRED, SEAL_CONSUMER_USER);
	else if (now >= *deadline)
		err = -ETIME;
	if (!err) {
		*deadline = min(*deadline, ss->limit);
		seal_deadline_set(ss, *deadline);
	}
	spin_unlock_bh(&ss->lock);
	return err;
}
