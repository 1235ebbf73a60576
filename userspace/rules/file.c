// SPDX-License-Identifier: GPL-2.0-or-later
/* The file of rules, and what the names in it stand for on this host. */
#include "rules/rules.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool system_user(const char *name, uint32_t *uid_ret)
{
	const struct passwd *pw = getpwnam(name);

	if (pw)
		*uid_ret = pw->pw_uid;
	return pw;
}

static bool system_group(const char *name, uint32_t *gid_ret)
{
	const struct group *gr = getgrnam(name);

	if (gr)
		*gid_ret = gr->gr_gid;
	return gr;
}

/* The kernel's id of a cgroup is the number of its inode. */
static bool system_cgroup(const char *path, uint64_t *id_ret)
{
	char full[sizeof("/sys/fs/cgroup") + RULES_LINE_MAX];
	struct stat st;

	snprintf(full, sizeof(full), "/sys/fs/cgroup%s", path);
	if (stat(full, &st) || !S_ISDIR(st.st_mode))
		return false;
	*id_ret = st.st_ino;
	return true;
}

const struct rules_names rules_names_system = {
	.user	= system_user,
	.group	= system_group,
	.cgroup	= system_cgroup,
};

static bool cannot(struct rules_error *error, int number)
{
	*error = (struct rules_error){ .number = number };
	snprintf(error->text, sizeof(error->text), "%s", strerror(number));
	return false;
}

/* One octet more than may be, by which too many are known; -1 with errno. */
static ssize_t read_all(int fd, char *text)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, text + len, RULES_FILE_MAX + 1 - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		len += (size_t)n;
	} while (n && len <= RULES_FILE_MAX);
	return (ssize_t)len;
}

bool rules_load(struct rules *rules_ret, const char *path, bool optional,
		struct rules_error *error)
{
	char *text = malloc(RULES_FILE_MAX + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int number = errno;
	ssize_t len = -1;
	bool ok;

	if (text && fd >= 0) {
		len = read_all(fd, text);
		number = errno;
	}
	if (len >= 0)
		ok = rules_parse(rules_ret, text, (size_t)len, &rules_names_system, error);
	else if (text && fd < 0 && number == ENOENT && optional)
		ok = rules_parse(rules_ret, "", 0, &rules_names_system, error);
	else
		ok = cannot(error, number);
	free(text);
	if (fd >= 0)
		close(fd);
	return ok;
}
