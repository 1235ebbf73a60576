// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The real seald-attester over a software TPM, with this test as its monitor
 * and its workers, and the verifier's own code as the judge of its evidence.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>

#include "attester/keys.h"
#include "lib/swtpm.h"
#include "lib/tap.h"
#include "lib/worker.h"
#include "seald/attester_proto.h"
#include "seald/ipc.h"
#include "verify/evidence.h"
#include "verify/rules.h"
#include "wire/hello.h"

#define MANY	50

static struct swtpm tpm;
static char host[64];

/** struct session - a worker that went some way */
struct session {
	int fd;
	uint8_t context[SEAL_BIND_LEN];
	uint8_t ekm[32];
	size_t cmw_len;
	uint8_t cmw[ATT_MAX_EVIDENCE];
};

static bool bind_session(const struct attester *at, struct session *s)
{
	static union reply r;

	s->fd = open_worker(at);
	gnutls_rnd(GNUTLS_RND_NONCE, s->ekm, sizeof(s->ekm));
	if (!ask_identity(s->fd, &r) || !ask_bind(s->fd, false, &r))
		return false;
	memcpy(s->context, r.context.context, sizeof(s->context));
	return true;
}

static bool take_evidence(struct session *s, const union reply *r, ssize_t n)
{
	if (n <= (ssize_t)sizeof(r->evidence) || r->status != ATT_OK ||
	    r->evidence.length != n - sizeof(r->evidence))
		return false;
	s->cmw_len = r->evidence.length;
	memcpy(s->cmw, r->bytes + sizeof(r->evidence), s->cmw_len);
	return true;
}

static bool claim_session(struct session *s)
{
	const struct att_claim m = claim_message(s->ekm);
	static union reply r;

	return take_evidence(s, &r, call(s->fd, &m, sizeof(m), &r));
}

static gnutls_x509_crt_t leaf_of(const char *dir)
{
	gnutls_x509_crt_t crt = NULL;
	gnutls_datum_t pem = { 0 };
	char path[128];

	snprintf(path, sizeof(path), "%s/identity/tls.pem", dir);
	must(!gnutls_load_file(path, &pem) && !gnutls_x509_crt_init(&crt) &&
	     !gnutls_x509_crt_import(crt, &pem, GNUTLS_X509_FMT_PEM), "tls.pem");
	gnutls_free(pem.data);
	return crt;
}

/* What the relying party of that session would say. */
static enum seal_reason judge(const struct session *s, const char *dir, const char *policy,
			      struct seal_appraisal *out, union seal_evidence *ev)
{
	struct seal_policy_error why;
	struct seal_policy_set set = { 0 };
	struct seal_rules rules;
	struct seal_identity id;
	struct seal_cert cert;
	struct seal_cmw cmw;
	const struct seal_evidence_type *type;
	struct seal_appraisal_in in = {
		.now = time(NULL), .identity = &id, .cert = &cert,
		.claims = { .consumer = SEAL_CLASS_NFSD, .side = SEAL_SIDE_SERVER } };
	enum seal_reason reason = SEAL_REASON_EVIDENCE_BAD;
	gnutls_x509_crt_t crt = leaf_of(dir);
	gnutls_datum_t der = { 0 };

	must(!gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der) &&
	     seal_cert_decode((struct seal_bytes){ der.data, der.size }, &cert), "certificate");
	must(seal_rules_load(dir, &rules, &why), why.text);
	must(seal_policy_parse(&set, "test", (struct seal_bytes){ (const uint8_t *)policy,
			       strlen(policy) }, &why), why.text);
	must(seal_identity_parse("dns:host-a.example", &id), "identity");
	in.policy = &set.policy[0];
	in.admitted = &rules.admitted;
	in.ak_trust = rules.ak;
	in.asked = set.policy[0].pcrs;
	must(seal_binder(s->context, s->ekm, in.binder), "binder");
	memset(out, 0, sizeof(*out));
	if (seal_cmw_decode((struct seal_bytes){ s->cmw, s->cmw_len }, &cmw) &&
	    (type = seal_evidence_type(cmw.type)) && type->decode(cmw.value, ev))
		reason = type->appraise(ev, &in, out);
	gnutls_x509_crt_deinit(crt);
	gnutls_free(der.data);
	seal_policy_set_free(&set);
	seal_rules_free(&rules);
	return reason;
}

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define POLICY(more) "[policy test]\nmode = require\npeer = *\nak-trust = certificate\n" \
	"pcrs = sha256:0,1,2,3,4,5,6,7,8,9\npcr-0 = " ZEROS "\n" more

static bool accepted(const struct session *s, const char *dir, const char *policy,
		     union seal_evidence *ev)
{
	struct seal_appraisal out;
	enum seal_reason reason = judge(s, dir, policy, &out, ev);

	if (reason != SEAL_REASON_ACCEPTED)
		note("%s: %s", seal_reason_name(reason), out.detail);
	return reason == SEAL_REASON_ACCEPTED;
}

static enum seal_reason verdict(const struct session *s, const char *dir, const char *policy)
{
	struct seal_appraisal out;
	union seal_evidence ev;

	return judge(s, dir, policy, &out, &ev);
}

/* Does the TLS key's signature hold? */
static bool signed_by_leaf(const char *dir, gnutls_sign_algorithm_t algo, const uint8_t *digest,
			   size_t len, const union reply *r)
{
	const gnutls_datum_t hash = { (void *)digest, len };
	const gnutls_datum_t sig = { (void *)r->signature.sig, r->signature.length };
	gnutls_x509_crt_t crt = leaf_of(dir);
	gnutls_pubkey_t key = NULL;
	int ret;

	must(!gnutls_pubkey_init(&key) && !gnutls_pubkey_import_x509(key, crt, 0), "leaf");
	ret = gnutls_pubkey_verify_hash2(key, algo, 0, &hash, &sig);
	gnutls_pubkey_deinit(key);
	gnutls_x509_crt_deinit(crt);
	return ret >= 0;
}

static void whole_way(const struct attester *at, const char *dir, bool in_tpm)
{
	const char *what = in_tpm ? "key = tpm" : "key = file";
	struct session s = { .fd = open_worker(at) };
	uint8_t text[64 + 23 + 48], digest[32];
	union seal_evidence ev;
	static union reply r;

	gnutls_rnd(GNUTLS_RND_NONCE, s.ekm, sizeof(s.ekm));
	ok(ask_identity(s.fd, &r) && r.identity.modes && r.identity.count == 1 &&
	   r.identity.key_in_tpm == in_tpm && r.identity.sig_scheme == 0x0403,
	   "%s: identity", what);
	ok(ask_sign(s.fd, ATT_SIGN_TLS, tls_hash, 32, &r) &&
	   signed_by_leaf(dir, GNUTLS_SIGN_ECDSA_SHA256, tls_hash, 32, &r),
	   "%s: a TLS signature that holds", what);
	ok(ask_bind(s.fd, true, &r), "%s: bind", what);
	memcpy(s.context, r.context.context, sizeof(s.context));
	must(claim_session(&s), "claim");
	ok(s.cmw_len > 500, "%s: evidence of %zu octets", what, s.cmw_len);
	ok(accepted(&s, dir, in_tpm ? POLICY("") : POLICY("key = any\n"), &ev),
	   "%s: the verifier accepts it", what);
	ok(ev.tpm.batch == 1 && !ev.tpm.depth && !ev.tpm.tik_public.len == !in_tpm,
	   "%s: a batch of one, TLS key %s", what, in_tpm ? "certified" : "not mentioned");
	ok(ask_sign(s.fd, ATT_SIGN_EA, transcript, 48, &r), "%s: authenticator signed", what);
	memset(text, ' ', 64);
	memcpy(text + 64, "Exported Authenticator", 23);
	memcpy(text + 87, transcript, 48);
	gnutls_hash_fast(GNUTLS_DIG_SHA256, text, sizeof(text), digest);
	ok(signed_by_leaf(dir, GNUTLS_SIGN_ECDSA_SHA256, digest, 32, &r),
	   "%s: over RFC 9261's input", what);
	close(s.fd);
}

static void other_connections(const struct attester *at)
{
	struct session s;

	must(bind_session(at, &s) && claim_session(&s), "session");
	s.ekm[0] ^= 1;
	ok(verdict(&s, host, POLICY("")) == SEAL_REASON_QUOTE_DATA,
	   "evidence does not serve another connection");
	s.ekm[0] ^= 1;
	s.context[9] ^= 3;
	ok(verdict(&s, host, POLICY("")) == SEAL_REASON_QUOTE_DATA, "nor the other direction");
	s.context[9] ^= 3;
	ok(verdict(&s, host, POLICY("key = file\n")) == SEAL_REASON_KEY_RESIDENCY,
	   "nor a policy that wants the key in a file");
	close(s.fd);
}

static bool is_closed(int fd)
{
	union reply *r = malloc(sizeof(*r));
	bool closed = r && receive(fd, r) == 0;

	free(r);
	return closed;
}

/* A request that is answered with ATT_DENIED and then the channel is closed. */
static void denied(const char *what, int fd, const void *message, size_t len)
{
	static union reply r;
	ssize_t n = call(fd, message, len, &r);

	ok(n == sizeof(r.status) && r.status == ATT_DENIED && is_closed(fd), "%s: denied, closed",
	   what);
	close(fd);
}

static void limits(const struct attester *at)
{
	const struct att_request id = { .type = ATT_IDENTITY };
	const struct att_sign sign = { .type = ATT_SIGN_TLS, .hash_len = 32 };
	const struct att_sign ea = { .type = ATT_SIGN_EA, .hash_len = 32 };
	static uint8_t big[100000];
	struct att_claim claim;
	static union reply r;
	struct session s;
	int fd;

	fd = open_worker(at);
	denied("TLS signature before identity", fd, &sign, sizeof(sign));
	fd = open_worker(at);
	must(ask_identity(fd, &r), "identity");
	denied("identity twice", fd, &id, sizeof(id));
	fd = open_worker(at);
	must(ask_identity(fd, &r) && ask_sign(fd, ATT_SIGN_TLS, tls_hash, 32, &r), "sign");
	denied("a second TLS signature", fd, &sign, sizeof(sign));
	must(bind_session(at, &s), "bind");
	denied("an authenticator without evidence", s.fd, &ea, sizeof(ea));
	must(bind_session(at, &s) && claim_session(&s), "claim");
	claim = claim_message(s.ekm);
	denied("a second claim", s.fd, &claim, sizeof(claim));
	must(bind_session(at, &s) && claim_session(&s) &&
	     ask_sign(s.fd, ATT_SIGN_EA, transcript, 32, &r), "ea");
	denied("a second authenticator", s.fd, &ea, sizeof(ea));
	must(bind_session(at, &s), "bind");
	memset(s.ekm, 0, 32);
	claim = claim_message(s.ekm);
	denied("an exporter of zeros", s.fd, &claim, sizeof(claim));
	must(bind_session(at, &s), "bind");
	claim = claim_message(s.ekm);
	claim.pcr_select[9] = 0x01;
	ok(call(s.fd, &claim, sizeof(claim), &r) == sizeof(r.status) &&
	   r.status == ATT_SELECTION && is_closed(s.fd), "PCR 16: denied by name, closed");
	close(s.fd);
	denied("100000 octets", open_worker(at), big, sizeof(big));
	denied("4 octets", open_worker(at), big, 4);
}

/* The monitor is trusted, but a slip of it must not become a channel. */
static void bad_opens(const struct attester *at)
{
	struct att_open m = nfsd;
	int pair[2], two[2];

	must(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), "socketpair");
	m.role = 0;
	send_fds(at->control, &m, sizeof(m), &pair[1], 1);
	close(pair[1]);
	ok(is_closed(pair[0]), "a channel without a role is closed");
	close(pair[0]);
	must(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), "socketpair");
	two[0] = two[1] = pair[1];
	send_fds(at->control, &nfsd, sizeof(nfsd), two, 2);
	close(pair[1]);
	ok(is_closed(pair[0]), "so is one of two descriptors");
	close(pair[0]);
	send_fds(at->control, &nfsd, sizeof(nfsd), NULL, 0);
	ok(!waitpid(at->pid, NULL, WNOHANG), "none at all is survived");
}

/* Stopped, and not only told to, so that all requests are there when it looks. */
static void freeze(const struct attester *at)
{
	siginfo_t info;

	kill(at->pid, SIGSTOP);
	must(!waitid(P_PID, at->pid, &info, WSTOPPED), "stopped");
}

static void many_claims(const struct attester *at)
{
	static struct session s[MANY];
	static union reply r;
	union seal_evidence ev, first = { 0 };
	unsigned int i, quotes = 0, good = 0;
	struct att_claim m;

	for (i = 0; i < MANY; i++)
		must(bind_session(at, &s[i]), "bind");
	freeze(at);
	for (i = 0; i < MANY; i++) {
		m = claim_message(s[i].ekm);
		must(send(s[i].fd, &m, sizeof(m), 0) == sizeof(m), "claim");
	}
	close(s[MANY / 2].fd);		/* killed while it waits */
	kill(at->pid, SIGCONT);
	for (i = 0; i < MANY; i++) {
		if (i == MANY / 2)
			continue;
		good += take_evidence(&s[i], &r, receive(s[i].fd, &r)) &&
			accepted(&s[i], host, POLICY(""), &ev);
		if (!first.tpm.quote.len || !seal_bytes_equal(first.tpm.quote, ev.tpm.quote)) {
			first = ev;
			quotes++;
		}
		close(s[i].fd);
	}
	ok(good == MANY - 1, "%u claims at once: %u accepted", MANY, good);
	ok(quotes == 1 && ev.tpm.batch == 64, "by %u quote over %u leaves, one worker gone",
	   quotes, ev.tpm.batch);
}

/* The leaf beside a claim that is no claim of these; the batch has one. */
static const uint8_t *padding_of(const union seal_evidence *ev, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		bool claimed = false;

		for (uint32_t k = 0; k < count; k++)
			claimed |= ev[k].tpm.index == (ev[i].tpm.index ^ 1);
		if (!claimed)
			return ev[i].tpm.path[0];
	}
	return NULL;
}

/* Three claims at once; their order in the batch as one number, and what fills it up. */
static uint32_t batch_of_three(const struct attester *at, uint8_t padding[SEAL_SHA256_LEN])
{
	static union seal_evidence ev[3];
	static struct session s[3];
	static union reply r;
	uint32_t order = 0;
	struct att_claim m;

	for (int i = 0; i < 3; i++)
		must(bind_session(at, &s[i]), "bind");
	freeze(at);
	for (int i = 0; i < 3; i++) {
		m = claim_message(s[i].ekm);
		must(send(s[i].fd, &m, sizeof(m), 0) == sizeof(m), "claim");
	}
	kill(at->pid, SIGCONT);
	for (int i = 0; i < 3; i++) {
		must(take_evidence(&s[i], &r, receive(s[i].fd, &r)) &&
		     accepted(&s[i], host, POLICY(""), &ev[i]) && ev[i].tpm.batch == 4,
		     "evidence of a batch");
		order = 4 * order + ev[i].tpm.index;
		close(s[i].fd);
	}
	memcpy(padding, padding_of(ev, 3), SEAL_SHA256_LEN);
	return order;
}

/* Who shares a quote learns neither how many others do nor who came when. */
static void padded(const struct attester *at)
{
	enum { BATCHES = 8 };
	uint8_t padding[BATCHES][SEAL_SHA256_LEN], zeros[SEAL_SHA256_LEN] = { 0 };
	uint32_t order[BATCHES], same = 0, again = 0;

	must(seal_tree_leaf(zeros, zeros), "leaf");
	for (int i = 0; i < BATCHES; i++) {
		order[i] = batch_of_three(at, padding[i]);
		same += order[i] == order[0];
		again += !memcmp(padding[i], zeros, sizeof(zeros));
		for (int k = 0; k < i; k++)
			again += !memcmp(padding[i], padding[k], sizeof(zeros));
	}
	ok(!again, "what fills a batch is random");
	ok(same < BATCHES, "and so is the order in it");
}

static void extended(const struct attester *at)
{
	struct session s;

	must(sh("tpm2_pcrextend -T %s 8:sha256=%s >/dev/null", tpm.tcti, ZEROS), "extend");
	must(bind_session(at, &s) && claim_session(&s), "session");
	ok(verdict(&s, host, POLICY("")) == SEAL_REASON_ACCEPTED, "values follow an extend");
	ok(verdict(&s, host, POLICY("pcr-8 = " ZEROS "\n")) == SEAL_REASON_PCR_VALUE,
	   "and a policy on that PCR refuses");
	close(s.fd);
}

/* A peer may ask for a bank that this TPM does not have. */
static void no_such_bank(const struct attester *at)
{
	static union reply r;
	struct att_claim m;
	struct session s;
	int i;

	for (i = 0; i < 5; i++) {
		must(bind_session(at, &s), "bind");
		m = claim_message(s.ekm);
		m.pcr_select[5] = 0x0c;
		must(call(s.fd, &m, sizeof(m), &r) == sizeof(r.status), "answer");
		if (i == 4)
			ok(r.status == ATT_FAILED && is_closed(s.fd),
			   "a bank that the TPM does not have: failed, closed");
		close(s.fd);
	}
	ok(bind_session(at, &s) && claim_session(&s), "and the attester goes on");
	close(s.fd);
}

/* An attester of host's keys whose TPM is slow_tpm with more arguments. */
static struct attester start_slow(const char *name, const char *more)
{
	char dir[64];

	swtpm_dir(dir, sizeof(dir), name);
	must(sh("echo 0 >%s/delay && cp -a %s/identity %s && printf '[tpm]\ntcti = cmd:%s "
		"%s/delay %s/sock%s\n' >%s/seald.conf", host, host, dir, built("tests/slow_tpm"),
		host, tpm.dir, more, dir), "conf");
	return start(dir);
}

#define QUOTE	"158"
#define RC_HASH	"2c3"		/* of the second parameter: not an algorithm of this TPM */

/* And one that does not know its algorithm at all says so otherwise. */
static void no_such_algorithm(void)
{
	struct attester at = start_slow("hash", " " RC_HASH " " QUOTE);
	struct session s;
	int i, status;

	for (i = 0; i < 3; i++) {
		must(bind_session(&at, &s), "bind");
		must(!claim_session(&s) && is_closed(s.fd), "refused");
		close(s.fd);
	}
	must(logged("hash algorithm not supported"), "for that");
	usleep(300000);
	ok(!waitpid(at.pid, &status, WNOHANG),
	   "an algorithm that the TPM does not know ends no attester");
	ok(!stop(&at), "which ends with its monitor");
}

static void counters(const struct attester *at)
{
	kill(at->pid, SIGUSR1);
	ok(soon_logged("tpm-ops quote=[1-9][0-9]* sign=[1-9][0-9]* certify=1 "),
	   "SIGUSR1 logs the counters; certify was once");
	must(show_log("tpm-ops"), "log");
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Printed, not judged. */
static void speed(const struct attester *at)
{
	static struct session s[MANY];
	double start_at = seconds();
	static union reply r;
	unsigned int i, n = 0;
	struct att_claim m;
	double t;

	for (i = 0; i < 200; i++) {
		s[0].fd = open_worker(at);
		must(ask_identity(s[0].fd, &r) &&
		     ask_sign(s[0].fd, ATT_SIGN_TLS, tls_hash, 32, &r), "sign");
		close(s[0].fd);
	}
	t = seconds();
	note("attester TLS signatures, one after another: %.0f/s", 200 / (t - start_at));
	start_at = t;
	for (i = 0; i < 200; i++) {
		must(bind_session(at, &s[0]) && claim_session(&s[0]), "session");
		close(s[0].fd);
	}
	t = seconds();
	note("attester evidence, one after another: %.0f/s", 200 / (t - start_at));
	for (n = 0; n < 20; n++) {
		for (i = 0; i < MANY; i++) {
			must(bind_session(at, &s[i]), "bind");
			m = claim_message(s[i].ekm);
			must(send(s[i].fd, &m, sizeof(m), 0) == sizeof(m), "claim");
		}
		for (i = 0; i < MANY; i++) {
			must(receive(s[i].fd, &r) > 0, "evidence");
			close(s[i].fd);
		}
	}
	note("attester evidence, %u at once: %.0f/s", MANY, 20 * MANY / (seconds() - t));
}

static void delay(unsigned int ms)
{
	must(sh("echo %u >%s/delay", ms, host), "delay");
}

/* Five begin and one is nearly done: that one is served first. */
static void last_step_first(const struct attester *at)
{
	struct att_sign m = { .type = ATT_SIGN_TLS, .hash_len = 32 };
	struct pollfd p[5];
	static union reply r;
	struct session s;
	int i;

	delay(0);
	must(bind_session(at, &s) && claim_session(&s), "session");
	for (i = 0; i < 5; i++) {
		p[i] = (struct pollfd){ .fd = open_worker(at), .events = POLLIN };
		must(ask_identity(p[i].fd, &r), "identity");
	}
	delay(500);
	freeze(at);
	for (i = 0; i < 5; i++)
		must(send(p[i].fd, &m, sizeof(m), 0) == sizeof(m), "sign");
	m.type = ATT_SIGN_EA;
	must(send(s.fd, &m, sizeof(m), 0) == sizeof(m), "sign");
	kill(at->pid, SIGCONT);
	ok(receive(s.fd, &r) > 0 && r.status == ATT_OK && !poll(p, 5, 0),
	   "the last step of a handshake goes before the first of others");
	delay(0);
	for (i = 0; i < 5; i++) {
		must(receive(p[i].fd, &r) > 0, "signature");
		close(p[i].fd);
	}
	close(s.fd);
}

/*
 * A TPM that takes its time: claims that come meanwhile share quotes, and a
 * queue that cannot be served in time is not let grow.
 */
static void slow(void)
{
	static struct session s[MANY];
	static union reply r;
	struct att_sign m = { .type = ATT_SIGN_TLS, .hash_len = 32 };
	struct att_claim claim;
	unsigned int i, good = 0, busy = 0;
	int again = -1;
	struct attester at;

	at = start_slow("slow", "");
	for (i = 0; i < MANY; i++)
		must(bind_session(&at, &s[i]), "bind");
	delay(50);
	for (i = 0; i < MANY; i++) {
		claim = claim_message(s[i].ekm);
		must(send(s[i].fd, &claim, sizeof(claim), 0) == sizeof(claim), "claim");
	}
	for (i = 0; i < MANY; i++) {
		good += take_evidence(&s[i], &r, receive(s[i].fd, &r)) &&
			verdict(&s[i], host, POLICY("")) == SEAL_REASON_ACCEPTED;
		close(s[i].fd);
	}
	kill(at.pid, SIGUSR1);
	ok(good == MANY, "slow TPM: %u claims accepted", good);
	ok(soon_logged("tpm-ops quote=[1-9] sign=0 certify=1 claims=50"), "by at most nine quotes");

	last_step_first(&at);

	delay(50);
	for (i = 0; i < 20; i++) {	/* let it learn how slow */
		s[0].fd = open_worker(&at);
		must(ask_identity(s[0].fd, &r) &&
		     ask_sign(s[0].fd, ATT_SIGN_TLS, tls_hash, 32, &r), "sign");
		close(s[0].fd);
	}
	for (i = 0; i < MANY; i++) {
		s[i].fd = open_worker_until(&at, ipc_now() + 8000000000u);
		must(ask_identity(s[i].fd, &r), "identity");
	}
	delay(500);
	for (i = 0; i < MANY; i++) {
		must(send(s[i].fd, &m, sizeof(m), 0) == sizeof(m), "sign");
		if (i == 5)	/* the first of them are signed: 500 ms are known */
			usleep(1500000);
	}
	usleep(500000);
	delay(0);
	for (i = 0; i < MANY; i++) {
		if (receive(s[i].fd, &r) != sizeof(r.status) || r.status != ATT_BUSY)
			continue;
		busy++;
		again = s[i].fd;
	}
	ok(busy > 0 && busy < MANY, "a queue longer than their time: %u of %u are told so", busy,
	   MANY);
	ok(ask_sign(again, ATT_SIGN_TLS, tls_hash, 32, &r), "and may come again");
	for (i = 0; i < MANY; i++)
		close(s[i].fd);
	ok(!stop(&at), "it ends");
}

#define OTHERS	20
#define OP_MS	100

/* Is one that has time for a few operations served behind others, who want such PCRs? */
static uint32_t behind_others(const struct attester *at, bool same)
{
	static struct session s[OTHERS], last;
	struct att_claim m;
	static union reply r;
	unsigned int i;

	delay(0);
	for (i = 0; i < OTHERS; i++)
		must(bind_session(at, &s[i]), "bind");
	delay(OP_MS);
	for (i = 0; i < OTHERS; i++) {
		m = claim_message(s[i].ekm);
		if (!same)
			m.pcr_select[7] = (uint8_t)(i + 1);
		must(send(s[i].fd, &m, sizeof(m), 0) == sizeof(m), "claim");
	}
	usleep(OP_MS * 1000 / 3);
	last.fd = open_worker_until(at, ipc_now() + OTHERS * OP_MS * 700000ull);
	memset(last.ekm, 7, sizeof(last.ekm));
	must(ask_identity(last.fd, &r) && ask_bind(last.fd, false, &r), "bind");
	m = claim_message(last.ekm);
	call(last.fd, &m, sizeof(m), &r);
	delay(0);
	close(last.fd);
	for (i = 0; i < OTHERS; i++)
		close(s[i].fd);
	return r.status;
}

/* What others wait for is work of the TPM, too, unless it is one quote for all. */
static void other_quotes(void)
{
	struct attester at = start_slow("others", "");
	struct session s;

	must(bind_session(&at, &s), "bind");
	delay(OP_MS);
	must(claim_session(&s), "it learns how slow");
	close(s.fd);
	ok(behind_others(&at, true) == ATT_OK, "behind claims for the same PCRs: served");
	ok(behind_others(&at, false) == ATT_BUSY, "behind claims for others: told at once");
	ok(!stop(&at), "it ends");
}

#define HICCUP_MS	4500
#define FAST_MS		400
#define SERVER_NS	3800000000ull	/* what a server has for it */
#define LATE_NS		1500000000ull	/* one that began late */

static uint32_t signs_in(const struct attester *at, uint64_t ns)
{
	static union reply r;
	int fd = open_worker_until(at, ipc_now() + ns);

	must(ask_identity(fd, &r), "identity");
	(void)ask_sign(fd, ATT_SIGN_TLS, tls_hash, 32, &r);
	close(fd);
	return r.status;
}

/* What a server is told while the TPM is at one signature for somebody else. */
static uint32_t behind_one(const struct attester *at)
{
	const struct att_sign m = { .type = ATT_SIGN_TLS, .hash_len = 32 };
	static union reply r;
	int fd = open_worker(at);
	uint32_t status;

	must(ask_identity(fd, &r), "identity");
	must(send(fd, &m, sizeof(m), 0) == sizeof(m), "sign");
	usleep(FAST_MS * 1000 / 4);
	status = signs_in(at, SERVER_NS);
	must(receive(fd, &r) > 0 && r.status == ATT_OK, "signature");
	close(fd);
	return status;
}

/* Its first operations are those of its own start. */
static void wait_for_start(const struct attester *at)
{
	static union reply r;
	int fd = open_worker(at);

	must(ask_identity(fd, &r), "identity");
	close(fd);
}

/* The first operation takes longer than a server has, as may be after a boot. */
static void slow_once(void)
{
	struct attester at = start_slow("hiccup", "");

	wait_for_start(&at);
	delay(HICCUP_MS);
	must(signs_in(&at, 2 * SERVER_NS) == ATT_OK, "slow, and in time");
	delay(FAST_MS);
	ok(behind_one(&at) == ATT_BUSY, "one slow operation: believed of those behind others");
	ok(signs_in(&at, LATE_NS) == ATT_OK, "and tried again when nobody wants the TPM");
	ok(behind_one(&at) == ATT_OK, "two that were fast: believed, too");
	delay(0);
	ok(!stop(&at), "it ends");
}

/* How long the TPM takes to refuse is not how long it takes. */
static void slow_to_refuse(void)
{
	struct attester at = start_slow("refusal", "");
	static union reply r;
	struct att_claim m;
	struct session s;
	struct pollfd p = { .events = POLLIN };

	must(bind_session(&at, &s), "bind");
	p.fd = s.fd;
	m = claim_message(s.ekm);
	m.pcr_select[5] = 0x0c;
	delay(HICCUP_MS);
	must(send(s.fd, &m, sizeof(m), 0) == sizeof(m) && poll(&p, 1, 60000) == 1 &&
	     receive(s.fd, &r) > 0 && r.status == ATT_FAILED, "refused");
	close(s.fd);
	delay(FAST_MS);
	ok(behind_one(&at) == ATT_OK, "an operation that failed slowly says nothing");
	delay(0);
	ok(!stop(&at), "it ends");
}

static void enroll(const char *dir, const char *more)
{
	char sealctl[4096];

	snprintf(sealctl, sizeof(sealctl), "%s", built("sealctl"));
	must(sh("%s enroll -c %s --tcti %s --identity dns:host-a.example %s --ca-command "
		"'%s ca serve %s/ca --any-identity' >/dev/null", sealctl, dir, tpm.tcti, more,
		sealctl, host), "enroll");
}

static void refuses_to_start(const char *what, const char *dir, const char *reason)
{
	struct attester at = start(dir);

	ok(stop(&at) == 1 && logged(reason), "%s: does not start, says so", what);
}

/* A key of the site's own in a file may be P-384. */
static void p384(void)
{
	static union reply r;
	struct attester at;
	char dir[64];
	int fd;

	swtpm_dir(dir, sizeof(dir), "p384");
	must(sh("cd %s && cp -a %s/trust . && mkdir identity && printf '[identity]\nkey = file\n' "
		">seald.conf && printf 'dns_name = host-a.example\ntls_www_server\n' >t && "
		"certtool --generate-privkey --key-type ecdsa --curve secp384r1 --outfile "
		"identity/key.pem >/dev/null 2>&1 && certtool --generate-certificate "
		"--load-privkey identity/key.pem --load-ca-certificate %s/ca/tls-ca.pem "
		"--load-ca-privkey %s/ca/tls-ca.key --template t --outfile identity/tls.pem "
		">/dev/null 2>&1", dir, host, host, host), "P-384");
	at = start(dir);
	fd = open_worker(&at);
	ok(ask_identity(fd, &r) && r.identity.sig_scheme == 0x0503 && !r.identity.modes,
	   "P-384 in a file, no AK: identity");
	ok(ask_sign(fd, ATT_SIGN_TLS, transcript, 48, &r) &&
	   signed_by_leaf(dir, GNUTLS_SIGN_ECDSA_SHA384, transcript, 48, &r), "and a signature");
	ok(!ask_bind(fd, true, &r), "but no context: it cannot attest");
	close(fd);
	ok(!stop(&at), "it ends");
	must(sh("certtool --generate-privkey --key-type ecdsa --curve secp384r1 --outfile "
		"%s/identity/key.pem >/dev/null 2>&1", dir), "P-384");
	refuses_to_start("a key file that is not the certificate's", dir, "is not the key of");
}

/* Enrolled again under a running attester: one handshake fails, then it is anew. */
static void replaced(struct attester *at, const char *dir)
{
	static union reply r;
	int fd, i, status;

	/* It has read the old ones. */
	fd = open_worker(at);
	must(ask_identity(fd, &r), "identity");
	close(fd);
	enroll(dir, "--force");
	fd = open_worker(at);
	must(ask_identity(fd, &r), "identity");
	ok(!ask_sign(fd, ATT_SIGN_TLS, tls_hash, 32, &r) && r.status == ATT_FAILED,
	   "keys replaced under way: the old authValue signs nothing");
	for (i = 0; i < 100 && !waitpid(at->pid, &status, WNOHANG); i++)
		usleep(10000);
	ok(i < 100 && WIFEXITED(status) && WEXITSTATUS(status) == 1,
	   "and the attester ends, to be started with the new ones");
	close(fd);
	close(at->control);
}

/* The key is in a file here: that it signs says nothing of the TPM. */
static void tpm_gone(struct attester *at)
{
	static union reply r;
	struct session s;
	int i, status, fd;

	for (i = 0; i < 3; i++) {
		must(bind_session(at, &s), "bind");
		if (!i)
			swtpm_stop(&tpm);
		fd = open_worker(at);
		must(ask_identity(fd, &r) && ask_sign(fd, ATT_SIGN_TLS, tls_hash, 32, &r), "sign");
		close(fd);
		ok(!claim_session(&s) && is_closed(s.fd), "without its TPM: failed, closed");
		close(s.fd);
	}
	for (i = 0; i < 100 && !waitpid(at->pid, &status, WNOHANG); i++)
		usleep(10000);
	ok(i < 100 && WIFEXITED(status) && WEXITSTATUS(status) == 1,
	   "after three failures it ends, to be started anew");
	close(at->control);
}

static void starts(void)
{
	char empty[64];
	struct attester at;
	static union reply r;
	int fd;

	swtpm_dir(empty, sizeof(empty), "empty");
	at = start(empty);
	fd = open_worker(&at);
	ok(ask_identity(fd, &r) && !r.identity.modes && !r.identity.count,
	   "a host that is not enrolled says so");
	ok(!ask_sign(fd, ATT_SIGN_TLS, tls_hash, 32, &r), "and signs nothing");
	ok(!stop(&at), "the end of the monitor is the end of the attester");
	close(fd);

	must(sh("cp -a %s %s/copy", host, empty), "copy");
	strcat(empty, "/copy");
	must(sh("cd %s && head -c 32 /dev/zero >identity/auth", empty), "auth");
	refuses_to_start("a wrong authValue", empty, "authorization failure");
	must(sh("cp %s/identity/auth %s/identity/auth && echo x >>%s/seald.conf", host, empty,
		empty), "conf");
	refuses_to_start("a bad seald.conf", empty, "seald.conf:8: a setting");
	must(sh("cp %s/seald.conf %s && cp %s/identity/tik.pub %s/identity/ak.pub", host, empty,
		host, empty), "ak.pub");
	refuses_to_start("another key than the enrolled one", empty, "enrol again");
	must(sh("cp %s/identity/ak.pub %s/identity && cp %s/identity/ak.pem %s/identity/tls.pem",
		host, empty, host, empty), "tls.pem");
	refuses_to_start("a certificate of another key", empty, "is for another key");
}

int main(void)
{
	struct attester at;
	char file[64];

	must(freopen("/dev/null", "r", stdin) != NULL, "stdin");
	signal(SIGPIPE, SIG_IGN);
	swtpm_dir(host, sizeof(host), "host");
	swtpm_start(&tpm, true);
	must(sh("%s ca init %s/ca --ek-roots %s/roots.pem >/dev/null", built("sealctl"), host,
		swtpm_ca()), "ca init");
	enroll(host, "");
	starts();

	at = start(host);
	whole_way(&at, host, true);
	other_connections(&at);
	limits(&at);
	bad_opens(&at);
	many_claims(&at);
	padded(&at);
	extended(&at);
	no_such_bank(&at);
	speed(&at);
	counters(&at);
	ok(!stop(&at), "it ends with its monitor");
	slow();
	other_quotes();
	slow_once();
	slow_to_refuse();
	no_such_algorithm();
	p384();
	at = start(host);
	replaced(&at, host);

	swtpm_dir(file, sizeof(file), "file");
	enroll(file, "--key file --force");
	at = start(file);
	whole_way(&at, file, false);
	tpm_gone(&at);
	return done();
}
