/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line per event, to stderr and, when the monitor runs as a service, to
 * syslog; once, with its priority, where stderr is the journal. Texts that a
 * peer had a hand in pass seald_escape() first.
 */
#ifndef SEALD_LOG_H
#define SEALD_LOG_H

#include <stddef.h>
#include <syslog.h>

/* Room for a text of n bytes after escaping, with the final zero. */
#define SEALD_ESCAPED(n)	(4 * (n) + 1)

/**
 * seald_log_open - name the program in front of each line
 * @name: kept, not copied
 * @to_syslog: also write to syslog(3), unless stderr is the journal
 * @verbose: 0 drops LOG_DEBUG lines
 */
void seald_log_open(const char *name, int to_syslog, int verbose);

/**
 * seald_log - write one line
 * @priority: LOG_ERR ... LOG_DEBUG of syslog(3)
 * @fmt: printf(3) format without a final newline
 *
 * Never changes errno.
 */
void seald_log(int priority, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * seald_escape - make a text safe to print between double quotes
 * @out: receives the text, always ends with a zero
 * @size: of @out in bytes, at least 1; longer results are cut
 * @text: ends with a zero
 *
 * Control bytes, bytes above 126, '"' and '\' become \xNN. Returns @out.
 */
const char *seald_escape(char *out, size_t size, const char *text);

/** seald_escape_word - the same for one word without quotes: blanks, too, become \x20 */
const char *seald_escape_word(char *out, size_t size, const char *text);

#endif /* SEALD_LOG_H */
