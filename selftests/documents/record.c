// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One exchange of the real programs with real (software) TPMs, as blocks of
 * example.h: host a is the server, with its TLS key in the TPM, host f the client,
 * with a key in a file. Run by selftests/seald/hosts; OUT is the file to write.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../seald/stand.h"
#include "../unit/lib/tap.h"
#include "example.h"
#include "verify/rules.h"

/* As many at once, so that quotes are for more than one. */
#define PAIRS	4u
#define TRIES	8u

#define POLICY "[policy %s]\nrole = %s\npeer = dns:%s.seal.test\nmode = require\n" \
	"ak-trust = certificate\nkey = %s\npcrs = sha256:0,1,2,3,4,5,6,7\n"

/** struct record - what one worker wrote down */
struct record {
	uint8_t side;
	char suite[64];
	uint8_t secret[SEAL_HASH_MAX];
	size_t secret_len;
	uint8_t ext[2][6];
	struct {
		uint8_t data[1 << 18];
		size_t len;
	} sent, received;
};

static char programs[400];

/* As if it had booted: PCR 0 to 7 are extended, once each. */
static void boot(const char *host)
{
	char command[700];
	int len;

	len = snprintf(command, sizeof(command), "tpm2_pcrextend -T $(cat $SEALD_HOSTS/%s.tcti)",
		       host);
	for (int pcr = 0; pcr < 8; pcr++)
		len += snprintf(command + len, sizeof(command) - len,
				" %d:sha256=$(printf %s-%d | sha256sum | cut -d' ' -f1)", pcr,
				host, pcr);
	must(!system(command), command);
	snprintf(command, sizeof(command), "for i in 0 4 7; do tpm2_pcrread -Q -T "
		 "$(cat $SEALD_HOSTS/%s.tcti) -o $SEALD_HOSTS/pcr.bin sha256:$i && "
		 "echo pcr-$i = $(od -An -v -tx1 $SEALD_HOSTS/pcr.bin | tr -d ' \\n'); done "
		 ">$SEALD_HOSTS/%s/pcr", host, host);
	must(!system(command), command);
}

/* Claims gather while a TPM is busy: that of this host takes its time, in ms. */
static void slow_down(const char *real, const char *host, const char *ms)
{
	const char *dir = getenv("SEALD_HOSTS");
	char path[600];
	FILE *out;

	snprintf(path, sizeof(path), "%s/slow", dir);
	out = fopen(path, "w");
	must(out && fputs(ms, out) >= 0 && !fclose(out), path);
	snprintf(path, sizeof(path), "%s/%s/seald.conf", dir, host);
	out = fopen(path, "w");
	must(out, path);
	fprintf(out, "[identity]\nkey = tpm\n[tpm]\n"
		"tcti = cmd:%s/tests/slow_tpm %s/slow %s/%s.sock\n"
		"[seald]\nstate = %s/%s.state\n", real, dir, dir, host, dir, host);
	must(!fclose(out), path);
}

static void use_recorders(void)
{
	static const char *const names[] = { "seald-worker", "seald-verifier", "seald-attester" };
	char *real = strdup(getenv("SEAL_PROGRAMS"));
	char from[600], to[600];

	snprintf(programs, sizeof(programs), "%s/recorded", getenv("SEALD_HOSTS"));
	must(!mkdir(programs, 0755), "mkdir");
	for (size_t i = 0; i < 3; i++) {
		snprintf(from, sizeof(from), "%s/%s%s", real, i ? "" : "tests/recorded/", names[i]);
		snprintf(to, sizeof(to), "%s/%s", programs, names[i]);
		must(!symlink(from, to), to);
	}
	setenv("SEAL_PROGRAMS", programs, 1);
	slow_down(real, "a", "10");
	free(real);
}

static void take_line(struct record *r, const char *word, const char *hex)
{
	if (!strcmp(word, "side"))
		unhex(hex, &r->side, 1);
	else if (!strcmp(word, "suite"))
		unhex(hex, (uint8_t *)r->suite, sizeof(r->suite) - 1);
	else if (!strcmp(word, "secret"))
		r->secret_len = unhex(hex, r->secret, sizeof(r->secret));
	else if (!strcmp(word, "client-hello"))
		unhex(hex, r->ext[0], 6);
	else if (!strcmp(word, "encrypted-extensions"))
		unhex(hex, r->ext[1], 6);
	else if (!strcmp(word, "sent"))
		r->sent.len += unhex(hex, r->sent.data + r->sent.len,
				     sizeof(r->sent.data) - r->sent.len);
	else if (!strcmp(word, "received"))
		r->received.len += unhex(hex, r->received.data + r->received.len,
					 sizeof(r->received.data) - r->received.len);
}

static void read_record(const char *path, struct record *r)
{
	FILE *in = fopen(path, "r");
	char *line = NULL, *space;
	size_t size = 0;

	memset(r, 0, sizeof(*r));
	must(in, path);
	while (getline(&line, &size, in) > 0 && (space = strchr(line, ' '))) {
		*space = '\0';
		take_line(r, line, space + 1);
	}
	free(line);
	fclose(in);
}

static void put_hex(FILE *out, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		fprintf(out, "%s%02x", i % 32 ? "" : "\n   ", data[i]);
	fputs("\n\n", out);
}

static void put_block(FILE *out, const char *name, const uint8_t *data, size_t len)
{
	fprintf(out, "``%s``::\n", name);
	put_hex(out, data, len);
}

static void put_text(FILE *out, const char *name, const char *text)
{
	fprintf(out, "``%s``::\n\n", name);
	while (*text) {
		int n = strcspn(text, "\n");

		fprintf(out, "   %.*s\n", n, text);
		text += n + (text[n] == '\n');
	}
	fputs("\n", out);
}

/* The frames of one side, by the names of their types. */
static void put_frames(FILE *out, const char *side, const uint8_t *data, size_t len)
{
	struct seal_frame frame;
	char name[32];

	while (len) {
		must(len >= SEAL_FRAME_HEADER_LEN && seal_frame_decode(data, &frame) &&
		     frame.length <= len - SEAL_FRAME_HEADER_LEN, "frames");
		snprintf(name, sizeof(name), "%s.%s", side, seal_frame_name(frame.type));
		put_block(out, name, data, SEAL_FRAME_HEADER_LEN + frame.length);
		data += SEAL_FRAME_HEADER_LEN + frame.length;
		len -= SEAL_FRAME_HEADER_LEN + frame.length;
	}
}

static char *host_file(const char *host, const char *name)
{
	static char path[400];
	uint8_t *data;
	size_t len;

	snprintf(path, sizeof(path), "%s/%s/%s", getenv("SEALD_HOSTS"), host, name);
	must(seal_file_read(path, 1 << 20, &data, &len), path);
	data = realloc(data, len + 1);
	must(data, "malloc");
	data[len] = '\0';
	keep_forever(data);
	return (char *)data;
}

static void put_all(FILE *out, const struct record *r)
{
	put_text(out, "suite", r->suite);
	put_block(out, "exporter-secret", r->secret, r->secret_len);
	put_text(out, "anchors-x509", host_file("a", "trust/x509.pem"));
	put_text(out, "anchors-ak", host_file("a", "trust/ak.pem"));
	put_text(out, "policy-server", host_file("a", "policy.d/test.conf"));
	put_text(out, "policy-client", host_file("f", "policy.d/test.conf"));
	put_block(out, "client-hello", r->ext[0], 6);
	put_block(out, "encrypted-extensions", r->ext[1], 6);
	put_frames(out, "client", r->sent.data, r->sent.len);
	put_frames(out, "server", r->received.data, r->received.len);
}

/* What @host wants of the other one. */
static void write_policy(struct stand_host *host, const char *other, const char *name,
			 const char *role, const char *key)
{
	char text[1200];

	must(snprintf(text, sizeof(text), POLICY "%slifetime = 5m\n", name, role, other, key,
		      host_file(other, "pcr")) < (int)sizeof(text), "policy");
	host_policy(host, other, text);
}

/* How many the server's quote was for. */
static uint32_t batch_of(const struct record *r)
{
	struct seal_reader in = seal_reader(r->received.data, r->received.len);

	while (in.left) {
		uint8_t type = seal_get_u8(&in);
		struct seal_bytes body = seal_get_bytes(&in, seal_get_u32(&in));
		struct seal_authenticator auth;
		struct seal_tpm_evidence e;
		struct seal_cmw cmw;

		if (type == SEAL_FRAME_AUTHENTICATOR && seal_authenticator_decode(body, &auth) &&
		    seal_cmw_decode(auth.cmw, &cmw) && seal_evidence_decode(cmw.value, &e))
			return e.batch;
	}
	return 0;
}

/* Of all that clients wrote, the one with the largest batch; and away with them. */
static void best_record(struct record *best, uint32_t *most)
{
	static struct record r;
	DIR *dir = opendir(programs);
	struct dirent *entry;
	char path[700];

	must(dir, programs);
	while ((entry = readdir(dir))) {
		if (strncmp(entry->d_name, "record.", 7))
			continue;
		snprintf(path, sizeof(path), "%s/%s", programs, entry->d_name);
		read_record(path, &r);
		unlink(path);
		if (r.side != SEAL_SIDE_CLIENT || batch_of(&r) <= *most)
			continue;
		*most = batch_of(&r);
		*best = r;
	}
	closedir(dir);
}

static void run_pairs(struct stand_host *a, struct stand_host *f)
{
	struct stand_side side[2 * PAIRS], *sides[2 * PAIRS];

	for (size_t i = 0; i < 2 * PAIRS; i += 2) {
		int fd[2];

		tcp_pair(fd);
		side[i] = (struct stand_side){ .host = f, .peername = "a.seal.test" };
		side[i + 1] = (struct stand_side){ .host = a, .server = true };
		sides[i] = &side[i];
		sides[i + 1] = &side[i + 1];
		side_start(&side[i], fd[0]);
		side_start(&side[i + 1], fd[1]);
	}
	sides_run(sides, 2 * PAIRS, NULL, NULL);
	for (size_t i = 0; i < 2 * PAIRS; i += 2)
		must(both_attested(&side[i], &side[i + 1]), side[i].told.line);
}

int main(int argc, char **argv)
{
	static struct stand_host a, f;
	static struct record best;
	uint32_t most = 0;
	FILE *out;

	must(argc == 2, "usage: record_exchange OUT");
	boot("a");
	boot("f");
	use_recorders();
	host_open(&a, "a");
	host_open(&f, "f");
	write_policy(&a, "f", "nfs-server", "server", "any");
	write_policy(&f, "a", "nfs-client", "client", "tpm");
	for (unsigned int i = 0; i < TRIES && most < PAIRS; i++) {
		run_pairs(&a, &f);
		best_record(&best, &most);
	}
	must(most, "a record");
	out = fopen(argv[1], "w");
	must(out, argv[1]);
	put_all(out, &best);
	fclose(out);
	host_close(&a);
	host_close(&f);
	ok(true, "recorded: one of a batch of %u", most);
	return done();
}
