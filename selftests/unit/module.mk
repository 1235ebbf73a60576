# SPDX-License-Identifier: GPL-2.0-or-later
#
# Unit tests: selftests/unit/NAME_test.c is the program NAME_test, with lib/.
# What else a test needs is said here by name; other directories' tests are in
# selftests/unit/*.mk.

unit-lib := $(addprefix ../selftests/unit/lib/,tap.o)
unit-scene := $(unit-lib) $(addprefix ../selftests/unit/lib/,lies.o party.o scene.o)

# unit NAME, OBJECTS, LIBS, PKGS
define unit
tests += $(1)_test
$(1)_test-objs := ../selftests/unit/$(1)_test.o $(2)
$(1)_test-libs := $(3)
$(1)_test-pkgs := $(4)
endef

verify-needs := gnutls jansson nettle tinycbor tss2-mu

$(foreach t,buf message turn,$(eval $(call unit,$(t),$(unit-lib),wire,)))

$(eval $(call unit,askers,$(unit-lib),rules wire,libnl-3.0 libnl-genl-3.0))
$(eval $(call unit,cmw,$(unit-lib) ../selftests/unit/lib/diag.o,wire,))

$(foreach t,corim decide event_data eventlog evidence ima policy wycheproof,$(eval $(call unit,$(t),$(unit-lib), \
	verify wire,$(verify-needs))))
$(foreach t,bind vector,$(eval $(call unit,$(t),$(unit-lib) ../selftests/unit/lib/exporter.o, \
	verify wire,$(verify-needs))))
$(eval $(call unit,cose,$(unit-lib) $(addprefix ../selftests/unit/lib/,diag.o party.o result.o),\
	verify wire,$(verify-needs)))
$(eval $(call unit,jws,$(unit-lib) $(addprefix ../selftests/unit/lib/,party.o result.o),\
	verify wire,$(verify-needs)))
$(eval $(call unit,ear,$(unit-lib) ../selftests/unit/lib/diag.o,verify wire,$(verify-needs)))
$(foreach t,passport result,$(eval $(call unit,$(t),$(unit-scene) ../selftests/unit/lib/result.o, \
	verify wire,$(verify-needs))))
$(eval $(call unit,rules,$(unit-lib) $(addprefix ../selftests/unit/lib/,party.o result.o),\
	verify wire,$(verify-needs)))
$(foreach t,constraints crypto flips identity seen tpm,$(eval $(call unit,$(t),$(unit-lib) \
	../selftests/unit/lib/party.o,verify wire,$(verify-needs))))
$(foreach t,advisory bits dossier expat fault quote verify,$(eval $(call unit,$(t),$(unit-scene),verify wire,$(verify-needs))))

$(eval $(call unit,revoke,$(unit-lib) sealctl/revoke.o sealctl/print.o,verify wire,$(verify-needs)))
$(eval $(call unit,status,$(unit-lib) $(addprefix sealctl/,status.o print.o) libseal/words.o \
	libseal/socket.o,enrol verify wire,$(verify-needs)))

$(eval $(call unit,long_log,$(unit-scene) attester/logs.o $(addprefix seald/,log.o appraise_logs.o \
	log_cache.o),verify wire,$(verify-needs)))

$(eval $(call unit,result_walls,$(unit-lib) sealctl/result_appraise.o sealctl/enroll_say.o \
	seald/confine.o,verify wire,$(verify-needs) libseccomp libcap))

# One of them is about lines of the log.
advisory_test-libs += ipc

# fault_test puts itself between verify/ and these.
fault_test-ldlibs := $(addprefix -Wl$(comma)--wrap=,seal_hash_parts seal_sha256 \
	gnutls_hmac_fast gnutls_pubkey_init gnutls_pubkey_import_ecc_raw \
	gnutls_pubkey_import_x509 gnutls_pubkey_export2 \
	gnutls_pubkey_export_ecc_raw2 gnutls_pubkey_verify_hash2 \
	gnutls_encode_rs_value gnutls_x509_crt_init gnutls_x509_crt_import \
	gnutls_x509_crt_export2 gnutls_x509_trust_list_verify_crt2 \
	gnutls_x509_name_constraints_init gnutls_x509_crt_get_name_constraints \
	gnutls_x509_crt_get_activation_time gnutls_x509_crt_get_expiration_time \
	Tss2_MU_TPMT_PUBLIC_Unmarshal Tss2_MU_TPMS_ATTEST_Unmarshal \
	Tss2_MU_TPMT_SIGNATURE_Unmarshal malloc calloc realloc)

include $(sort $(filter-out ../selftests/unit/module.mk,$(wildcard ../selftests/unit/*.mk)))
