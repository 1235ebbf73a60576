// SPDX-License-Identifier: GPL-2.0-or-later
#include "broken.h"

#include <string.h>
#include <sys/auxv.h>

bool without_in(const char *path, const char *defence)
{
	const char *list = path ? strstr(path, "/without-") : NULL;
	size_t len = strlen(defence);

	if (!list)
		return false;
	for (list += strlen("/without-"); *list && *list != '/'; list++) {
		if (!strncmp(list, defence, len) && strchr("+/", list[len]))
			return true;
		list += strcspn(list, "+/");
		if (*list != '+')
			break;
	}
	return false;
}

bool without(const char *defence)
{
	return without_in((const char *)getauxval(AT_EXECFN), defence);
}
