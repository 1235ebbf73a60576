// SPDX-License-Identifier: GPL-2.0-or-later
/* Two hosts that enrol at once, a reason that is to be sent, and one that does not listen. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "lib/tap.h"
#include "sealctl/enroll_db.h"
#include "sealctl/enroll_dir.h"
#include "sealctl/enroll_link.h"
#include "sealctl/enroll_say.h"

static const uint8_t winner[SEAL_SHA256_LEN] = { 1 }, loser[SEAL_SHA256_LEN] = { 2 };
static const uint8_t twice[SEAL_SHA256_LEN] = { 3 }, later[SEAL_SHA256_LEN] = { 4 };
static struct seal_identity id;
static char dir[] = "/tmp/seal-enroll-XXXXXX";
/* Whose identity and TPM the other one asks to bind; NULL: there is none. */
static const struct seal_identity *racer;
static const uint8_t *racer_ek;

/* The other one comes between the look and the file. */
int link(const char *from, const char *to)
{
	struct enroll_error err = { 0 };
	int status = 0;

	if (racer) {
		const struct seal_identity *wanted = racer;

		racer = NULL;
		if (!fork())
			_exit(enroll_db_bind(dir, wanted, racer_ek, &err) ? 1 : 0);
		must(wait(&status) > 0 && !status, "the other one");
	}
	return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

static size_t files(void)
{
	char pattern[80];
	glob_t found;
	size_t count;

	snprintf(pattern, sizeof(pattern), "%s/db/*", dir);
	must(!glob(pattern, 0, NULL, &found), pattern);
	count = found.gl_pathc;
	globfree(&found);
	return count;
}

static void test_race(void)
{
	struct seal_identity other, third;
	struct enroll_error err = { 0 };
	char command[100];

	must(mkdtemp(dir) && !enroll_mkdir(dir, "db", 0700, &err) &&
	     seal_identity_parse("dns:a.example", &id) &&
	     seal_identity_parse("dns:b.example", &other) &&
	     seal_identity_parse("dns:c.example", &third), "directory");
	racer = &id;
	racer_ek = winner;
	ok(enroll_db_bind(dir, &id, loser, &err) == -1 && files() == 2,
	   "who comes too late is bound to nothing");
	memset(&err, 0, sizeof(err));
	ok(!enroll_db_bind(dir, &other, loser, &err) && files() == 4,
	   "and may get another identity");
	memset(&err, 0, sizeof(err));
	racer = &third;
	racer_ek = twice;
	must(seal_identity_parse("dns:d.example", &id), "identity");
	ok(enroll_db_bind(dir, &id, twice, &err) == -1 && files() == 6 &&
	   strstr(err.reason, "this TPM is bound to another identity"),
	   "a TPM that asks for two at once gets one: %s", err.reason);
	memset(&err, 0, sizeof(err));
	ok(!enroll_db_bind(dir, &id, later, &err) && files() == 8,
	   "and the other one is free for another TPM: %s", err.reason);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	must(!system(command), command);
}

static void test_reason(void)
{
	struct enroll_error err = { 0 };
	json_t *json;

	enroll_refuse(&err, "", "no member \"%.4s\"\n", "ab\xc3\xa9\xc3\xa9");
	ok(!strcmp(err.reason, "no member \"ab??\"?"), "a name that is cut: %s", err.reason);
	memset(&err, 0, sizeof(err));
	enroll_refuse(&err, "", "%.3s", "ab\xc3\xa9");
	json = json_pack("{s:s}", "error", err.reason);
	ok(json != NULL, "within a character, and can be sent");
	json_decref(json);
}

/* Of a conversation all but a second is over; a second after that nobody waits any more. */
static void test_time(void)
{
	struct enroll_error err = { 0 };
	struct enroll_link link;
	json_t *message;
	char text[4096];
	int sent = 0;

	must(!enroll_link_run(&link, "echo '{}'; sleep 60", &err), "link");
	message = enroll_recv(&link, &err);
	must(message && link.start.tv_sec, "a message");
	json_decref(message);
	link.start.tv_sec -= ENROLL_LINK_SECONDS - 1;
	alarm(20);
	ok(!enroll_recv(&link, &err) && strstr(err.reason, "did not answer in 120 s"),
	   "the time is for all messages: %s", err.reason);
	enroll_link_close(&link);

	memset(&err, 0, sizeof(err));
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	must(!enroll_link_run(&link, "sleep 60", &err) &&
	     !enroll_send(&link, json_pack("{s:s}", "a", "b"), &err), "a message");
	link.start.tv_sec -= ENROLL_LINK_SECONDS - 1;
	while (sent < 1000 && !enroll_send(&link, json_pack("{s:s}", "a", text), &err))
		sent++;
	alarm(0);
	ok(sent > 0 && sent < 1000 && strstr(err.reason, "did not answer in 120 s"),
	   "also for one that does not read: %s", err.reason);
	enroll_link_close(&link);
}

int main(void)
{
	test_race();
	test_reason();
	test_time();
	return done();
}
