// SPDX-License-Identifier: GPL-2.0-or-later

#include "keyring.h"

#include <keyutils.h>
#include <string.h>

#define NAME_MAX_LEN	1024

void keyring_forget(void)
{
	keyctl_clear(KEY_SPEC_PROCESS_KEYRING);
}

uint32_t keyring_linked(void)
{
	key_serial_t serial[2];
	long len = keyctl_read(KEY_SPEC_PROCESS_KEYRING, (char *)serial,
			       sizeof(serial));

	keyring_forget();
	/* One request, one keyring; two are not what this was made for. */
	return len == sizeof(serial[0]) ? (uint32_t)serial[0] : 0;
}

/* In this order: the old session may be what allows to link it. */
bool keyring_enclose(uint32_t serial)
{
	if (serial && keyctl_link((key_serial_t)serial, KEY_SPEC_PROCESS_KEYRING))
		return false;
	return keyctl_join_session_keyring(NULL) >= 0;
}

size_t keyring_name(uint32_t serial, char *out, size_t size)
{
	/* TYPE;UID;GID;PERMISSIONS;DESCRIPTION */
	char text[NAME_MAX_LEN];
	const char *name = text;
	long len = keyctl_describe((key_serial_t)serial, text, sizeof(text));

	if (len <= 0 || (size_t)len > sizeof(text))
		return 0;
	for (int i = 0; i < 4 && name; i++) {
		name = strchr(name, ';');
		name += name != NULL;
	}
	if (!name || strlen(name) >= size)
		return 0;
	strcpy(out, name);
	return strlen(out);
}

uint32_t keyring_find(uint32_t ring, const char *name)
{
	/* The kernel's own type for them, then the one that anybody can add. */
	static const char *const types[] = { "psk", "user" };
	char found[NAME_MAX_LEN];

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		long serial = keyctl_search((key_serial_t)ring, types[i], name, 0);

		/* A search for "psk" also finds what only begins like it. */
		if (serial > 0 && keyring_name((uint32_t)serial, found, sizeof(found)) &&
		    !strcmp(found, name))
			return (uint32_t)serial;
	}
	return 0;
}

size_t keyring_read(uint32_t serial, uint8_t *out, size_t size)
{
	long len = keyctl_read((key_serial_t)serial, (char *)out, size);

	return len > 0 && (size_t)len <= size ? (size_t)len : 0;
}
