// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What sealctl status says of a socket whose texts are not for a terminal, with this file in
 * the place of the kernel.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "lib/tap.h"
#include "sealctl/sealctl.h"
#include "sealctl/sockets.h"

static const struct socket_status attested = {
	.id = 7, .state = SEAL_STATE_ATTESTED, .peer = "dns:\xff\x1b[2J", .policy = "a\nb",
	.claims = "\x9b" "5m \xc3\xa9", .reason = "\x07", .local = "10.0.0.1:1",
};

struct sockets *sockets_open(void)
{
	return (struct sockets *)&attested;
}

int sockets_each(struct sockets *sockets,
		 void (*each)(const struct socket_status *status, void *arg), void *arg)
{
	each(&attested, arg);
	return 0;
}

const char *sockets_error(const struct sockets *sockets)
{
	return "";
}

void sockets_close(struct sockets *sockets)
{
}

int sockets_cannot(const char *command, int error)
{
	return EXIT_FAILED;
}

int usage_of(const char *command)
{
	return EXIT_USAGE;
}

/* What it prints. */
static const char *said(char **argv, int argc)
{
	static char text[4096];
	FILE *file = tmpfile();
	int before = dup(STDOUT_FILENO);
	size_t len;

	fflush(stdout);
	must(file && before >= 0 && dup2(fileno(file), STDOUT_FILENO) >= 0, "a file");
	optind = 0;
	must(cmd_status(argc, argv) == EXIT_DONE, "status");
	fflush(stdout);
	dup2(before, STDOUT_FILENO);
	close(before);
	rewind(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[len] = '\0';
	return text;
}

/* But for the ends of lines. */
static bool plain(const char *text)
{
	for (; *text; text++)
		if (*text != '\n' && (*text < 0x20 || *text > 0x7e))
			return false;
	return true;
}

int main(void)
{
	const char *text = said((char *[]){ "status", NULL }, 1);
	json_t *list, *one;

	ok(plain(text) && strstr(text, "peer       dns:??[2J (no TLS certificate)\n") &&
	   strstr(text, "policy     a?b\n"), "nothing of it is a command");
	text = said((char *[]){ "status", "--json", NULL }, 2);
	list = json_loads(text, 0, NULL);
	one = json_array_get(list, 0);
	ok(plain(text) && json_array_size(list) == 1, "nor as JSON, which has it");
	ok(json_integer_value(json_object_get(one, "id")) == 7 &&
	   !strcmp(json_string_value(json_object_get(one, "peer")) ?: "", "dns:??[2J") &&
	   !strcmp(json_string_value(json_object_get(one, "policy")) ?: "", "a\nb"),
	   "with what can be said of it");
	json_decref(list);
	return done();
}
