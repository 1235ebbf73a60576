// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Boot logs and measurement lists over the wire, with whole programs: run by
 * selftests/seald/hosts. The TPMs there were not extended, so a log of events
 * that extend nothing is a true one.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnutls/crypto.h>

#include "peer.h"
#include "stand.h"
#include "../unit/lib/tap.h"
#include "wire/hello.h"
#include "wire/log.h"
#include "wire/request.h"
#include "wire/result.h"

#define HEAD	"[policy test]\npeer = *\nkey = any\nak-trust = certificate\nmode = require\n%P"
#define PADDING	1000u	/* octets of an event that says nothing */

static struct stand_host a, b;
static struct stand_side c, s;

static const char *log_path(const char *host, const char *log)
{
	static char path[300];

	snprintf(path, sizeof(path), "%s/%s.%s.log", getenv("SEALD_HOSTS"), host, log);
	return path;
}

static void put_le(FILE *f, uint32_t v, unsigned int octets)
{
	while (octets--) {
		fputc(v & 0xff, f);
		v >>= 8;
	}
}

static void put_zeros(FILE *f, unsigned int octets)
{
	while (octets--)
		fputc(0, f);
}

/* TCG PC Client Platform Firmware Profile 10.4.5.1: one bank, SHA-256. */
static void put_boot_head(FILE *f)
{
	put_le(f, 0, 4);
	put_le(f, 3, 4);
	put_zeros(f, 20);
	put_le(f, 33, 4);
	fwrite("Spec ID Event03", 1, 16, f);
	put_le(f, 0, 4);
	put_le(f, 0x02000200, 4);
	put_le(f, 1, 4);
	put_le(f, 0x000b, 2);
	put_le(f, 32, 2);
	put_zeros(f, 1);
}

/* EV_NO_ACTION (3) extends nothing, EV_SEPARATOR (4) does. */
static void put_boot_event(FILE *f, uint32_t type)
{
	put_le(f, 0, 4);
	put_le(f, type, 4);
	put_le(f, 1, 4);
	put_le(f, 0x000b, 2);
	put_zeros(f, 32);
	put_le(f, PADDING, 4);
	put_zeros(f, PADDING);
}

static void add_boot(const char *host, unsigned int events)
{
	FILE *f = fopen(log_path(host, "boot"), "a");

	must(f, "boot log");
	if (!ftell(f))
		put_boot_head(f);
	while (events--)
		put_boot_event(f, 3);
	must(!fclose(f), "boot log");
}

#define IMA_LEN	(4u + 8 + 32 + 4 + 7)

/* A file whose digest is zeros. */
static void ima_data(uint8_t data[IMA_LEN])
{
	memset(data, 0, IMA_LEN);
	data[0] = 40;
	memcpy(data + 4, "sha256:", 8);
	data[44] = 7;
	memcpy(data + 48, "/bin/x", 7);
}

/* One file by template ima-ng. */
static void add_ima(const char *host)
{
	uint8_t data[IMA_LEN], hash[20];
	FILE *f = fopen(log_path(host, "ima"), "a");

	must(f, "measurement list");
	ima_data(data);
	must(!gnutls_hash_fast(GNUTLS_DIG_SHA1, data, sizeof(data), hash), "hash");
	put_le(f, 10, 4);
	fwrite(hash, 1, sizeof(hash), f);
	put_le(f, 6, 4);
	fwrite("ima-ng", 1, 6, f);
	put_le(f, sizeof(data), 4);
	fwrite(data, 1, sizeof(data), f);
	must(!fclose(f), "measurement list");
}

/* The TPM is told of the first of them, while nobody else talks to it. */
static void extend_ima(const char *host)
{
	char command[400], hex[65];
	uint8_t data[IMA_LEN], hash[32];

	ima_data(data);
	must(!gnutls_hash_fast(GNUTLS_DIG_SHA256, data, sizeof(data), hash), "hash");
	for (unsigned int i = 0; i < sizeof(hash); i++)
		sprintf(hex + 2 * i, "%02x", hash[i]);
	snprintf(command, sizeof(command),
		 "tpm2_pcrextend -T \"$(cat $SEALD_HOSTS/%s.tcti)\" 10:sha256=%s", host, hex);
	must(!system(command), command);
}

/* An event that never happened; an entry that was changed; and half of one. */
static void forge(const char *host, const char *log, void (*put)(FILE *f))
{
	FILE *f = fopen(log_path(host, log), "a");

	must(f, log);
	put(f);
	must(!fclose(f), log);
}

static void invent(FILE *f)
{
	put_boot_event(f, 4);
}

static void change(FILE *f)
{
	put_le(f, 10, 4);
	put_zeros(f, 19);
	fputc(1, f);
	put_le(f, 6, 4);
	fwrite("ima-ng", 1, 6, f);
	put_le(f, 55, 4);
	put_le(f, 40, 4);
	fwrite("sha256:", 1, 8, f);
	put_zeros(f, 32);
	put_le(f, 7, 4);
	fwrite("/bin/y", 1, 7, f);
}

static void cut(FILE *f)
{
	put_le(f, 10, 4);
	put_le(f, 1000, 4);
}

static void configure(const char *host)
{
	char path[300];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s/seald.conf", getenv("SEALD_HOSTS"), host);
	f = fopen(path, "a");
	must(f, path);
	fprintf(f, "\n[tpm]\nboot-log = %s\n", log_path(host, "boot"));
	fprintf(f, "ima-log = %s\n", log_path(host, "ima"));
	must(!fclose(f), path);
}

/* b connects to a. */
static void connection(const char *server, const char *client)
{
	c = (struct stand_side){ .host = &b, .peername = "a.seal.test" };
	s = (struct stand_side){ .host = &a, .server = true };
	host_policy(&a, "b", server);
	host_policy(&b, "a", client);
	host_forget(&a);
	host_forget(&b);
	run_both(&c, &s);
}

static bool refused(const struct stand_side *side, const char *reason)
{
	bool good = !side->told.attached && side->told.status == EACCES &&
		    !strcmp(told_reason(side), reason);

	if (!good)
		note("status %d, %s", side->told.status, side->told.line);
	return good;
}

static bool attested(void)
{
	bool good = both_attested(&c, &s);

	if (!good)
		note("%s%s", c.told.line, s.told.line);
	return good;
}

/* What was not in the TPM is not believed. */
static void test_forged(void)
{
	forge("b", "ima", change);
	connection(HEAD "logs = ima\n", HEAD);
	ok(refused(&s, "measurement-list-false"), "a measurement that was changed");
	forge("b", "ima", cut);
	connection(HEAD "logs = ima\n", HEAD);
	ok(s.told.status && !s.told.attached, "half a measurement: %s", told_reason(&s));
	forge("b", "boot", invent);
	connection(HEAD "logs = boot\n", HEAD);
	ok(refused(&s, "boot-log-differs"), "an event that never happened");
	forge("b", "boot", cut);
	connection(HEAD "logs = boot\n", HEAD);
	ok(refused(&s, "boot-log-malformed"), "half an event");
	connection(HEAD, HEAD);
	ok(attested(), "who does not ask does not know");
}

static void test_logs(void)
{
	connection(HEAD "logs = boot, ima\n", HEAD);
	ok(attested(), "the client's logs");
	connection(HEAD, HEAD "logs = ima\n");
	ok(refused(&c, "log-missing") && refused(&s, "peer-error"), "a server that has no list");
	connection(HEAD "logs = boot\n", HEAD "logs = boot\n");
	ok(attested(), "one of each side");
	add_boot("b", 100);
	add_ima("b");
	connection(HEAD "logs = ima, boot\n", HEAD);
	ok(attested(), "they have grown: %u ms", s.told.ms);
	add_boot("b", 1000);
	connection(HEAD "logs = boot\nlog-limit = 1\n", HEAD);
	ok(refused(&s, "log-too-long"), "longer than policy allows");
	connection(HEAD "logs = boot\nlog-limit = 2\n", HEAD);
	ok(attested(), "but another policy does");
	connection("[policy test]\npeer = *\nkey = any\nmode = observe\nlogs = ima\n%P",
		   "[policy test]\npeer = *\nkey = any\nmode = observe\nlogs = ima\n%P");
	ok(s.told.attached && c.told.plain && !strcmp(told_reason(&c), "log-missing"),
	   "observe lets it pass, logged");
}

#define OF_KEY(key, trust) "[policy test]\npeer = *\nkey = " key "\nak-trust = " trust \
	"\nmode = require\n%Plogs = ima\n"

/* The server has no list: a client that asked for one would say so. */
static void test_not_asked(void)
{
	connection(HEAD, OF_KEY("any", "admitted"));
	ok(refused(&c, "ak-unknown"), "no logs are asked of a machine that nobody enrolled");
	connection(HEAD, OF_KEY("file", "certificate"));
	ok(refused(&c, "tls-key-residency"), "nor of one with its TLS key elsewhere");
	connection(HEAD, OF_KEY("any", "certificate") "reset-count = 4000000000\n");
	ok(refused(&c, "tpm-counters"), "nor of one whose quote is not as it should be");
}

/* What the relying party kept. */

static unsigned int count_kept(const char *suffix, char path[300])
{
	unsigned int count = 0;
	struct dirent *entry;
	char dir[320];
	DIR *d;

	snprintf(dir, sizeof(dir), "%s/logs", a.state);
	d = opendir(dir);
	while (d && (entry = readdir(d))) {
		if (!strstr(entry->d_name, suffix))
			continue;
		count++;
		snprintf(path, 300, "%.200s/%.90s", dir, entry->d_name);
	}
	if (d)
		closedir(d);
	return count;
}

/* What the attester of b reads after a new start. */
static void restart_b(void)
{
	host_close(&b);
	host_open(&b, "b");
}

static void overwrite(const char *path, long at, const void *data, size_t len)
{
	FILE *f = fopen(path, "r+");

	must(f && !fseek(f, at, SEEK_SET) && fwrite(data, 1, len, f) == len && !fclose(f), path);
}

/* Its second event, of those that extend nothing: not moved again, so not seen. */
#define EVENT_LEN	(12L + 2 + 32 + 4 + PADDING)
#define SECOND_TYPE	(32L + 33 + EVENT_LEN + 4)

static void test_kept(void)
{
	static const uint8_t separator[4] = { 4 }, no_action[4] = { 3 }, counters[8] = { 9 };
	char path[300];

	connection(HEAD "logs = boot, ima\n", HEAD);
	ok(attested() && count_kept(".boot", path) == 1 && count_kept(".ima", path) == 1,
	   "the logs of an accepted peer are kept");
	add_boot("b", 5);
	overwrite(log_path("b", "boot"), SECOND_TYPE, separator, 4);
	restart_b();
	connection(HEAD "logs = boot\n", HEAD);
	ok(attested(), "what is known of a log is not asked for again");
	must(count_kept(".boot", path) == 1, "kept");
	overwrite(path, 8, counters, 8);
	connection(HEAD "logs = boot\n", HEAD);
	ok(refused(&s, "boot-log-differs"), "but after a reset of the TPM the whole is");
	overwrite(log_path("b", "boot"), SECOND_TYPE, no_action, 4);
	restart_b();
	connection(HEAD "logs = boot\n", HEAD);
	ok(attested() && count_kept(".boot", path) == 1, "and kept in the place of the other");
	overwrite(path, 16 + SECOND_TYPE, separator, 4);
	connection(HEAD "logs = boot\n", HEAD);
	ok(attested(), "what was kept and is not true refuses nobody: the whole is asked for");
	must(!truncate(log_path("b", "boot"), 32 + 33 + 3 * EVENT_LEN), "truncate");
	restart_b();
	connection(HEAD "logs = boot\n", HEAD);
	ok(attested(), "a log that is shorter than what is kept is had as a whole");
	forge("b", "boot", invent);
	connection(HEAD "logs = boot\n", HEAD);
	ok(refused(&s, "boot-log-differs"), "what comes after it is believed no more than before");
	must(!truncate(log_path("b", "boot"), 32 + 33 + 3 * EVENT_LEN), "truncate");
	add_boot("b", 200);
	restart_b();
}

/* A peer that asks for logs, as a client, after our proof. */

static uint8_t want_logs;
static const char *ask_body;
static size_t ask_len;
static const char *ask_again;

static void ask_for_proof(gnutls_session_t session)
{
	struct seal_ask ask = {
		.from = SEAL_SIDE_CLIENT, .schemes = { 0x0403 }, .scheme_count = 1,
		.mode = SEAL_MODE_EVIDENCE, .want_logs = want_logs,
		.pcr_select = { (const uint8_t *)"\0\0\0\1\0\x0b\3\xff\3\0", 10 },
	};
	uint8_t out[512];

	peer_frame(session, SEAL_FRAME_HELLO, out,
		   peer_hello(SEAL_HELLO_WANTS_PEER, out, sizeof(out)));
	if (!peer_await(session, SEAL_FRAME_HELLO))
		return;
	peer_frame(session, SEAL_FRAME_REQUEST, out, seal_ask_encode(&ask, out, sizeof(out)));
	if (!peer_await(session, SEAL_FRAME_AUTHENTICATOR))
		return;
	peer_frame(session, SEAL_FRAME_LOG_REQUEST, ask_body, ask_len);
	if (!ask_again || !peer_await(session, SEAL_FRAME_LOG_DATA))
		return;
	peer_frame(session, SEAL_FRAME_LOG_REQUEST, ask_again, SEAL_LOG_REQUEST_MAX);
	if (peer_await(session, SEAL_FRAME_LOG_DATA))
		peer_frame(session, SEAL_FRAME_ERROR, "\0\4\1", SEAL_ERROR_LEN);
}

/* What no policy could accept costs us no megabytes. */
static void lie(gnutls_session_t session)
{
	static const uint8_t nothing[60];
	uint8_t hello[512];

	peer_frame(session, SEAL_FRAME_HELLO, hello,
		   peer_hello(SEAL_HELLO_CAN_ATTEST, hello, sizeof(hello)));
	if (!peer_await(session, SEAL_FRAME_REQUEST))
		return;
	peer_frame(session, SEAL_FRAME_AUTHENTICATOR, nothing, sizeof(nothing));
	if (peer_await(session, SEAL_FRAME_LOG_REQUEST))
		peer_frame(session, SEAL_FRAME_ERROR, "\0\21\1", SEAL_ERROR_LEN);
}

static struct peer_end against(const char *policy, const struct peer *peer)
{
	struct stand_side *const sides[] = { &s };
	int fd[2], report;
	pid_t pid;

	s = (struct stand_side){ .host = &a, .server = true };
	host_policy(&a, "b", policy);
	host_forget(&a);
	tcp_pair(fd);
	pid = peer_start(peer, fd[0], &report);
	side_start(&s, fd[1]);
	sides_run(sides, 1, NULL, NULL);
	return peer_wait(pid, report);
}

static void test_lie(void)
{
	static const struct peer peer = { .seal = "\1\1", .seal_len = 2, .talk = lie };

	against(HEAD "logs = boot, ima\n", &peer);
	ok(refused(&s, "authenticator-malformed"), "no logs are asked of who is not genuine");
}

#define FILES(mode) "[policy test]\npeer = *\nkey = any\nak-trust = certificate\nmode = " mode \
	"\npcrs = sha256:10\nlogs = ima\nima-list = test.sha256\n"

static void put_list(const char *text)
{
	char path[320];
	FILE *f;

	snprintf(path, sizeof(path), "%s/policy.d/test.sha256", a.dir);
	f = fopen(path, "w");
	must(f && fputs(text, f) >= 0 && !fclose(f), path);
}

/* Lists may be long: they are read behind the walls, for whom has shown a good quote. */
static void test_files(void)
{
	static const struct peer peer = { .seal = "\1\1", .seal_len = 2, .talk = lie };
	char path[300];

	put_list("0000000000000000000000000000000000000000000000000000000000000000  /bin/x\n");
	connection(FILES("require"), HEAD);
	ok(attested(), "a machine whose files are in a list");
	put_list("1000000000000000000000000000000000000000000000000000000000000000  /bin/x\n");
	connection(FILES("require"), HEAD);
	ok(refused(&s, "file-unknown"), "and one whose are not");
	put_list("nonsense\n");
	connection(FILES("require"), HEAD);
	ok(!s.told.attached && !strcmp(told_reason(&s), "policy-unreadable") &&
	   strstr(s.told.line, "test.sha256:1"), "a list that cannot be read");
	connection(FILES("observe"), HEAD);
	ok(!s.told.attached && !s.told.plain && !strcmp(told_reason(&s), "policy-unreadable"),
	   "and where a policy would only observe");
	against(FILES("require"), &peer);
	ok(refused(&s, "authenticator-malformed"), "no list is read for who is not genuine");
	if (count_kept(".ima", path))
		unlink(path);
}

static void scripted(const char *what, const char *body, size_t len, uint8_t want,
		     const char *again, const char *reason, int code)
{
	static const struct peer peer = { .seal = "\1\1", .seal_len = 2, .talk = ask_for_proof };
	struct peer_end end;

	want_logs = want;
	ask_body = body;
	ask_len = len;
	ask_again = again;
	end = against("[policy test]\npeer = *\nmode = never\n", &peer);
	ok(!s.told.plain && !strcmp(told_reason(&s), reason) && end.code == code, "%s: %s, %d",
	   what, told_reason(&s), end.code);
}

#define BOOT_0	"\1\0\0\0\0\0\0\0\0\0\0\xf0\0"
#define IMA_0	"\2\0\0\0\0\0\0\0\0\0\0\xf0\0"

static void test_asking(void)
{
	scripted("a log that the request did not speak of", BOOT_0, 13, 2, NULL,
		 "request-malformed", SEAL_CODE_MALFORMED);
	scripted("any, where none was spoken of", IMA_0, 13, 0, NULL, "request-malformed",
		 SEAL_CODE_MALFORMED);
	scripted("half a request", BOOT_0, 12, 3, NULL, "request-malformed", SEAL_CODE_MALFORMED);
	scripted("too much at once", "\1\0\0\0\0\0\0\0\0\0\1\0\0", 13, 3, NULL,
		 "request-malformed", SEAL_CODE_MALFORMED);
	scripted("no log at all", "\3\0\0\0\0\0\0\0\0\0\0\1\0", 13, 3, NULL,
		 "request-malformed", SEAL_CODE_MALFORMED);
	scripted("one piece, and then another log that is none", BOOT_0, 13, 1,
		 "\7\0\0\0\0\0\0\0\0\0\0\1\0", "request-malformed", SEAL_CODE_MALFORMED);
	scripted("and from far behind its end: there is nothing, which is an answer", BOOT_0, 13,
		 1, "\1\xff\0\0\0\0\0\0\0\0\0\1\0", "peer-error", -1);
}

int main(void)
{
	add_boot("a", 3);
	add_boot("b", 200);
	add_ima("b");
	configure("a");
	configure("b");
	extend_ima("b");
	host_open(&a, "a");
	host_open(&b, "b");
	test_files();
	test_kept();
	test_logs();
	test_not_asked();
	test_lie();
	test_asking();
	test_forged();
	host_close(&a);
	host_close(&b);
	return done();
}
