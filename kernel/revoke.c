// SPDX-License-Identifier: GPL-2.0-only
/*
 * Closing a socket, in two phases. The first changes the table and turns kTLS'
 * receive side off; it never waits and covers all sockets of a revoke before
 * the second begins. The second, a work item for each socket, gets the callers
 * out that were inside already. When it is done no call moves a byte any more.
 */

#include <linux/bpf.h>
#include <linux/delay.h>
#include <linux/lockdep.h>
#include <linux/random.h>
#include <linux/sched/mm.h>
#include <net/tcp.h>

#include "internal.h"
#include "trace.h"

struct workqueue_struct *seal_wq;

static DECLARE_WAIT_QUEUE_HEAD(seal_evict_wq);

/* How often the second phase tries before it gives its worker to others. */
#define SEAL_EVICT_ROUNDS	100

/* And how long it is away then, in jiffies. */
#define SEAL_EVICT_DELAY_MAX	((unsigned int)HZ / 4)

/* The largest evict_delay, in jiffies, with which an abort still waits for others' wake-ups. */
#define SEAL_WAKING_DELAY_MAX	8

/*
 * Closed sockets whose callers were not all woken yet, and revokes that are
 * closing more. The abort of one may reach another as a reset, which TCP tells to
 * one caller there, and to the others as the end of the stream.
 */
static atomic_t seal_waking;

/*
 * Sticky: once kTLS' reader lock is taken every receive path of it looks at
 * this and returns the error, whatever was decrypted before. selftest.c proves
 * it on the running kernel.
 */
static void seal_switch_off(struct tls_sw_context_rx *rx, int error)
{
	WRITE_ONCE(rx->async_wait.err, -error);
}

static void seal_trace_close(const struct seal_sock *ss, enum seal_event event,
			     bool closed)
{
	bool expire = event == SEAL_EV_EXPIRE;

	if (closed && expire)
		trace_seal_expire(ss);
	else if (closed)
		trace_seal_close(ss);
	else if (expire)
		trace_seal_expire_err(ss->sk, ss->cookie, -EALREADY);
	else
		trace_seal_close_err(ss->sk, ss->cookie, -EALREADY);
}

/**
 * seal_close() - first phase: from now on no new call passes
 * @ss: the caller has a reference
 * @event: why: SEAL_EV_EXPIRE, SEAL_EV_REVOKE, SEAL_EV_FAIL or SEAL_EV_TIMEOUT
 * @result: negative errno for who waits for a handshake
 * @reason: in words, cut if too long
 *
 * Context: any, does not sleep.
 * Return: false if the state does not allow it: closed already, or released.
 */
bool seal_close(struct seal_sock *ss, enum seal_event event, int result,
		const char *reason)
{
	struct tls_sw_context_rx *rx;
	enum seal_state next;
	int error;

	spin_lock_bh(&ss->lock);
	next = seal_state_next(ss->state, event);
	if (next == SEAL_STATE_NONE || !ss->sock || !ss->group) {
		spin_unlock_bh(&ss->lock);
		seal_trace_close(ss, event, false);
		return false;
	}
	WRITE_ONCE(ss->sock->ops, &ss->group->ops[next]);
	error = seal_state_errno(next, ss->consumer);
	rx = seal_sock_rx(ss->sk);
	if (rx)
		seal_switch_off(rx, error);
	/* A writer looks at it after each record, if nobody has taken it away. */
	WRITE_ONCE(ss->sk->sk_err, error);
	ss->result = result;
	strscpy(ss->reason, reason, sizeof(ss->reason));
	ss->waking = true;
	atomic_inc(&seal_waking);
	seal_sock_set_state(ss, next);
	queue_delayed_work(seal_wq, &ss->work, 0);
	spin_unlock_bh(&ss->lock);
	seal_trace_close(ss, event, true);
	wake_up_all(&ss->wq);
	return true;
}

/* True if a reader is inside, or wants to be. The socket is ours. */
static bool seal_reader_inside(struct sock *sk, struct tls_sw_context_rx *rx)
{
	/* Who waits there came with the socket locked, as we are. */
	bool waits = waitqueue_active(&rx->wq);

	if (!rx->reader_present && waits)
		wake_up(&rx->wq);
	return rx->reader_present || waits;
}

/*
 * Take the socket lock as lock_sock() does when nobody owns it. The caller holds sk_lock.slock
 * and has seen it unowned. To lockdep it is a trylock: it does not sleep, so it may be taken in
 * any order, and under the spinlock. Undone by release_sock().
 */
static void seal_own(struct sock *sk)
{
	mutex_acquire(&sk->sk_lock.dep_map, 0, 1, _RET_IP_);
	sk->sk_lock.owned = 1;
}

/*
 * Wake all callers once. Returns true, with the socket locked, if nobody owns the socket lock or
 * waits for it, nobody sleeps in a call for data, and kTLS has no reader. It never sleeps for
 * the lock: callers may sleep with it in page faults, and would keep every worker there is. And
 * it takes the lock under the spinlock under which it looked, before a caller that was just
 * woken can.
 */
static bool seal_kick(struct sock *sk, struct tls_sw_context_rx *rx, int error)
{
	bool busy;

	/* Also if it is not ours now: a writer may keep it and look at this only. */
	WRITE_ONCE(sk->sk_err, error);
	local_bh_disable();
	bh_lock_sock(sk);
	busy = sock_owned_by_user(sk);
	/* Guarded by the spinlock that we have. */
	busy |= waitqueue_active(&sk->sk_lock.wq);
	if (!sock_owned_by_user(sk)) {
		if (rx) {
			seal_switch_off(rx, error);
			busy |= seal_reader_inside(sk, rx);
			if (!busy)
				__skb_queue_purge(&rx->rx_list);
		}
		sk_error_report(sk);
		/* Also of TCP below, where a failed attach finds them. */
		busy |= seal_sock_inside(sk);
	}
	if (!busy)
		seal_own(sk);
	bh_unlock_sock(sk);
	local_bh_enable();
	return !busy;
}

/* Nobody has it, and nobody is in the queue for it. */
static bool seal_take_tx_lock(struct tls_context *ctx)
{
	if (!mutex_trylock(&ctx->tx_lock))
		return false;
	if (!seal_mutex_contended(&ctx->tx_lock))
		return true;
	mutex_unlock(&ctx->tx_lock);
	return false;
}

/*
 * For a caller that keeps the socket locked, or whose sk_err another thread keeps taking with
 * SO_ERROR. Done without the socket lock. TCP looks at SEND_SHUTDOWN for each record it is
 * given, and kTLS copies rx.iv for each record that it decrypts: from the next one on a writer
 * gets EPIPE, and a reader EBADMSG. The nonce is random, so that not even a peer who knows the
 * key can send a record that verifies. tx.iv is left alone: no nonce may be used twice.
 */
static void seal_break(struct sock *sk)
{
	struct tls_context *ctx = tls_get_ctx(sk);

	WRITE_ONCE(sk->sk_shutdown, READ_ONCE(sk->sk_shutdown) | SEND_SHUTDOWN);
	if (seal_sock_rx(sk))
		get_random_bytes(ctx->rx.iv, sizeof(ctx->rx.iv));
}

/*
 * Without a key to receive with there is no switch: who got past the table before would
 * read what TCP has. It throws that away at the close, tcp_abort() what is to be sent.
 * As in tcp_disconnect().
 */
static void seal_drop_received(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	__skb_queue_purge(&sk->sk_receive_queue);
	WRITE_ONCE(tp->copied_seq, tp->rcv_nxt);
	WRITE_ONCE(tp->urg_data, 0);
}

/*
 * The switch stops readers of kTLS, not those of TCP: its zero-copy receive, or a caller that
 * was in tcp_recvmsg() before the keys came. So the receive queue is emptied. Unless the
 * strparser copies, the frag_list of its anchor points to buffers of that queue: it is stopped,
 * and the pointer dropped, first.
 */
static void seal_drop_records(struct sock *sk)
{
	struct tls_strparser *strp = &seal_sock_rx(sk)->strp;

	strp->stopped = 1;
	WRITE_ONCE(strp->msg_ready, 0);
	if (!strp->copy_mode)
		skb_shinfo(strp->anchor)->frag_list = NULL;
	seal_drop_received(sk);
}

#ifndef CONFIG_BPF_SYSCALL
#error "without BPF tcp_abort() takes a lock that we have: CONFIG_BPF_SYSCALL"
#endif

/**
 * seal_abort_locked() - abort a connection whose lock somebody has
 * @sk: in the name of who has it locked
 * @error: what it ends with, an errno
 *
 * tcp_abort() takes the socket lock unless a BPF program calls it, which has it
 * (bpf_sock_destroy()). So have we, and call as such a program would. For a connection nothing
 * else below tcp_abort() looks at who calls. That it does not wait is proven at load
 * (selftest.c).
 *
 * Context: process.
 */
void seal_abort_locked(struct sock *sk, int error)
{
	struct bpf_run_ctx run_ctx = {};
	struct bpf_run_ctx *old = bpf_set_run_ctx(&run_ctx);

	tcp_abort(sk, error);
	bpf_reset_run_ctx(old);
}

/*
 * The socket is locked. The error stays on it for who got past the table before
 * the close.
 */
static void seal_abort(struct sock *sk, int error)
{
	seal_abort_locked(sk, error);
	if (seal_sock_rx(sk))
		seal_drop_records(sk);
	else
		seal_drop_received(sk);
	WRITE_ONCE(sk->sk_err, error);
}

/**
 * seal_tell() - audit and listeners learn of a close, once
 * @ss: closed; the caller is its work, or its release
 *
 * Not when all are out, which one who does not leave could put off for ever; and without
 * waiting for memory, which a reclaim may want to have from this socket. Audit hears nothing
 * of what was required alone, which anybody can make any number of.
 *
 * Context: process.
 */
void seal_tell(struct seal_sock *ss)
{
	if (ss->told)
		return;
	ss->told = true;
	if (seal_sock_verdict(ss) || READ_ONCE(ss->was_asked))
		seal_audit(ss, seal_sock_state(ss));
	seal_notify(ss, GFP_NOWAIT);
}

/**
 * seal_woken() - nobody waits for the callers of this socket any more
 * @ss: closed; the caller is its work, or its release
 *
 * Context: any.
 */
void seal_woken(struct seal_sock *ss)
{
	if (ss->waking)
		atomic_dec(&seal_waking);
	ss->waking = false;
}

static bool seal_others_waking(const struct seal_sock *ss)
{
	return atomic_read(&seal_waking) && ss->evict_delay < SEAL_WAKING_DELAY_MAX;
}

/*
 * Get readers and writers out and only then abort. sk_err is told once, to
 * whoever comes first; after an abort the second would find the socket shut
 * down without an error and report the end of the stream. Without the abort it
 * sleeps until the next kick.
 */
static bool seal_get_out(struct seal_sock *ss, bool *later)
{
	struct sock *sk = ss->sk;
	struct tls_context *ctx = tls_get_ctx(sk);
	int error = seal_sock_errno(ss);
	bool out;

	if (!seal_kick(sk, seal_sock_rx(sk), error))
		return false;
	out = !ctx || seal_take_tx_lock(ctx);
	if (out) {
		seal_woken(ss);
		*later = seal_others_waking(ss);
		if (!*later)
			seal_abort(sk, error);
		if (ctx)
			mutex_unlock(&ctx->tx_lock);
	}
	release_sock(sk);
	return out && !*later;
}

static bool seal_evict_try(struct seal_sock *ss, bool *later)
{
	bool done;

	/* Its own callers were woken. */
	*later = !ss->waking && seal_others_waking(ss);
	if (*later)
		return false;
	/* An attach that is under way may bring kTLS keys; they are closed, too. */
	if (!mutex_trylock(&ss->mutex))
		return false;
	done = seal_get_out(ss, later);
	seal_sock_unlock(ss);
	return done;
}

/*
 * Callers that only have to be woken are out after a few rounds. One that
 * sleeps in a page fault with the socket locked holds up its own socket, through which
 * nothing passes any more but what that caller has in hand: the work comes again, later
 * and later, and keeps no worker meanwhile. So it does if callers of other sockets are
 * still being woken.
 */
static void seal_evict(struct seal_sock *ss)
{
	unsigned int rounds = ss->evict_delay ? 1 : SEAL_EVICT_ROUNDS;
	bool later = false;

	while (!seal_evict_try(ss, &later)) {
		if (later || !--rounds) {
			if (!later)
				seal_break(ss->sk);
			seal_woken(ss);
			ss->evict_delay = clamp(2 * ss->evict_delay, 1U,
						SEAL_EVICT_DELAY_MAX);
			queue_delayed_work(seal_wq, &ss->work, ss->evict_delay);
			return;
		}
		usleep_range(50, 100);
	}
	trace_seal_drain(ss);
	seal_count(ss->sk, SEAL_N_DRAINED);
	seal_evict_done(ss);
}

/**
 * seal_evict_work() - second phase: get everybody out
 * @work: in the socket; seal_sock_release() waits for it
 *
 * Memory may be reclaimed for us by writing to a file of NFS or to a disk of NVMe whose
 * connection is this one, and that waits for the release.
 *
 * Context: process.
 */
void seal_evict_work(struct work_struct *work)
{
	struct seal_sock *ss = container_of(to_delayed_work(work), struct seal_sock, work);
	unsigned int noio = memalloc_noio_save();

	seal_tell(ss);
	seal_evict(ss);
	memalloc_noio_restore(noio);
}

/**
 * seal_evict_done() - tell those who wait that nobody is inside any more
 * @ss: closed or released
 *
 * Context: any.
 */
void seal_evict_done(struct seal_sock *ss)
{
	/* Pairs with seal_evicted(): all that was done to get them out. */
	smp_store_release(&ss->evicted, true);
	wake_up_all(&seal_evict_wq);
}

static bool seal_evicted(const struct seal_sock *ss)
{
	/* Pairs with seal_evict_done(). */
	return smp_load_acquire(&ss->evicted);
}

/**
 * seal_evict_wait() - wait for the second phase
 * @ss: closed; the caller has a reference
 * @timeout: jiffies; what is left comes back
 *
 * Context: process.
 * Return: true if it is done.
 */
bool seal_evict_wait(struct seal_sock *ss, unsigned long *timeout)
{
	long left;

	left = wait_event_killable_timeout(seal_evict_wq, seal_evicted(ss), *timeout);
	*timeout = max(left, 0L);
	if (seal_evicted(ss))
		return true;
	trace_seal_drain_err(ss->sk, ss->cookie, -EINPROGRESS);
	return false;
}

static bool seal_text_matches(const char *wanted, const char *text)
{
	return !wanted || !strcmp(wanted, text);
}

/* What no socket has before its verdict. */
static bool seal_names_verdict(const struct seal_selector *sel)
{
	return sel->agent || sel->peer || sel->policy || sel->ak_name;
}

static bool seal_matches(const struct seal_sock *ss, const struct seal_selector *sel)
{
	const struct seal_verdict *verdict = seal_sock_verdict(ss);

	if ((sel->net && !net_eq(ss->net, sel->net)) || (sel->id && sel->id != ss->id))
		return false;
	if (!verdict)
		return !seal_names_verdict(sel);
	return (!sel->agent || sel->agent == ss->agent) &&
	       seal_text_matches(sel->peer, verdict->peer) &&
	       seal_text_matches(sel->policy, verdict->policy) &&
	       (!sel->ak_name ||
		(sel->ak_name_len == verdict->ak_name_len &&
		 !memcmp(sel->ak_name, verdict->ak_name, sel->ak_name_len)));
}

/**
 * seal_revokes() - how many revokes have begun that an attach must not survive
 * @net: where
 *
 * An attach that is under way has no verdict yet by which a revoke could find its socket.
 * Who opens one asks after the verdict is in place, and a revoke looks after it was
 * counted: either it finds the verdict, or this has changed since the attach was sent, or
 * since the claim, if the agent says what it was told then.
 *
 * Context: any.
 * Return: a number to compare with another.
 */
unsigned int seal_revokes(const struct net *net)
{
	/* Pairs with seal_revoke_first(): the verdict first, then this. */
	smp_mb();
	return atomic_read(&seal_net_of(net)->revokes);
}

/**
 * seal_revoke_first() - first phase for every socket that matches
 * @sel: which
 * @reason: in words
 *
 * Context: process, does not wait for anybody.
 * Return: how many this call closed.
 */
u32 seal_revoke_first(const struct seal_selector *sel, const char *reason)
{
	unsigned long id = sel->id;
	struct seal_sock *ss;
	u32 count = 0;

	/* What is closed in all namespaces at once is not opened again, see drain.c. */
	if (sel->net && (!sel->id || seal_names_verdict(sel))) {
		atomic_inc(&seal_net_of(sel->net)->revokes);
		/* Pairs with seal_revokes(): this first, then the verdicts. */
		smp_mb__after_atomic();
	}
	/* One that goes alone is not held up until all are closed. */
	if (!sel->id)
		atomic_inc(&seal_waking);
	for (; (ss = seal_sock_next(&id)); id++) {
		if (seal_matches(ss, sel) &&
		    seal_close(ss, SEAL_EV_REVOKE, -EKEYREJECTED, reason))
			count++;
		seal_sock_put(ss);
		if (sel->id)
			break;
		cond_resched();
	}
	if (!sel->id)
		atomic_dec(&seal_waking);
	return count;
}

static u32 seal_revoke_second(const struct seal_selector *sel)
{
	unsigned long timeout = SEAL_EVICT_TIMEOUT;
	unsigned long id = sel->id;
	struct seal_sock *ss;
	u32 draining = 0;

	for (; (ss = seal_sock_next(&id)); id++) {
		if (seal_matches(ss, sel) && seal_state_closed(seal_sock_state(ss)) &&
		    !seal_evict_wait(ss, &timeout))
			draining++;
		seal_sock_put(ss);
		if (sel->id)
			break;
	}
	return draining;
}

/**
 * seal_revoke() - close every socket that matches, and wait
 * @sel: which
 * @reason: in words
 * @count: gets how many this call closed
 * @draining: gets how many that match have a caller inside after 5 seconds
 *
 * Context: process.
 */
void seal_revoke(const struct seal_selector *sel, const char *reason,
		 u32 *count, u32 *draining)
{
	*count = seal_revoke_first(sel, reason);
	*draining = seal_revoke_second(sel);
	if (*draining)
		trace_seal_revoke_err(*count, *draining);
	else
		trace_seal_revoke(*count, *draining);
}
