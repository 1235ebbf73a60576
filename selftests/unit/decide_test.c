// SPDX-License-Identifier: GPL-2.0-or-later
/* verify: reasons, modes, hellos: whatever was not said is no. */
#include <string.h>

#include "lib/tap.h"
#include "verify/verify.h"

static void reasons(void)
{
	size_t wrong = 0;

	ok(SEAL_REASON_UNSET == 0 && SEAL_REASON_ACCEPTED == 1, "reasons: zero is unset");
	for (unsigned int r = 0; r < SEAL_REASON_COUNT; r++) {
		wrong += (seal_reason_code(r) == SEAL_CODE_OK) != (r == SEAL_REASON_ACCEPTED);
		wrong += !*seal_reason_name(r) || !*seal_reason_hint(r);
		wrong += strspn(seal_reason_name(r), "abcdefghijklmnopqrstuvwxyz-") !=
			 strlen(seal_reason_name(r));
		for (unsigned int k = 0; k < r; k++)
			wrong += !strcmp(seal_reason_name(r), seal_reason_name(k));
	}
	ok(!wrong, "reasons: each has a name of its own and a hint; only accepted is ok");
	ok(!strcmp(seal_reason_name(9999), "unset") &&
	   seal_reason_code(9999) == SEAL_CODE_INTERNAL, "reasons: what is none is unset");
	wrong = 0;
	for (unsigned int c = 0; c < 100; c++)
		wrong += seal_reason_of_code(c) == SEAL_REASON_ACCEPTED ||
			 seal_reason_of_code(c) == SEAL_REASON_UNSET;
	ok(!wrong, "reasons: no code of a peer means accepted");
	/* An oracle would tell a liar which lie to improve. */
	ok(seal_reason_code(SEAL_REASON_QUOTE_DATA) == SEAL_CODE_REJECTED &&
	   seal_reason_code(SEAL_REASON_PCR_VALUE) == SEAL_CODE_REJECTED &&
	   seal_reason_code(SEAL_REASON_AK_IDENTITY) == SEAL_CODE_REJECTED &&
	   seal_reason_code(SEAL_REASON_CERT_VERIFY) == SEAL_CODE_REJECTED,
	   "reasons: the peer is not told which check it was");
}

/* The whole table of mode x reason, by its rules. */
static void decisions(void)
{
	static const enum seal_policy_mode modes[] = {
		SEAL_POLICY_MODE_NONE, SEAL_POLICY_REQUIRE, SEAL_POLICY_OFFER,
		SEAL_POLICY_OBSERVE, SEAL_POLICY_NEVER, 77,
	};
	size_t wrong = 0;

	for (size_t m = 0; m < 6; m++)
		for (unsigned int r = 0; r < SEAL_REASON_COUNT + 5; r++) {
			struct seal_policy p = { .mode = modes[m] };
			bool known = r && r < SEAL_REASON_COUNT;
			bool nothing = r == SEAL_REASON_NO_SEAL ||
				       r == SEAL_REASON_CANNOT_ATTEST ||
				       r == SEAL_REASON_NO_COMMON_TYPE;
			enum seal_decision want = SEAL_DECIDE_REFUSE;

			if (m == 4 && known)
				want = SEAL_DECIDE_PLAIN;
			else if (m >= 1 && m <= 3 && r == SEAL_REASON_ACCEPTED)
				want = SEAL_DECIDE_ATTESTED;
			else if ((m == 2 && nothing) || (m == 3 && known))
				want = SEAL_DECIDE_PLAIN;
			wrong += seal_decide(&p, r) != want;
		}
	ok(!wrong, "decisions: every mode and reason");
	ok(SEAL_DECIDE_REFUSE == 0, "decisions: zero refuses");
}

static void hellos(void)
{
	struct seal_policy require = { .mode = SEAL_POLICY_REQUIRE,
				       .modes = SEAL_HELLO_EVIDENCE };
	struct seal_policy never = { .mode = SEAL_POLICY_NEVER };
	struct seal_hello ours = { 0 }, peer = { 0 };

	seal_evidence_offer(&ours);
	seal_evidence_offer(&peer);
	ok(seal_verify_hello(&require, &ours, &peer) == SEAL_REASON_CANNOT_ATTEST,
	   "hello: a peer without a key cannot attest");
	ok(seal_verify_hello(&never, &ours, &peer) == SEAL_REASON_ACCEPTED,
	   "hello: where nobody asks it need not");
	peer.can_attest = true;
	ok(seal_verify_hello(&require, &ours, &peer) == SEAL_REASON_ACCEPTED,
	   "hello: a common type");
	require.modes = SEAL_HELLO_PASSPORT;
	ok(seal_verify_hello(&require, &ours, &peer) == SEAL_REASON_MODE,
	   "hello: no common mode");
	peer.modes |= SEAL_HELLO_PASSPORT;
	ok(seal_verify_hello(&require, &ours, &peer) == SEAL_REASON_ACCEPTED,
	   "hello: a passport, where the policy takes one");
	require.modes |= SEAL_HELLO_EVIDENCE;
	peer.media_types[0] = (struct seal_bytes){ (const uint8_t *)"a/b", 3 };
	ok(seal_verify_hello(&require, &ours, &peer) == SEAL_REASON_NO_COMMON_TYPE,
	   "hello: no common type");
}

static void nothing_in_nothing_out(void)
{
	struct seal_verify_in in = { 0 };
	struct seal_verdict v;
	struct seal_rules rules = { 0 };
	struct seal_cert cert;

	memset(&v, 0xff, sizeof(v));
	seal_verify(&in, &v);
	ok(v.reason == SEAL_REASON_INTERNAL && !v.lifetime && !v.ak_name_len,
	   "verify: nothing in, no verdict out");
	ok(seal_verify_peer(&rules, NULL, 0, SEAL_SIDE_SERVER, 0, &cert) ==
	   SEAL_REASON_CERT_NONE, "verify: no certificate is no peer");
}

int main(void)
{
	reasons();
	decisions();
	hellos();
	nothing_in_nothing_out();
	return done();
}
