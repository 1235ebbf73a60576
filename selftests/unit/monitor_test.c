// SPDX-License-Identifier: GPL-2.0-or-later
/* What the monitor reads and remembers: seald.conf and the known peers. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "lib/tap.h"
#include "seald/config.h"
#include "seald/known.h"
#include "seald/tally.h"
#include "seald/log.h"
#include "seald/notify.h"
#include "seald/store.h"

static char dir[] = "/tmp/seald-monitor.XXXXXX";
static struct config config;
static char why[CONFIG_PATH_MAX + 128];

static void put(const char *name, const char *text)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	must(f && fputs(text, f) >= 0 && !fclose(f), path);
}

static bool loads(const char *text)
{
	put("seald.conf", text);
	return config_load(&config, dir, why, sizeof(why));
}

static void test_config(void)
{
	ok(config_load(&config, dir, why, sizeof(why)) && !strcmp(config.state, "/run/seal"),
	   "no file: defaults");
	ok(!config_load(&config, "/nowhere/at/all", why, sizeof(why)) &&
	   strstr(why, "/nowhere/at/all: "), "no directory");
	ok(loads("# c\n[identity]\nkey = tpm\n[tpm]\nx = y\n\n"
		 "[verifier]\nsocket = /b\n[seald]\n state = /a \n") &&
	   !strcmp(config.state, "/a"), "what is ours, past what is others'");
	ok(loads("[seald] # ours\nstate = /a # not /b\non-death = close#d\n#[x]\n") &&
	   !strcmp(config.state, "/a") && config.close_on_death, "comments behind something");
	ok(!loads("[seald]\nstate = /a\nstate = /b\n") &&
	   strstr(why, "/seald.conf:3: key given twice"), "twice");
	ok(!loads("[seald]\nstat = /a\n"), "an unknown key");
	ok(!loads("[sealed]\n"), "an unknown section");
	ok(!loads("state = /a\n"), "before any section");
	ok(!loads("[seald]\nstate\n"), "no value");
	ok(!loads("[seald]\nstate = run\n"), "not absolute");
	ok(loads("") && loads("[seald]") && !config.close_on_death, "nothing to say");
	ok(loads("[seald]\non-death = close\nstate = /a\n") && config.close_on_death &&
	   !strcmp(config.state, "/a"), "what our death means");
	ok(loads("[seald]\non-death = keep\n") && !config.close_on_death, "nothing");
	ok(!loads("[seald]\non-death = revoke\n"), "a word it has not");
	ok(!loads("[seald]\non-death = keep\non-death = keep\n"), "twice the same");
}

static void test_long_line(void)
{
	char line[4096];

	memset(line, 'a', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	ok(!loads(line), "a line too long");
}

static void test_requires(void)
{
	char path[200];

	must(loads(""), "config");
	ok(!config_requires(&config), "no policies");
	snprintf(path, sizeof(path), "%s/policy.d", dir);
	must(!mkdir(path, 0700), path);
	ok(!config_requires(&config), "none in the directory");
	put("policy.d/1.conf", "[policy a]\nmode = offer\n# mode = require\n");
	ok(!config_requires(&config), "offer");
	put("policy.d/2.conf", "[policy b]\npeer = *\n  mode =  require \n");
	ok(config_requires(&config), "require");
	put("policy.d/2.conf", "[policy b]\npeer = *\nmode = require#not\n");
	ok(!config_requires(&config), "require#not is no word of ours");
	put("policy.d/2.conf", "[policy b]\npeer = *\nmode = require\t# a#b\n");
	ok(config_requires(&config), "require, and a comment");
	put("policy.d/2.conf", "[policy b]\nmode = offer\n");
	put("policy.d/2.conf.dpkg-old", "[policy b]\nmode = require\n");
	put("policy.d/.hidden.conf", "[policy b]\nmode = require\n");
	put("policy.d/.conf", "[policy b]\nmode = require\n");
	ok(!config_requires(&config), "what is no policy to the verifier is none here");
}

static const char *metrics(void)
{
	static char text[8192];
	char path[100];
	size_t len = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/state/metrics.prom", dir);
	f = fopen(path, "re");
	if (f) {
		len = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	text[len] = '\0';
	return text;
}

static void test_tally(void)
{
	static struct tally tally;
	char state[100];

	snprintf(state, sizeof(state), "%s/state", dir);
	tally_write(&tally, state, 0, 0);
	ok(strstr(metrics(), "seal_handshakes_waiting 0\n") &&
	   !strstr(metrics(), "seal_handshakes_total{"), "no handshake yet");
	tally_add(&tally, TALLY_ATTESTED, true, SEAL_REASON_ACCEPTED);
	tally_add(&tally, TALLY_REFUSED, false, SEAL_REASON_PCR_VALUE);
	tally_add(&tally, TALLY_REFUSED, false, SEAL_REASON_PCR_VALUE);
	tally_add(&tally, TALLY_UNATTESTED, true, SEAL_REASON_UNSET);
	tally_add(&tally, TALLY_ENDS, true, SEAL_REASON_TLS);
	tally_add(&tally, TALLY_REFUSED, true, SEAL_REASON_COUNT);
	tally_write(&tally, state, 3, 64);
	ok(strstr(metrics(), "\nseal_handshakes_total{role=\"server\",outcome=\"attested\","
		  "reason=\"accepted\"} 1\n"), "one was attested");
	ok(strstr(metrics(), "\nseal_handshakes_total{role=\"client\",outcome=\"refused\","
		  "reason=\"pcr-value-refused\"} 2\n"), "two were refused");
	ok(strstr(metrics(), "\nseal_handshakes_total{role=\"server\",outcome=\"unattested\","
		  "reason=\"policy\"} 1\n"), "of one nobody asked it");
	ok(strstr(metrics(), "seal_handshakes_waiting 3\n") &&
	   strstr(metrics(), "seal_handshakes_running 64\n"), "and how many are there");
	ok(!strstr(metrics(), "tls-failed") && !strstr(metrics(), "unset"),
	   "nothing of what is not in the tables");
	tally_write(&tally, "/proc/nowhere", 0, 0);
	tally_write(&tally, "/proc/nowhere", 0, 0);
	ok(tally.complained, "where nothing can be written it is said once");
}

/* More than twice what is kept: written anew, for root only, and not through a link. */
static void test_known_trim(const char *state)
{
	char path[300], other[300], link[300];
	struct known *known;
	struct stat st;
	mode_t mask;
	FILE *f;

	snprintf(path, sizeof(path), "%s/known", state);
	snprintf(link, sizeof(link), "%s/known.new", state);
	snprintf(other, sizeof(other), "%s/other", state);
	f = fopen(path, "w");
	for (unsigned int i = 0; f && i < 5000; i++)
		fprintf(f, "client:%0599u\n", i);
	must(f && !fclose(f) && !symlink(other, link), "a long file");
	mask = umask(0);
	known = known_open(state);
	known_add(known, "client:one");
	ok(access(other, F_OK) && !stat(path, &st) && st.st_size > 1000000,
	   "a long file is not written anew through a link");
	must(!unlink(link), "unlink");
	known_add(known, "client:two");
	umask(mask);
	ok(!stat(path, &st) && st.st_size < 1000000 && (st.st_mode & 0777) == 0600,
	   "but for root only: %o", (unsigned int)st.st_mode & 0777);
	known_close(known);
}

static void test_known(void)
{
	char state[100], name[64];
	struct known *known;
	unsigned int left = 0;

	snprintf(state, sizeof(state), "%s/state", dir);
	known = known_open(state);
	ok(!known_has(known, "server:a"), "nobody yet");
	known_add(known, "server:a");
	known_add(known, "server:a");
	known_add(known, "two words");
	known_add(known, "line\nbreak");
	known_add(known, "");
	ok(known_has(known, "server:a") && !known_has(known, "server:") &&
	   !known_has(known, "two words") && !known_has(known, "line"),
	   "one, and nothing that is no name");
	known_close(known);
	put("state/known", "server:b\n\nbad one\n\1\nserver:a");
	known = known_open(state);
	ok(known_has(known, "server:a") && known_has(known, "server:b") &&
	   !known_has(known, "bad"), "from a file, also a damaged one");
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "client:%d", i);
		known_add(known, name);
	}
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "client:%d", i);
		left += known_has(known, name);
	}
	ok(left == 4096 && !known_has(known, "server:a") &&
	   known_has(known, "client:4999"), "the oldest are forgotten");
	known_close(known);
	test_known_trim(state);
	known = known_open("/proc/nowhere");
	known_add(known, "server:a");
	ok(known_has(known, "server:a"), "in memory where nothing can be written");
	known_close(known);
}

static void test_escape(void)
{
	char out[16];

	ok(!strcmp(seald_escape(out, sizeof(out), "a\"\n\xff"), "a\\x22\\x0a\\xff"),
	   "escaped: %s", out);
	ok(!strcmp(seald_escape(out, 6, "abc\ndef"), "abc"), "cut, not in the middle");
	ok(!strcmp(seald_escape(out, 1, "abc"), ""), "no room at all");
	ok(!strcmp(seald_escape_word(out, sizeof(out), "x y"), "x\\x20y"),
	   "one word stays one");
}

/* What came to @fd since, or "". */
static const char *heard(int fd, char *text, size_t size)
{
	ssize_t n = recv(fd, text, size - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* One line, in a child with a /dev/log of its own: @syslog is what listens there. */
static void log_line(int err, int syslog, const char *stream, int foreground)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	int status;
	pid_t pid = fork();

	if (!pid) {
		must(!unshare(CLONE_NEWNS) &&
		     !mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
		     !mount("none", "/dev", "tmpfs", 0, NULL) &&
		     !bind(syslog, (struct sockaddr *)&addr, sizeof(addr)) &&
		     dup2(err, STDERR_FILENO) == STDERR_FILENO, "a /dev/log");
		unsetenv("JOURNAL_STREAM");
		if (stream)
			setenv("JOURNAL_STREAM", stream, 1);
		seald_log_open("seald", !foreground, 0);
		seald_log(LOG_WARNING, "a %s", "line");
		seald_log(LOG_DEBUG, "more");
		_exit(0);
	}
	waitpid(pid, &status, 0);
	must(!status, "child");
}

/* What standard error and what syslog have of it; @stream NULL: names standard error. */
static bool logs(const char *stream, int foreground, const char *want, const char *want_syslog)
{
	int err[2], syslog = socket(AF_UNIX, SOCK_DGRAM, 0);
	char name[60], text[200], more[200];
	struct stat st;
	bool good;

	must(!socketpair(AF_UNIX, SOCK_STREAM, 0, err) && !fstat(err[1], &st), "socketpair");
	snprintf(name, sizeof(name), "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	log_line(err[1], syslog, stream ? stream : name, foreground);
	good = !strcmp(heard(err[0], text, sizeof(text)), want);
	heard(syslog, more, sizeof(more));
	good &= want_syslog ? strstr(more, want_syslog) != NULL : !more[0];
	if (!good)
		note("\"%s\", syslog \"%s\"", text, more);
	close(err[0]);
	close(err[1]);
	close(syslog);
	return good;
}

static void test_log(void)
{
	ok(logs("", 0, "seald: a line\n", "]: a line"), "both, where there is no journal");
	ok(logs("", 1, "seald: a line\n", NULL), "standard error only, as asked for");
	ok(logs(NULL, 0, "<4>a line\n", NULL), "once where standard error is the journal");
	ok(logs(NULL, 1, "<4>a line\n", NULL), "once, also where one was asked for");
	ok(logs("1:2", 0, "seald: a line\n", "]: a line"), "a journal that is another stream");
}

/* What a service manager gets from us. */
static void test_store_put(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int manager = socket(AF_UNIX, SOCK_DGRAM, 0);
	char text[200] = "", control[100];
	struct iovec iov = { .iov_base = text, .iov_len = sizeof(text) - 1 };
	struct msghdr mh = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};

	ok(!store_put(0), "no service manager");
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/notify", dir);
	must(!bind(manager, (struct sockaddr *)&addr, sizeof(addr)), "bind");
	setenv("NOTIFY_SOCKET", addr.sun_path, 1);
	ok(!store_put(0) && recvmsg(manager, &mh, 0) > 0 &&
	   strstr(text, "FDSTORE=1\n") && strstr(text, "FDNAME=" STORE_NAME "\n") &&
	   strstr(text, "FDPOLL=0\n") && CMSG_FIRSTHDR(&mh), "given to keep");
	mh.msg_controllen = sizeof(control);
	memset(text, 0, sizeof(text));
	ok(!notify_manager("READY=1", -1) && recvmsg(manager, &mh, 0) > 0 &&
	   !strcmp(text, "READY=1") && !CMSG_FIRSTHDR(&mh), "told, and given nothing");
	setenv("NOTIFY_SOCKET", "relative", 1);
	ok(store_put(0) == -EINVAL, "not a path");
	unsetenv("NOTIFY_SOCKET");
	close(manager);
}

/* What the service manager kept. */
enum kept {
	KEPT_HERE,
	KEPT_ELSEWHERE,		/* in the network namespace from before */
	KEPT_FILE,
};

static void make_kept(enum kept kept)
{
	int fd = kept == KEPT_FILE ? dup(0) : socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);

	must(fd >= 0, "what is kept");
	for (int to = 3; to < 6; to++)
		if (to != fd)
			dup2(fd, to);
	if (kept == KEPT_ELSEWHERE)
		must(!unshare(CLONE_NEWNET), "another network namespace");
}

/* In a child, for its process id is part of it. Returns what it found. */
static int take_of(enum kept kept, const char *names, const char *count, bool my_pid)
{
	char text[32];
	int status;
	pid_t pid = fork();

	if (!pid) {
		snprintf(text, sizeof(text), "%d", my_pid ? getpid() : 1);
		make_kept(kept);
		setenv("LISTEN_PID", text, 1);
		setenv("LISTEN_FDS", count, 1);
		setenv("LISTEN_FDNAMES", names, 1);
		status = store_take();
		if (getenv("LISTEN_FDS") || (status > 0 && fcntl(3, F_GETFD) >= 0 &&
					     status != 3))
			status = 99;
		_exit(status + 1);
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status) - 1;
}

static int take(const char *names, const char *count, bool my_pid)
{
	return take_of(KEPT_HERE, names, count, my_pid);
}

static void test_store_take(void)
{
	ok(take("handshake", "1", true) == 3, "the one that was kept");
	ok(take("x:handshake:y", "3", true) == 4, "by its name, the others closed");
	ok(take("x:handshakes", "2", true) == -1, "another name");
	ok(take("handshake", "1", false) == -1, "meant for another process");
	ok(take("", "70000", true) == -1 && take("", "-1", true) == -1, "odd counts");
}

/* Is it left there, and is the service manager told to drop it as well? */
static bool given_up(int manager, enum kept kept)
{
	char text[200] = "";

	return take_of(kept, "handshake", "1", true) == -1 &&
	       recv(manager, text, sizeof(text) - 1, MSG_DONTWAIT) > 0 &&
	       strstr(text, "FDSTOREREMOVE=1\n") && strstr(text, "FDNAME=" STORE_NAME "\n");
}

static void test_store_give_up(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int manager = socket(AF_UNIX, SOCK_DGRAM, 0);
	char c;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/drops", dir);
	must(!bind(manager, (struct sockaddr *)&addr, sizeof(addr)), "bind");
	setenv("NOTIFY_SOCKET", addr.sun_path, 1);
	ok(given_up(manager, KEPT_ELSEWHERE), "one of another network namespace is given up");
	ok(given_up(manager, KEPT_FILE), "and one that is no netlink socket");
	ok(take("handshake", "1", true) == 3 && recv(manager, &c, 1, MSG_DONTWAIT) < 0,
	   "of one that is taken back nothing is said");
	unsetenv("NOTIFY_SOCKET");
	close(manager);
}

int main(void)
{
	char command[100];

	must(mkdtemp(dir) != NULL, "mkdtemp");
	test_config();
	test_long_line();
	test_requires();
	test_known();
	test_tally();
	test_escape();
	test_log();
	test_store_put();
	test_store_take();
	test_store_give_up();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	must(!system(command), command);
	return done();
}
