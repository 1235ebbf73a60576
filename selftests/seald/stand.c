// SPDX-License-Identifier: GPL-2.0-or-later

#include "stand.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "seald/ktls.h"
#include "seald/log.h"
#include "../unit/lib/tap.h"

#define SIDES_MAX	128

static struct stand_side *live[SIDES_MAX];

static struct stand_side *side_of(int fd)
{
	for (size_t i = 0; i < SIDES_MAX; i++)
		if (live[i] && live[i]->hs && live[i]->hs->req.fd == fd)
			return live[i];
	must(false, "socket is known");
	return NULL;
}

/* The kernel's part. */

int genl_handshake_done(struct genl_handshake *gh, int fd, int status,
			uint32_t remote)
{
	struct stand_told *told = &side_of(fd)->told;

	told->done = true;
	told->status = status;
	told->authenticated = remote == GENL_REMOTE_CERTIFICATE;
	told->remote = remote;
	return 0;
}

struct genl_seal *genl_seal_open(void)
{
	return NULL;
}

void genl_seal_close(struct genl_seal *gs)
{
}

#define REVOKES	0xfffffff0	/* and some, which may go round */

int genl_seal_claim(struct genl_seal *gs, int fd, int pidfd,
		    struct seal_claimed *claimed)
{
	struct stand_side *side = side_of(fd);

	claimed->user = side->user;
	claimed->uid = side->user ? 1000 : 0;
	claimed->counted = true;
	claimed->revokes = REVOKES + (uint32_t)fd;
	return 0;
}

static void take_keys(struct stand_told *told, const uint8_t *tx,
		      const uint8_t *rx, size_t len)
{
	must(len <= sizeof(told->tx), "keys fit");
	memcpy(told->tx, tx, len);
	memcpy(told->rx, rx, len);
	told->key_len = len;
}

int genl_seal_attach(struct genl_seal *gs, const struct seal_attach *attach,
		     uint64_t *id)
{
	struct stand_side *side = side_of(attach->fd);
	struct stand_told *told = &side->told;

	must(attach->counted && attach->revokes == REVOKES + (uint32_t)attach->fd,
	     "what the claim was told goes back");
	if (side->no_attach)
		return side->no_attach;
	told->attached = true;
	told->deadline = attach->deadline;
	snprintf(told->peer, sizeof(told->peer), "%s", attach->peer);
	snprintf(told->policy, sizeof(told->policy), "%s", attach->policy);
	snprintf(told->claims, sizeof(told->claims), "%s", attach->claims);
	memcpy(told->connection_id, attach->connection_id, 16);
	take_keys(told, attach->tx, attach->rx, attach->tx_len);
	*id = 1;
	return 0;
}

uint32_t genl_seal_port(const struct genl_seal *gs)
{
	return 1;
}

/* In the place of attacher.c: in this process, and done when it is asked for. */

static int hang(void *arg)
{
	while (!arg)
		pause();
	return 0;
}

/* A process that does not come to an answer. */
static int hanging_start(struct attacher *at)
{
	int answer[2];

	must(!pipe2(answer, O_CLOEXEC), "pipe");
	must(!spawn_work(&at->child, hang, NULL, &answer[1], 1), "a process that hangs");
	close(answer[1]);
	at->answer = answer[0];
	return 0;
}

int attacher_start(struct attacher *at, const struct seal_attach *attach)
{
	static uint64_t id;

	must(attach->agent == genl_seal_port(NULL), "it is for its agent");
	if (side_of(attach->fd)->attach_hangs)
		return hanging_start(at);
	/* There is no process, whose descriptor that would be. */
	at->child.pidfd = genl_seal_attach(NULL, attach, &id);
	return 0;
}

int attacher_end(struct attacher *at, uint64_t *id)
{
	*id = 1;
	return at->child.pid ? -EINPROGRESS : at->child.pidfd;
}

int ktls_install(int fd, const struct ipc_keys *keys)
{
	struct stand_told *told = &side_of(fd)->told;

	told->plain = true;
	take_keys(told, keys->tx, keys->rx, keys->tx_len);
	return 0;
}

/* The log, in the place of log.c. */

const char *seald_escape_word(char *out, size_t size, const char *text)
{
	seald_escape(out, size, text);
	for (char *c = out; (c = strchr(c, ' ')); )
		*c = '_';
	return out;
}

const char *seald_escape(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text);
	return out;
}

void seald_log(int priority, const char *fmt, ...)
{
	unsigned long long number;
	char line[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (getenv("SEALD_TEST_VERBOSE"))
		note("%s", line);
	if (sscanf(line, "handshake %llu:", &number) != 1)
		return;
	for (size_t i = 0; i < SIDES_MAX; i++)
		if (live[i] && live[i]->hs && live[i]->hs->number == number)
			memcpy(live[i]->told.line, line, sizeof(line));
}

static bool same_module(struct monitor *m)
{
	return true;
}

void host_open(struct stand_host *host, const char *name)
{
	memset(host, 0, sizeof(*host));
	snprintf(host->name, sizeof(host->name), "%s", name);
	snprintf(host->dir, sizeof(host->dir), "%s/%s", getenv("SEALD_HOSTS"), name);
	snprintf(host->state, sizeof(host->state), "%s.state", host->dir);
	host->m.seal = (struct genl_seal *)host;	/* never looked into */
	host->m.ciphers = IPC_CIPHER_ALL;
	host->m.programs = getenv("SEAL_PROGRAMS");
	host->m.config = host->dir;
	host->m.look_again = same_module;
	host->m.attester.programs = host->m.programs;
	host->m.attester.config = host->dir;
	must(host->m.programs != NULL, "SEAL_PROGRAMS is set");
	attester_process_start(&host->m.attester);
	host_forget(host);
}

void host_close(struct stand_host *host)
{
	attester_process_stop(&host->m.attester);
	known_close(host->m.known);
}

void host_forget(struct stand_host *host)
{
	char path[320];

	known_close(host->m.known);
	snprintf(path, sizeof(path), "%s/known", host->state);
	unlink(path);
	host->m.known = known_open(host->state);
	must(host->m.known != NULL, "known_open");
}

static void put_pcrs(FILE *out, const char *other, bool sha384)
{
	char path[300], value[160];
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s/pcr%s", getenv("SEALD_HOSTS"), other,
		 sha384 ? ".sha384" : "");
	in = fopen(path, "r");
	must(in != NULL, path);
	fprintf(out, "pcrs = %s:0,1,2,3,4,5,6,7,8,9\n", sha384 ? "sha384" : "sha256");
	for (int i = 0; fgets(value, sizeof(value), in); i++)
		fprintf(out, "pcr-%d = %s", i, value);
	fclose(in);
}

void host_policy(struct stand_host *host, const char *other, const char *text)
{
	const char *mark;
	char path[300];
	FILE *out;

	snprintf(path, sizeof(path), "%s/policy.d/test.conf", host->dir);
	out = fopen(path, "w");
	must(out != NULL, path);
	while ((mark = strchr(text, '%'))) {
		fprintf(out, "%.*s", (int)(mark - text), text);
		must(mark[1] == 'P' || mark[1] == 'Q', "%P or %Q");
		put_pcrs(out, other, mark[1] == 'Q');
		text = mark + 2;
	}
	fputs(text, out);
	fclose(out);
}

void tcp_pair(int fd[2])
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(addr);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	fd[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(!bind(listener, (struct sockaddr *)&addr, len) &&
	     !listen(listener, 1) &&
	     !getsockname(listener, (struct sockaddr *)&addr, &len) &&
	     !connect(fd[0], (struct sockaddr *)&addr, len), "connect");
	fd[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	must(fd[1] >= 0, "accept");
	close(listener);
}

static void remember(struct stand_side *side)
{
	for (size_t i = 0; i < SIDES_MAX; i++)
		if (!live[i]) {
			live[i] = side;
			return;
		}
	must(false, "room for another side");
}

static void forget(const struct stand_side *side)
{
	for (size_t i = 0; i < SIDES_MAX; i++)
		if (live[i] == side)
			live[i] = NULL;
}

void side_start(struct stand_side *side, int fd)
{
	static uint64_t number;
	struct accept_request req = {
		.fd = fd, .server = side->server, .auth = side->auth,
		.timeout_ms = side->limit_ms, .keyring = side->keyring,
		.psks = { side->psk }, .psk_count = side->psk != 0,
		.certificate = side->certificate, .privkey = side->privkey,
	};
	struct pair pair;

	memset(&side->told, 0, sizeof(side->told));
	if (!req.auth)
		req.auth = ACCEPT_AUTH_X509;
	if (side->peername)
		snprintf(req.peername, sizeof(req.peername), "%s", side->peername);
	side->hs = handshake_new(&side->host->m, &req, ++number);
	must(side->hs != NULL, "handshake_new");
	remember(side);
	if (handshake_over(side->hs))
		return;
	must(!pair_spawn(&pair, side->host->m.programs, side->host->m.config),
	     "pair_spawn");
	handshake_start(&side->host->m, side->hs, &pair);
}

static void side_finish(struct stand_side *side)
{
	side->told.ms = (unsigned int)((ipc_now() - side->hs->started) / 1000000);
	handshake_finish(&side->host->m, side->hs);
	side->hs = NULL;
	forget(side);
}

static void add(struct pollfd *p, nfds_t *n, int fd)
{
	if (fd >= 0)
		p[(*n)++] = (struct pollfd){ .fd = fd, .events = POLLIN };
}

static void wait_all(struct stand_side *const *sides, size_t count, int ms)
{
	struct pollfd p[4 * SIDES_MAX];
	nfds_t n = 0;

	for (size_t i = 0; i < count; i++) {
		const struct pair *pair;

		if (!sides[i]->hs)
			continue;
		pair = &sides[i]->hs->pair;
		if (pair->to_verifier.state != IPC_CLOSED)
			add(p, &n, pair->to_verifier.fd);
		if (pair->to_worker.state != IPC_CLOSED)
			add(p, &n, pair->to_worker.fd);
		add(p, &n, pair->worker.pidfd);
		add(p, &n, pair->verifier.pidfd);
	}
	poll(p, n, ms);
}

void sides_run(struct stand_side *const *sides, size_t count, stand_hook *hook,
	       void *arg)
{
	uint64_t begin = ipc_now();
	size_t left = 0;

	for (size_t i = 0; i < count; i++)
		left += sides[i]->hs != NULL;
	while (left) {
		for (size_t i = 0; i < count; i++) {
			struct stand_side *side = sides[i];

			if (!side->hs)
				continue;
			attester_process_tick(&side->host->m.attester);
			handshake_pump(&side->host->m, side->hs);
			if (!handshake_over(side->hs))
				continue;
			side_finish(side);
			left--;
		}
		if (hook)
			hook(arg, ipc_now() - begin);
		if (left)
			wait_all(sides, count, hook ? 1 : 20);
	}
}

void run_both(struct stand_side *client, struct stand_side *server)
{
	struct stand_side *const sides[] = { client, server };
	int fd[2];

	tcp_pair(fd);
	side_start(client, fd[0]);
	side_start(server, fd[1]);
	sides_run(sides, 2, NULL, NULL);
}

const char *told_reason(const struct stand_side *side)
{
	static char word[64];
	const char *at = strstr(side->told.line, "reason=");

	word[0] = '\0';
	if (at)
		sscanf(at, "reason=%63s", word);
	return word;
}

bool both_attested(const struct stand_side *client,
		   const struct stand_side *server)
{
	const struct stand_told *c = &client->told, *s = &server->told;

	return c->attached && s->attached && !c->status && !s->status &&
	       c->key_len == s->key_len &&
	       !memcmp(c->tx, s->rx, c->key_len) &&
	       !memcmp(c->rx, s->tx, c->key_len) &&
	       !memcmp(c->connection_id, s->connection_id, 16);
}
