# SPDX-License-Identifier: GPL-2.0-or-later

libs += ipc
ipc-objs := $(addprefix seald/,ipc.o messages.o log.o)

progs += seald seald-worker seald-verifier

seald-worker-objs := $(addprefix seald/,worker.o exchange.o judge.o prove.o tls.o \
	tls_key.o tls_psk.o tls_handover.o attester_channel.o patience.o confine.o)
seald-worker-libs := ipc verify wire
seald-worker-pkgs := gnutls nettle libseccomp libcap

seald-verifier-objs := $(addprefix seald/,verifier.o appraise.o appraise_plan.o appraise_psk.o \
	appraise_logs.o log_cache.o keyring.o config.o confine.o)
seald-verifier-libs := ipc verify wire
seald-verifier-pkgs = $(verify-pkgs) libkeyutils libseccomp libcap

seald-objs := $(addprefix seald/,seald.o handshake.o handshake_table.o \
	outcome.o handover.o attacher.o leaving.o pair.o places.o spawn.o tally.o trace.o \
	config.o gate.o known.o attester_process.o ciphers.o agents.o ktls.o \
	genl_call.o genl_handshake.o genl_seal.o keyring.o store.o notify.o)
seald-libs := rules ipc verify wire
seald-pkgs := libnl-3.0 libnl-genl-3.0 libkcapi libkeyutils libcap

# Tests with real programs, see selftests/seald/hosts.
seald-stand := $(addprefix ../selftests/seald/,office.o peer.o stand.o) \
	../selftests/unit/lib/tap.o $(addprefix seald/,handshake.o \
	handshake_table.o outcome.o handover.o leaving.o pair.o spawn.o tally.o trace.o known.o \
	attester_process.o)

define stand-test
tests += $(1)
$(1)-objs := ../selftests/seald/$(1).o $(seald-stand)
$(1)-libs := ipc verify wire
$(1)-pkgs := gnutls
endef

$(foreach t,crowd_test flood_test handshake_test kill_test logs_test monitor_loop_test psk_test results_test storm_test,$(eval $(call stand-test,$(t))))
handshake_test-objs += ../selftests/seald/bad_frames.o
psk_test-pkgs += libkeyutils
monitor_loop_test-objs += ../selftests/seald/daemons.o
storm_test-objs += ../selftests/seald/daemons.o
crowd_test-objs += ../selftests/seald/daemons.o
flood_test-objs += ../selftests/seald/daemons.o

tests += ak_test
ak_test-objs := $(addprefix ../selftests/,seald/ak_test.o attack/mallory.o) $(seald-stand)
ak_test-libs := attester ipc verify wire
ak_test-pkgs = $(verify-needs) tss2-esys tss2-tctildr tss2-rc

tests += ipc_test
ipc_test-objs := ../selftests/unit/ipc_test.o ../selftests/unit/lib/tap.o \
	seald/handshake_table.o seald/spawn.o
ipc_test-libs := ipc verify wire

tests += log_cache_test
log_cache_test-objs := $(addprefix ../selftests/unit/,log_cache_test.o lib/tap.o) \
	seald/log_cache.o
log_cache_test-libs := verify wire
log_cache_test-pkgs = $(verify-needs)

tests += confine_test
confine_test-objs := $(addprefix ../selftests/unit/,confine_test.o lib/attempts.o lib/tap.o) \
	seald/confine.o seald/keyring.o
confine_test-libs := wire
confine_test-pkgs := libseccomp libcap libkeyutils

tests += tls_test
tls_test-objs := $(addprefix ../selftests/unit/,tls_test.o lib/tap.o lib/party.o \
	lib/exporter.o) $(addprefix seald/,tls.o tls_key.o tls_psk.o attester_channel.o patience.o)
tls_test-libs := ipc verify wire
tls_test-pkgs = $(verify-needs)

define appraise-test
tests += $(1)
$(1)-objs := $(addprefix ../selftests/unit/,$(1).o lib/etc.o lib/tap.o lib/party.o) \
	$(addprefix seald/,appraise.o appraise_plan.o appraise_psk.o appraise_logs.o \
	log_cache.o keyring.o)
$(1)-libs := ipc verify wire
$(1)-pkgs = $(verify-needs) libkeyutils
endef

$(foreach t,decides_test planned_test,$(eval $(call appraise-test,$(t))))

tests += waits_test
waits_test-objs := $(addprefix ../selftests/unit/,waits_test.o lib/tap.o) $(addprefix seald/, \
	handshake.o handshake_table.o leaving.o pair.o spawn.o trace.o attester_process.o)
waits_test-libs := ipc verify wire

tests += places_test
places_test-objs := $(addprefix ../selftests/unit/,places_test.o lib/tap.o) seald/places.o
places_test-libs := ipc wire

tests += attacher_test
attacher_test-objs := $(addprefix ../selftests/unit/,attacher_test.o lib/tap.o) \
	$(addprefix seald/,attacher.o leaving.o spawn.o)
attacher_test-libs := ipc wire

tests += agents_test
agents_test-objs := $(addprefix ../selftests/unit/,agents_test.o lib/tap.o) seald/agents.o
agents_test-libs := wire
agents_test-pkgs := libcap

tests += handover_test
handover_test-objs := $(addprefix ../selftests/unit/,handover_test.o lib/tap.o) seald/handover.o
handover_test-libs := ipc wire

tests += genl_test
genl_test-objs := $(addprefix ../selftests/unit/,genl_test.o lib/tap.o) seald/genl_call.o
genl_test-libs := wire
genl_test-pkgs := libnl-3.0 libnl-genl-3.0

tests += monitor_test
monitor_test-objs := ../selftests/unit/monitor_test.o ../selftests/unit/lib/tap.o \
	seald/config.o seald/known.o seald/store.o seald/notify.o seald/tally.o
monitor_test-libs := ipc verify wire

tests += seald_storm
seald_storm-objs := ../selftests/seald/seald_storm.o

# All of seald with a fake kernel under it.
tests += seald_fake
seald_fake-objs := ../selftests/seald/fake_kernel.o $(filter-out seald/agents.o \
	seald/ciphers.o seald/keyring.o seald/ktls.o seald/genl_%.o,$(seald-objs))
seald_fake-libs := rules ipc verify wire
