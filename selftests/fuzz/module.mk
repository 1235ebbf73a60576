# SPDX-License-Identifier: GPL-2.0-or-later
# The harnesses themselves are built by selftests/fuzz/run.
progs += fuzz_seeds
fuzz_seeds-objs = ../selftests/fuzz/seeds.o $(unit-scene)
fuzz_seeds-libs := verify wire
fuzz_seeds-pkgs = $(verify-needs)

# Both programs that a peer's octets reach, for exchange_fuzz, without what it has of
# its own: TLS, the attester, and the messages between the two.
libs += party
party-objs = $(unit-scene) ../selftests/unit/lib/result.o ../selftests/fuzz/kinds.o \
	$(addprefix seald/,exchange.o prove.o appraise.o \
	appraise_plan.o appraise_psk.o appraise_logs.o log_cache.o keyring.o)
party-pkgs = $(verify-needs)

# What reads the request of a host that enrols, for enroll_fuzz.
libs += enrol
enrol-objs = $(addprefix sealctl/,enroll_request.o enroll_link.o enroll_say.o)
enrol-pkgs := gnutls jansson
