# SPDX-License-Identifier: GPL-2.0-or-later
libs += verify
verify-tier := parser
verify-objs := $(addprefix verify/,admitted.o appraise_tpm.o bank.o base64.o bind.o \
	boot_policy.o check.o constraints.o corim.o corim_sign.o corim_values.o cose.o \
	crypto.o dossier.o ea.o ear.o ear_cbor.o ear_json.o envelope.o event_data.o eventlog.o \
	evidence.o evidence_cbor.o hex.o identity.o ima.o ima_policy.o ima_template.o \
	ima_text.o issue.o jws.o passport.o policy.o policy_keys.o policy_logs.o \
	policy_modes.o policy_parse.o quote.o reason.o replay.o result.o rules.o seen.o \
	tpm.o values.o verifiers.o verify.o x509.o)
verify-pkgs := gnutls jansson nettle tinycbor tss2-mu
