// SPDX-License-Identifier: GPL-2.0-or-later
/* Boot events for the human eye. */
#include "sealctl/event_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "verify/event_data.h"
#include "verify/le.h"

const char *event_type_text(uint32_t type, char out[16])
{
	const char *name = seal_event_type(type);

	if (name)
		return name;
	snprintf(out, 16, "0x%08" PRIx32, type);
	return out;
}

static void string(const struct seal_event *e, char *out)
{
	seal_event_text(e->data, out, EVENT_TEXT_MAX);
}

static void variable(const struct seal_event *e, char *out)
{
	struct seal_variable var;
	char name[96];

	if (!seal_event_variable(e->data, &var))
		return;
	seal_event_text(var.name, name, sizeof(name));
	if (var.value.len == 1)
		snprintf(out, EVENT_TEXT_MAX, "%s = %02x", name, var.value.data[0]);
	else
		snprintf(out, EVENT_TEXT_MAX, "%s, %zu octets", name, var.value.len);
}

static void image(const struct seal_event *e, char *out)
{
	struct seal_reader r = seal_reader_of(e->data);
	struct seal_bytes path = seal_event_image_path(e->data);

	if (path.len) {
		seal_event_text(path, out, EVENT_TEXT_MAX);
		return;
	}
	seal_get_bytes(&r, 8);
	snprintf(out, EVENT_TEXT_MAX, "image of %" PRIu64 " octets", seal_get_le(&r, 8));
}

static void separator(const struct seal_event *e, char *out)
{
	struct seal_reader r = seal_reader_of(e->data);
	uint32_t v = seal_get_le(&r, 4);

	snprintf(out, EVENT_TEXT_MAX, "%s", !seal_reader_done(&r) ? "not a separator's data" :
		 v == 0 || v == 0xffffffff ? "separator" : "separator of an error");
}

static void gpt(const struct seal_event *e, char *out)
{
	struct seal_reader r = seal_reader_of(e->data);

	seal_get_bytes(&r, 92);		/* the header of the table */
	snprintf(out, EVENT_TEXT_MAX, "%" PRIu64 " partitions", seal_get_le(&r, 8));
	if (r.bad)
		*out = '\0';
}

/* Known kinds end in a zero after at most 16 octets, and go on with data. */
static void no_action(const struct seal_event *e, char *out)
{
	struct seal_bytes signature = { e->data.data, e->data.len < 16 ? e->data.len : 16 };

	seal_event_text(signature, out, EVENT_TEXT_MAX);
	if (!strcmp(out, "StartupLocality") && e->data.len == 17)
		snprintf(out, EVENT_TEXT_MAX, "StartupLocality %u", e->data.data[16]);
}

/* Firmware writes a name into some of these, or numbers. */
static void perhaps_string(const struct seal_event *e, char *out)
{
	string(e, out);
	if (strchr(out, '?') || strlen(out) < 3)
		*out = '\0';
}

static const struct kind {
	uint32_t type;
	void (*describe)(const struct seal_event *e, char *out);
} kinds[] = {
	{ SEAL_EV_NO_ACTION, no_action },
	{ SEAL_EV_SEPARATOR, separator },
	{ SEAL_EV_ACTION, string },
	{ SEAL_EV_EFI_ACTION, string },
	{ SEAL_EV_IPL, string },
	{ SEAL_EV_S_CRTM_VERSION, perhaps_string },
	{ SEAL_EV_VARIABLE_CONFIG, variable },
	{ SEAL_EV_VARIABLE_BOOT, variable },
	{ 0x8000000c, variable },
	{ SEAL_EV_AUTHORITY, variable },
	{ SEAL_EV_APPLICATION, image },
	{ SEAL_EV_DRIVER, image },
	{ SEAL_EV_RUNTIME_DRIVER, image },
	{ SEAL_EV_GPT, gpt },
	{ 0x8000000d, gpt },
};

void event_text(const struct seal_event *event, char out[EVENT_TEXT_MAX])
{
	*out = '\0';
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].type == event->type) {
			kinds[i].describe(event, out);
			return;
		}
	perhaps_string(event, out);
}
