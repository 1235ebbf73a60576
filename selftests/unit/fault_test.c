// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * verify when a library fails: each call of each library function, and of each hash,
 * that a verdict rests on fails once, and no verdict is yes. The linker puts the
 * functions below in place of the libraries' (--wrap, see module.mk).
 */
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "lib/scene.h"

static bool armed, fired;
static unsigned int calls_left;

static bool fails(void)
{
	if (!armed || --calls_left)
		return false;
	fired = true;
	return true;
}

#define WRAP(ret, name, failure, params, args)		\
	ret __real_##name params;			\
	ret __wrap_##name params;			\
	ret __wrap_##name params			\
	{						\
		if (fails())				\
			return failure;			\
		return __real_##name args;		\
	}

#define ERR	GNUTLS_E_MEMORY_ERROR

/* Hashes are our own, on nettle: they fail only for an algorithm that is not known. */
WRAP(bool, seal_hash_parts, false, (enum seal_hash h, const struct seal_bytes *p, size_t n,
				    uint8_t *o), (h, p, n, o))
WRAP(bool, seal_sha256, false, (const void *d, size_t n, uint8_t o[SEAL_SHA256_LEN]), (d, n, o))
WRAP(int, gnutls_hmac_fast, ERR, (gnutls_mac_algorithm_t a, const void *k, size_t kn,
				  const void *d, size_t n, void *o), (a, k, kn, d, n, o))
WRAP(int, gnutls_pubkey_init, ERR, (gnutls_pubkey_t *k), (k))
WRAP(int, gnutls_pubkey_import_ecc_raw, ERR, (gnutls_pubkey_t k, gnutls_ecc_curve_t c,
		const gnutls_datum_t *x, const gnutls_datum_t *y), (k, c, x, y))
WRAP(int, gnutls_pubkey_import_x509, ERR, (gnutls_pubkey_t k, gnutls_x509_crt_t c,
					   unsigned int f), (k, c, f))
WRAP(int, gnutls_pubkey_export2, ERR, (gnutls_pubkey_t k, gnutls_x509_crt_fmt_t f,
				       gnutls_datum_t *o), (k, f, o))
WRAP(int, gnutls_pubkey_export_ecc_raw2, ERR, (gnutls_pubkey_t k, gnutls_ecc_curve_t *c,
		gnutls_datum_t *x, gnutls_datum_t *y, unsigned int f), (k, c, x, y, f))
WRAP(int, gnutls_pubkey_verify_hash2, ERR, (gnutls_pubkey_t k, gnutls_sign_algorithm_t a,
		unsigned int f, const gnutls_datum_t *h, const gnutls_datum_t *s),
     (k, a, f, h, s))
WRAP(int, gnutls_encode_rs_value, ERR, (gnutls_datum_t *o, const gnutls_datum_t *r,
					const gnutls_datum_t *s), (o, r, s))
WRAP(int, gnutls_x509_crt_init, ERR, (gnutls_x509_crt_t *c), (c))
WRAP(int, gnutls_x509_crt_import, ERR, (gnutls_x509_crt_t c, const gnutls_datum_t *d,
					gnutls_x509_crt_fmt_t f), (c, d, f))
WRAP(int, gnutls_x509_crt_export2, ERR, (gnutls_x509_crt_t c, gnutls_x509_crt_fmt_t f,
					 gnutls_datum_t *o), (c, f, o))
WRAP(int, gnutls_x509_trust_list_verify_crt2, ERR, (gnutls_x509_trust_list_t l,
		gnutls_x509_crt_t *c, unsigned int n, gnutls_typed_vdata_st *d,
		unsigned int e, unsigned int f, unsigned int *v,
		gnutls_verify_output_function *o), (l, c, n, d, e, f, v, o))
WRAP(int, gnutls_x509_name_constraints_init, ERR, (gnutls_x509_name_constraints_t *n), (n))
WRAP(int, gnutls_x509_crt_get_name_constraints, ERR, (gnutls_x509_crt_t c,
		gnutls_x509_name_constraints_t n, unsigned int f, unsigned int *i), (c, n, f, i))
WRAP(time_t, gnutls_x509_crt_get_activation_time, -1, (gnutls_x509_crt_t c), (c))
WRAP(time_t, gnutls_x509_crt_get_expiration_time, -1, (gnutls_x509_crt_t c), (c))
WRAP(TSS2_RC, Tss2_MU_TPMT_PUBLIC_Unmarshal, 1, (uint8_t const b[], size_t n, size_t *o,
						 TPMT_PUBLIC *d), (b, n, o, d))
WRAP(TSS2_RC, Tss2_MU_TPMS_ATTEST_Unmarshal, 1, (uint8_t const b[], size_t n, size_t *o,
						 TPMS_ATTEST *d), (b, n, o, d))
WRAP(TSS2_RC, Tss2_MU_TPMT_SIGNATURE_Unmarshal, 1, (uint8_t const b[], size_t n, size_t *o,
						    TPMT_SIGNATURE *d), (b, n, o, d))
WRAP(void *, malloc, NULL, (size_t n), (n))
WRAP(void *, calloc, NULL, (size_t n, size_t m), (n, m))
WRAP(void *, realloc, NULL, (void *p, size_t n), (p, n))

static void arm(unsigned int call)
{
	calls_left = call;
	fired = false;
	armed = true;
}

static bool disarm(void)
{
	armed = false;
	return fired;
}

/* The scene's own memory is there before, so that only verify's calls count. */
static struct scene scene;
static unsigned int fail_at;

static void arm_late(struct scene *s, struct seal_verify_in *in)
{
	arm(fail_at);
}

static void verdicts(enum seal_side role)
{
	size_t accepted = 0;

	for (fail_at = 1; ; fail_at++) {
		enum seal_reason reason;

		scene_init(&scene);
		scene.role = role;
		scene_speak(&scene);
		scene.edit_in = arm_late;
		reason = scene_judge(&scene);
		scene_end(&scene);
		if (!disarm())
			break;
		if (reason == SEAL_REASON_ACCEPTED || reason == SEAL_REASON_UNSET) {
			note("call %u fails: %s", fail_at, seal_reason_name(reason));
			accepted++;
		}
	}
	must(scene.verdict.reason == SEAL_REASON_ACCEPTED, "without a failure it is accepted");
	ok(!accepted && fail_at > 60, "each of %u library calls of a verdict fails: no yes",
	   fail_at - 1);
}

static void policies(void)
{
	const char *text = scene_policy("pcr-1 = 0202020202020202020202020202020202020202"
					"020202020202020202020202\n[policy b]\nmode = never\n");
	struct seal_bytes bytes = { (const uint8_t *)text, strlen(text) };
	struct seal_policy_error error;
	size_t wrong = 0;
	unsigned int n;

	for (n = 1; ; n++) {
		struct seal_policy_set set = { 0 };
		bool parsed;

		arm(n);
		parsed = seal_policy_parse(&set, "f", bytes, &error);
		if (!disarm()) {
			must(parsed && set.count == 2, "without a failure");
			seal_policy_set_free(&set);
			break;
		}
		wrong += parsed || set.count || !strstr(error.text, "memory");
		seal_policy_set_free(&set);
	}
	ok(!wrong && n > 4, "each of %u allocations of a policy fails: no policy", n - 1);
}

static void trusts(void)
{
	const struct world *w = world();
	struct seal_bytes chain[1] = { of(&w->tls_cert) };
	size_t wrong = 0;
	struct blob crl;
	unsigned int n;

	revoke_cert(&w->tls_ca, &w->tls_cert, &crl);
	for (n = 1; ; n++) {
		struct seal_trust *trust;
		bool loaded;

		arm(n);
		trust = seal_trust_new();
		loaded = trust && seal_trust_add_pem(trust, of(&w->tls_ca.pem)) == 1 &&
			 seal_trust_add_crl(trust, of(&crl)) == 1;
		if (!disarm()) {
			must(loaded, "without a failure");
			seal_trust_free(trust);
			break;
		}
		wrong += loaded;
		if (trust)
			wrong += loaded && seal_trust_check(trust, chain, 1, NOW,
							    SEAL_PURPOSE_CLIENT, NULL) ==
					   SEAL_REASON_ACCEPTED;
		seal_trust_free(trust);
	}
	ok(!wrong && n > 2, "each of %u allocations of a trust list fails: it says so", n - 1);
}

int main(void)
{
	world();
	verdicts(SEAL_SIDE_SERVER);
	verdicts(SEAL_SIDE_CLIENT);
	policies();
	trusts();
	return done();
}
