/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sections [identity], [tpm] and [verifier] of seald.conf. */
#ifndef SEAL_ATTESTER_HOSTCONF_H
#define SEAL_ATTESTER_HOSTCONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attester/selection.h"

#define ATT_TCTI_MAX	256u
#define ATT_PATH_MAX	512u
#define ATT_BATCH_MAX	1024u	/* as many as can wait at once */

/**
 * struct att_hostconf - where this host's keys are
 * @key_in_tpm: [identity] key = tpm (the default) or file
 * @tcti: [tpm] tcti, default device:/dev/tpmrm0
 * @ak_handle: [tpm] ak-handle, a persistent handle
 * @tik_handle: [tpm] tik-handle
 * @batch: [tpm] batch, claims that may share a quote; 1 to ATT_BATCH_MAX, the default
 * @pcrs: [tpm] pcrs, selections that peers may ask for; default any
 * @boot_log: [tpm] boot-log, default that of the kernel for the device of @tcti
 * @ima_log: [tpm] ima-log, default the kernel's binary list
 * @verifier: [verifier] socket, that results on connections are asked of; empty: none
 * @verifier_logs: [verifier] logs = yes or no, the default: whether it gets them
 */
struct att_hostconf {
	bool key_in_tpm;
	char tcti[ATT_TCTI_MAX];
	uint32_t ak_handle;
	uint32_t tik_handle;
	uint32_t batch;
	struct att_selections pcrs;
	char boot_log[ATT_PATH_MAX];
	char ima_log[ATT_PATH_MAX];
	char verifier[ATT_PATH_MAX];
	bool verifier_logs;
};

/**
 * att_hostconf_read - read DIR/seald.conf
 * @why: a sentence with file and line on failure
 *
 * No file means the defaults. A key that these sections do not have, a key
 * given twice or a bad value is an error; other sections belong to others.
 *
 * Return: 1 when there was a file, 0 when not, -EINVAL or another -errno.
 */
int att_hostconf_read(const char *dir, struct att_hostconf *conf, char *why, size_t why_size);

#endif /* SEAL_ATTESTER_HOSTCONF_H */
