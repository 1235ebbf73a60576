// SPDX-License-Identifier: GPL-2.0-or-later
/* sealctl result: attestation results, which a host shows as its passport. */
#include "sealctl/result.h"

#include <stdio.h>
#include <string.h>

#include "sealctl/sealctl.h"
#include "verify/hex.h"

int result_usage(int status)
{
	fputs("usage: sealctl result request [-c DIR] --nonce HEX [--pcrs BANK:N,...] [--logs]\n"
	      "                 FILE\n"
	      "       sealctl result issue [-c DIR] --request FILE --nonce HEX --key KEY.pem\n"
	      "                 --policy NAME [--identity ID] [--consumer KIND,...]\n"
	      "                 [--valid TIME] [--jwt] FILE\n"
	      "       sealctl result answer [-c DIR] --key KEY.pem --policy NAME [--valid TIME]\n"
	      "                 [--jwt]\n"
	      "       sealctl result show FILE [--json]\n"
	      "       sealctl result verify FILE [-c DIR] --policy NAME [--json]\n"
	      "\n"
	      "request   on the host that is to be appraised: quote, and all a verifier needs\n"
	      "issue     on the verifier: appraise a request as a peer would be, sign a result\n"
	      "answer    the same for a connection of a host, from stdin to stdout\n"
	      "show      what a result says, whoever signed it\n"
	      "verify    whether a policy of this host would take it\n"
	      "\n"
	      "  --nonce HEX      8 to 64 octets, fresh, of the verifier's choice\n"
	      "  --pcrs           default sha256:0-9; as the policies of both others ask\n"
	      "  --logs           with the boot log and the measurement list\n"
	      "  --key KEY.pem    of the verifier, P-256 or P-384; others have its public half\n"
	      "                   in verifiers/NAME.pem\n"
	      "  --identity ID    whose request it must be; default: anyone the policy covers\n"
	      "  --consumer       nfs, nfsd, nvme, user, kernel: for whom it holds; default: all\n"
	      "                   that the policy lets pass\n"
	      "  --valid TIME     a number and s, m, h or d; default 1d\n"
	      "  --jwt            JSON in a JWS, in the place of CBOR in a COSE_Sign1\n"
	      "\n"
	      "The host puts the result into identity/result.cwt; seald need not be told.\n",
	      status ? stderr : stdout);
	return status;
}

int result_nonce(const char *hex, uint8_t nonce[SEAL_NONCE_MAX], size_t *len_ret,
		 struct enroll_error *err)
{
	*len_ret = seal_hex_decode(hex, nonce, SEAL_NONCE_MAX);
	return *len_ret >= SEAL_NONCE_MIN ? 0 :
	       enroll_refuse(err, "8 to 64 octets in hex, fresh, of the verifier's choice",
			     "--nonce %.140s", hex);
}

static bool asks_for_help(const char *word)
{
	return word && (!strcmp(word, "--help") || !strcmp(word, "-h"));
}

/* Of one part, or of all: it is one text. */
int cmd_result(int argc, char **argv)
{
	static const struct {
		const char *word;
		int (*run)(int argc, char **argv);
	} parts[] = {
		{ "request", result_request }, { "issue", result_issue },
		{ "answer", result_answer },
		{ "show", result_show }, { "verify", result_verify },
	};

	if (argc > 1 && (asks_for_help(argv[1]) || asks_for_help(argv[2])))
		return result_usage(EXIT_DONE);
	for (size_t i = 0; argc > 1 && i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!strcmp(argv[1], parts[i].word))
			return parts[i].run(argc - 1, argv + 1);
	return result_usage(EXIT_USAGE);
}
