// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * slow_tpm FILE SOCKET: a TPM as slow as real ones. Passes commands from stdin
 * to a swtpm and its answers to stdout, each after as many milliseconds as FILE
 * says at that time. For TCTI "cmd:slow_tpm FILE SOCKET".
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define COMMAND_MAX	4096u

static int connect_to(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (strlen(path) >= sizeof(addr.sun_path))
		return -1;
	strcpy(addr.sun_path, path);
	return connect(fd, (struct sockaddr *)&addr, sizeof(addr)) ? -1 : fd;
}

static int read_all(int fd, uint8_t *out, size_t len)
{
	ssize_t n;

	for (; len; out += n, len -= n) {
		n = read(fd, out, len);
		if (n <= 0)
			return -1;
	}
	return 0;
}

/* One command or answer: u16 tag, u32 size, the rest (Part 1, 18). */
static int pass(int from, int to)
{
	uint8_t m[COMMAND_MAX];
	size_t size;

	if (read_all(from, m, 6))
		return -1;
	size = (size_t)m[2] << 24 | m[3] << 16 | m[4] << 8 | m[5];
	if (size < 10 || size > sizeof(m) || read_all(from, m + 6, size - 6))
		return -1;
	return write(to, m, size) == (ssize_t)size ? 0 : -1;
}

static void wait_as_told(const char *file)
{
	FILE *f = fopen(file, "r");
	unsigned int ms = 0;

	if (f && fscanf(f, "%u", &ms) == 1)
		usleep(1000 * ms);
	if (f)
		fclose(f);
}

int main(int argc, char **argv)
{
	int fd = argc == 3 ? connect_to(argv[2]) : -1;

	if (fd < 0)
		return 1;
	while (!pass(0, fd)) {
		wait_as_told(argv[1]);
		if (pass(fd, 1))
			return 1;
	}
	return 0;
}
