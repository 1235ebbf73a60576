// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asking for a handshake. A program hands its connected socket to the agent
 * that listens to net/handshake; until the agent attaches a verdict nobody but
 * the process that the agent names may use the socket.
 */

#include <linux/cred.h>
#include <linux/file.h>
#include <linux/key.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <net/handshake.h>
#include <net/inet_connection_sock.h>
#include <net/sock.h>

#include "internal.h"
#include "trace.h"

#define SEAL_TIMEOUT_DEFAULT	20000	/* ms */
#define SEAL_TIMEOUT_MAX	30000

/*
 * A cancelled request may still be in the hands of an agent that is accepting
 * it, which looks at the socket. The name, which it looks at later, goes with that.
 */
#define SEAL_REQ_LINGER		HZ

/* What a socket that others have, too, usually takes to be held; see seal_sock_wait(). */
#define SEAL_REQ_HOLDING	(2 * HZ)

/* How often we look whether who asks is through. */
#define SEAL_REQ_SUBMITTING	max(HZ / 10, 1)

/* A request that took too long is not submitted any more; one that is, is cancelled. */
enum seal_req_stage {
	SEAL_REQ_WAITS,
	SEAL_REQ_SUBMITS,
	SEAL_REQ_LATE,
};

/**
 * struct seal_req - a handshake we asked for
 * @work: the timeout; after the end lets everything go
 * @ss: the socket, a reference
 * @file: keeps the socket open
 * @stage: enum seal_req_stage; who changes the first of them has decided it
 * @submitted: who asks does not look at it any more
 * @done: the agent answered, or cannot any more
 * @peername: of a client, until the request has a place in the queue: the socket's then
 */
struct seal_req {
	struct delayed_work work;
	struct seal_sock *ss;
	struct file *file;
	atomic_t stage;
	bool submitted;
	bool done;
	const char *peername;
};

static void seal_req_free(struct seal_req *req)
{
	fput(req->file);
	seal_sock_put(req->ss);
	kfree(req->peername);
	kfree(req);
}

/* The request is over; a socket that was not attached meanwhile is, too. */
static void seal_req_end(struct seal_req *req, enum seal_event event, int result,
			 const char *reason)
{
	seal_close(req->ss, event, result, reason);
	/* Only now: closing the socket takes nothing out of net/handshake's queue. */
	seal_ask_end(req->ss);
	mod_delayed_work(seal_wq, &req->work, SEAL_REQ_LINGER);
	/* Pairs with seal_req_work(), which may free it from here on. */
	smp_store_release(&req->done, true);
}

static bool seal_req_decide(struct seal_req *req, enum seal_req_stage stage)
{
	return atomic_cmpxchg(&req->stage, SEAL_REQ_WAITS, stage) == SEAL_REQ_WAITS;
}

/*
 * Who asks may wait for the lock of the socket as long as another thread keeps it in a page
 * fault, and must not take a place in the queue meanwhile. If the gate is not down yet
 * seal_close() does nothing here, and seal_request_start() finds SEAL_REQ_LATE.
 */
static void seal_req_late(struct seal_req *req)
{
	seal_close(req->ss, SEAL_EV_TIMEOUT, -ETIMEDOUT, "it was not asked for in time");
	seal_ask_end(req->ss);
}

static void seal_req_work(struct work_struct *work)
{
	struct seal_req *req = container_of(to_delayed_work(work), struct seal_req, work);

	/* Pairs with seal_request_start(): nothing is cancelled while it is submitted. */
	if (!smp_load_acquire(&req->submitted)) {
		if (seal_req_decide(req, SEAL_REQ_LATE))
			seal_req_late(req);
		queue_delayed_work(seal_wq, &req->work, SEAL_REQ_SUBMITTING);
		return;
	}
	/* Pairs with seal_req_end(). */
	if (smp_load_acquire(&req->done)) {
		/* Or it ended while we run, and the work for that is still to come. */
		if (!delayed_work_pending(&req->work))
			seal_req_free(req);
		return;
	}
	/* If it cannot be cancelled the answer is on its way. */
	if (tls_handshake_cancel(req->ss->sk))
		seal_req_end(req, SEAL_EV_TIMEOUT, -ETIMEDOUT,
			     "the agent did not answer in time");
	else
		queue_delayed_work(seal_wq, &req->work, SEAL_REQ_LINGER);
}

/* Success is an attached verdict: a status of zero ends what is still pending. */
static void seal_req_answered(void *data, int status, key_serial_t peerid)
{
	struct seal_req *req = data;

	seal_req_end(req, status ? SEAL_EV_FAIL : SEAL_EV_TIMEOUT,
		     status < 0 ? status : -EACCES, "the agent refused");
}

static int seal_req_hello(struct seal_req *req, struct socket *sock,
			  const struct seal_request *arg, unsigned int timeout_ms)
{
	struct tls_handshake_args args = {
		.ta_sock	= sock,
		.ta_done	= seal_req_answered,
		.ta_data	= req,
		.ta_timeout_ms	= timeout_ms,
		.ta_keyring	= TLS_NO_KEYRING,
		.ta_my_cert	= TLS_NO_CERT,
		.ta_my_privkey	= TLS_NO_PRIVKEY,
	};

	if (arg->role == SEAL_ROLE_SERVER)
		return tls_server_hello_x509(&args, GFP_KERNEL);
	/* A pointer is kept to it. */
	args.ta_peername = req->ss->peername;
	if (arg->flags & SEAL_REQUEST_ANONYMOUS)
		return tls_client_hello_anon(&args, GFP_KERNEL);
	return tls_client_hello_x509(&args, GFP_KERNEL);
}

/*
 * net/handshake takes its reference on the sock after it has told the agent, which
 * may be done by then and have dropped it: the last one of a socket in use.
 */
static int seal_req_submit(struct seal_req *req, struct socket *sock,
			   const struct seal_request *arg, unsigned int timeout_ms)
{
	struct sock *sk = sock->sk;
	int err;

	sock_hold(sk);
	err = seal_req_hello(req, sock, arg, timeout_ms);
	sock_put(sk);
	/* Its queue is full. EAGAIN would mean that the socket is as it was. */
	return err == -EAGAIN ? -ETIMEDOUT : err;
}

static int seal_request_check(const struct seal_request *arg)
{
	size_t len = strnlen(arg->peername, sizeof(arg->peername));

	if (len == sizeof(arg->peername) || arg->timeout_ms > SEAL_TIMEOUT_MAX)
		return -EINVAL;
	if (arg->flags & ~SEAL_REQUEST_ANONYMOUS)
		return -EINVAL;
	if (arg->role == SEAL_ROLE_CLIENT)
		return len ? 0 : -EINVAL;
	if (arg->role == SEAL_ROLE_SERVER)
		return len || arg->flags ? -EINVAL : 0;
	return -EINVAL;
}

static bool seal_nonblock(const struct socket *sock)
{
	return sock->file->f_flags & O_NONBLOCK;
}

/* The result, once; afterwards what connect(2) says of a socket it is done with. */
static int seal_request_result(struct seal_sock *ss)
{
	enum seal_state state;
	int err;

	spin_lock_bh(&ss->lock);
	state = ss->state;
	if (state == SEAL_STATE_ATTESTED)
		err = ss->result_taken ? -EISCONN : 0;
	else if (!ss->result_taken && ss->result)
		err = ss->result;
	else
		err = -seal_state_errno(state, ss->consumer);
	ss->result_taken = true;
	spin_unlock_bh(&ss->lock);
	return err;
}

static int seal_request_wait(struct seal_sock *ss, long timeo)
{
	long left;

	left = wait_event_interruptible_timeout(ss->wq,
						seal_sock_state(ss) != SEAL_STATE_PENDING,
						timeo);
	/* What would start it again is no result that a ring of io_uring may tell. */
	if (left < 0)
		return seal_uses_io_uring() ? -EINTR : sock_intr_errno(timeo);
	return left ? seal_request_result(ss) : -EINPROGRESS;
}

/* Who saw the table of a state in poll() is told of the same state here. */
static enum seal_state seal_request_state(struct seal_sock *ss)
{
	enum seal_state state;

	spin_lock_bh(&ss->lock);
	state = ss->state;
	spin_unlock_bh(&ss->lock);
	return state;
}

static struct seal_req *seal_req_alloc(struct socket *sock, struct seal_sock *ss,
				       const struct seal_request *arg)
{
	struct seal_req *req = kzalloc(sizeof(*req), GFP_KERNEL_ACCOUNT);

	if (!req)
		return NULL;
	if (arg->role == SEAL_ROLE_CLIENT) {
		req->peername = kstrdup(arg->peername, GFP_KERNEL_ACCOUNT);
		if (!req->peername) {
			kfree(req);
			return NULL;
		}
	}
	INIT_DELAYED_WORK(&req->work, seal_req_work);
	req->file = get_file(sock->file);
	refcount_inc(&ss->ref);
	req->ss = ss;
	return req;
}

static unsigned int seal_request_ms(const struct seal_request *arg)
{
	return arg->timeout_ms ?: SEAL_TIMEOUT_DEFAULT;
}

/* From here on the request is made: whatever fails, the socket ends rejected. */
static int seal_request_start(struct seal_req *req, struct socket *sock,
			      const struct seal_request *arg, int err)
{
	const unsigned int ms = seal_request_ms(arg);
	enum seal_event event = SEAL_EV_FAIL;
	struct seal_sock *ss = req->ss;

	seal_count(ss->sk, SEAL_N_REQUESTED);
	seal_notify(ss, GFP_KERNEL);
	trace_seal_request(ss);
	if (!err && !seal_req_decide(req, SEAL_REQ_SUBMITS)) {
		err = -ETIMEDOUT;
		event = SEAL_EV_TIMEOUT;
	}
	if (!err) {
		/* The agent has all the time that it is told. */
		mod_delayed_work(seal_wq, &req->work, msecs_to_jiffies(ms));
		err = seal_req_submit(req, sock, arg, ms);
	}
	/* One that was not held is closed already, for its own reason. */
	if (err)
		seal_req_end(req, event, err, "no agent took the request");
	/* Pairs with seal_req_work(), which may free it from here on. */
	smp_store_release(&req->submitted, true);
	if (err)
		return seal_request_result(ss);
	if (seal_nonblock(sock))
		return -EINPROGRESS;
	return seal_request_wait(ss, sock_sndtimeo(sock->sk, false));
}

/* A place in the queue, and the time for it. */
static int seal_request_begin(struct seal_req *req, const struct seal_request *arg, u32 max)
{
	int err = seal_ask_begin(req->ss, max);

	if (err)
		return err;
	/* There is one place for a socket in its life. */
	req->ss->peername = req->peername;
	req->peername = NULL;
	queue_delayed_work(seal_wq, &req->work,
			   max(msecs_to_jiffies(seal_request_ms(arg)), SEAL_REQ_HOLDING));
	return 0;
}

/* The gate is down, the owner wanted it; a refusal changes nothing. */
static int seal_request_required(struct seal_sock *ss, struct socket *sock,
				 const struct seal_request *arg, u32 max)
{
	struct seal_req *req = seal_req_alloc(sock, ss, arg);
	int err;

	if (!req)
		return -ENOMEM;
	err = seal_request_begin(req, arg, max);
	if (err) {
		seal_req_free(req);
		return err;
	}
	return seal_request_start(req, sock, arg, 0);
}

static int seal_request_new(struct socket *sock, const struct seal_request *arg, u32 max)
{
	struct seal_group *group;
	struct seal_sock *ss;
	struct seal_req *req;
	int err = -ENOMEM;

	ss = seal_sock_create(sock, SEAL_CONSUMER_USER);
	if (IS_ERR(ss))
		return PTR_ERR(ss) == -EEXIST ? -EALREADY : PTR_ERR(ss);
	req = seal_req_alloc(sock, ss, arg);
	if (!req)
		goto abandon;
	err = seal_request_begin(req, arg, max);
	if (err)
		goto free;
	err = seal_sock_ulp(sock);
	/* With kTLS on it the socket cannot be connected elsewhere any more. */
	if (!err)
		err = seal_may_ask(sock->sk, arg->role, &max);
	if (err)
		goto free;
	group = seal_sock_prepare(sock);
	err = PTR_ERR_OR_ZERO(group);
	if (err)
		goto free;
	/* The request has the file. */
	err = seal_sock_hold(ss, group, 1);
	return seal_request_start(req, sock, arg, err);

free:
	cancel_delayed_work_sync(&req->work);
	seal_req_free(req);
abandon:
	seal_sock_abandon(ss);
	return err;
}

/* In the order of Documentation/userspace-api/seal.rst. */
static int seal_request_first(struct sock *sk, const struct seal_request *arg)
{
	struct socket *sock;
	u32 max;
	int err;

	err = seal_may_ask(sk, arg->role, &max);
	if (err)
		return err;
	sock = seal_sock_fresh(sk);
	return IS_ERR(sock) ? PTR_ERR(sock) : seal_request_new(sock, arg, max);
}

static int seal_request_again(struct seal_sock *ss, const struct seal_request *arg)
{
	enum seal_state state = seal_request_state(ss);
	struct socket *sock;
	u32 max;
	int err;

	if (state == SEAL_STATE_NONE)
		return -EALREADY;
	if (state != SEAL_STATE_PENDING)
		return seal_request_result(ss);
	/* Of what was published it stays as long as the file. */
	sock = READ_ONCE(ss->sock);
	if (ss->required && !READ_ONCE(ss->was_asked)) {
		err = seal_may_ask(sock->sk, arg->role, &max);
		return err ?: seal_request_required(ss, sock, arg, max);
	}
	if (seal_nonblock(sock))
		return -EALREADY;
	return seal_request_wait(ss, sock_sndtimeo(sock->sk, false));
}

/**
 * seal_request() - ask for a handshake, or for how it went
 * @sk: any socket; the caller holds its file
 * @arg: role, flags, time, name of the peer
 *
 * Context: process; waits like connect(2).
 * Return: 0 if the socket is attested, else a negative errno.
 */
int seal_request(struct sock *sk, const struct seal_request *arg)
{
	struct seal_sock *ss;
	int err;

	err = seal_request_check(arg);
	if (err)
		return err;
	ss = seal_sock_get(sk);
	if (!ss) {
		err = seal_request_first(sk, arg);
		/* The ULP that we found is that of a request which came first. */
		return err == -EEXIST && seal_sock_find(sk) ? -EALREADY : err;
	}
	err = seal_request_again(ss, arg);
	seal_sock_put(ss);
	return err;
}

/**
 * seal_claim() - name the process that may pass the gate
 * @ss: the caller holds the file
 * @tgid: a process; on success the reference is taken over
 *
 * Context: any.
 * Return: 0, -EBUSY if another one was named, -EINVAL if not pending.
 */
int seal_claim(struct seal_sock *ss, struct pid *tgid)
{
	int err = -EINVAL;

	spin_lock_bh(&ss->lock);
	if (ss->state == SEAL_STATE_PENDING)
		err = ss->worker ? -EBUSY : 0;
	if (!err) {
		WRITE_ONCE(ss->worker, tgid);
		seal_ask_taken(ss);
	}
	spin_unlock_bh(&ss->lock);
	return err;
}
