/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The logs of this machine, as the kernel shows them. They only grow, and only
 * the attester reads them; nobody can make it read another file.
 */
#ifndef SEAL_ATTESTER_LOGS_H
#define SEAL_ATTESTER_LOGS_H

#include "attester/hostconf.h"
#include "wire/log.h"

/** struct att_log_file - one log, as far as it was read */
struct att_log_file {
	int fd;
	uint8_t *data;
	size_t len;
	size_t size;
};

struct att_logs {
	struct att_log_file file[SEAL_LOG_COUNT];
};

#define ATT_LOGS_NONE	((struct att_logs){ { { .fd = -1 }, { .fd = -1 }, { .fd = -1 } } })

/** att_logs_open - a log that is not there has no octets */
void att_logs_open(struct att_logs *logs, const struct att_hostconf *conf);
void att_logs_close(struct att_logs *logs);

/** att_logs_all - all octets of a log, also those added just now */
struct seal_bytes att_logs_all(struct att_logs *logs, enum seal_log log);

/**
 * att_logs_piece - the octets of a log from an offset on
 *
 * Reads what the kernel has added when the piece reaches the end of what is
 * known, so that a log asked for after a quote has all that is in the quote.
 */
struct seal_log_piece att_logs_piece(struct att_logs *logs, const struct seal_log_ask *ask);

#endif /* SEAL_ATTESTER_LOGS_H */
