// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "attester/logs.h"
#include "seald/log.h"

#define LOG_MAX		(SEAL_LOG_MAX_MIB << 20)
#define STEP		65536u

static void open_one(struct att_log_file *file, const char *path)
{
	file->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (file->fd < 0 && errno != ENOENT)
		seald_log(LOG_WARNING, "%s cannot be read", path);
}

void att_logs_open(struct att_logs *logs, const struct att_hostconf *conf)
{
	*logs = ATT_LOGS_NONE;
	open_one(&logs->file[SEAL_LOG_BOOT], conf->boot_log);
	open_one(&logs->file[SEAL_LOG_IMA], conf->ima_log);
}

void att_logs_close(struct att_logs *logs)
{
	for (unsigned int i = SEAL_LOG_BOOT; i < SEAL_LOG_COUNT; i++) {
		if (logs->file[i].fd >= 0)
			close(logs->file[i].fd);
		free(logs->file[i].data);
	}
}

static bool make_room(struct att_log_file *file)
{
	uint8_t *more;

	if (file->size - file->len >= STEP)
		return true;
	if (file->len >= LOG_MAX)
		return false;
	more = realloc(file->data, 2 * file->size + STEP);
	if (!more)
		return false;
	file->data = more;
	file->size = 2 * file->size + STEP;
	return true;
}

/* Where the kernel's list ended last time it goes on. */
static void read_more(struct att_log_file *file)
{
	ssize_t n = 0;

	while (file->fd >= 0 && make_room(file)) {
		n = read(file->fd, file->data + file->len, STEP);
		if (n <= 0)
			break;
		file->len += (size_t)n;
	}
}

struct seal_log_piece att_logs_piece(struct att_logs *logs, const struct seal_log_ask *ask)
{
	struct att_log_file *file = &logs->file[ask->log];
	struct seal_log_piece piece = { .log = ask->log, .offset = ask->from };
	size_t left;

	/* The last piece must not miss what was measured before the quote. */
	if (ask->from >= file->len || file->len - ask->from <= ask->max)
		read_more(file);
	left = ask->from < file->len ? file->len - (size_t)ask->from : 0;
	piece.data.len = left < ask->max ? left : ask->max;
	piece.data.data = piece.data.len ? file->data + ask->from : NULL;
	piece.final = piece.data.len == left;
	return piece;
}

struct seal_bytes att_logs_all(struct att_logs *logs, enum seal_log log)
{
	struct att_log_file *file = &logs->file[log];

	read_more(file);
	return (struct seal_bytes){ file->data, file->len };
}
