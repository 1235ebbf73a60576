# SPDX-License-Identifier: GPL-2.0-or-later
libs += attester
attester-objs := $(addprefix attester/,tpm.o tpm_ek.o tpm_quote.o credential.o \
	hostconf.o batch.o selection.o channel.o keys.o evidence.o guest.o logs.o refer.o \
	referral.o result.o engine.o queue.o server.o)
attester-pkgs := gnutls tss2-esys tss2-mu tss2-tctildr tss2-rc

progs += seald-attester
seald-attester-objs := attester/main.o
seald-attester-libs := attester ipc verify wire
seald-attester-pkgs := $(attester-pkgs) libkeyutils jansson nettle tinycbor
