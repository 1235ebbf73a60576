// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sealctl/enroll_dir.h"

const char *enroll_path(const char *dir, const char *name)
{
	static char path[ENROLL_PATH_MAX];

	snprintf(path, sizeof(path), "%s%s%s", dir, *dir && *name ? "/" : "", name);
	return path;
}

bool enroll_exists(const char *dir, const char *name)
{
	return !access(enroll_path(dir, name), F_OK);
}

static int system_error(struct enroll_error *err, const char *dir, const char *name)
{
	const char *hint = errno == EACCES || errno == EPERM ? "run it as root" :
			   errno == ENOENT ? "is that path right?" : "look at the file system";

	return enroll_refuse(err, hint, "%s: %s", enroll_path(dir, name), strerror(errno));
}

/* The name, too, safely on disk; some file systems have nothing to do for that (EINVAL). */
static int sync_name(const char *dir, const char *name)
{
	char path[ENROLL_PATH_MAX];
	int fd, ret;

	snprintf(path, sizeof(path), "%s", enroll_path(dir, name));
	fd = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ret = fsync(fd) && errno != EINVAL ? -1 : 0;
	close(fd);
	return ret;
}

int enroll_mkdir(const char *dir, const char *name, mode_t mode, struct enroll_error *err)
{
	if ((!mkdir(enroll_path(dir, name), mode) || errno == EEXIST) && !sync_name(dir, name))
		return 0;
	return system_error(err, dir, name);
}

ssize_t enroll_read(const char *dir, const char *name, void *out, size_t size,
		    struct enroll_error *err)
{
	int fd = open(enroll_path(dir, name), O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 1;

	while (fd >= 0 && n > 0 && len < size) {
		n = read(fd, (char *)out + len, size - len);
		if (n > 0)
			len += n;
	}
	if (fd < 0 || n < 0) {
		system_error(err, dir, name);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	close(fd);
	if (len == size)
		return enroll_refuse(err, "", "%s: longer than %zu octets", enroll_path(dir, name),
				     size - 1);
	((char *)out)[len] = '\0';
	return len;
}

/* The new content under another name, safely on disk. */
static int write_beside(const char *tmp, mode_t mode, const void *data, size_t len)
{
	size_t off = 0;
	ssize_t n = 0;
	int fd;

	unlink(tmp);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return -1;
	while (off < len && (n = write(fd, (const char *)data + off, len - off)) > 0)
		off += n;
	if (off < len || fchmod(fd, mode) || fsync(fd)) {
		close(fd);
		return -1;
	}
	return close(fd);
}

static void beside(char *tmp, const char *dir, const char *name)
{
	snprintf(tmp, ENROLL_PATH_MAX, "%.4000s.new-%ld", enroll_path(dir, name), (long)getpid());
}

/* What rename(2) will say, before anything else is changed. */
static bool can_be_file(const char *path)
{
	struct stat st;

	errno = ENOENT;
	if (!*path)
		return false;
	if (lstat(path, &st) || !S_ISDIR(st.st_mode))
		return true;
	errno = EISDIR;
	return false;
}

int enroll_prepare(const char *dir, const char *name, mode_t mode, const void *data, size_t len,
		   struct enroll_error *err)
{
	char tmp[ENROLL_PATH_MAX];

	beside(tmp, dir, name);
	if (!can_be_file(enroll_path(dir, name)) || write_beside(tmp, mode, data, len))
		return system_error(err, dir, name);
	return 0;
}

int enroll_commit(const char *dir, const char *name, struct enroll_error *err)
{
	char tmp[ENROLL_PATH_MAX];

	beside(tmp, dir, name);
	if (rename(tmp, enroll_path(dir, name)) || sync_name(dir, name))
		return system_error(err, dir, name);
	return 0;
}

void enroll_forget(const char *dir, const char *name)
{
	char tmp[ENROLL_PATH_MAX];

	beside(tmp, dir, name);
	unlink(tmp);
}

int enroll_write(const char *dir, const char *name, mode_t mode, const void *data, size_t len,
		 struct enroll_error *err)
{
	int ret = enroll_prepare(dir, name, mode, data, len, err);

	if (!ret)
		ret = enroll_commit(dir, name, err);
	enroll_forget(dir, name);
	return ret;
}

int enroll_write_new(const char *dir, const char *name, mode_t mode, const void *data, size_t len,
		     struct enroll_error *err)
{
	char tmp[ENROLL_PATH_MAX];
	int ret = 0;

	beside(tmp, dir, name);
	if (write_beside(tmp, mode, data, len))
		ret = system_error(err, dir, name);
	else if (link(tmp, enroll_path(dir, name)))
		ret = errno == EEXIST ? 1 : system_error(err, dir, name);
	/* Whoever wrote it may not have come that far. */
	if (ret >= 0 && sync_name(dir, name))
		ret = system_error(err, dir, name);
	unlink(tmp);
	return ret;
}

int enroll_rename(const char *dir, const char *from, const char *to, struct enroll_error *err)
{
	char path[ENROLL_PATH_MAX];

	snprintf(path, sizeof(path), "%s", enroll_path(dir, from));
	if (rename(path, enroll_path(dir, to)) || sync_name(dir, to))
		return system_error(err, dir, to);
	return 0;
}

int enroll_lock(const char *dir, const char *name, bool wait, struct enroll_error *err)
{
	int fd = open(enroll_path(dir, name), O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret;

	if (fd < 0)
		return system_error(err, dir, name);
	do
		ret = flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB);
	while (ret && errno == EINTR);
	if (!ret)
		return fd;
	if (errno == EWOULDBLOCK)
		enroll_refuse(err, "wait until it is through", "another sealctl is at work in %s",
			      enroll_path(dir, name));
	else
		system_error(err, dir, name);
	close(fd);
	return -1;
}

int enroll_remove_dir(const char *dir, const char *name, struct enroll_error *err)
{
	DIR *d = opendir(enroll_path(dir, name));
	struct dirent *e;

	if (!d)
		return errno == ENOENT ? 0 : system_error(err, dir, name);
	while ((e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	return rmdir(enroll_path(dir, name)) ? system_error(err, dir, name) : 0;
}

/* What rename(2) says of the directory @dir/@from. */
static int rename_error(const char *dir, const char *from, const char *to)
{
	char path[ENROLL_PATH_MAX];

	snprintf(path, sizeof(path), "%s", enroll_path(dir, from));
	return rename(path, enroll_path(dir, to)) ? errno : 0;
}

/*
 * Both names at once; or, where the file system cannot (EINVAL, ENOSYS), by a third. Where
 * it moves no such directory at all (EXDEV: an overlay, of a lower layer) the old one goes
 * before the new one comes.
 */
static int exchange(const char *dir, const char *from, const char *to, const char **old,
		    struct enroll_error *err)
{
	char path[ENROLL_PATH_MAX];

	snprintf(path, sizeof(path), "%s", enroll_path(dir, from));
	*old = from;
	if (!renameat2(AT_FDCWD, path, AT_FDCWD, enroll_path(dir, to), RENAME_EXCHANGE))
		return sync_name(dir, to) ? system_error(err, dir, to) : 0;
	if (errno == EINVAL || errno == ENOSYS) {
		*old = "replaced";
		if (enroll_remove_dir(dir, *old, err))
			return -1;
		errno = rename_error(dir, to, *old);
	}
	if (errno && errno != EXDEV)
		return system_error(err, dir, to);
	if (errno && enroll_remove_dir(dir, to, err))
		return -1;
	return enroll_rename(dir, from, to, err);
}

int enroll_replace_dir(const char *dir, const char *from, const char *to,
		       struct enroll_error *err)
{
	struct enroll_error left = { 0 };
	const char *old;

	if (!enroll_exists(dir, to))
		return enroll_rename(dir, from, to, err);
	if (exchange(dir, from, to, &old, err))
		return -1;
	/* The new one is in its place, whatever becomes of the old. */
	if (enroll_remove_dir(dir, old, &left))
		enroll_step("left", "%s is the old one: remove it", enroll_path(dir, old));
	return 0;
}

bool enroll_file_name(const char *identity, char *out, size_t size)
{
	size_t off = 0;
	int n;

	for (; *identity; identity++) {
		if (off + 4 > size)
			return false;
		if (isalnum((unsigned char)*identity) || strchr("-_", *identity) ||
		    (*identity == '.' && off))
			n = sprintf(out + off, "%c", *identity);
		else
			n = sprintf(out + off, "%%%02x", (unsigned char)*identity);
		off += n;
	}
	return off > 0;
}
