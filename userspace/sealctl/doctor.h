/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What doctor.c asks and doctor_*.c answer. */
#ifndef SEALCTL_DOCTOR_H
#define SEALCTL_DOCTOR_H

#include <gnutls/x509.h>

#include "attester/hostconf.h"

#define DOCTOR_AGAIN "sealctl enroll --force"	/* for there are keys */

/** enum health - zero is ill, so a check that says nothing fails */
enum health {
	HEALTH_FAIL = 0,	/* attested connections cannot work */
	HEALTH_WARN,		/* they can, but something will surprise */
	HEALTH_SKIP,		/* not asked for on this host, or cannot be told */
	HEALTH_OK,
};

/** struct finding - one answer: what is, and what to do about it */
struct finding {
	enum health health;
	char text[384];
	char hint[256];
};

/** struct host - what the checks look at */
struct host {
	const char *dir;
	struct att_hostconf conf;
	bool conf_read;
	char conf_why[512];
};

/** finding_set - fill a finding; @hint may be NULL */
void finding_set(struct finding *finding, enum health health, const char *hint,
		 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* doctor_kernel.c */
void doctor_module(const struct host *host, struct finding *finding);
void doctor_version(const struct host *host, struct finding *finding);
void doctor_handshake(const struct host *host, struct finding *finding);
void doctor_ciphers(const struct host *host, struct finding *finding);
void doctor_nfs(const struct host *host, struct finding *finding);

/* doctor_agent.c */
void doctor_agent(const struct host *host, struct finding *finding);

/* doctor_host.c */
void doctor_config(const struct host *host, struct finding *finding);
void doctor_policy(const struct host *host, struct finding *finding);
void doctor_tpm(const struct host *host, struct finding *finding);
void doctor_ak(const struct host *host, struct finding *finding);
void doctor_tls_key(const struct host *host, struct finding *finding);
void doctor_tls_certificate(const struct host *host, struct finding *finding);
void doctor_ak_certificate(const struct host *host, struct finding *finding);
void doctor_trust(const struct host *host, struct finding *finding);
void doctor_clock(const struct host *host, struct finding *finding);

/** doctor_certificate - the first of a PEM file, or NULL with the finding filled */
gnutls_x509_crt_t doctor_certificate(const struct host *host, const char *name,
				     struct finding *finding);

/* doctor_files.c */
void doctor_rules(const struct host *host, struct finding *finding);
void doctor_keys(const struct host *host, struct finding *finding);
void doctor_passport(const struct host *host, struct finding *finding);
void doctor_verifier(const struct host *host, struct finding *finding);
void doctor_owners(const struct host *host, struct finding *finding);

#endif /* SEALCTL_DOCTOR_H */
