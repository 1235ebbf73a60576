// SPDX-License-Identifier: GPL-2.0-or-later

#include "pair.h"

#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

void pair_clear(struct pair *pair)
{
	pair->worker = pair->verifier = (struct child){ .pidfd = -1 };
	pair->to_worker = (struct ipc_channel){ .fd = -1 };
	pair->to_verifier = (struct ipc_channel){ .fd = -1 };
}

bool pair_there(const struct pair *pair)
{
	return pair->to_worker.fd >= 0;
}

static void close_both(int fds[2])
{
	for (int i = 0; i < 2; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static int pair_start(struct pair *pair, const char *programs,
		      const char *config, int worker[2], int verifier[2],
		      int between[2])
{
	int err;

	err = spawn(&pair->worker, programs, "seald-worker", NULL, NULL,
		    (int[]){ worker[1], between[0] }, 2);
	if (!err)
		err = spawn(&pair->verifier, programs, "seald-verifier", config,
			    NULL, (int[]){ verifier[1], between[1] }, 2);
	return err;
}

int pair_spawn(struct pair *pair, const char *programs, const char *config)
{
	int worker[2] = { -1, -1 }, verifier[2] = { -1, -1 };
	int between[2] = { -1, -1 };
	int err;

	pair_clear(pair);
	err = socket_pair(worker);
	if (!err)
		err = socket_pair(verifier);
	if (!err)
		err = socket_pair(between);
	if (!err)
		err = pair_start(pair, programs, config, worker, verifier, between);
	close_both(between);
	if (err) {
		child_end(&pair->worker);
		child_end(&pair->verifier);
		close_both(worker);
		close_both(verifier);
		return err;
	}
	close(worker[1]);
	close(verifier[1]);
	pair->to_worker = (struct ipc_channel){
		worker[0], IPC_W_START, IPC_MONITOR, IPC_WORKER_END,
	};
	pair->to_verifier = (struct ipc_channel){
		verifier[0], IPC_V_START, IPC_MONITOR, IPC_VERIFIER_END,
	};
	return 0;
}

void pair_end(struct pair *pair)
{
	child_end(&pair->worker);
	child_end(&pair->verifier);
	if (pair->to_worker.fd >= 0)
		close(pair->to_worker.fd);
	if (pair->to_verifier.fd >= 0)
		close(pair->to_verifier.fd);
	pair_clear(pair);
}

void pair_yield(const struct pair *pair, unsigned int older)
{
	int nice = older < 19 ? (int)older : 19;

	setpriority(PRIO_PROCESS, (id_t)pair->worker.pid, nice);
	setpriority(PRIO_PROCESS, (id_t)pair->verifier.pid, nice);
}

bool pair_alive(const struct pair *pair)
{
	struct pollfd p[2] = {
		{ .fd = pair->worker.pidfd, .events = POLLIN },
		{ .fd = pair->verifier.pidfd, .events = POLLIN },
	};

	return pair_there(pair) && poll(p, 2, 0) == 0;
}
