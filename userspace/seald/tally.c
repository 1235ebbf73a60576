// SPDX-License-Identifier: GPL-2.0-or-later

#include "tally.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

static const char *const ends[TALLY_ENDS] = {
	[TALLY_ATTESTED] = "attested",
	[TALLY_OBSERVED] = "observed",
	[TALLY_UNATTESTED] = "unattested",
	[TALLY_REFUSED] = "refused",
};

void tally_add(struct tally *tally, enum tally_end end, bool server, enum seal_reason reason)
{
	if ((unsigned int)end < TALLY_ENDS && (unsigned int)reason < SEAL_REASON_COUNT)
		tally->counts[end][server][reason]++;
}

/* A refusal whose reason never came up has no line: there are too many. */
static void write_end(FILE *f, const struct tally *tally, unsigned int end, unsigned int server)
{
	for (unsigned int r = 0; r < SEAL_REASON_COUNT; r++)
		if (tally->counts[end][server][r])
			fprintf(f, "seal_handshakes_total{role=\"%s\",outcome=\"%s\","
				"reason=\"%s\"} %" PRIu64 "\n", server ? "server" : "client",
				ends[end], r == SEAL_REASON_UNSET ? "policy" :
				seal_reason_name(r), tally->counts[end][server][r]);
}

static void write_all(FILE *f, const struct tally *tally, unsigned int waiting,
		      unsigned int running)
{
	fputs("# HELP seal_handshakes_total Handshakes that ended, by role and reason.\n"
	      "# TYPE seal_handshakes_total counter\n", f);
	for (unsigned int end = 0; end < TALLY_ENDS; end++)
		for (unsigned int server = 0; server < 2; server++)
			write_end(f, tally, end, server);
	fprintf(f, "# HELP seal_handshakes_waiting Requests that wait for a place.\n"
		"# TYPE seal_handshakes_waiting gauge\n"
		"seal_handshakes_waiting %u\n"
		"# HELP seal_handshakes_running Handshakes under way.\n"
		"# TYPE seal_handshakes_running gauge\n"
		"seal_handshakes_running %u\n", waiting, running);
}

/* Readable by whom the directory lets in. */
static int write_file(const char *path, const struct tally *tally, unsigned int waiting,
		      unsigned int running)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	int err;

	if (!f) {
		err = errno;
		if (fd >= 0)
			close(fd);
		return err;
	}
	/* The service manager's mask takes away more. */
	err = fchmod(fd, 0644) ? errno : 0;
	write_all(f, tally, waiting, running);
	if (!err && ferror(f))
		err = EIO;
	if (fclose(f) && !err)
		err = errno;
	return err;
}

void tally_write(struct tally *tally, const char *state, unsigned int waiting,
		 unsigned int running)
{
	char path[PATH_MAX], new[PATH_MAX + 8];
	int err = ENAMETOOLONG;

	if (snprintf(path, sizeof(path), "%s/metrics.prom", state) < (int)sizeof(path)) {
		snprintf(new, sizeof(new), "%s.new", path);
		err = write_file(new, tally, waiting, running);
		if (!err && rename(new, path))
			err = errno;
	}
	if (err && !tally->complained) {
		tally->complained = true;
		seald_log(LOG_WARNING, "%s: %s", path, strerror(err));
	}
}
