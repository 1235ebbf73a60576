# SPDX-License-Identifier: GPL-2.0-or-later
#
# Attacks, and the programs that they must work against: $(O)/tests/broken has
# those of seald with wrappers between their objects, see broken.h.

attack-needs = $(verify-needs) tss2-esys tss2-tctildr tss2-rc

tests += attack_test
attack_test-objs = $(addprefix ../selftests/attack/,attack_test.o relays.o \
	lies.o races.o pieces.o passports.o resume.o compromised.o mallory.o logs.o \
	broken_monitor.o without.o) $(seald-stand)
attack_test-libs := attester ipc verify wire
attack_test-pkgs = $(attack-needs)

$(shell mkdir -p $(O)/tests/broken)

wrap = $(addprefix -Wl$(comma)--wrap=,$(1))
attack_test-ldlibs = $(call wrap,handshake_next)
broken-verify := seal_bind_encode seal_binder seal_bytes_equal_ct seal_cert_names seal_claim \
	seal_passport_appraise seal_tpm_is_tik seal_tpm_appraise \
	seal_values_find seal_verify
broken-worker := seal_turn_step seal_turn_complete seal_hash_parts seal_done_decode \
	seal_result_decode seal_hello_encode exchange_log worker_ask tls_open tls_export gnutls_init \
	gnutls_priority_set_direct gnutls_handshake_set_hook_function

# broken PROGRAM, OBJECTS, LIBS, SYMBOLS
define broken
tests += broken/$(1)
broken/$(1)-objs = $$($(1)-objs) $(addprefix ../selftests/attack/,$(2) without.o)
broken/$(1)-libs := $(3)
broken/$(1)-pkgs = $$(sort $$(attack-needs) $$($(1)-pkgs))
broken/$(1)-ldlibs := $$(call wrap,$(4))
$(O)/tests/attack_test: $(O)/tests/broken/$(1)
endef

$(eval $(call broken,seald-worker,broken_worker.o broken.o,ipc verify wire,$(broken-verify) \
	$(broken-worker)))
$(eval $(call broken,seald-verifier,broken_verifier.o broken.o,ipc verify wire,$(broken-verify) \
	appraise_said appraise_logs seal_decide seal_log_answers))
$(eval $(call broken,seald-attester,broken_attester.o broken.o,attester ipc verify wire,\
	$(broken-verify) att_channel_receive))
