// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_storm [COUNT [DELAY]]: whole daemons over a fake kernel with a TPM that
 * takes DELAY ms for each answer (40). Prints name=value lines:
 *
 * - COUNT (100) clients at once, key = file: one quote for many against one each
 * - the same with key = tpm, beside the bound of two signatures a session
 * - the median of mutual attested handshakes beside unattested ones, by turns, in
 *   times of a quote by the same TPM as nobody else asks it
 * - twice COUNT clients at once with key = tpm: is everybody served?
 *
 * With COUNT 0 the third alone. Run by selftests/seald/hosts with SEALD_SLOW set.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attester/keys.h"
#include "seald/ipc.h"
#include "../seald/daemons.h"
#include "../unit/lib/tap.h"

#define HEAD	"[policy bench]\npeer = *\n"
#define TAKES	HEAD "mode = never\n"		/* and proves itself when asked */
#define SILENT	HEAD "mode = never\nattest = no\n"
#define ASKS	HEAD "mode = require\nkey = any\nak-trust = certificate\n%P"
#define TLS_PAIRS	25u
#define LIMIT_MS	60000u

static unsigned int delay = 40;

/* Their setting is the last one of the file, in the section [tpm]. */
static void set_batch(const char *name, unsigned int batch)
{
	char command[600];

	snprintf(command, sizeof(command), "cd $SEALD_HOSTS/%s && sed -i '/^batch/d; "
		 "s/^tcti = .*/&\\nbatch = %u/' seald.conf", name, batch);
	must(!system(command), "seald.conf");
}

/* @server serves, and b, whose TPM is fast, asks. */
static void run(struct storm *storm, const char *server, struct daemon_ops *ops)
{
	struct storm first = { .count = 1, .limit_ms = LIMIT_MS };
	struct daemon_ops before;
	struct daemon s, c;
	char name[64];

	snprintf(name, sizeof(name), "%s.seal.test", server);
	daemon_policy(server, "b", TAKES);
	daemon_policy("b", server, ASKS);
	daemon_start(&s, server);
	daemon_start(&c, "b");
	storm_run(&first, &c, &s, name);
	must(first.good == 1, "the first handshake");
	daemon_tpm_delay(server, delay);
	daemon_ops(&s, &before);
	storm_run(storm, &c, &s, name);
	daemon_ops(&s, ops);
	ops->quote -= before.quote;
	ops->sign -= before.sign;
	ops->claims -= before.claims;
	daemon_tpm_delay(server, 0);
	must(daemon_stop(&s) && daemon_stop(&c), "they end");
}

static double rate(const struct storm *storm)
{
	return storm->good * 1e6 / (double)storm->us;
}

static void print(const char *what, const struct storm *s, const struct daemon_ops *ops)
{
	printf("%s: served=%u of %u seconds=%.2f per_second=%.1f quotes=%lu cpu_busy=%u%%\n", what,
	       s->good, s->count, (double)s->us / 1e6, rate(s), ops->quote, s->busy);
	fflush(stdout);
}

static void batches(unsigned int count)
{
	struct storm on = { .count = count, .limit_ms = LIMIT_MS }, off = on;
	struct daemon_ops ops;
	double times;

	set_batch("f", 1);
	run(&off, "f", &ops);
	print("storm key=file batches=off", &off, &ops);
	set_batch("f", 1024);
	run(&on, "f", &ops);
	print("storm key=file batches=on", &on, &ops);
	times = rate(&on) / rate(&off);
	printf("batches: times=%.1f bound_by=%s\n", times, times >= 20 ? "tpm" :
	       on.busy >= 90 ? "both cores busy" : "something else");
}

static void signatures(unsigned int count)
{
	struct storm storm = { .count = count, .limit_ms = LIMIT_MS };
	const double bound = 1000.0 / (2 * delay);
	struct daemon_ops ops;

	run(&storm, "a", &ops);
	print("storm key=tpm", &storm, &ops);
	printf("signatures: per_session=%.2f bound_per_second=%.1f reached=%.0f%%\n",
	       (double)ops.sign / count, bound, 100 * rate(&storm) / bound);
}

/* Between whom, and where their TLS keys are. */
struct latency {
	const char *key, *server, *client, *name;
};

static int by_value(const void *x, const void *y)
{
	return *(const int *)x - *(const int *)y;
}

static int median_of(int us[TLS_PAIRS])
{
	qsort(us, TLS_PAIRS, sizeof(us[0]), by_value);
	return us[TLS_PAIRS / 2];
}

/* Of quotes by the AK of @host, in microseconds; nobody else has the TPM open. */
static int quote_us(const char *host)
{
	static const uint8_t octets[] = { 0, 0, 0, 1, 0, 0x0b, 3, 0xff, 3, 0 }, data[32];
	struct att_selection selection;
	static struct att_quote quote;
	struct att_keys keys;
	int us[TLS_PAIRS];
	char dir[300], why[256];

	snprintf(dir, sizeof(dir), "%s/%s", getenv("SEALD_HOSTS"), host);
	must(!att_keys_load(&keys, dir, why, sizeof(why)), why);
	must(att_selection_decode((struct seal_bytes){ octets, sizeof(octets) }, &selection) &&
	     !att_tpm_quote(keys.tpm, &keys.ak, &selection, data, sizeof(data), &quote), "quote");
	daemon_tpm_delay(host, delay);
	for (unsigned int i = 0; i < TLS_PAIRS; i++) {
		uint64_t begin = ipc_now();

		must(!att_tpm_quote(keys.tpm, &keys.ak, &selection, data, sizeof(data), &quote),
		     "quote");
		us[i] = (int)((ipc_now() - begin) / 1000);
	}
	daemon_tpm_delay(host, 0);
	att_keys_free(&keys);
	return median_of(us);
}

/* Of one handshake, where those policies hold. */
static int handshake_us(struct daemon *s, struct daemon *c, const struct latency *l,
			const char *policy)
{
	struct storm one = { .count = 1, .limit_ms = LIMIT_MS };

	daemon_policy(l->server, l->client, policy);
	daemon_policy(l->client, l->server, policy);
	/* What the one before has left to do is not this one's. */
	daemon_rest(s);
	daemon_rest(c);
	storm_run(&one, c, s, l->name);
	must(one.good == 1, "a handshake");
	return (int)one.us;
}

/* Both kinds by turns between the same daemons, so that what else goes on meets both. */
static void latency(const struct latency *l)
{
	int plain[TLS_PAIRS], mutual[TLS_PAIRS], quote = quote_us(l->server), p, m;
	struct daemon s, c;

	daemon_start(&s, l->server);
	daemon_start(&c, l->client);
	handshake_us(&s, &c, l, SILENT);
	daemon_tpm_delay(l->server, delay);
	daemon_tpm_delay(l->client, delay);
	for (unsigned int i = 0; i < TLS_PAIRS; i++) {
		plain[i] = handshake_us(&s, &c, l, SILENT);
		mutual[i] = handshake_us(&s, &c, l, ASKS);
	}
	daemon_tpm_delay(l->server, 0);
	daemon_tpm_delay(l->client, 0);
	must(daemon_stop(&s) && daemon_stop(&c), "they end");
	p = median_of(plain);
	m = median_of(mutual);
	printf("latency key=%s: unattested_ms=%.1f mutual_ms=%.1f quote_ms=%.1f quote_times=%.2f\n",
	       l->key, p / 1000.0, m / 1000.0, quote / 1000.0, (double)(m - p) / quote);
	fflush(stdout);
}

static void everybody(unsigned int count)
{
	struct storm storm = { .count = count, .limit_ms = LIMIT_MS };
	struct daemon_ops ops;

	run(&storm, "a", &ops);
	print("everybody key=tpm", &storm, &ops);
}

int main(int argc, char **argv)
{
	static const struct latency file = { "file", "f", "g", "f.seal.test" };
	static const struct latency tpm = { "tpm", "a", "b", "a.seal.test" };
	unsigned int count = argc > 1 ? (unsigned int)atoi(argv[1]) : 100;

	if (argc > 2)
		delay = (unsigned int)atoi(argv[2]);
	must(count <= 128 && delay > 0, "COUNT is 0 to 128");
	signal(SIGPIPE, SIG_IGN);
	if (count) {
		batches(count);
		signatures(count);
	}
	latency(&file);
	latency(&tpm);
	if (count)
		everybody(2 * count);
	return 0;
}
