// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What one who took over a worker or a verifier can still do: each is tried by a
 * process of its own behind the walls of seald/confine.c, and without them first, so
 * that a call which fails for another reason proves nothing.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/attempts.h"
#include "lib/tap.h"
#include "seald/confine.h"
#include "seald/keyring.h"

static const char *const wall_names[WALLS] = {
	[NONE]			= "free",
	[WORKER]		= "worker",
	[VERIFIER]		= "verifier",
	[WITHOUT_DIRECTORY]	= "without a directory",
	[WITH_KEYS]		= "with keys",
};

static bool build(enum wall wall)
{
	const uint32_t keys = attempts_ring();

	confine_start();
	switch (wall) {
	case WORKER:
		return confine_worker();
	case VERIFIER:
		return confine_verifier(attempts_dir(), NULL);
	case WITHOUT_DIRECTORY:
		return confine_verifier(NULL, NULL);
	case WITH_KEYS:
		return (!keys || keyring_enclose(keys)) && confine_verifier(attempts_dir(), &keys);
	default:
		return true;
	}
}

/* 0, an errno, or KILLED for a system call that is none of its own. */
static int try(enum wall wall, int (*what)(void))
{
	pid_t child = fork();
	int status;

	if (!child) {
		dup2(attempts_pipe[1], STDERR_FILENO);
		_exit(build(wall) ? what() : 255);
	}
	must(waitpid(child, &status, 0) == child, "waitpid");
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? KILLED :
	       WIFEXITED(status) ? WEXITSTATUS(status) : 254;
}

static void test_attempts(void)
{
	for (size_t i = 0; i < attempts_count; i++) {
		const struct attempt *a = &attempts[i];
		int came[WALLS];

		for (unsigned int wall = NONE; wall < WALLS; wall++)
			came[wall] = try(wall, a->what);
		if (ok(!memcmp(came, a->comes, sizeof(came)), "%s", a->name))
			continue;
		for (unsigned int wall = NONE; wall < WALLS; wall++)
			note("%s: %d", wall_names[wall], came[wall]);
	}
}

/* By what the kernel says of it. */
static bool has_no_capability(enum wall wall)
{
	pid_t child = fork();
	char path[64], text[4096];
	int status, n;
	FILE *f;

	if (!child) {
		if (!build(wall))
			_exit(1);
		for (;;)
			poll(NULL, 0, 1000);
	}
	snprintf(path, sizeof(path), "/proc/%d/status", (int)child);
	for (n = 0; n < 3000; n++) {
		size_t len = 0;

		f = fopen(path, "re");
		if (f) {
			len = fread(text, 1, sizeof(text) - 1, f);
			fclose(f);
		}
		text[len] = '\0';
		if (strstr(text, "Seccomp:\t2"))
			break;
		usleep(10000);
	}
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return strstr(text, "CapEff:\t0000000000000000") &&
	       strstr(text, "CapPrm:\t0000000000000000") && strstr(text, "NoNewPrivs:\t1") &&
	       strstr(text, "Seccomp:\t2");
}

int main(void)
{
	attempts_stage();
	test_attempts();
	ok(has_no_capability(WORKER), "a worker has no capability");
	ok(has_no_capability(VERIFIER), "a verifier has none");
	attempts_clear();
	return done();
}
