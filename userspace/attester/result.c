// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "attester/result.h"
#include "seald/log.h"
#include "verify/envelope.h"
#include "verify/rules.h"
#include "wire/cmw_tree.h"

void att_result_open(struct att_result *result, const char *dir)
{
	*result = (struct att_result){ .state.size = -1 };
	snprintf(result->path, sizeof(result->path), "%s/identity/result.cwt", dir);
}

/* Is the file the one that was read? Notes which one it is now. */
static bool changed(struct att_result *result)
{
	__typeof__(result->state) now = { .size = -1 };
	struct stat st;

	if (!stat(result->path, &st)) {
		now.size = st.st_size;
		now.sec = st.st_mtim.tv_sec;
		now.nsec = st.st_mtim.tv_nsec;
	}
	if (!memcmp(&now, &result->state, sizeof(now)))
		return false;
	result->state = now;
	return true;
}

/* NULL, or why nobody can be shown it. */
static const char *take(struct att_result *result, struct seal_bytes file,
			const struct att_self *self, struct seal_bytes ak)
{
	const struct seal_anchor *anchor;
	struct seal_envelope envelope;
	uint8_t room[SEAL_EAR_MAX];
	struct seal_ear ear;

	if (seal_envelope_open(file, &envelope) != SEAL_REASON_ACCEPTED ||
	    seal_envelope_claims(&envelope, room, &ear) != SEAL_REASON_ACCEPTED ||
	    seal_ear_check(&ear, ear.issued, &anchor) != SEAL_REASON_ACCEPTED)
		return "not an attestation result that says good";
	if (memcmp(anchor->subject_key, self->spki_hash, SEAL_SHA256_LEN) ||
	    !seal_bytes_equal(seal_tpm_name_bytes(&anchor->ak), ak))
		return "an attestation result on other keys";
	memcpy(result->data, file.data, file.len);
	result->len = file.len;
	result->expires = ear.expires;
	return NULL;
}

static void read_file(struct att_result *result, const struct att_self *self,
		      struct seal_bytes ak)
{
	const char *why;
	uint8_t *data;
	size_t len;

	result->len = 0;
	if (result->state.size < 0)
		return;
	if (!seal_file_read(result->path, SEAL_RESULT_MAX_LEN, &data, &len)) {
		seald_log(LOG_WARNING, "%s cannot be read", result->path);
		return;
	}
	why = take(result, (struct seal_bytes){ data, len }, self, ak);
	free(data);
	if (why)
		seald_log(LOG_WARNING, "%s: %s", result->path, why);
	else
		seald_log(LOG_INFO, "%s: a passport until %lld", result->path,
			  (long long)result->expires);
}

bool att_result_fresh(struct att_result *result, const struct att_self *self,
		      struct seal_bytes ak, int64_t now)
{
	if (changed(result))
		read_file(result, self, ak);
	return result->len && result->expires > now;
}

size_t att_result_join(const struct att_result *result, uint8_t *cmw, size_t len)
{
	static uint8_t both[ATT_MAX_EVIDENCE];
	size_t both_len;

	if (!len || !result->len)
		return 0;
	both_len = seal_passport_wrap((struct seal_bytes){ result->data, result->len },
				      (struct seal_bytes){ cmw, len }, both, sizeof(both));
	memcpy(cmw, both, both_len);
	return both_len;
}

size_t att_result_record(struct seal_bytes result, uint8_t cmw[ATT_MAX_EVIDENCE])
{
	const char *type = seal_result_format(result) == SEAL_FORMAT_EAT_JWT ?
			   SEAL_MEDIA_EAT_JWT : SEAL_MEDIA_EAT_CWT;
	const struct seal_cmw record = {
		.type = { (const uint8_t *)type, strlen(type) },
		.value = result, .ind = SEAL_CMW_RESULT,
	};

	return result.len ? seal_cmw_encode(&record, cmw, ATT_MAX_EVIDENCE) : 0;
}
