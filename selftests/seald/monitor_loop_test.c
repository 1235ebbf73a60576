// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two whole daemons with a fake kernel under each: what their service manager
 * is told, many requests at once, more than there is room for, requests we do
 * not serve, and the end. Run by selftests/seald/hosts.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemons.h"
#include "../unit/lib/tap.h"

#define POLICY	"[policy test]\npeer = *\nmode = require\nak-trust = certificate\n%P"

static const char *notify_path(void)
{
	static char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];

	snprintf(path, sizeof(path), "%s/notify", getenv("SEALD_HOSTS"));
	return path;
}

/* A service manager's socket: daemons that start from now on know it. */
static int manager_open(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strcpy(addr.sun_path, notify_path());
	must(!bind(fd, (struct sockaddr *)&addr, sizeof(addr)), "bind");
	setenv("NOTIFY_SOCKET", addr.sun_path, 1);
	return fd;
}

/* Does it hear @word, after whatever else, within so many ms? */
static bool manager_hears(int manager, const char *word, int ms)
{
	struct pollfd p = { .fd = manager, .events = POLLIN };
	char text[300];
	ssize_t n;

	while (poll(&p, 1, ms) == 1) {
		n = recv(manager, text, sizeof(text) - 1, 0);
		text[n > 0 ? n : 0] = '\0';
		if (!strcmp(text, word))
			return true;
	}
	return false;
}

/* What it prints when called so, and nothing else. */
static void test_says(const char *option, const char *begin)
{
	char command[400], text[200] = "";
	FILE *f;

	snprintf(command, sizeof(command), "%s/seald %s", getenv("SEAL_PROGRAMS"), option);
	f = popen(command, "r");
	must(f != NULL, command);
	if (!fgets(text, sizeof(text), f))
		text[0] = '\0';
	while (fgetc(f) != EOF)
		;
	ok(!pclose(f) && !strncmp(text, begin, strlen(begin)), "seald %s: %.*s", option,
	   (int)strcspn(text, "\n"), text);
}

static void test_refuses_to_start(int manager)
{
	char path[300];
	struct daemon d;
	int status = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/f/seald.conf", getenv("SEALD_HOSTS"));
	f = fopen(path, "a");
	must(f && fputs("[nothing]\n", f) >= 0 && !fclose(f), path);
	daemon_start(&d, "f");
	waitpid(d.pid, &status, 0);
	close(d.kernel);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 1 && !manager_hears(manager, "READY=1", 0),
	   "one that refuses to start is never ready");
}

/* All programs get the same environment; it has executed, for it has answered. */
static void test_knows_the_manager(struct daemon *a)
{
	char path[64], text[4096];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)daemon_attester(a));
	f = fopen(path, "r");
	must(f != NULL, path);
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	ok(n && !memmem(text, n, "NOTIFY_SOCKET", 13), "no other program of it can say so");
}

/* How many of @count ended attested. */
static unsigned int collect(struct daemon *d, unsigned int count)
{
	unsigned int good = 0;
	struct fake_done done;

	while (count-- && daemon_done(d, &done, 60000))
		good += !done.status && done.attached;
	return good;
}

static void test_many(struct daemon *a, struct daemon *b, unsigned int count)
{
	uint64_t begin = ipc_now();
	unsigned int at_b, at_a;
	int fd[2];

	for (unsigned int i = 0; i < count; i++) {
		tcp_pair(fd);
		daemon_request(b, i, "a.seal.test", ACCEPT_AUTH_X509, 50000, fd[0]);
		daemon_request(a, i, NULL, ACCEPT_AUTH_X509, 50000, fd[1]);
	}
	at_b = collect(b, count);
	at_a = collect(a, count);
	ok(at_a == count && at_b == count, "%u of %u at once after %u ms", at_a, count,
	   (unsigned int)((ipc_now() - begin) / 1000000));
}

static void test_not_served(struct daemon *a)
{
	struct fake_done done = { 0 };
	int fd[2];

	tcp_pair(fd);
	daemon_request(a, 7, NULL, ACCEPT_AUTH_UNKNOWN, 0, fd[1]);
	ok(daemon_done(a, &done, 5000) && done.id == 7 && done.status == EACCES,
	   "an unknown kind: refused at once");
	close(fd[0]);
	tcp_pair(fd);
	daemon_request(a, 9, NULL, ACCEPT_AUTH_PSK, 0, fd[1]);
	/* That address had an attested connection: its consumer may try again. */
	ok(daemon_done(a, &done, 5000) && done.id == 9 && done.status == ETIMEDOUT,
	   "a pre-shared key that no policy speaks of: refused at once");
	close(fd[0]);
	must(!pipe(fd), "pipe");
	daemon_request(a, 8, NULL, ACCEPT_AUTH_X509, 0, fd[0]);
	ok(daemon_done(a, &done, 5000) && done.id == 8 && done.status,
	   "not a connection: refused at once");
	close(fd[1]);
}

/* What the one before was told, the new one does not know. */
static void test_reload(struct daemon *a, struct daemon *b)
{
	struct fake_done at_a = { 0 }, at_b = { 0 };
	int fd[2];

	tcp_pair(fd);
	a->reloads = true;
	daemon_request(b, 1, "a.seal.test", ACCEPT_AUTH_X509, 50000, fd[0]);
	daemon_request(a, 1, NULL, ACCEPT_AUTH_X509, 50000, fd[1]);
	ok(daemon_done(b, &at_b, 60000) && daemon_done(a, &at_a, 60000) && at_a.attached &&
	   at_b.attached && at_a.told, "a module that was loaded anew knows rules and on-death");
}

/* Has the log a line with all of it? */
static bool log_has(const struct daemon *d, const char *begin, const char *more)
{
	char line[1024];
	bool found = false;
	FILE *f = fopen(d->log, "r");

	must(f != NULL, d->log);
	while (!found && fgets(line, sizeof(line), f)) {
		const char *at = strstr(line, begin);

		found = at && strstr(at, more);
	}
	fclose(f);
	return found;
}

/* With -v, which daemon_start() gives: what the first handshake went through. */
static void test_verbose(struct daemon *a, struct daemon *b)
{
	ok(log_has(a, "handshake 1: request class=nfsd role=server local=127.0.0.1:",
		   " remote=127.0.0.1:") &&
	   log_has(b, "handshake 1: request class=nfs role=client ", "\"a.seal.test\"\n"),
	   "-v: who asked, from where");
	ok(log_has(a, "handshake 1: verdict=accept policy=\"test\"\n", ""), "-v: by which policy");
	ok(log_has(a, "handshake 1: queued -> running event=started\n", "") &&
	   log_has(a, "handshake 1: ready -> handing event=worker-ok\n", "") &&
	   log_has(a, "handshake 1: handing -> good event=handed\n", ""), "-v: its states");
}

/* What waits behind a request that could not be taken is not forgotten. */
static void test_accept_fails(void)
{
	struct fake_done done = { 0 };
	struct daemon d;
	int fd[2];

	daemon_start(&d, "a");
	/* So that nothing else wakes it: it has started what it starts. */
	sleep(2);
	tcp_pair(fd);
	daemon_request(&d, 3, NULL, (enum accept_auth)FAKE_FAILS, 0, fd[0]);
	daemon_request(&d, 4, NULL, ACCEPT_AUTH_UNKNOWN, 0, fd[1]);
	/* In 30 s it looks for other agents, and would see it then. */
	ok(daemon_done(&d, &done, 25000) && done.id == 4 && done.status == EACCES,
	   "a request behind one that could not be taken is answered");
	daemon_stop(&d);
}

/* Peers that never speak: 64 at work, 256 wait, the rest is turned away. */
static void test_flood(struct daemon *a)
{
	enum { FLOOD = 400 };
	unsigned int away = 0, late = 0;
	int fd[2], keep[FLOOD];
	uint64_t begin = ipc_now();
	struct fake_done done;

	for (unsigned int i = 0; i < FLOOD; i++) {
		tcp_pair(fd);
		keep[i] = fd[0];
		daemon_request(a, i, NULL, ACCEPT_AUTH_X509, 3000, fd[1]);
	}
	for (unsigned int i = 0; i < FLOOD; i++) {
		if (!daemon_done(a, &done, 20000))
			break;
		away += done.status == ETIMEDOUT;
		late += ipc_now() - begin > 15000000000u;
	}
	for (unsigned int i = 0; i < FLOOD; i++)
		close(keep[i]);
	ok(away == FLOOD && !late, "%u silent peers: every one told in time", away);
}

/*
 * Octet by octet, at distances at which no wait is worth a word: a record and a hello of so
 * many more.
 */
static pid_t drip(const int *fds, unsigned int count)
{
	static const uint8_t begin[] = { 22, 3, 1, 0x3f, 0xff, 1, 0, 0x3f, 0xfb, 3, 3 };
	pid_t pid = fork();

	must(pid >= 0, "fork");
	for (size_t at = 0; !pid; at++) {
		uint8_t octet = at < sizeof(begin) ? begin[at] : 0;

		for (unsigned int i = 0; i < count; i++)
			send(fds[i], &octet, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
		usleep(5000);
	}
	return pid;
}

/*
 * CVE-2023-38200: who says nothing has no place that another needs, and nobody is sent
 * away but for one who comes.
 */
static void test_silent(struct daemon *a, struct daemon *b, bool drips)
{
	enum { SILENT = 130, PLACES = 64 };
	unsigned int away = 0, kept = 0;
	struct fake_done done = { 0 };
	int fd[2], keep[SILENT];
	pid_t dripping = 0;
	bool served;

	for (unsigned int i = 0; i < SILENT; i++) {
		tcp_pair(fd);
		keep[i] = fd[0];
		daemon_request(a, 1 + i, NULL, ACCEPT_AUTH_X509, 600000, fd[1]);
	}
	if (drips)
		dripping = drip(keep, SILENT);
	tcp_pair(fd);
	daemon_request(b, 0, "a.seal.test", ACCEPT_AUTH_X509, 60000, fd[0]);
	daemon_request(a, 0, NULL, ACCEPT_AUTH_X509, 60000, fd[1]);
	served = daemon_done(b, &done, 70000) && !done.status && done.attached;
	while ((done.id = 1) && daemon_done(a, &done, 70000) && done.id)
		away += done.status == ETIMEDOUT;
	ok(served && !done.id && !done.status && done.attached,
	   "CVE-2023-38200: beside %u %s peers, more than there are places", SILENT,
	   drips ? "dripping" : "silent");
	ok(away == SILENT + 1 - PLACES, "of whom %u gave way, one for each who came", away);
	if (drips) {
		kill(dripping, SIGKILL);
		waitpid(dripping, NULL, 0);
	}
	for (unsigned int i = 0; i < SILENT; i++)
		close(keep[i]);
	while (kept < SILENT - away && daemon_done(a, &done, 60000))
		kept++;
	ok(away + kept == SILENT, "and the others kept theirs until they left");
}

/* Of a user, says the kernel. */
static void users_pair(int fd[2])
{
	setfsuid(65534);
	tcp_pair(fd);
	setfsuid(0);
}

/* How many were started before the last that came, or up to it, says the log. */
static unsigned int started(const struct daemon *d)
{
	unsigned int number, last = 0, count = 0, before = 0;
	FILE *f = fopen(d->log, "r");
	char line[1024];

	must(f != NULL, d->log);
	while (fgets(line, sizeof(line), f)) {
		const char *at = strstr(line, "handshake ");

		if (!at || sscanf(at, "handshake %u: queued -> running", &number) != 1 ||
		    !strstr(at, "-> running"))
			continue;
		count++;
		if (number > last) {
			last = number;
			before = count;
		}
	}
	fclose(f);
	return before;
}

/* Peers that never speak, of one user: half of the places are others', and of the queue. */
static void test_part(struct daemon *a, struct daemon *b)
{
	enum { SILENT = 200, PART = 32 };
	unsigned int ended = 0, before = started(a);
	struct fake_done done = { 0 };
	int fd[2], keep[SILENT];
	bool served;

	for (unsigned int i = 0; i < SILENT; i++) {
		users_pair(fd);
		keep[i] = fd[0];
		daemon_request(a, 1 + i, NULL, ACCEPT_AUTH_X509, 600000, fd[1]);
	}
	tcp_pair(fd);
	daemon_request(b, 0, "a.seal.test", ACCEPT_AUTH_X509, 60000, fd[0]);
	daemon_request(a, 0, NULL, ACCEPT_AUTH_X509, 60000, fd[1]);
	served = daemon_done(b, &done, 70000) && !done.status && done.attached;
	before = started(a) - before;
	ok(served && before < 4 * PART, "%u silent peers of one user: another's turn is the %uth",
	   SILENT, before);
	for (unsigned int i = 0; i < SILENT; i++)
		close(keep[i]);
	while (ended < SILENT + 1 && daemon_done(a, &done, 60000))
		ended++;
	ok(ended == SILENT + 1 && log_has(a, "reason=busy", " wait, others of this user already"),
	   "and those are told for which there is no room");
}

static void test_end(struct daemon *a, struct daemon *b)
{
	struct fake_done done;
	unsigned int told = 0;
	int fd[2], keep[20];

	for (unsigned int i = 0; i < 20; i++) {
		tcp_pair(fd);
		keep[i] = fd[0];
		daemon_request(a, i, NULL, ACCEPT_AUTH_X509, 20000, fd[1]);
	}
	usleep(100000);
	kill(a->pid, SIGTERM);
	while (told < 20 && daemon_done(a, &done, 5000))
		told += done.status == ETIMEDOUT;
	ok(told == 20, "SIGTERM: %u of 20 requests at work are answered", told);
	ok(daemon_stop(a) && daemon_stop(b), "and both ended well");
	for (unsigned int i = 0; i < 20; i++)
		close(keep[i]);
}

/* Not a daemon whose attester ends again and again. */
static void test_misspelt(void)
{
	char dir[300], path[320], line[512] = "";
	struct daemon d;
	int status = 0, i;
	FILE *f;

	snprintf(dir, sizeof(dir), "%s/misspelt", getenv("SEALD_HOSTS"));
	snprintf(path, sizeof(path), "%s/seald.conf", dir);
	must(!mkdir(dir, 0700), dir);
	f = fopen(path, "w");
	must(f && fputs("[seald]\nstate = /run/x\n[tpm]\nbatches = 1\n", f) >= 0 && !fclose(f),
	     path);
	daemon_start(&d, "misspelt");
	for (i = 0; i < 6000 && waitpid(d.pid, &status, WNOHANG) == 0; i++)
		usleep(10000);
	if (i == 6000)
		daemon_stop(&d);
	f = fopen(d.log, "r");
	must(f && fgets(line, sizeof(line), f) && !fclose(f), d.log);
	ok(i < 6000 && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_FAILURE &&
	   strstr(line, "seald.conf:4: unknown key"), "a key that the attester has not: %s", line);
}

/* A host whose rules name a cgroup that no service has yet, as at boot. */
static void ruled_dir(char *dir, size_t size)
{
	snprintf(dir, size, "%s/ruled", getenv("SEALD_HOSTS"));
}

static void put_rules(const char *text)
{
	char dir[300], path[320];
	FILE *f;

	ruled_dir(dir, sizeof(dir));
	snprintf(path, sizeof(path), "%s/rules", dir);
	f = fopen(path, "w");
	must(f && fputs(text, f) >= 0 && !fclose(f), path);
}

static void start_with_rules(struct daemon *d)
{
	char dir[300], path[320];
	FILE *f;

	ruled_dir(dir, sizeof(dir));
	snprintf(path, sizeof(path), "%s/seald.conf", dir);
	must(!mkdir(dir, 0700), dir);
	f = fopen(path, "w");
	must(f && fprintf(f, "[seald]\nstate = %s/state\n", dir) > 0 && !fclose(f), path);
	put_rules("allow port=1\nallow cgroup=/no/such/group\n");
	daemon_start(d, "ruled");
}

/* Within so many seconds. */
static bool soon_in_log(const struct daemon *d, unsigned int seconds, const char *begin,
			const char *more)
{
	for (unsigned int i = 0; i < 10 * seconds; i++) {
		if (log_has(d, begin, more))
			return true;
		usleep(100000);
	}
	return false;
}

static bool is_refused(struct daemon *d)
{
	struct fake_done done = { 0 };
	int fd[2];

	tcp_pair(fd);
	daemon_request(d, 1, NULL, ACCEPT_AUTH_UNKNOWN, 0, fd[1]);
	close(fd[0]);
	return daemon_done(d, &done, 5000) && done.id == 1 && done.status && !done.told;
}

/* With WATCHDOG_USEC of 2 s: each second, though there is nothing to do. */
static void test_watchdog(int manager)
{
	unsigned int heard = 0;
	struct daemon d;

	setenv("NOTIFY_SOCKET", notify_path(), 1);
	setenv("WATCHDOG_USEC", "2000000", 1);
	daemon_start(&d, "a");
	must(manager_hears(manager, "READY=1", 60000), "ready");
	while (heard < 3 && manager_hears(manager, "WATCHDOG=1", 2000))
		heard++;
	ok(heard == 3, "the service manager hears that it lives: %u of 3 times", heard);
	unsetenv("WATCHDOG_USEC");
	unsetenv("NOTIFY_SOCKET");
	daemon_stop(&d);
}

static void test_rules_are_not_there_yet(struct daemon *d, int manager)
{
	ok(manager_hears(manager, "READY=1", 60000) && is_refused(d),
	   "rules with a mistake: it takes handshakes, and the module has none");
	ok(log_has(d, "ruled/rules:2: no cgroup \"/no/such/group\"", "hint="), "and says which");
	put_rules("allow port=1\nallow port=2\n");
}

static void test_rules_are_there_now(struct daemon *d)
{
	ok(soon_in_log(d, 60, "ruled/rules: 2 rules", ""), "it looks again by itself");
	put_rules("allow port=x\n");
	kill(d->pid, SIGHUP);
	ok(soon_in_log(d, 10, "ruled/rules:1: not PORT", "hint="), "a mistake at SIGHUP");
	put_rules("allow port=3\n");
	kill(d->pid, SIGHUP);
	ok(soon_in_log(d, 10, "ruled/rules: 1 rule\n", "") && daemon_stop(d), "until the next");
}

static void script(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	must(f && fputs(text, f) >= 0 && !fclose(f) && !chmod(path, 0700), path);
}

/* User and system time of a process, in ms. */
static unsigned int cpu_ms(pid_t pid)
{
	unsigned long user = 0, sys = 0;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	must(f && fscanf(f, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
			 &user, &sys) == 2 && !fclose(f), path);
	return (unsigned int)((user + sys) * 1000 / (unsigned long)sysconf(_SC_CLK_TCK));
}

/* As daemon_start(), with a script in the place of its worker. */
static void start_with_worker(struct daemon *d, const char *name, const char *text)
{
	char dir[300], path[320], command[2000], programs[300];

	snprintf(programs, sizeof(programs), "%s", getenv("SEAL_PROGRAMS"));
	snprintf(dir, sizeof(dir), "%s/programs", getenv("SEALD_HOSTS"));
	snprintf(command, sizeof(command), "rm -rf %s && mkdir %s && ln -s %s/* %s && "
		 "rm %s/seald-worker", dir, dir, programs, dir, dir);
	must(!system(command), command);
	snprintf(path, sizeof(path), "%s/seald-worker", dir);
	script(path, text);
	setenv("SEAL_PROGRAMS", dir, 1);
	daemon_start(d, name);
	setenv("SEAL_PROGRAMS", programs, 1);
}

#define TAKES_JOB	"#!/bin/sh\nhead -c 1 <&3 >/dev/null\n"

/* A worker that takes its job, closes the channel and lives on. */
static void test_mute_worker(void)
{
	struct fake_done done = { 0 };
	struct daemon d;
	bool told;
	int fd[2];

	start_with_worker(&d, "a", TAKES_JOB "exec 3>&-\nexec sleep 1000\n");
	tcp_pair(fd);
	daemon_request(&d, 5, NULL, ACCEPT_AUTH_X509, 4000, fd[1]);
	told = daemon_done(&d, &done, 60000) && done.id == 5 && done.status == ETIMEDOUT;
	ok(told && cpu_ms(d.pid) < 1000, "a worker that closed its channel: %u ms of CPU until "
	   "the deadline", cpu_ms(d.pid));
	close(fd[0]);
	daemon_stop(&d);
}

/* How many workers have written a line. */
static unsigned int lines_of(const char *path)
{
	unsigned int count = 0;
	FILE *f = fopen(path, "r");
	int c;

	while (f && (c = fgetc(f)) != EOF)
		count += c == '\n';
	if (f)
		fclose(f);
	return count;
}

/*
 * @count requests to workers that say nothing, as one in lock_sock(). Returns how many were at
 * work in the end, and in *@more_ret how long after the first they were more than @many.
 */
static unsigned int stuck_workers(unsigned int count, unsigned int many, bool user,
				  uint64_t *more_ret)
{
	char path[300], text[700];
	int fd[2], keep[64];
	uint64_t first = 0;
	struct daemon d;
	unsigned int at_work = 0;

	snprintf(path, sizeof(path), "%s/stuck", getenv("SEALD_HOSTS"));
	snprintf(text, sizeof(text), TAKES_JOB "echo >>%s\nexec sleep 1000\n", path);
	unlink(path);
	start_with_worker(&d, "a", text);
	*more_ret = 0;
	for (unsigned int i = 0; i < count; i++) {
		if (user)
			users_pair(fd);
		else
			tcp_pair(fd);
		keep[i] = fd[0];
		daemon_request(&d, i, NULL, ACCEPT_AUTH_X509, 600000, fd[1]);
	}
	for (unsigned int i = 0; i < 3000 && at_work < count; i++) {
		usleep(10000);
		at_work = lines_of(path);
		if (at_work && !first)
			first = ipc_now();
		if (at_work > many && !*more_ret)
			*more_ret = ipc_now() - first;
	}
	for (unsigned int i = 0; i < count; i++)
		close(keep[i]);
	daemon_stop(&d);
	return at_work;
}

/* Who waits for the lock of a socket wants no CPU, and cannot say so. */
static void test_stuck_workers(void)
{
	unsigned int busy_max = 4 * (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int count = busy_max + 8 < 64 ? busy_max + 8 : 64;
	unsigned int at_work;
	uint64_t more;

	at_work = stuck_workers(count, busy_max, false, &more);
	ok(at_work == count, "workers that say nothing: %u of %u at work", at_work, count);
	count = busy_max < 32 ? busy_max : 32;
	at_work = stuck_workers(count, busy_max / 2, true, &more);
	ok(at_work == count && (busy_max / 2 >= count || more > 800000000u),
	   "of one user half at once, others after %u ms", (unsigned int)(more / 1000000));
}

/* WAITS and WORKS (22, 23) with a body that they have not. */
static void test_odd_worker(void)
{
	static const char *const says[] = {
		"printf '\\000\\001\\000\\026\\003' >&3\n",
		"printf '\\000\\001\\000\\026\\001\\001' >&3\n",
		"printf '\\000\\001\\000\\026' >&3\nprintf '\\000\\001\\000\\027\\001' >&3\n",
	};
	unsigned int ended = 0;

	for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++) {
		struct fake_done done = { 0 };
		struct daemon d;
		char text[300];
		int fd[2];

		snprintf(text, sizeof(text), TAKES_JOB "%sexec sleep 1000\n", says[i]);
		start_with_worker(&d, "a", text);
		tcp_pair(fd);
		daemon_request(&d, 6, NULL, ACCEPT_AUTH_X509, 600000, fd[1]);
		ended += daemon_done(&d, &done, 60000) && done.id == 6 && done.status;
		close(fd[0]);
		daemon_stop(&d);
	}
	ok(ended == 3, "a worker that says what is not in the tables is ended: %u of 3", ended);
}

int main(void)
{
	int manager = manager_open();
	struct daemon a, b, ruled;

	daemon_policy("a", "b", POLICY);
	daemon_policy("b", "a", POLICY);
	signal(SIGPIPE, SIG_IGN);
	test_says("--version", "seald 1.");
	test_says("-h", "usage: seald ");
	test_refuses_to_start(manager);
	start_with_rules(&ruled);
	test_rules_are_not_there_yet(&ruled, manager);
	daemon_start(&a, "a");
	ok(manager_hears(manager, "READY=1", 60000), "the service manager hears of a start");
	unsetenv("NOTIFY_SOCKET");
	daemon_start(&b, "b");
	test_many(&a, &b, 1);
	test_knows_the_manager(&a);
	test_verbose(&a, &b);
	test_many(&a, &b, 50);
	test_reload(&a, &b);
	test_not_served(&a);
	test_flood(&a);
	test_silent(&a, &b, false);
	test_silent(&a, &b, true);
	test_part(&a, &b);
	test_many(&a, &b, 3);
	test_end(&a, &b);
	ok(manager_hears(manager, "STOPPING=1", 0), "and the service manager of the end");
	test_watchdog(manager);
	test_misspelt();
	test_accept_fails();
	test_mute_worker();
	test_odd_worker();
	test_stuck_workers();
	test_rules_are_there_now(&ruled);
	return done();
}
