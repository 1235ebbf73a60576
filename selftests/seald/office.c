// SPDX-License-Identifier: GPL-2.0-or-later
#include "office.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stand.h"
#include "../unit/lib/tap.h"

int office_sh(const char *format, ...)
{
	char text[4096];
	va_list args;
	int n = snprintf(text, sizeof(text), "cd %s && s=%s/sealctl && { ",
			 getenv("SEALD_HOSTS"), getenv("SEAL_PROGRAMS"));

	va_start(args, format);
	n += vsnprintf(text + n, sizeof(text) - n, format, args);
	va_end(args);
	must(n + 20 < (int)sizeof(text), "command fits");
	strcat(text, "; } >sh.log 2>&1");
	return WEXITSTATUS(system(text));
}

bool office_said(const char *pattern)
{
	char text[600];

	snprintf(text, sizeof(text), "grep -qE '%s' %s/sh.log", pattern, getenv("SEALD_HOSTS"));
	return !system(text);
}

/* Its key as the document has it made. */
void office_open(void)
{
	must(!office_sh("mkdir -p v/policy.d a/verifiers b/verifiers && cp -r a/trust v && "
			"eval \"$($SEAL_TOP/selftests/documents/block.py "
			"$SEAL_TOP/Documentation/verifiers.rst genpkey)\" && "
			"test $(stat -c %%a fleet.key) = 600 && mv fleet.key v/key.pem && "
			"cp fleet.pem a/verifiers/office.pem && "
			"cp fleet.pem b/verifiers/office.pem"),
	     "office");
}

void office_policy(const char *of, const char *more)
{
	struct stand_host v = { 0 };
	char text[1024];

	snprintf(text, sizeof(text), "[policy fleet]\npeer = *\nkey = any\n"
		 "ak-trust = certificate\nmode = require\n%%P%s", more);
	snprintf(v.dir, sizeof(v.dir), "%s/v", getenv("SEALD_HOSTS"));
	host_policy(&v, of, text);
}

int office_issue(const char *host, const char *more)
{
	return office_sh("$s result request -c %s --nonce " OFFICE_NONCE " %s.request && "
			 "$s result issue -c v --request %s.request --nonce " OFFICE_NONCE
			 " --key v/key.pem --policy fleet %s %s.cwt", host, host, host, more,
			 host);
}

void office_install(const char *from, const char *host)
{
	must(!office_sh("rm -f %s/identity/result.cwt && cp %s.cwt %s/identity/result.cwt", host,
			from, host), "result");
}

static pid_t answering;

static int listen_at(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	unlink(path);
	must(strlen(path) < sizeof(addr.sun_path), "path fits");
	strcpy(addr.sun_path, path);
	must(fd >= 0 && !bind(fd, (struct sockaddr *)&addr, sizeof(addr)) && !listen(fd, 16),
	     path);
	return fd;
}

/* One after another, as a service manager would start them. */
static void answer_all(int listener, const char *text)
{
	int fd;

	signal(SIGTERM, SIG_DFL);
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		pid_t pid = fork();

		if (!pid) {
			dup2(fd, 0);
			dup2(fd, 1);
			execl("/bin/sh", "sh", "-c", text, (char *)NULL);
			_exit(127);
		}
		close(fd);
		waitpid(pid, NULL, 0);
	}
	_exit(1);
}

void office_shut(void)
{
	if (answering <= 0)
		return;
	kill(answering, SIGTERM);
	waitpid(answering, NULL, 0);
	answering = 0;
}

void office_answer(const char *host, const char *command)
{
	char path[300], text[1024];
	int listener;

	office_shut();
	snprintf(path, sizeof(path), "%s/%s.verifier", getenv("SEALD_HOSTS"), host);
	snprintf(text, sizeof(text), "cd %s && s=%s/sealctl && %s 2>answer.log",
		 getenv("SEALD_HOSTS"), getenv("SEAL_PROGRAMS"), command ? command :
		 "exec $s result answer -c v --key v/key.pem --policy fleet --valid 60s");
	listener = listen_at(path);
	answering = fork();
	must(answering >= 0, "fork");
	if (!answering)
		answer_all(listener, text);
	close(listener);
}
