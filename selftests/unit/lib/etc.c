// SPDX-License-Identifier: GPL-2.0-or-later

#include "etc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tap.h"

static char dir[64];

static const char *path(const char *name)
{
	static char buf[128];

	snprintf(buf, sizeof(buf), "%s/%s", dir, name);
	return buf;
}

const char *etc_make(const struct blob *ca)
{
	strcpy(dir, "/tmp/seal-etc.XXXXXX");
	must(mkdtemp(dir) && !mkdir(path("trust"), 0755) && !mkdir(path("policy.d"), 0755),
	     "directory");
	etc_put("trust/x509.pem", ca->data, ca->len);
	return dir;
}

void etc_put(const char *name, const void *data, size_t len)
{
	FILE *f = fopen(path(name), "w");

	must(f && fwrite(data, 1, len, f) == len && !fclose(f), name);
}

void etc_drop(void)
{
	char command[80];

	snprintf(command, sizeof(command), "rm -r %s", dir);
	must(!system(command), command);
}
