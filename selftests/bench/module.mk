# SPDX-License-Identifier: GPL-2.0-or-later
progs += bench_handshake bench_appraise
bench_handshake-objs := ../selftests/bench/bench_handshake.o
bench_handshake-ldlibs := -lpthread
bench_appraise-objs = ../selftests/bench/bench_appraise.o $(unit-scene)
bench_appraise-libs := verify wire
bench_appraise-pkgs = $(verify-needs)
bench_appraise-ldlibs := -Wl,--wrap=seal_tpm_appraise

progs += bench_storm
bench_storm-objs = ../selftests/bench/bench_storm.o ../selftests/seald/daemons.o $(seald-stand)
bench_storm-libs := attester ipc verify wire
bench_storm-pkgs = $(attack-needs)
