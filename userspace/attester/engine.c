// SPDX-License-Identifier: GPL-2.0-or-later
#include "attester/engine.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum state {
	IDLE = 0,
	GIVEN,
	DONE,
	ENDING,
};

struct att_engine {
	struct att_keys *keys;
	const struct att_evidence_type *type;
	pthread_t thread;
	pthread_mutex_t lock;		/* of @state; @job is whose turn it is */
	pthread_cond_t change;
	enum state state;
	bool idle;			/* as the loop sees it */
	int done;
	struct att_job job;
};

/* Unlike deadlines without the time that the machine slept. */
static uint64_t monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void perform(struct att_engine *e)
{
	const uint64_t start = monotonic_ns();
	struct att_job *job = &e->job;

	if (job->kind == ATT_JOB_QUOTE)
		job->ret = e->type->attest(e->keys, &job->selection,
					  (struct seal_bytes){ job->data, job->data_len },
					  &job->proof);
	else
		job->ret = att_keys_sign(e->keys, job->digest, job->sig, &job->sig_len);
	if (job->ret)
		snprintf(job->error, sizeof(job->error), "%s", att_tpm_error(e->keys->tpm));
	job->took = monotonic_ns() - start;
}

/* False: end. */
static bool wait_for_job(struct att_engine *e)
{
	enum state state;

	pthread_mutex_lock(&e->lock);
	while (e->state != GIVEN && e->state != ENDING)
		pthread_cond_wait(&e->change, &e->lock);
	state = e->state;
	pthread_mutex_unlock(&e->lock);
	return state == GIVEN;
}

static void set_state(struct att_engine *e, enum state state)
{
	pthread_mutex_lock(&e->lock);
	if (e->state != ENDING)
		e->state = state;
	pthread_cond_signal(&e->change);
	pthread_mutex_unlock(&e->lock);
}

static void *run(void *arg)
{
	const uint64_t one = 1;
	struct att_engine *e = arg;

	while (wait_for_job(e)) {
		perform(e);
		set_state(e, DONE);
		if (write(e->done, &one, sizeof(one)) != sizeof(one))
			break;
	}
	return NULL;
}

static void engine_free(struct att_engine *e)
{
	if (e->done >= 0)
		close(e->done);
	pthread_cond_destroy(&e->change);
	pthread_mutex_destroy(&e->lock);
	free(e);
}

struct att_engine *att_engine_start(struct att_keys *keys, const struct att_evidence_type *type)
{
	struct att_engine *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->keys = keys;
	e->type = type;
	e->idle = true;
	pthread_mutex_init(&e->lock, NULL);
	pthread_cond_init(&e->change, NULL);
	e->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (e->done >= 0 && !pthread_create(&e->thread, NULL, run, e))
		return e;
	engine_free(e);
	return NULL;
}

void att_engine_stop(struct att_engine *engine)
{
	if (!engine)
		return;
	set_state(engine, ENDING);
	pthread_join(engine->thread, NULL);
	engine_free(engine);
}

int att_engine_fd(const struct att_engine *engine)
{
	return engine ? engine->done : -1;
}

bool att_engine_idle(const struct att_engine *engine)
{
	return engine && engine->idle;
}

struct att_job *att_engine_job(struct att_engine *engine)
{
	engine->job.kind = ATT_JOB_NONE;
	return &engine->job;
}

void att_engine_go(struct att_engine *engine)
{
	engine->idle = false;
	set_state(engine, GIVEN);
}

const struct att_job *att_engine_take(struct att_engine *engine)
{
	uint64_t count;

	if (read(engine->done, &count, sizeof(count)) != sizeof(count))
		return NULL;
	set_state(engine, IDLE);
	engine->idle = true;
	return &engine->job;
}
