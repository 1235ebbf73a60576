# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of userspace/attester.
attester-needs := $(verify-needs) tss2-esys tss2-tctildr tss2-rc

$(foreach t,batch selection channel hostconf,$(eval $(call unit,$(t),$(unit-lib),attester \
	ipc verify wire,$(attester-needs))))

include sealctl/enroll.mk
# enroll_test and enroll_keep_test run $(O)/sealctl, attester_test also $(O)/seald-attester.
unit-swtpm := $(unit-lib) ../selftests/unit/lib/swtpm.o
$(eval $(call unit,enroll,$(unit-swtpm) $(filter-out sealctl/cmd_%,$(enroll-objs)),attester \
	ipc verify wire,$(attester-needs)))
$(eval $(call unit,enroll_files,$(unit-lib) $(filter-out sealctl/cmd_%,$(enroll-objs)),attester \
	ipc verify wire,$(attester-needs)))
$(eval $(call unit,enroll_keep,$(unit-swtpm) $(filter-out sealctl/cmd_%,$(enroll-objs)),attester \
	ipc verify wire,$(attester-needs)))
$(eval $(call unit,attester,$(unit-swtpm) ../selftests/unit/lib/worker.o,attester ipc verify wire,$(attester-needs)))
tests += slow_tpm
slow_tpm-objs := ../selftests/unit/slow_tpm.o

# They run these.
$(O)/tests/enroll_test: $(O)/sealctl $(O)/tests/slow_tpm
$(O)/tests/enroll_keep_test: $(O)/sealctl
$(O)/tests/attester_test: $(O)/sealctl $(O)/seald-attester $(O)/tests/slow_tpm
