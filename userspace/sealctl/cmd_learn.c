// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sealctl policy learn: a policy from the logs of a machine in a known state.
 * It is a proposal: whoever puts it in place says that the state is good.
 */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sealctl/files.h"
#include "sealctl/print.h"
#include "sealctl/sealctl.h"
#include "verify/boot_policy.h"
#include "verify/event_data.h"
#include "verify/hex.h"
#include "verify/ima_policy.h"

#define SYS_LOG		"/sys/kernel/security/tpm0/binary_bios_measurements"
#define SYS_PCRS	"/sys/class/tpm/tpm0/pcr-%s"

/* Whose order or count of events differs from boot to boot: events, not values. */
#define BY_EVENTS	(1u << 1 | 1u << 5 | 1u << 8 | 1u << 9)

#define IMA_PCR		10u

struct learn {
	const char *log_path, *ima_path, *list_path, *pcr_dir, *name;
	uint16_t alg;
	struct seal_bytes log, ima;
	struct seal_bank bank;
	uint32_t covered;
};

static int usage(int status)
{
	fputs("usage: sealctl policy learn [--eventlog FILE] [--bank NAME] "
	      "[--pcr-dir DIR | --no-pcrs]\n"
	      "           [--ima FILE --list FILE] [--name NAME]\n"
	      "\n"
	      "  --eventlog FILE  boot log (" SYS_LOG ")\n"
	      "  --bank NAME      sha256 (the default) or sha384\n"
	      "  --pcr-dir DIR    files 0 to 23 with values in hex "
	      "(/sys/class/tpm/tpm0/pcr-BANK),\n"
	      "                   to which the log must lead\n"
	      "  --no-pcrs        believe the log\n"
	      "  --ima FILE       measurement list, whose files are written to --list FILE\n"
	      "  --name NAME      of the policy\n"
	      "\n"
	      "Prints a policy that this machine, as it is now, passes. Paths in a policy are\n"
	      "relative to its own directory.\n", status ? stderr : stdout);
	return status;
}

static bool parse(struct learn *l, int argc, char **argv)
{
	static const struct option options[] = {
		{ "eventlog", required_argument, NULL, 'e' },
		{ "bank", required_argument, NULL, 'b' },
		{ "pcr-dir", required_argument, NULL, 'p' },
		{ "no-pcrs", no_argument, NULL, 'o' },
		{ "ima", required_argument, NULL, 'i' },
		{ "list", required_argument, NULL, 'l' },
		{ "name", required_argument, NULL, 'n' },
		{ 0 }
	};
	static char dir[64];
	bool no_pcrs = false;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'e':
			l->log_path = optarg;
			break;
		case 'b':
			l->alg = seal_tpm_bank_of(optarg);
			break;
		case 'p':
			l->pcr_dir = optarg;
			break;
		case 'o':
			no_pcrs = true;
			break;
		case 'i':
			l->ima_path = optarg;
			break;
		case 'l':
			l->list_path = optarg;
			break;
		case 'n':
			l->name = optarg;
			break;
		default:
			return false;
		}
	}
	if (!l->pcr_dir && !no_pcrs && l->alg) {
		snprintf(dir, sizeof(dir), SYS_PCRS, seal_tpm_bank_name(l->alg));
		l->pcr_dir = dir;
	}
	return optind == argc && l->alg && l->alg != SEAL_TPM_ALG_SHA1 &&
	       !l->ima_path == !l->list_path && !(no_pcrs && l->pcr_dir);
}

static bool complain(const char *path, size_t at, const char *why)
{
	fprintf(stderr, "sealctl: %s: octet %zu: %s\n", path, at, why);
	return false;
}

static bool replay(struct learn *l)
{
	struct seal_eventlog log;

	seal_bank_init(&l->bank, l->alg);
	if (!seal_eventlog_replay_bank(l->log, &l->bank, &log))
		return complain(l->log_path, log.error_at, log.error ? log.error :
				"no digests of that bank");
	l->covered = l->bank.extended & ~l->bank.lost & ~SEAL_PCR_RESETTABLE;
	/* Of the two that lockdown is read from, one boot loader leaves one as it was. */
	if (l->covered & SEAL_PCR_CMDLINES)
		l->covered |= SEAL_PCR_CMDLINES & ~l->bank.lost;
	return true;
}

/* What the kernel says that PCR @pcr holds. */
static bool read_pcr(const struct learn *l, unsigned int pcr, uint8_t *value)
{
	char path[4096], text[2 * SEAL_PCR_VALUE_MAX + 1];
	struct seal_bytes file;
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/%u", l->pcr_dir, pcr);
	if (!file_read(path, 1024, &file))
		return false;
	while (n < file.len && n + 1 < sizeof(text) && !isspace(file.data[n])) {
		text[n] = file.data[n];
		n++;
	}
	text[n] = '\0';
	file_free(&file);
	if (seal_hex_decode(text, value, l->bank.len) == l->bank.len)
		return true;
	fprintf(stderr, "sealctl: %s: not a value of that bank\n", path);
	return false;
}

/* A PCR that went on after boot is left out, with a word on why. */
static bool compare(struct learn *l)
{
	uint8_t value[SEAL_PCR_VALUE_MAX];

	for (unsigned int i = 0; l->pcr_dir && i < SEAL_PCR_COUNT; i++) {
		if (!(l->covered >> i & 1))
			continue;
		if (!read_pcr(l, i, value))
			return false;
		if (!memcmp(value, l->bank.pcr[i], l->bank.len))
			continue;
		fprintf(stderr, "sealctl: PCR %u is not what the log leads to: left out\n", i);
		l->covered &= ~(1u << i);
	}
	return true;
}

static void print_pcrs(const struct learn *l, bool with_ima)
{
	const char *before = "";

	printf("pcrs = %s:", seal_tpm_bank_name(l->alg));
	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++) {
		if (!((l->covered | (with_ima ? 1u << IMA_PCR : 0)) >> i & 1))
			continue;
		printf("%s%u", before, i);
		before = ",";
	}
	putchar('\n');
}

/* Did an event before @last extend PCR @pcr by the same digest? */
static bool seen_before(const struct learn *l, unsigned int pcr, uint32_t last,
			struct seal_bytes digest)
{
	struct seal_eventlog log = seal_eventlog(l->log);
	struct seal_event e;

	while (seal_eventlog_next(&log, &e) && e.number < last) {
		int at = seal_eventlog_bank(&log, l->alg);

		if (e.pcr == pcr && e.type != SEAL_EV_NO_ACTION &&
		    seal_bytes_equal(e.digest[at], digest))
			return true;
	}
	return false;
}

static void print_events(const struct learn *l, unsigned int pcr)
{
	char hex[2 * SEAL_PCR_VALUE_MAX + 1];
	struct seal_eventlog log = seal_eventlog(l->log);
	struct seal_event e;

	while (seal_eventlog_next(&log, &e)) {
		int at = seal_eventlog_bank(&log, l->alg);

		if (e.pcr != pcr || e.type == SEAL_EV_NO_ACTION ||
		    seen_before(l, pcr, e.number, e.digest[at]))
			continue;
		printf("allow-%u = %s\n", pcr, hex_text(e.digest[at], hex));
	}
}

static void print_values(const struct learn *l)
{
	char hex[2 * SEAL_PCR_VALUE_MAX + 1];

	for (unsigned int i = 0; i < SEAL_PCR_COUNT; i++) {
		if (!(l->covered >> i & 1))
			continue;
		if (BY_EVENTS & l->bank.extended & 1u << i)
			print_events(l, i);
		else
			printf("pcr-%u = %s\n", i, hex_text(seal_bank_value(&l->bank, i), hex));
	}
}

/* What the log proves beyond values, as the appraisal reads it. */
static bool is_locked(const struct learn *l, const struct seal_policy *policy)
{
	struct seal_check check = { 0 };

	if (~l->covered & SEAL_PCR_CMDLINES)
		return false;
	return seal_boot_lockdown(policy, l->log, l->covered, l->bank.extended, &check) ==
	       SEAL_REASON_ACCEPTED;
}

static void print_properties(const struct learn *l)
{
	struct seal_policy policy = {
		.pcrs = { l->alg, l->covered }, .secure_boot = true,
		.lockdown = SEAL_LOCKDOWN_CONFIDENTIALITY,
	};
	struct seal_check check = { 0 };

	if (seal_boot_secure(&policy, l->log, l->covered, &check) == SEAL_REASON_ACCEPTED)
		printf("secure-boot = on\n");
	else
		printf("# secure boot is off, or cannot be proven\n");
	if (is_locked(l, &policy)) {
		printf("lockdown = confidentiality\n");
		return;
	}
	policy.lockdown = SEAL_LOCKDOWN_INTEGRITY;
	if (is_locked(l, &policy))
		printf("lockdown = integrity\n");
}

static void print_name(FILE *out, struct seal_bytes name)
{
	for (size_t i = 0; i < name.len; i++)
		fputc(name.data[i] < 0x20 || name.data[i] > 0x7e ? '?' : name.data[i], out);
}

static void print_file(FILE *out, const struct seal_ima_entry *e)
{
	for (size_t i = 0; i < e->digest.len; i++)
		fprintf(out, "%02x", e->digest.data[i]);
	fputs("  ", out);
	print_name(out, e->name);
	fputc('\n', out);
}

/* The first entry may be the aggregate of the boot, which stands for no file. */
static bool is_file(const struct seal_ima_entry *e)
{
	return e->number || !seal_bytes_are(e->name, "boot_aggregate");
}

/* Why no policy takes the entry; NULL if one does. The appraisal looks at all of them. */
static const char *unlistable(const struct seal_ima_entry *e)
{
	uint16_t alg = seal_bank_of(e->alg);

	if (e->violation)
		return NULL;
	if (!e->known)
		return "an unknown template";
	if (!e->proven)
		return "its hash is not that of its data";
	if (!is_file(e))
		return NULL;
	if (alg == SEAL_TPM_ALG_SHA1)
		return "a digest by SHA-1; boot with ima_hash=sha256";
	return alg == SEAL_TPM_ALG_SHA256 || alg == SEAL_TPM_ALG_SHA384 ||
	       alg == SEAL_TPM_ALG_SHA512 ? NULL : "a digest that is not SHA-2";
}

static void complain_of(const struct learn *l, const struct seal_ima_entry *e, const char *why)
{
	fprintf(stderr, "sealctl: %s: entry %u, ", l->ima_path, e->number);
	print_name(stderr, e->name);
	fprintf(stderr, ": %s\n", why);
}

/* Before anything is written: a policy that this machine passes, or none. */
static bool check_ima(const struct learn *l)
{
	uint8_t value[SEAL_PCR_VALUE_MAX];
	struct seal_bank padded, hashed;
	const char *why = NULL;
	struct seal_ima_entry e;
	struct seal_ima ima;
	bool ok;

	if (!l->ima_path)
		return true;
	seal_bank_init(&padded, l->alg);
	seal_bank_init(&hashed, l->alg);
	if ((l->pcr_dir && !read_pcr(l, IMA_PCR, value)) || !seal_ima_open(&ima, l->ima))
		return false;
	while (!why && seal_ima_next(&ima, &e)) {
		why = unlistable(&e);
		seal_ima_extend(&padded, &e, SEAL_IMA_PADDED);
		seal_ima_extend(&hashed, &e, SEAL_IMA_HASHED);
		/* A list of the bank's own hashes leads there both ways. */
		if (!why && l->pcr_dir && !memcmp(value, padded.pcr[IMA_PCR], padded.len) &&
		    memcmp(value, hashed.pcr[IMA_PCR], hashed.len))
			why = "PCR 10 was extended by SHA-1, with zeros, up to here";
	}
	if (why)
		complain_of(l, &e, why);
	ok = !why && (!ima.error || complain(l->ima_path, ima.error_at, ima.error));
	seal_ima_close(&ima);
	return ok;
}

static bool write_list(const struct learn *l, FILE *out)
{
	unsigned int violations = 0;
	struct seal_ima_entry e;
	struct seal_ima ima;

	if (!seal_ima_open(&ima, l->ima))
		return false;
	while (seal_ima_next(&ima, &e)) {
		if (e.violation)
			violations++;
		else if (is_file(&e))
			print_file(out, &e);
	}
	seal_ima_close(&ima);
	printf("ima-list = %s\n", l->list_path);
	if (violations)
		printf("# %u files were written while they were measured\n"
		       "ima-violation = allow\n", violations);
	return true;
}

static bool print_ima(const struct learn *l)
{
	FILE *out;
	bool ok;

	if (!l->ima_path)
		return true;
	out = fopen(l->list_path, "w");
	if (!out) {
		perror(l->list_path);
		return false;
	}
	ok = write_list(l, out);
	return !fclose(out) && ok;
}

static int run(struct learn *l)
{
	if (!file_read(l->log_path, SEAL_LOG_MAX, &l->log)) {
		fprintf(stderr, "  hint: the kernel shows it in securityfs, to root, where the "
			"firmware has a TPM; --eventlog FILE\n");
		return EXIT_USAGE;
	}
	if (l->ima_path && !file_read(l->ima_path, SEAL_LOG_MAX, &l->ima))
		return EXIT_USAGE;
	if (!replay(l) || !compare(l) || !check_ima(l))
		return EXIT_FAILED;
	printf("# Learned from a machine; who puts it in place says that its state is good.\n"
	       "# Name the peers, and try it with mode = observe first.\n"
	       "[policy %s]\npeer = *\nmode = require\n", l->name);
	print_pcrs(l, l->ima_path);
	printf("logs = boot%s\n", l->ima_path ? ", ima" : "");
	print_values(l);
	print_properties(l);
	return print_ima(l) ? EXIT_DONE : EXIT_FAILED;
}

int cmd_learn(int argc, char **argv)
{
	struct learn l = {
		.log_path = SYS_LOG, .alg = SEAL_TPM_ALG_SHA256, .name = "learned",
	};
	int status;

	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
		return usage(EXIT_DONE);
	status = parse(&l, argc, argv) ? run(&l) : usage(EXIT_USAGE);
	file_free(&l.log);
	file_free(&l.ima);
	return status;
}
