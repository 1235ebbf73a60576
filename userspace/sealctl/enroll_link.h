/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One JSON object a line, between a host that enrols and its CA. */
#ifndef SEALCTL_ENROLL_LINK_H
#define SEALCTL_ENROLL_LINK_H

#include <jansson.h>
#include <sys/types.h>
#include <time.h>

#include "attester/tpm.h"
#include "sealctl/enroll_say.h"

#define ENROLL_LINE_MAX		65536u	/* octets of a message with its newline */
#define ENROLL_LINK_SECONDS	120	/* for the whole conversation */

/**
 * struct enroll_link - a conversation
 * @in, @out: two descriptors, or one
 * @child: behind them, if any
 * @start: of the conversation, CLOCK_BOOTTIME; zero: its first message
 */
struct enroll_link {
	int in;
	int out;
	pid_t child;
	struct timespec start;
};

/**
 * enroll_link_run - start the CA command by sh(1), its stdin and stdout ours
 *
 * Return: 0 or -1. Ends with enroll_link_close().
 */
int enroll_link_run(struct enroll_link *link, const char *command, struct enroll_error *err);
void enroll_link_close(struct enroll_link *link);

/** enroll_send - write an object as one line; takes the reference of @message */
int enroll_send(struct enroll_link *link, json_t *message, struct enroll_error *err);

/**
 * enroll_recv - read one line
 *
 * A reply with "error" becomes *@err. Return: the object, or NULL.
 */
json_t *enroll_recv(struct enroll_link *link, struct enroll_error *err);

/** enroll_only - refuse members that are not in the NULL-ended list @names */
int enroll_only(const json_t *object, const char *const *names, struct enroll_error *err);

/** enroll_text - a string member of at most @size - 1 octets, printable ASCII and newlines */
int enroll_text(const json_t *object, const char *name, char *out, size_t size,
		struct enroll_error *err);

/** enroll_bytes - a member in hex, of @min to @max octets */
int enroll_bytes(const json_t *object, const char *name, uint8_t *out, size_t min, size_t max,
		 size_t *len, struct enroll_error *err);

/** enroll_blob - a member in hex as a TPM structure */
int enroll_blob(const json_t *object, const char *name, struct att_blob *out,
		struct enroll_error *err);

/** enroll_set_bytes - add a member in hex */
void enroll_set_bytes(json_t *object, const char *name, const uint8_t *data, size_t len);

#endif /* SEALCTL_ENROLL_LINK_H */
