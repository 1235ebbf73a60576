# SPDX-License-Identifier: GPL-2.0-or-later
# What enroll, ca and admit add to sealctl.
enroll-objs := $(addprefix sealctl/,cmd_enroll.o cmd_ca.o cmd_admit.o \
	enroll_ca.o enroll_cert.o enroll_db.o enroll_dir.o enroll_ek.o enroll_host.o \
	enroll_link.o enroll_request.o enroll_say.o)
enroll-libs := attester verify wire
enroll-pkgs := gnutls jansson nettle tinycbor tss2-esys tss2-mu tss2-tctildr tss2-rc
