// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which policy decides about a server with several names: one about the name by which it
 * was reached, since only those had a part in what was offered to it and demanded of it.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/etc.h"
#include "lib/party.h"
#include "lib/tap.h"
#include "seald/appraise.h"
#include "wire/authenticator.h"

#define STORE	"[policy store]\npeer = dns:store.test\nmode = require\npcrs = sha256:7\n" \
	"pcr-7 = 0000000000000000000000000000000000000000000000000000000000000000\n"

static const char *dir;
static const char *detail;

/* A mount of store.test by these policies: what decides about its chain, or why nothing does. */
static const char *decides(const char *policies, struct seal_bytes chain)
{
	static struct appraisal a;
	struct ipc_offer offer;

	etc_put("policy.d/test.conf", policies, strlen(policies));
	a = (struct appraisal){
		.job = { .side = SEAL_SIDE_CLIENT, .auth = IPC_AUTH_X509,
			 .class = SEAL_CLASS_NFS, .peername = "store.test",
			 .remote = { .family = AF_INET, .port = 2049 } },
	};
	detail = a.verdict.detail;
	if (appraise_begin(&a, dir, &offer) == SEAL_DECIDE_REFUSE ||
	    appraise_chain(&a, chain) == SEAL_DECIDE_REFUSE)
		return seal_reason_name(a.verdict.reason);
	return a.policy->name;
}

int main(void)
{
	struct profile profile = {
		.ids = { "dns:store.test", "dns:store.lab.test" },
		.from = time(NULL) - 1000, .until = time(NULL) + 100000,
	};
	static uint8_t list[8192];
	struct authority ca;
	struct seal_bytes cert, chain = { list, 0 };
	struct blob der;

	new_authority(&ca, "tls", NULL);
	issue(&ca, new_key(P256), &profile, &der);
	dir = etc_make(&ca.pem);
	cert = of(&der);
	chain.len = seal_chain_encode(&cert, 1, list, sizeof(list));

	ok(!strcmp(decides(STORE, chain), "store"), "the policy for its name");
	ok(!strcmp(decides("[policy lab]\npeer = dns:*.lab.test\nmode = never\nattest = no\n" STORE,
			   chain), "store"),
	   "an earlier one, for another name that it has, does not");
	ok(!strcmp(decides("[policy any]\npeer = *\nmode = never\nattest = no\n" STORE, chain),
		   "any"), "an earlier one, for all names, does");
	ok(!strcmp(decides(STORE "mod = never\n", chain), "policy-unreadable") &&
	   strstr(detail, "test.conf:6:"), "one line that cannot be read: nobody passes, for it");
	etc_put("policy.d/lab.sha256", "nonsense\n", 9);
	ok(!strcmp(decides("[policy lab]\npeer = dns:*.lab.test\nmode = require\npcrs = sha256:10\n"
			   "logs = ima\nima-list = lab.sha256\n" STORE, chain), "store"),
	   "a list of files that another policy names is not read");
	etc_drop();
	return done();
}
