// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whole handshakes, real programs and real (software) TPMs, without the
 * kernel: run by selftests/seald/hosts.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bad_frames.h"
#include "peer.h"
#include "stand.h"
#include "../unit/lib/tap.h"
#include "wire/frame.h"

#define HEAD	"[policy test]\npeer = *\nkey = any\nak-trust = certificate\n"
#define REQUIRE	HEAD "mode = require\n%P"
#define OFFER	HEAD "mode = offer\n%P"
#define OBSERVE	HEAD "mode = observe\n%P"
#define NEVER	"[policy test]\npeer = *\nmode = never\n"
#define ANYONE	"anonymous = yes\n"
#define WRONG	HEAD "pcrs = sha256:0,8\npcr-8 = " \
	"000000000000000000000000000000000000000000000000000000000000beef\n"

static struct stand_host a, b;

static struct stand_side client_of(struct stand_host *host)
{
	return (struct stand_side){ .host = host, .peername = "a.seal.test" };
}

static struct stand_side server_of(struct stand_host *host)
{
	return (struct stand_side){ .host = host, .server = true };
}

/* b mounts from a. */
static void policies(const char *server, const char *client)
{
	host_policy(&a, "b", server);
	host_policy(&b, "a", client);
	host_forget(&a);
	host_forget(&b);
}

static bool refused(const struct stand_side *side, const char *reason, int status)
{
	bool good = !side->told.attached && !side->told.plain &&
		    side->told.status == status && !strcmp(told_reason(side), reason);

	if (!good)
		note("status %d, %s", side->told.status, side->told.line);
	return good;
}

static bool plain(const struct stand_side *side)
{
	bool good = !side->told.attached && side->told.plain && !side->told.status;

	if (!good)
		note("status %d, %s", side->told.status, side->told.line);
	return good;
}

static void test_mutual(void)
{
	struct stand_side c = client_of(&b), s = server_of(&a);
	uint64_t begin = ipc_now();

	policies(REQUIRE "lifetime = 300s\n", REQUIRE);
	run_both(&c, &s);
	ok(both_attested(&c, &s), "mutual: same keys and connection id");
	ok(!strcmp(c.told.peer, "dns:a.seal.test") &&
	   !strcmp(s.told.peer, "dns:b.seal.test"), "mutual: identities");
	ok(c.told.authenticated && s.told.authenticated, "mutual: authenticated");
	ok(s.told.deadline >= begin + 300000000000u &&
	   s.told.deadline <= ipc_now() + 300000000000u,
	   "mutual: the deadline is that of the policy");
	ok(strstr(s.told.claims, "key=tpm") && strstr(s.told.claims, "consumer=nfs") &&
	   strstr(c.told.claims, "consumer=nfsd"), "mutual: claims '%s' '%s'",
	   s.told.claims, c.told.claims);
	note("%u ms", c.told.ms);
	if (!c.told.attached)
		note("client: %s", c.told.line);
	if (!s.told.attached)
		note("server: %s", s.told.line);
}

static void test_one_sided(void)
{
	struct stand_side c = client_of(&b), s = server_of(&a);

	policies(NEVER, REQUIRE);
	run_both(&c, &s);
	ok(c.told.attached && plain(&s), "server only: client has a verdict");
	policies(REQUIRE, NEVER);
	run_both(&c, &s);
	ok(s.told.attached && plain(&c), "client only: server has a verdict");
	ok(s.told.authenticated && c.told.authenticated, "client only: TLS as usual");
	policies(REQUIRE, REQUIRE "attest = no\n");
	run_both(&c, &s);
	ok(refused(&s, "peer-cannot-attest", EACCES), "client that must not attest");
	ok(refused(&c, "peer-error", EACCES), "and it is told");
	policies(OFFER, REQUIRE "attest = no\n");
	run_both(&c, &s);
	ok(plain(&s) && c.told.attached && !strcmp(told_reason(&s), "peer-cannot-attest"),
	   "offer lets it pass");
	policies(NEVER "attest = no\n", OFFER);
	run_both(&c, &s);
	ok(plain(&s) && plain(&c) && !strcmp(told_reason(&c), "peer-without-seal"),
	   "never, attest = no: no extension at all");
}

#define ONE_WAY	REQUIRE "attest = no\n"
#define EXPAT	"profile = expat\n"

static void test_expat(void)
{
	struct stand_side c = client_of(&b), s = server_of(&a);

	policies(NEVER EXPAT, ONE_WAY EXPAT);
	run_both(&c, &s);
	ok(c.told.attached && plain(&s) && strstr(c.told.claims, "profile=expat"),
	   "expat: a server proves itself, '%s'", c.told.claims);
	/* The first suite of all has SHA-384, this one SHA-256. */
	a.m.ciphers = IPC_CIPHER_AES128_GCM;
	run_both(&c, &s);
	a.m.ciphers = IPC_CIPHER_ALL;
	ok(c.told.attached && plain(&s), "expat: also in a suite of SHA-256");
	policies(ONE_WAY EXPAT, NEVER EXPAT);
	run_both(&c, &s);
	ok(s.told.attached && plain(&c) && strstr(s.told.claims, "profile=expat"),
	   "expat: a client proves itself");
	policies(NEVER, ONE_WAY EXPAT);
	run_both(&c, &s);
	ok(refused(&c, "profile-differs", EACCES), "expat: a server of seal1 is refused");
	policies(ONE_WAY, NEVER EXPAT);
	run_both(&c, &s);
	ok(refused(&s, "profile-differs", EACCES), "expat: and a client, where seal1 is wanted");
	policies(OFFER "attest = no\n", NEVER EXPAT);
	run_both(&c, &s);
	ok(refused(&s, "profile-differs", EACCES), "expat: also where nothing must be shown");
}

static void test_anonymous(void)
{
	struct stand_side c = client_of(&b), s = server_of(&a);

	c.auth = ACCEPT_AUTH_ANON;
	policies(REQUIRE ANYONE, REQUIRE);
	run_both(&c, &s);
	ok(both_attested(&c, &s), "anonymous client attests");
	ok(!s.told.authenticated && c.told.authenticated,
	   "anonymous client is attested, not authenticated");
	ok(!strcmp(s.told.peer, "dns:b.seal.test"), "identity from the authenticator");
	policies(REQUIRE, REQUIRE);
	run_both(&c, &s);
	ok(refused(&s, "certificate-missing", EACCES), "anonymous client not wanted");
	policies(NEVER ANYONE, NEVER);
	run_both(&c, &s);
	ok(plain(&c) && plain(&s) && !s.told.authenticated, "plain TLS, anonymous");
}

#define STRICT	"[policy strict]\npeer = dns:b.seal.test\nkey = any\nak-trust = certificate\n" \
	"pcrs = sha256:0,8\npcr-8 = " \
	"000000000000000000000000000000000000000000000000000000000000beef\nmode = require\n"
#define CLIENT_C "[policy c]\npeer = dns:c.seal.test\nkey = any\nak-trust = certificate\n"

/* A peer that a policy names does not get another one by leaving out its certificate. */
static void test_dodge(void)
{
	struct stand_side c = client_of(&b), s = server_of(&a);

	policies(STRICT REQUIRE ANYONE, REQUIRE);
	run_both(&c, &s);
	ok(refused(&s, "pcr-value-refused", EACCES), "the policy that names a client decides");
	c.auth = ACCEPT_AUTH_ANON;
	run_both(&c, &s);
	ok(refused(&s, "certificate-missing", EACCES) &&
	   strstr(s.told.line, "peer=dns:b.seal.test") && strstr(s.told.line, "policy=strict"),
	   "a client without certificate gets no laxer policy");
	policies(STRICT OBSERVE ANYONE, REQUIRE);
	run_both(&c, &s);
	ok(refused(&s, "certificate-missing", EACCES), "nor one that only observes");
	policies(CLIENT_C "mode = observe\n%P" ANYONE, REQUIRE);
	run_both(&c, &s);
	ok(refused(&s, "no-policy", EACCES), "a client that no policy names");
	policies(CLIENT_C "mode = require\n%P" REQUIRE ANYONE, REQUIRE);
	run_both(&c, &s);
	ok(both_attested(&c, &s), "policies for others are in nobody's way");
}

/* The name that is asked for is a program's, which may think of more of the line. */
static void test_log(void)
{
	struct stand_side c = { .host = &b, .peername = "x role=server reason=y" };
	struct stand_side s = server_of(&a);

	policies(REQUIRE, REQUIRE);
	run_both(&c, &s);
	ok(strstr(c.told.line, " refused peer=x_role=server_reason=y role=client reason="),
	   "a peer in the log is one word: %s", c.told.line);
	ok(strstr(c.told.line, " policy=- remote=127.0.0.1 port="),
	   "where none decided, none is named");
}

static void test_measurements(void)
{
	struct stand_side c = client_of(&b), s = server_of(&a);

	policies(WRONG "mode = require\n", REQUIRE);
	run_both(&c, &s);
	ok(refused(&s, "pcr-value-refused", EACCES), "wrong PCR: server says which");
	ok(strstr(s.told.line, "pcr-policy: PCR 8 is ") &&
	   strstr(s.told.line, "; wanted: one of 1 values of pcr-8\" hint="), "%s", s.told.line);
	ok(strstr(s.told.line, " policy=test remote=127.0.0.1 port="),
	   "and which policy, and where");
	ok(refused(&c, "peer-error", EACCES), "wrong PCR: client learns little");
	policies(REQUIRE, WRONG "mode = require\n");
	run_both(&c, &s);
	ok(refused(&c, "pcr-value-refused", EACCES), "wrong PCR of the server");
	policies(WRONG "mode = observe\n", REQUIRE);
	run_both(&c, &s);
	ok(plain(&s) && strstr(s.told.line, "observed") &&
	   !strcmp(told_reason(&s), "pcr-value-refused"), "observe lets it pass, logged");
	ok(c.told.attached, "and its client sees an attested server");
	policies(WRONG "mode = offer\n", REQUIRE);
	run_both(&c, &s);
	ok(refused(&s, "pcr-value-refused", EACCES), "offer refuses bad evidence");
}

static void test_first_contact(void)
{
	struct stand_side c = client_of(&b), s = server_of(&a);

	policies(REQUIRE, REQUIRE);
	run_both(&c, &s);
	must(both_attested(&c, &s), "attested once");
	host_policy(&a, "b", WRONG "mode = require\n");
	run_both(&c, &s);
	ok(refused(&c, "peer-error", ETIMEDOUT), "refused after a success: wait");
	known_close(b.m.known);
	b.m.known = known_open(b.state);
	run_both(&c, &s);
	ok(refused(&c, "peer-error", ETIMEDOUT), "also after a restart");
	host_policy(&b, "a", WRONG "mode = require\nrefusal = fail\n");
	host_policy(&a, "b", REQUIRE);
	run_both(&c, &s);
	ok(refused(&c, "pcr-value-refused", EACCES), "policy says fail");
	c.user = true;
	host_policy(&b, "a", WRONG "mode = require\n");
	run_both(&c, &s);
	ok(refused(&c, "pcr-value-refused", EACCES), "a program gets the truth");
}

static void test_identity(void)
{
	struct stand_side c = client_of(&b), s = server_of(&a);

	policies(REQUIRE, REQUIRE);
	c.peername = "other.seal.test";
	run_both(&c, &s);
	ok(refused(&c, "identity-not-asked-for", EACCES), "server of another name");
	ok(refused(&s, "tls-failed", EACCES) && strstr(s.told.line, "ertificate"),
	   "server learns it by alert");
	c.peername = "a.seal.test";
	policies("[policy x]\npeer = dns:z.seal.test\nmode = require\n%P", REQUIRE);
	run_both(&c, &s);
	ok(refused(&s, "no-policy", EACCES), "no policy for this client");
}

static void move_trust(const struct stand_host *host, bool away)
{
	char path[320], aside[330];

	snprintf(path, sizeof(path), "%s/trust/x509.pem", host->dir);
	snprintf(aside, sizeof(aside), "%s.aside", path);
	must(!(away ? rename(path, aside) : rename(aside, path)), "rename");
}

static void test_trust(void)
{
	struct stand_side c = client_of(&b), s = server_of(&a);

	policies(REQUIRE, REQUIRE);
	move_trust(&b, true);
	run_both(&c, &s);
	move_trust(&b, false);
	ok(refused(&c, "certificate-untrusted", EACCES), "client does not know the CA");
	ok(refused(&s, "tls-failed", EACCES) && strstr(s.told.line, "CA is unknown"),
	   "server is told so");
	move_trust(&a, true);
	run_both(&c, &s);
	move_trust(&a, false);
	ok(refused(&s, "certificate-untrusted", EACCES), "server does not know the CA");
	ok(c.told.status && !c.told.attached, "client: %s", told_reason(&c));
}

/* Host f keeps its TLS key in a file. */
static void test_key_file(void)
{
	struct stand_side c = { .peername = "a.seal.test" }, s = server_of(&a);
	static struct stand_host f;

	host_open(&f, "f");
	c.host = &f;
	host_policy(&f, "a", REQUIRE);
	host_policy(&a, "f", REQUIRE);
	run_both(&c, &s);
	ok(both_attested(&c, &s) && strstr(s.told.claims, "key=file"),
	   "a key in a file: '%s'", s.told.claims);
	host_policy(&a, "f", "[policy t]\npeer = *\nmode = require\n"
		    "ak-trust = certificate\n%P");
	host_forget(&a);
	run_both(&c, &s);
	ok(refused(&s, "tls-key-residency", EACCES), "the policy wants it in the TPM");
	host_close(&f);
}

static void test_own_key(void)
{
	struct stand_side c = client_of(&a), s = server_of(&a);

	host_policy(&a, "a", REQUIRE);
	host_forget(&a);
	run_both(&c, &s);
	ok(refused(&s, "ak-is-our-own", EACCES), "a reflection of ourselves");
	host_policy(&a, "a", REQUIRE "own-ak = allow\n");
	run_both(&c, &s);
	ok(both_attested(&c, &s), "unless the policy allows it");
	must(!system("cd $SEALD_HOSTS/a/identity && mv ak.pub aside && echo x >ak.pub"), "ak.pub");
	c.host = &b;
	policies(REQUIRE, REQUIRE);
	run_both(&c, &s);
	ok(refused(&s, "internal-error", ETIMEDOUT) && strstr(s.told.line, "identity/ak.pub"),
	   "nobody passes while our own key cannot be read");
	must(!system("cd $SEALD_HOSTS/a/identity && mv aside ak.pub"), "ak.pub");
}

static unsigned int descriptors(void)
{
	unsigned int count = 0;
	DIR *dir = opendir("/proc/self/fd");

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* A program that keeps its socket from being attached costs the monitor nothing. */
static void test_locked(void)
{
	struct stand_side c = client_of(&b), s = server_of(&a);
	unsigned int before;

	policies(REQUIRE, REQUIRE);
	run_both(&c, &s);
	before = descriptors();
	c.user = s.user = true;
	c.attach_hangs = true;
	c.limit_ms = 5000;
	run_both(&c, &s);
	ok(refused(&c, "timeout", ETIMEDOUT) && strstr(c.told.line, "keeps the socket locked"),
	   "a socket that cannot be attached in time: %s", c.told.line);
	ok(s.told.attached, "the other side does not wait for that");
	for (int i = 0; i < 1000 && b.m.leaving; i++) {
		leaving_reap(&b.m.leaving);
		usleep(10000);
	}
	ok(!b.m.leaving && descriptors() == before, "and nothing of it is left");
}

static void test_users(void)
{
	struct stand_side c = client_of(&b), s = server_of(&a);

	c.user = s.user = true;
	policies(REQUIRE, REQUIRE);
	run_both(&c, &s);
	ok(both_attested(&c, &s) && strstr(s.told.claims, "consumer=user"),
	   "two programs: '%s'", s.told.claims);
	policies(REQUIRE "consumer = kernel\n", REQUIRE);
	run_both(&c, &s);
	ok(refused(&s, "consumer-refused", EACCES), "server wants a kernel consumer");
	policies(NEVER, NEVER);
	run_both(&c, &s);
	ok(!c.told.plain && !s.told.plain && c.told.status && s.told.status,
	   "a program never gets an unattested socket");
}

/* An attester that is down for a moment is no host that cannot attest. */
static void test_gone(void)
{
	struct stand_side c = client_of(&b), s = server_of(&a);

	c.auth = ACCEPT_AUTH_ANON;
	attester_process_stop(&b.m.attester);
	policies(REQUIRE ANYONE, REQUIRE);
	run_both(&c, &s);
	ok(refused(&c, "attester-failed", ETIMEDOUT), "an anonymous client without its attester");
	ok(!s.told.attached && s.told.status == ETIMEDOUT, "its server may see it again: %s",
	   told_reason(&s));
	policies(OFFER ANYONE, REQUIRE);
	run_both(&c, &s);
	ok(refused(&c, "attester-failed", ETIMEDOUT) && !s.told.plain,
	   "no outage makes a connection plain");
	policies(NEVER ANYONE, NEVER "attest = no\n");
	run_both(&c, &s);
	ok(plain(&c) && plain(&s), "who is not to attest does without");
	c = client_of(&b);
	policies(REQUIRE, REQUIRE);
	run_both(&c, &s);
	ok(refused(&c, "attester-failed", ETIMEDOUT), "a client by certificate");
	attester_process_start(&b.m.attester);
}

/* Scripted peers. */

static void with_peer(struct stand_side *side, const struct peer *peer,
		      struct peer_end *end)
{
	struct stand_side *const sides[] = { side };
	int fd[2], report;
	pid_t pid;

	tcp_pair(fd);
	pid = peer_start(peer, fd[peer->server], &report);
	side_start(side, fd[!peer->server]);
	sides_run(sides, 1, NULL, NULL);
	*end = peer_wait(pid, report);
}

/* A client that is none of GnuTLS. */
static void with_openssl(struct stand_side *side, const char *options)
{
	struct stand_side *const sides[] = { side };
	struct sockaddr_in addr = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(addr);
	int fd, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char command[200];
	pid_t pid;

	must(!bind(listener, (struct sockaddr *)&addr, len) && !listen(listener, 1) &&
	     !getsockname(listener, (struct sockaddr *)&addr, &len), "listen");
	snprintf(command, sizeof(command),
		 "exec openssl s_client -connect 127.0.0.1:%u -tls1_3 -cert %s/f/identity/tls.pem "
		 "-key %s/f/identity/key.pem %s </dev/null >/dev/null 2>&1", ntohs(addr.sin_port),
		 getenv("SEALD_HOSTS"), getenv("SEALD_HOSTS"), options);
	pid = fork();
	if (!pid) {
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	must(fd >= 0, "accept");
	close(listener);
	side_start(side, fd);
	sides_run(sides, 1, NULL, NULL);
	waitpid(pid, NULL, 0);
}

static void await_done(gnutls_session_t session)
{
	peer_await(session, SEAL_FRAME_DONE);
}

static void test_no_seal(void)
{
	const struct peer client = { .talk = NULL }, server = { .server = true };
	const struct peer anonymous = { .no_cert = true };
	struct stand_side s = server_of(&a), c = client_of(&b);
	struct peer_end end;

	policies(REQUIRE, REQUIRE);
	with_peer(&s, &client, &end);
	ok(refused(&s, "peer-without-seal", EACCES) && !end.handshake &&
	   end.alert == GNUTLS_A_MISSING_EXTENSION, "require: alert %d", end.alert);
	c.peername = "f.seal.test";
	with_peer(&c, &server, &end);
	ok(refused(&c, "peer-without-seal", EACCES), "require: server without SEAL");
	policies(OFFER, OFFER);
	with_peer(&s, &client, &end);
	ok(plain(&s) && end.handshake && s.told.authenticated, "offer: plain TLS");
	with_peer(&c, &server, &end);
	ok(plain(&c) && end.handshake, "offer: server without SEAL");
	policies(OBSERVE, OBSERVE);
	with_peer(&s, &client, &end);
	ok(plain(&s) && !strcmp(told_reason(&s), "peer-without-seal"), "observe");
	policies(NEVER, NEVER);
	with_peer(&s, &client, &end);
	ok(plain(&s), "never");
	s.user = true;
	with_peer(&s, &client, &end);
	ok(refused(&s, "peer-without-seal", EACCES), "never, for a program");
	s.user = false;
	policies(OFFER, OFFER);
	with_peer(&s, &anonymous, &end);
	ok(refused(&s, "certificate-missing", EACCES), "no certificate");
	/* Identity by identity: only some clients must. */
	policies("[policy one]\npeer = dns:b.seal.test\nmode = offer\n%P"
		 "[policy two]\npeer = *\nmode = require\n%P", REQUIRE);
	with_peer(&s, &client, &end);
	ok(refused(&s, "peer-without-seal", EACCES) && end.handshake &&
	   end.alert == GNUTLS_A_MISSING_EXTENSION, "require for this identity");
}

static void test_tls(void)
{
	static const struct peer hrr = {
		.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:"
			    "+GROUP-SECP521R1:+GROUP-SECP384R1",
		.seal = "\1\1", .seal_len = 2, .talk = await_done,
	};
	static const struct peer old = { .priority = "NORMAL:-VERS-ALL:+VERS-TLS1.2" };
	static const struct peer cipher = {
		.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-CCM-8",
	};
	static const struct peer group = {
		.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-FFDHE2048",
	};
	static const struct peer bad_ext[] = {
		{ .seal = "\2\1", .seal_len = 2 }, { .seal = "\1", .seal_len = 1 },
		{ .seal = "\1\1\1", .seal_len = 3 }, { .seal = "\0", .seal_len = 1 },
		{ .seal = "\20\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20", .seal_len = 17 },
	};
	static const struct peer newer = { .seal = "\1\7", .seal_len = 2 };
	static const struct peer tickets = { .server = true, .tickets = true,
		.seal = "\1\0", .seal_len = 2, .talk = await_done };
	static const struct peer small = { .records = 16383, .seal = "\1\1", .seal_len = 2 };
	static const struct peer small_server = { .server = true, .records = 512,
		.seal = "\1\0", .seal_len = 2 };
	struct stand_side s = server_of(&a), c = client_of(&b);
	struct peer_end end;

	policies(OFFER, OFFER);
	with_peer(&s, &hrr, &end);
	ok(refused(&s, "timeout", ETIMEDOUT) && end.handshake,
	   "HelloRetryRequest: TLS completes, then the peer is silent");
	with_peer(&s, &old, &end);
	ok(refused(&s, "tls-failed", EACCES) && !end.handshake, "TLS 1.2");
	with_peer(&s, &cipher, &end);
	ok(refused(&s, "tls-failed", EACCES) && !end.handshake,
	   "a cipher the kernel cannot do");
	with_peer(&s, &group, &end);
	ok(refused(&s, "tls-failed", EACCES) && !end.handshake, "a group of 2048 bits");
	for (size_t i = 0; i < sizeof(bad_ext) / sizeof(bad_ext[0]); i++) {
		with_peer(&s, &bad_ext[i], &end);
		ok(refused(&s, "tls-failed", EACCES) && !end.handshake,
		   "malformed extension %zu", i);
	}
	with_peer(&s, &newer, &end);
	ok(plain(&s), "a peer that only speaks another version");
	c.peername = "f.seal.test";
	with_peer(&c, &tickets, &end);
	ok(refused(&c, "tls-misuse", EACCES), "a ticket nobody asked for");
	with_peer(&s, &small, &end);
	ok(refused(&s, "tls-failed", EACCES) && strstr(s.told.line, "no records of 16384") &&
	   end.alert == GNUTLS_A_HANDSHAKE_FAILURE, "a client that wants shorter records");
	with_openssl(&s, "-maxfraglen 4096");
	ok(refused(&s, "tls-failed", EACCES) && strstr(s.told.line, "no records of 16384"),
	   "a client that wants fragments, as was asked for before that");
	with_openssl(&s, "");
	ok(plain(&s), "OpenSSL as it comes");
	with_peer(&c, &small_server, &end);
	ok(refused(&c, "tls-failed", EACCES) && strstr(c.told.line, "no records of 16384") &&
	   end.alert == GNUTLS_A_HANDSHAKE_FAILURE, "a server that wants shorter records");
}

/* Each script ends in a refusal with its reason. */
static void test_bad_frames(void)
{
	struct stand_side s = server_of(&a);
	struct peer peer = { .seal = "\1\1", .seal_len = 2 };
	struct peer_end end;

	s.limit_ms = 2500;
	policies(REQUIRE, REQUIRE);
	for (size_t i = 0; i < bad_frame_count; i++) {
		const struct bad_frame *script = &bad_frames[i];

		peer.talk = script->talk;
		with_peer(&s, &peer, &end);
		ok(refused(&s, script->reason, script->status), "%s", script->name);
		ok(end.code == script->code, "%s: the peer is told %d", script->name,
		   end.code);
	}
}

static void test_policy_file(void)
{
	struct stand_side c = client_of(&b), s = server_of(&a);

	policies("[policy x]\nmode = perhaps\n", REQUIRE);
	run_both(&c, &s);
	ok(!s.told.attached && s.told.status == ETIMEDOUT &&
	   strstr(s.told.line, "test.conf"), "bad policy file: %s", s.told.line);
	ok(!c.told.attached && c.told.status == ETIMEDOUT, "its peer may retry");
	policies("", REQUIRE);
	run_both(&c, &s);
	ok(refused(&s, "no-policy", EACCES), "no policy at all");
}

/* A verdict that the module does not take: nothing may pass as if it had. */
static void test_no_attach(void)
{
	static const int says[] = { -EBUSY, -EACCES, -ENOMEM };
	struct stand_side c = client_of(&b), s = server_of(&a);

	policies(REQUIRE, REQUIRE);
	for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++) {
		s.no_attach = says[i];
		run_both(&c, &s);
		ok(refused(&s, "kernel-refused", ETIMEDOUT) &&
		   strstr(s.told.line, strerror(-says[i])), "the kernel says %s",
		   strerror(-says[i]));
	}
}

static void test_many(void)
{
	enum { COUNT = 50 };
	static struct stand_side side[2 * COUNT];
	static struct stand_side *sides[2 * COUNT];
	unsigned int good = 0, slowest = 0;
	int fd[2];

	policies(REQUIRE, REQUIRE);
	for (int i = 0; i < COUNT; i++) {
		side[2 * i] = client_of(&b);
		side[2 * i + 1] = server_of(&a);
		side[2 * i].limit_ms = side[2 * i + 1].limit_ms = 30000;
		tcp_pair(fd);
		for (int k = 0; k < 2; k++) {
			sides[2 * i + k] = &side[2 * i + k];
			side_start(&side[2 * i + k], fd[k]);
		}
	}
	sides_run(sides, 2 * COUNT, NULL, NULL);
	for (int i = 0; i < COUNT; i++) {
		good += both_attested(&side[2 * i], &side[2 * i + 1]);
		if (side[2 * i + 1].told.ms > slowest)
			slowest = side[2 * i + 1].told.ms;
	}
	ok(good == COUNT, "%u of %u at once, the slowest after %u ms", good, COUNT,
	   slowest);
}

/* CVE-2023-38200: who says nothing keeps nobody else waiting. */
static void test_half_open(void)
{
	enum { SILENT = 8 };
	static struct stand_side silent[SILENT];
	struct stand_side c = client_of(&b), s = server_of(&a);
	struct stand_side *sides[SILENT + 2] = { &c, &s };
	int fd[2], theirs[SILENT];
	bool timed_out = true;

	policies(REQUIRE, REQUIRE);
	for (int i = 0; i < SILENT; i++) {
		tcp_pair(fd);
		theirs[i] = fd[0];
		silent[i] = server_of(&a);
		silent[i].limit_ms = 2500;
		sides[2 + i] = &silent[i];
		side_start(&silent[i], fd[1]);
	}
	tcp_pair(fd);
	side_start(&c, fd[0]);
	side_start(&s, fd[1]);
	sides_run(sides, SILENT + 2, NULL, NULL);
	for (int i = 0; i < SILENT; i++) {
		timed_out &= refused(&silent[i], "timeout", ETIMEDOUT);
		close(theirs[i]);
	}
	ok(both_attested(&c, &s), "CVE-2023-38200: beside %d silent peers", SILENT);
	ok(timed_out, "CVE-2023-38200: which are given up");
}

/* Writes the first record that comes from @fd to @to, and leaves. */
static void overhear(int fd, int to)
{
	static uint8_t record[4096];
	size_t len;

	alarm(60);
	must(recv(fd, record, 5, MSG_WAITALL) == 5, "record");
	len = record[3] * 256u + record[4];
	must(len <= sizeof(record) - 5 &&
	     recv(fd, record + 5, len, MSG_WAITALL) == (ssize_t)len &&
	     write(to, record, 5 + len) == (ssize_t)len + 5, "record");
	_exit(0);
}

/* What a listener sees of SEAL in the ClientHello of @host under @policy. */
static size_t hello_with(struct stand_host *host, const char *policy, unsigned int *found)
{
	struct stand_side c = client_of(host), *const sides[] = { &c };
	uint8_t hello[4096], *at = hello;
	int fd[2], heard[2];
	ssize_t len;
	pid_t pid;

	host_policy(host, "a", policy);
	tcp_pair(fd);
	must(!pipe(heard), "pipe");
	pid = fork();
	if (!pid) {
		close(fd[0]);
		overhear(fd[1], heard[1]);
	}
	close(fd[1]);
	close(heard[1]);
	side_start(&c, fd[0]);
	sides_run(sides, 1, NULL, NULL);
	len = read(heard[0], hello, sizeof(hello));
	must(len > 0, "ClientHello");
	close(heard[0]);
	waitpid(pid, NULL, 0);
	for (*found = 0; (at = memmem(at, hello + len - at, "\xff\x5e\0\2\1\1", 6)); at++)
		++*found;
	return (size_t)len;
}

/* Whether a host has a TPM, a key in it, and what its policy asks is nobody's business. */
static void test_six_octets(void)
{
	static const char *const policies_of[] = {
		REQUIRE, OFFER, OBSERVE, NEVER, REQUIRE "attest = no\n", REQUIRE ANYONE,
		REQUIRE "logs = boot, ima\n",
		"[policy test]\npeer = *\nak-trust = admitted\nkey = tpm\nmode = require\n%P",
	};
	size_t len = 0, others = 0;
	struct stand_host f;
	unsigned int found;

	host_open(&f, "f");
	for (size_t i = 0; i < sizeof(policies_of) / sizeof(policies_of[0]); i++) {
		struct stand_host *const hosts[] = { &b, &f };

		for (size_t k = 0; k < 2; k++) {
			size_t l = hello_with(hosts[k], policies_of[i], &found);

			len = len ? len : l;
			if (l != len || found != 1)
				note("%s, policy %zu: %zu octets, found %u", hosts[k]->name, i, l,
				     found);
			others += l != len || found != 1;
		}
	}
	ok(len && !others, "six octets in each ClientHello, of %zu, whatever its policy", len);
	hello_with(&b, NEVER "attest = no\n", &found);
	ok(!found, "and none where no policy needs them");
	host_close(&f);
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "mutual", test_mutual },
	{ "one-sided", test_one_sided },
	{ "expat", test_expat },
	{ "anonymous", test_anonymous },
	{ "dodge", test_dodge },
	{ "log", test_log },
	{ "measurements", test_measurements },
	{ "first-contact", test_first_contact },
	{ "identity", test_identity },
	{ "trust", test_trust },
	{ "key-file", test_key_file },
	{ "own-key", test_own_key },
	{ "users", test_users },
	{ "locked", test_locked },
	{ "gone", test_gone },
	{ "no-seal", test_no_seal },
	{ "tls", test_tls },
	{ "bad-frames", test_bad_frames },
	{ "policy-file", test_policy_file },
	{ "no-attach", test_no_attach },
	{ "six-octets", test_six_octets },
	{ "half-open", test_half_open },
	{ "many", test_many },
};

int main(int argc, char **argv)
{
	host_open(&a, "a");
	host_open(&b, "b");
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		if (argc < 2 || !strcmp(argv[1], tests[i].name))
			tests[i].run();
	host_close(&a);
	host_close(&b);
	return done();
}
