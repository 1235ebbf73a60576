// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * slow_tpm FILE SOCKET [RC [COMMAND]]: a TPM as slow as real ones. Passes commands from
 * stdin to a swtpm and its answers to stdout, each after as many milliseconds as FILE
 * says at that time. For TCTI "cmd:slow_tpm FILE SOCKET". With RC it makes no keys:
 * that is its answer to TPM2_Create, or to COMMAND; both are hex.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define COMMAND_MAX	4096u
#define TPM2_CREATE	0x153u

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

static uint32_t get_u32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

/* One command or answer: u16 tag, u32 size, u32 code, the rest (Part 1, 18). */
static uint32_t take(int from, uint8_t m[COMMAND_MAX])
{
	uint32_t size;

	if (read_all(from, m, 6))
		return 0;
	size = get_u32(m + 2);
	if (size < 10 || size > COMMAND_MAX || read_all(from, m + 6, size - 6))
		return 0;
	return size;
}

static int pass(int from, int to)
{
	uint8_t m[COMMAND_MAX];
	uint32_t size = take(from, m);

	return size && write(to, m, size) == (ssize_t)size ? 0 : -1;
}

/* The answer to a command that is not passed on. */
static int refuse(uint32_t rc)
{
	const uint8_t m[10] = { 0x80, 0x01, 0, 0, 0, sizeof(m), rc >> 24, rc >> 16 & 0xff,
				rc >> 8 & 0xff, rc & 0xff };

	return write(1, m, sizeof(m)) == (ssize_t)sizeof(m) ? 0 : -1;
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

static int serve(int fd, const char *file, uint32_t rc, uint32_t command)
{
	uint8_t m[COMMAND_MAX];
	uint32_t size = take(0, m);

	if (!size)
		return -1;
	if (rc && get_u32(m + 6) == command)
		return refuse(rc);
	if (write(fd, m, size) != (ssize_t)size)
		return -1;
	wait_as_told(file);
	return pass(fd, 1);
}

static uint32_t hex(const char *text)
{
	return (uint32_t)strtoul(text, NULL, 16);
}

int main(int argc, char **argv)
{
	int fd = argc >= 3 && argc <= 5 ? connect_to(argv[2]) : -1;
	uint32_t rc = argc > 3 ? hex(argv[3]) : 0;
	uint32_t command = argc > 4 ? hex(argv[4]) : TPM2_CREATE;

	if (fd < 0)
		return 1;
	while (!serve(fd, argv[1], rc, command))
		;
	return 0;
}
