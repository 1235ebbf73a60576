// SPDX-License-Identifier: GPL-2.0-or-later
/* What a host that enrols sends to a CA, and the bundle for sealctl admit. */
#include "fuzz.h"
#include "sealctl/enroll_request.h"

static void read_again(const struct enroll_request *req)
{
	json_t *message = enroll_request_json(req), *again;
	static struct enroll_request same;
	struct enroll_error err = { 0 };

	must(message && !enroll_request_parse(message, &same, &err));
	again = enroll_request_json(&same);
	must(again && json_equal(message, again));
	json_decref(message);
	json_decref(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *message = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	static struct enroll_request req;
	struct enroll_error err = { 0 };
	struct seal_tpm_public ak;

	if (json_is_object(message) && !enroll_request_parse(message, &req, &err)) {
		read_again(&req);
		must(!enroll_request_check(&req, &ak, &err) || err.reason[0]);
	} else {
		must(!json_is_object(message) || err.reason[0]);
	}
	json_decref(message);
	return 0;
}
