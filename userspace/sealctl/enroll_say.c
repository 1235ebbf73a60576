// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdio.h>

#include "sealctl/enroll_say.h"

int enroll_refuse(struct enroll_error *err, const char *hint, const char *fmt, ...)
{
	va_list ap;

	if (err->reason[0])
		return -1;
	va_start(ap, fmt);
	vsnprintf(err->reason, sizeof(err->reason), fmt, ap);
	va_end(ap);
	/* Cut within a character it would not be text any more, and never be sent. */
	for (char *c = err->reason; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	snprintf(err->hint, sizeof(err->hint), "%s", hint);
	return -1;
}

/* Some reasons come from the other side of a pipe: nothing unprintable. */
static void print_text(const char *before, const char *text)
{
	fputs(before, stderr);
	for (; *text; text++)
		fputc(*text < ' ' || *text > '~' ? '?' : *text, stderr);
	fputc('\n', stderr);
}

int enroll_report(const char *command, const struct enroll_error *err)
{
	fflush(stdout);
	fprintf(stderr, "sealctl %s", command);
	print_text(": ", err->reason[0] ? err->reason : "failed");
	if (err->hint[0])
		print_text("  hint: ", err->hint);
	return 1;
}

int enroll_misuse(const char *command, const struct enroll_error *err)
{
	enroll_report(command, err);
	return 2;
}

void enroll_step(const char *what, const char *fmt, ...)
{
	va_list ap;

	printf("  %-10s ", what);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

const char *enroll_hex(char *out, const uint8_t *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		sprintf(out + 2 * i, "%02x", data[i]);
	out[2 * len] = '\0';
	return out;
}
