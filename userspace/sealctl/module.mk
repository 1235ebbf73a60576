# SPDX-License-Identifier: GPL-2.0-or-later
include sealctl/enroll.mk

progs += sealctl
sealctl-objs := $(addprefix sealctl/,sealctl.o sockets.o status.o revoke.o rules.o \
	policy.o doctor.o doctor_agent.o doctor_files.o doctor_host.o \
	doctor_kernel.o cmd_eventlog.o event_text.o files.o print.o \
	cmd_ima.o cmd_appraise.o appraise_files.o cmd_learn.o \
	cmd_import.o import_states.o \
	cmd_result.o result_appraise.o result_issue.o result_request.o result_show.o result_sign.o \
	explain.o) \
	libseal/words.o libseal/socket.o seald/agents.o seald/config.o \
	seald/confine.o $(enroll-objs)
sealctl-libs := $(enroll-libs) rules ipc
sealctl-pkgs := $(sort $(enroll-pkgs) jansson libnl-3.0 libnl-genl-3.0 libcap libseccomp)
