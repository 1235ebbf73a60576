// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sealctl/enroll_link.h"
#include "verify/hex.h"

static const char hint_link[] =
	"both sides must be sealctl of one version; the other side's own output says more";

int enroll_link_run(struct enroll_link *link, const char *command, struct enroll_error *err)
{
	int pair[2];

	memset(link, 0, sizeof(*link));
	link->child = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return enroll_refuse(err, "", "socketpair: %s", strerror(errno));
	link->child = fork();
	if (!link->child) {
		if (dup2(pair[1], 0) < 0 || dup2(pair[1], 1) < 0)
			_exit(127);
		close_range(3, ~0u, 0);		/* the TPM is not the CA's */
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	close(pair[1]);
	link->in = link->out = pair[0];
	if (link->child > 0)
		return 0;
	close(pair[0]);
	return enroll_refuse(err, "", "fork: %s", strerror(errno));
}

void enroll_link_close(struct enroll_link *link)
{
	if (link->child <= 0)
		return;
	close(link->in);
	/* It has nothing left to do; what hangs is not waited for. */
	kill(link->child, SIGTERM);
	while (waitpid(link->child, NULL, 0) < 0 && errno == EINTR)
		;
	link->child = -1;
}

static int left_ms(struct enroll_link *link)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	if (!link->start.tv_sec)
		link->start = now;
	if (now.tv_sec - link->start.tv_sec >= ENROLL_LINK_SECONDS)
		return 0;
	return (ENROLL_LINK_SECONDS - (now.tv_sec - link->start.tv_sec)) * 1000;
}

/* Until one of @events is there; 0, or -1 with the reason when the time is over. */
static int wait_for(struct enroll_link *link, int fd, short events, struct enroll_error *err)
{
	struct pollfd p = { .fd = fd, .events = events };
	int ready;

	do
		ready = poll(&p, 1, left_ms(link));
	while (ready < 0);
	return ready ? 0 : enroll_refuse(err, hint_link, "the other side did not answer in %d s",
					 ENROLL_LINK_SECONDS);
}

int enroll_send(struct enroll_link *link, json_t *message, struct enroll_error *err)
{
	char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;
	size_t len, off = 0;
	ssize_t n = 0;

	json_decref(message);
	if (!text)
		return enroll_refuse(err, "", "out of memory");
	len = strlen(text);
	text[len++] = '\n';	/* in the place of the final zero */
	while (len <= ENROLL_LINE_MAX && off < len) {
		/* So many octets no pipe keeps us waiting for. */
		if (wait_for(link, link->out, POLLOUT, err)) {
			free(text);
			return -1;
		}
		n = write(link->out, text + off, len - off < PIPE_BUF ? len - off : PIPE_BUF);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		off += n;
	}
	free(text);
	if (off == len)
		return 0;
	/* It may have ended without reading all of this, and said why. */
	if (n < 0 && errno == EPIPE)
		json_decref(enroll_recv(link, err));
	return enroll_refuse(err, hint_link, "the other side does not listen");
}

/* One octet at a time: what follows the newline is not ours to take. */
static int read_line(struct enroll_link *link, char *line, size_t *len, struct enroll_error *err)
{
	ssize_t n;

	for (*len = 0; *len < ENROLL_LINE_MAX;) {
		if (wait_for(link, link->in, POLLIN, err))
			return -1;
		n = read(link->in, line + *len, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return enroll_refuse(err, hint_link,
					     "the other side ended the conversation");
		if (line[*len] == '\n')
			return 0;
		(*len)++;
	}
	return enroll_refuse(err, hint_link, "message over %u octets", ENROLL_LINE_MAX);
}

static void copy_error(const json_t *message, struct enroll_error *err)
{
	const char *reason = json_string_value(json_object_get(message, "error"));
	const char *hint = json_string_value(json_object_get(message, "hint"));

	enroll_refuse(err, hint ? hint : "", "the CA refused: %s", reason ? reason : "no reason");
}

json_t *enroll_recv(struct enroll_link *link, struct enroll_error *err)
{
	char *line = malloc(ENROLL_LINE_MAX);
	json_t *message = NULL;
	size_t len;

	if (!line || read_line(link, line, &len, err)) {
		free(line);
		enroll_refuse(err, "", "out of memory");
		return NULL;
	}
	message = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	free(line);
	if (!json_is_object(message)) {
		enroll_refuse(err, hint_link, "a message that is not one JSON object");
	} else if (json_object_get(message, "error")) {
		copy_error(message, err);
	} else {
		return message;
	}
	json_decref(message);
	return NULL;
}

int enroll_only(const json_t *object, const char *const *names, struct enroll_error *err)
{
	const char *const *name;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value) {
		for (name = names; *name && strcmp(*name, key); name++)
			;
		if (!*name)
			return enroll_refuse(err, hint_link, "unknown member \"%.40s\"", key);
	}
	return 0;
}

int enroll_text(const json_t *object, const char *name, char *out, size_t size,
		struct enroll_error *err)
{
	const json_t *value = json_object_get(object, name);
	const char *text = json_string_value(value);
	size_t i, len;

	if (!text)
		return enroll_refuse(err, hint_link, "member \"%s\" is missing", name);
	len = json_string_length(value);
	if (!len || len >= size)
		return enroll_refuse(err, hint_link, "member \"%s\" has a bad length", name);
	for (i = 0; i < len; i++)
		if ((text[i] < ' ' || text[i] > '~') && text[i] != '\n')
			return enroll_refuse(err, hint_link, "member \"%s\" is not text", name);
	memcpy(out, text, len + 1);
	return 0;
}

int enroll_bytes(const json_t *object, const char *name, uint8_t *out, size_t min, size_t max,
		 size_t *len, struct enroll_error *err)
{
	const json_t *value = json_object_get(object, name);
	const char *text = json_string_value(value);
	size_t n;

	if (!text)
		return enroll_refuse(err, hint_link, "member \"%s\" is missing", name);
	n = json_string_length(value);
	if (n % 2 || n / 2 < min || n / 2 > max)
		return enroll_refuse(err, hint_link, "member \"%s\" has a bad length", name);
	*len = seal_hex_decode(text, out, max);
	if (*len != n / 2)
		return enroll_refuse(err, hint_link, "member \"%s\" is not hex", name);
	return 0;
}

int enroll_blob(const json_t *object, const char *name, struct att_blob *out,
		struct enroll_error *err)
{
	return enroll_bytes(object, name, out->data, 1, sizeof(out->data), &out->len, err);
}

void enroll_set_bytes(json_t *object, const char *name, const uint8_t *data, size_t len)
{
	char *text = malloc(2 * len + 1);

	if (text)
		json_object_set_new(object, name, json_string(enroll_hex(text, data, len)));
	free(text);
}
