/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that a human names on the command line. */
#ifndef SEALCTL_FILES_H
#define SEALCTL_FILES_H

#include "wire/buf.h"

/**
 * file_read - all of @path, a pipe too ("-": standard input), into malloc(3)ed memory
 *
 * Return: false, with a sentence on stderr, when it cannot be read or has more
 * than @max octets. An empty file is fine.
 */
bool file_read(const char *path, size_t max, struct seal_bytes *ret);

/** file_free - what file_read() gave; the zero value is fine */
void file_free(struct seal_bytes *file);

#endif /* SEALCTL_FILES_H */
