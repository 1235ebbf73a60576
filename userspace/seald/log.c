// SPDX-License-Identifier: GPL-2.0-or-later

#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *log_name = "seald";
static bool log_journal;
static int log_syslog;
static int log_verbose;

/* JOURNAL_STREAM of systemd.exec(5) is inherited: it may not be of our stderr. */
static bool is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 && !fstat(fd, &st) &&
	       st.st_dev == dev && st.st_ino == ino;
}

void seald_log_open(const char *name, int to_syslog, int verbose)
{
	log_name = name;
	log_journal = is_journal(STDERR_FILENO);
	log_syslog = to_syslog && !log_journal;
	log_verbose = verbose;
	if (log_syslog)
		openlog(name, LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

void seald_log(int priority, const char *fmt, ...)
{
	int saved = errno;
	char line[2048];
	va_list ap;
	int n;

	if (priority >= LOG_DEBUG && !log_verbose)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);

	/* One write, so that lines of several programs do not mix. */
	char out[sizeof(line) + 64];

	if (log_journal)
		n = snprintf(out, sizeof(out), "<%d>%s\n", priority, line);
	else
		n = snprintf(out, sizeof(out), "%s: %s\n", log_name, line);
	if (n > 0 && write(STDERR_FILENO, out, (size_t)n) < 0)
		n = 0;		/* nobody reads: nothing else to do */
	if (log_syslog)
		syslog(priority, "%s", line);
	errno = saved;
}

static const char *escape(char *out, size_t size, const char *text, unsigned char first)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= first && c < 0x7f && c != '"' && c != '\\') {
			if (n + 2 > size)
				break;
			out[n++] = (char)c;
			continue;
		}
		if (n + 5 > size)
			break;
		out[n++] = '\\';
		out[n++] = 'x';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 15];
	}
	out[n] = '\0';
	return out;
}

const char *seald_escape(char *out, size_t size, const char *text)
{
	return escape(out, size, text, 0x20);
}

const char *seald_escape_word(char *out, size_t size, const char *text)
{
	return escape(out, size, text, 0x21);
}
