/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of sealctl result. Each takes argv[0] = its own word. */
#ifndef SEALCTL_RESULT_H
#define SEALCTL_RESULT_H

#include <stddef.h>
#include <stdint.h>

#include "sealctl/enroll_say.h"
#include "verify/dossier.h"

int result_request(int argc, char **argv);
int result_issue(int argc, char **argv);
int result_answer(int argc, char **argv);
int result_show(int argc, char **argv);
int result_verify(int argc, char **argv);

/** result_usage - the text of all of them; returns @status */
int result_usage(int status);

/** result_nonce - what --nonce says; @len_ret gets its octets */
int result_nonce(const char *hex, uint8_t nonce[SEAL_NONCE_MAX], size_t *len_ret,
		 struct enroll_error *err);

#endif /* SEALCTL_RESULT_H */
