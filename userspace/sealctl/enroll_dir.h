/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of a host's or a CA's directory, read whole and replaced whole. */
#ifndef SEALCTL_ENROLL_DIR_H
#define SEALCTL_ENROLL_DIR_H

#include <stdbool.h>
#include <sys/types.h>

#include "sealctl/enroll_say.h"

#define ENROLL_PATH_MAX	4096u

/**
 * enroll_path - "@dir/@name" in a static buffer that the next call reuses
 *
 * Either may be "": a directory alone, or a path that a human gave.
 */
const char *enroll_path(const char *dir, const char *name);

/** enroll_exists - is there a file or directory @dir/@name? */
bool enroll_exists(const char *dir, const char *name);

/** enroll_mkdir - make @dir/@name (@name "" for @dir itself); one that is there is fine */
int enroll_mkdir(const char *dir, const char *name, mode_t mode, struct enroll_error *err);

/**
 * enroll_read - read @dir/@name, at most @size - 1 octets, and end them with a zero
 *
 * Return: octets, or -1 with the reason.
 */
ssize_t enroll_read(const char *dir, const char *name, void *out, size_t size,
		    struct enroll_error *err);

/**
 * enroll_write - replace @dir/@name: a crash leaves the old or the new file
 *
 * After 0 the new one, on the disk by its name; so for the others that write.
 */
int enroll_write(const char *dir, const char *name, mode_t mode, const void *data, size_t len,
		 struct enroll_error *err);

/**
 * enroll_prepare - as enroll_write(), but the old file is there until enroll_commit()
 *
 * A name that no file can get is refused here.
 *
 * enroll_forget() ends both, whether they worked or not.
 */
int enroll_prepare(const char *dir, const char *name, mode_t mode, const void *data, size_t len,
		   struct enroll_error *err);
int enroll_commit(const char *dir, const char *name, struct enroll_error *err);
void enroll_forget(const char *dir, const char *name);

/**
 * enroll_write_new - make @dir/@name, which must not exist
 *
 * Return: 0; 1 when it exists; -1 with the reason.
 */
int enroll_write_new(const char *dir, const char *name, mode_t mode, const void *data, size_t len,
		     struct enroll_error *err);

/** enroll_rename - @dir/@from is @dir/@to from now on, on the disk, too */
int enroll_rename(const char *dir, const char *from, const char *to, struct enroll_error *err);

/**
 * enroll_replace_dir - the directory @dir/@from is @dir/@to from now on
 *
 * A crash leaves the old or the new one there, whole; where the file system cannot exchange
 * two names, none for a moment, and @dir/@from is whole. What was there is removed.
 */
int enroll_replace_dir(const char *dir, const char *from, const char *to,
		       struct enroll_error *err);

/**
 * enroll_lock - be the only one at work in @dir/@name, until the descriptor is closed
 * @wait: for who has it, or be refused
 *
 * Return: the descriptor, or -1 with the reason.
 */
int enroll_lock(const char *dir, const char *name, bool wait, struct enroll_error *err);

/** enroll_remove_dir - remove @dir/@name and the files in it; nothing there is fine */
int enroll_remove_dir(const char *dir, const char *name, struct enroll_error *err);

/*
 * An identity in a name of a file, with its end. Names have 255 octets, and the longest is
 * issued/ID-tls-SERIAL.pem.new-PID.
 */
#define ENROLL_NAME_MAX	192u

/** enroll_file_name - an identity as a file name: other octets as %XX; false when too long */
bool enroll_file_name(const char *identity, char *out, size_t size);

#endif /* SEALCTL_ENROLL_DIR_H */
