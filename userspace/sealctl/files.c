// SPDX-License-Identifier: GPL-2.0-or-later
/* Files that a human names on the command line. */
#include "sealctl/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_ROOM	65536u

static bool complain(const char *path, const char *why)
{
	fprintf(stderr, "sealctl: %s: %s\n", path, why);
	return false;
}

/* At most @max octets and one more, by which too many are known. */
static bool read_all(int fd, size_t max, uint8_t **data, size_t *len)
{
	size_t room = 0;

	for (;;) {
		uint8_t *grown;
		ssize_t n;

		if (*len == room) {
			room = room ? 2 * room : FIRST_ROOM;
			grown = realloc(*data, room);
			if (!grown)
				return false;
			*data = grown;
		}
		n = read(fd, *data + *len, room - *len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return !n;
		*len += n;
		if (*len > max) {
			errno = EFBIG;
			return false;
		}
	}
}

bool file_read(const char *path, size_t max, struct seal_bytes *ret)
{
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : dup(0);
	uint8_t *data = NULL;
	size_t len = 0;
	bool ok;

	if (fd < 0)
		return complain(path, strerror(errno));
	ok = read_all(fd, max, &data, &len);
	if (!ok) {
		complain(path, strerror(errno));
		free(data);
	} else {
		*ret = (struct seal_bytes){ data, len };
	}
	close(fd);
	return ok;
}

void file_free(struct seal_bytes *file)
{
	free((void *)file->data);
	*file = (struct seal_bytes){ 0 };
}
