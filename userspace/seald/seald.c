// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * seald: the monitor. Takes the kernel's handshake requests, gives each to a
 * worker and a verifier, and tells the kernel how it ended. Reads no octet of
 * a peer and no certificate, holds no key but record keys on their way into
 * the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "agents.h"
#include "ciphers.h"
#include "config.h"
#include "gate.h"
#include "handover.h"
#include "handshake.h"
#include "log.h"
#include "notify.h"
#include "places.h"
#include "store.h"
#include "wire/release.h"

#define SPAWN_RETRY_NS	100000000u	/* when no pair could be started */

#define SPARE		4u	/* pairs that wait for a handshake */
#define AGENTS_NS	30000000000u	/* between two looks for other agents */

/* A descriptor that a poll looks at; four for each handshake or one, some of ours. */
#define POLL_MAX	(8u + 4u * RUNNING_MAX + ATTACHING_MAX)
#define POLL_DOORBELL	0	/* the first one */

struct daemon {
	struct monitor m;
	struct config config;
	unsigned int waiting;
	uint64_t number;
	struct pair spare[SPARE];
	uint64_t spare_at;		/* not before: executing may be failing */
	uint64_t agents_at;
	uint64_t watchdog_ns;		/* between two signs of life, 0: nobody wants any */
	uint64_t watchdog_at;
	unsigned int busy_max;
	bool doorbell;			/* READY may have come */
	uint64_t accept_at;		/* when to look if nothing else happens before */
	int signals;
	bool reload;
	bool stop;
};

struct options {
	const char *dir;
	const char *programs;
	bool foreground;
	bool verbose;
};

static void usage(FILE *out)
{
	fputs("usage: seald [-f|--foreground] [-v|--verbose] [-c|--config DIR]\n"
	      "             [-l|--libexec DIR]\n"
	      "       seald -h|--help | --version\n"
	      "\n"
	      "Answers the kernel's TLS handshake requests with attestation.\n"
	      "  -f  log to standard error only, not to syslog\n"
	      "  -v  log more\n"
	      "  -c  configuration, /etc/seal if not given\n"
	      "  -l  where seald-worker, seald-verifier and seald-attester are,\n"
	      "      beside seald or in ../libexec/seal from there if not given\n"
	      "  -h  print this text\n", out);
}

static void parse_options(int argc, char **argv, struct options *opt)
{
	static const struct option longs[] = {
		{ "foreground", no_argument, NULL, 'f' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "config", required_argument, NULL, 'c' },
		{ "libexec", required_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "fvc:l:h", longs, NULL)) != -1) {
		switch (c) {
		case 'f':
			opt->foreground = true;
			break;
		case 'v':
			opt->verbose = true;
			break;
		case 'c':
			opt->dir = optarg;
			break;
		case 'l':
			opt->programs = optarg;
			break;
		case 'h':
			usage(stdout);
			exit(EXIT_SUCCESS);
		case 'V':
			puts("seald " SEAL_RELEASE);
			exit(EXIT_SUCCESS);
		default:
			usage(stderr);
			exit(EXIT_FAILURE);
		}
	}
	if (optind != argc) {
		usage(stderr);
		exit(EXIT_FAILURE);
	}
}

/* Beside this program, as they are built, or where they are installed. */
static const char *own_programs(void)
{
	static char path[PATH_MAX], other[PATH_MAX + 32];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	const char *dir;

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	dir = dirname(path);
	snprintf(other, sizeof(other), "%s/seald-worker", dir);
	if (!access(other, X_OK))
		return dir;
	snprintf(other, sizeof(other), "%s/../libexec/seal", dir);
	return other;
}

static int open_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool look_for_agents(const struct daemon *d, struct agents *agents)
{
	uint32_t mine[2];
	int err;

	genl_handshake_ports(d->m.handshakes, mine);
	err = agents_look(genl_handshake_group(d->m.handshakes), mine, 2, agents);
	if (err)
		seald_log(LOG_ERR, "cannot tell whether another agent listens: "
			  "%s hint=\"modprobe netlink_diag\"", strerror(-err));
	return !err;
}

/* Who may not attach gets no request, whatever he listens to. */
static bool alone(const struct daemon *d)
{
	struct agents agents;

	if (!look_for_agents(d, &agents))
		return false;
	if (agents.agents)
		seald_log(LOG_ERR, "another handshake agent (%s) listens in this "
			  "network namespace hint=\"stop tlshd: whoever accepts "
			  "first wins, so policy would hold for some connections "
			  "only\"", agents.who);
	else if (agents.unknown && agents.blind)
		seald_log(LOG_ERR, "another listens in this network namespace, and it "
			  "cannot be told whether it is an agent (hidden: %s) "
			  "hint=\"seald has to see all processes: "
			  "CAP_SYS_PTRACE, and the PID namespace of the machine\"", agents.hidden);
	else if (agents.sockets)
		seald_log(LOG_WARNING, "%u more listen for handshakes that are no agents "
			  "hint=\"any user can; they get none\"", agents.sockets);
	return !agents.agents && !(agents.unknown && agents.blind);
}

/* By now it may not look at processes, and would take its time for it. */
static void still_alone(const struct daemon *d)
{
	uint32_t mine[2];

	genl_handshake_ports(d->m.handshakes, mine);
	if (agents_count(genl_handshake_group(d->m.handshakes), mine, 2) > 0)
		seald_log(LOG_ERR, "another listens for handshakes in this network namespace "
			  "hint=\"sealctl doctor tells who: if it is an agent policy holds for "
			  "some connections only\"");
}

static bool stop_looking(void)
{
	bool done = agents_look_no_more();

	if (!done)
		seald_log(LOG_ERR, "cannot give up CAP_SYS_PTRACE hint=\"CAP_SETPCAP\"");
	return done;
}

/* Five descriptors a handshake, one for each that waits. */
static void raise_limits(void)
{
	struct rlimit limit = { 0 };

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static bool look_again(struct monitor *m)
{
	struct daemon *d = (struct daemon *)m;	/* its first member */

	return gate_again(&m->seal, &d->config);
}

/* Also the sections that are the attester's, who reads them again each time it starts. */
static bool configure(struct daemon *d, const char *dir)
{
	char why[CONFIG_PATH_MAX + 128];

	if (!config_load(&d->config, dir, why, sizeof(why))) {
		seald_log(LOG_ERR, "%s hint=\"seald.conf(5); sealctl enroll makes the "
			  "directory\"", why);
		return false;
	}
	d->m.config = d->config.dir;
	d->m.attester.programs = d->m.programs;
	d->m.attester.config = d->m.config;
	return attester_process_configured(&d->m.attester);
}

static bool start(struct daemon *d, const struct options *opt)
{
	int kept;

	prctl(PR_SET_DUMPABLE, 0);
	raise_limits();
	d->busy_max = BUSY_PER_CPU * (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);
	d->signals = open_signals();
	d->m.programs = opt->programs ? opt->programs : own_programs();
	if (d->signals < 0 || !d->m.programs || !configure(d, opt->dir))
		return false;
	d->m.look_again = look_again;
	kept = store_take();
	d->m.handshakes = genl_handshake_open(kept);
	if (!d->m.handshakes || !alone(d) || !stop_looking() ||
	    !gate_open(&d->m.seal, &d->config))
		return false;
	if (kept < 0 && store_put(genl_handshake_fd(d->m.handshakes)))
		seald_log(LOG_WARNING, "the service manager does not keep our socket "
			  "hint=\"FileDescriptorStoreMax=1 in the unit\"");
	d->m.ciphers = ciphers_probe();
	if (!d->m.ciphers) {
		seald_log(LOG_ERR, "kernel TLS runs no cipher here "
			  "hint=\"modprobe tls\"");
		return false;
	}
	d->m.known = known_open(d->config.state);
	if (!d->m.known)
		return false;
	attester_process_start(&d->m.attester);
	for (unsigned int i = 0; i < SPARE; i++)
		pair_clear(&d->spare[i]);
	return true;
}

/* A handshake that cannot even be queued: @whose are too many, or NULL. */
static void turn_away(struct daemon *d, struct accept_request *req, const char *whose)
{
	seald_log(LOG_WARNING, "handshake %llu: refused role=%s reason=busy detail=\"%u wait%s%s\" "
		  "hint=\"%s\" status=ETIMEDOUT", (unsigned long long)d->number,
		  req->server ? "server" : "client", d->waiting, whose ? whose : "",
		  whose ? " already" : "",
		  whose ? "tried again; if it lasts: a slow TPM, silent peers, a flood" :
		  "no memory");
	tally_add(&d->m.tally, TALLY_REFUSED, req->server, SEAL_REASON_BUSY);
	genl_handshake_done(d->m.handshakes, req->fd, ETIMEDOUT,
			    GENL_REMOTE_NOBODY);
	close(req->fd);
}

static void append(struct daemon *d, struct handshake *hs)
{
	struct handshake **at = &d->m.all;

	while (*at)
		at = &(*at)->next;
	*at = hs;
	if (hs->state == HS_QUEUED)
		d->waiting++;
}

static void accept_again(struct daemon *d, uint64_t at)
{
	d->doorbell = true;
	d->accept_at = at;
}

/*
 * READY is only a doorbell and may be lost: always empty the queue. Who fills it as fast does not
 * keep us from all else: what is left is taken in the next round, and does not ring again.
 */
static void accept_all(struct daemon *d)
{
	struct accept_request req;
	unsigned int count = 0;
	int err;

	if (!d->doorbell)
		return;
	d->doorbell = false;
	genl_handshake_drain_ready(d->m.handshakes);
	while ((err = genl_handshake_accept(d->m.handshakes, &req)) != -EAGAIN) {
		struct handshake *hs = NULL;
		const char *whose;

		d->number++;
		if (err) {
			seald_log(LOG_ERR, "accept: %s", strerror(-err));
			accept_again(d, ipc_now() + SPAWN_RETRY_NS);
			break;
		}
		whose = places_queue(d->m.all, handshake_owner(req.fd));
		if (!whose)
			hs = handshake_new(&d->m, &req, d->number);
		if (hs)
			append(d, hs);
		else
			turn_away(d, &req, whose);
		if (++count == WAITING_MAX) {
			accept_again(d, 0);
			break;
		}
	}
}

/* A pair that waits, or a new one. */
static int get_pair(struct daemon *d, struct pair *pair)
{
	for (unsigned int i = 0; i < SPARE; i++) {
		if (!pair_there(&d->spare[i]))
			continue;
		if (pair_alive(&d->spare[i])) {
			*pair = d->spare[i];
			pair_clear(&d->spare[i]);
			return 0;
		}
		pair_end(&d->spare[i]);
	}
	return pair_spawn(pair, d->m.programs, d->m.config);
}

/*
 * First come, first served, but for who has his part. Returns when to look again: at once
 * if one was over as soon as it began.
 */
static uint64_t start_waiting(struct daemon *d)
{
	uint64_t fewer = UINT64_MAX, until = UINT64_MAX;
	unsigned int busy = places_busy(d->m.all, &fewer);
	uid_t full = PLACES_ANYBODY, more;

	for (struct handshake *hs = d->m.all; hs && d->waiting; hs = hs->next) {
		struct pair pair;

		if (hs->state != HS_QUEUED || (full && places_are_of(hs, full)))
			continue;
		if (busy >= d->busy_max)
			return until < fewer ? until : fewer;
		more = places_full(d->m.all, hs->owner, d->busy_max, fewer, &until);
		if (more) {
			full = more;
			continue;
		}
		if (d->m.running >= RUNNING_MAX) {
			fewer = places_make_way(d->m.all, PLACES_ANYBODY);
			return until < fewer ? until : fewer;
		}
		if (get_pair(d, &pair))
			return ipc_now() + SPAWN_RETRY_NS;
		d->waiting--;
		busy++;
		handshake_start(&d->m, hs, &pair);
		if (hs->busy_until < fewer)
			fewer = hs->busy_until;
		if (handshake_over(hs))
			until = 0;
	}
	return until;
}

static struct pair *missing_spare(struct daemon *d)
{
	for (unsigned int i = 0; i < SPARE; i++)
		if (!pair_alive(&d->spare[i]))
			return &d->spare[i];
	return NULL;
}

/* Nobody wants the CPU: those that there are wait for a peer or for the TPM. */
static bool is_idle(const struct daemon *d)
{
	uint64_t until = UINT64_MAX;

	return !d->waiting && !places_busy(d->m.all, &until);
}

/*
 * Only when nothing else is to do: it costs two executions. One that died
 * waiting may have a cause that lasts.
 */
static void fill_spare(struct daemon *d)
{
	struct pair *pair = missing_spare(d);
	uint64_t now = ipc_now();

	if (!pair || !is_idle(d) || now < d->spare_at)
		return;
	if (pair_there(pair))
		d->spare_at = now + 1000000000u;
	pair_end(pair);
	if (pair_spawn(pair, d->m.programs, d->m.config))
		d->spare_at = now + 1000000000u;
}

static void pump_all(struct daemon *d)
{
	struct handshake **at = &d->m.all;

	while (*at) {
		struct handshake *hs = *at;
		bool queued = hs->state == HS_QUEUED;

		handshake_pump(&d->m, hs);
		if (!handshake_over(hs)) {
			at = &hs->next;
			continue;
		}
		*at = hs->next;
		if (queued)
			d->waiting--;
		handshake_finish(&d->m, hs);
	}
	leaving_reap(&d->m.leaving);
}

static void add_poll(struct pollfd *p, nfds_t *n, int fd)
{
	if (fd >= 0 && *n < POLL_MAX)
		p[(*n)++] = (struct pollfd){ .fd = fd, .events = POLLIN };
}

static nfds_t fill_poll(struct daemon *d, struct pollfd *p, uint64_t *until)
{
	nfds_t n = 0;

	add_poll(p, &n, genl_handshake_fd(d->m.handshakes));
	add_poll(p, &n, d->signals);
	add_poll(p, &n, d->m.attester.child.pidfd);
	for (struct handshake *hs = d->m.all; hs; hs = hs->next) {
		if (hs->deadline < *until)
			*until = hs->deadline;
		if (hs->state == HS_QUEUED)
			continue;
		if (hs->pair.to_verifier.state != IPC_CLOSED)
			add_poll(p, &n, hs->pair.to_verifier.fd);
		if (hs->pair.to_worker.state != IPC_CLOSED)
			add_poll(p, &n, hs->pair.to_worker.fd);
		add_poll(p, &n, hs->pair.worker.pidfd);
		add_poll(p, &n, hs->pair.verifier.pidfd);
		add_poll(p, &n, hs->attacher.answer);
	}
	return n;
}

static void read_signals(struct daemon *d)
{
	struct signalfd_siginfo info;

	while (read(d->signals, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			d->stop = true;
		else if (info.ssi_signo == SIGHUP)
			d->reload = true;
}

static void reload(struct daemon *d)
{
	if (!d->reload)
		return;
	d->reload = false;
	look_again(&d->m);
	if (!gate_rules(d->m.seal, &d->config))
		seald_log(LOG_WARNING, "the rules from before still hold");
}

/*
 * Agents that were started after us: too late to refuse, not too late to say so; a module,
 * and what rules name.
 */
static void watch_agents(struct daemon *d)
{
	uint64_t now = ipc_now();

	if (now < d->agents_at)
		return;
	if (d->agents_at)
		still_alone(d);
	if (!d->m.seal)
		look_again(&d->m);
	gate_rules_again(d->m.seal, &d->config);
	tally_write(&d->m.tally, d->config.state, d->waiting, d->m.running);
	/* From now: who was asked for a name may have taken his time. */
	d->agents_at = ipc_now() + AGENTS_NS;
}

/* The service manager ends who says nothing for so many microseconds: sd_watchdog_enabled(3). */
static uint64_t watchdog_interval(void)
{
	const char *text = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

	if (pid && strtol(pid, NULL, 10) != getpid())
		return 0;
	return text ? strtoull(text, NULL, 10) * 1000 / 2 : 0;
}

static void show_life(struct daemon *d)
{
	uint64_t now = ipc_now();

	if (!d->watchdog_ns || now < d->watchdog_at)
		return;
	notify_manager("WATCHDOG=1", -1);
	d->watchdog_at = now + d->watchdog_ns;
}

static void wait_for_something(struct daemon *d, uint64_t until)
{
	struct pollfd p[POLL_MAX];
	nfds_t n;

	if (d->agents_at < until)
		until = d->agents_at;
	if (d->watchdog_ns && d->watchdog_at < until)
		until = d->watchdog_at;
	if (missing_spare(d) && is_idle(d) && d->spare_at < until)
		until = d->spare_at;
	if (d->doorbell && d->accept_at < until)
		until = d->accept_at;
	n = fill_poll(d, p, &until);
	/* An overrun of the socket (ENOBUFS) shows as POLLERR: empty it too. */
	if (poll(p, n, ipc_poll_ms(until)) < 0 || p[POLL_DOORBELL].revents)
		d->doorbell = true;
}

static void run(struct daemon *d)
{
	seald_log(LOG_NOTICE, "ready config=%s module=%s ciphers=0x%x",
		  d->config.dir, d->m.seal ? "yes" : "no", d->m.ciphers);
	notify_manager("READY=1", -1);
	/* An agent before us may have left requests behind. */
	d->doorbell = true;
	d->watchdog_ns = watchdog_interval();
	while (!d->stop) {
		uint64_t until = attester_process_tick(&d->m.attester), at;

		accept_all(d);
		pump_all(d);
		at = start_waiting(d);
		fill_spare(d);
		watch_agents(d);
		show_life(d);
		wait_for_something(d, at < until ? at : until);
		read_signals(d);
		reload(d);
	}
}

static void finish(struct daemon *d)
{
	struct handshake *hs;

	notify_manager("STOPPING=1", -1);
	tally_write(&d->m.tally, d->config.state, 0, 0);
	while ((hs = d->m.all)) {
		d->m.all = hs->next;
		handshake_stop(hs);
		handshake_finish(&d->m, hs);
	}
	for (unsigned int i = 0; i < SPARE; i++)
		pair_end(&d->spare[i]);
	attester_process_stop(&d->m.attester);
	known_close(d->m.known);
	genl_seal_close(d->m.seal);
	genl_handshake_close(d->m.handshakes);
}

int main(int argc, char **argv)
{
	static struct daemon daemon_state;
	struct options opt = { .dir = "/etc/seal" };

	parse_options(argc, argv, &opt);
	seald_log_open("seald", !opt.foreground, opt.verbose);
	if (!start(&daemon_state, &opt))
		return EXIT_FAILURE;
	run(&daemon_state);
	finish(&daemon_state);
	return EXIT_SUCCESS;
}
