# SPDX-License-Identifier: GPL-2.0-or-later
#
# The worked example of Documentation/protocol.rst: a worker that writes down what
# it hears, with wrappers between the objects of the real one, and what is made of it.

example-objs := $(addprefix ../selftests/,documents/example.o documents/example_print.o \
	unit/lib/exporter.o)

tests += example_test
example_test-objs := ../selftests/documents/example_test.o $(example-objs) \
	../selftests/unit/lib/tap.o
example_test-libs := verify wire
example_test-pkgs = $(verify-needs)

tests += record_exchange
record_exchange-objs = ../selftests/documents/record.o $(seald-stand)
record_exchange-libs := ipc verify wire
record_exchange-pkgs = $(verify-needs)

$(shell mkdir -p $(O)/tests/recorded)

tests += recorded/seald-worker
recorded/seald-worker-objs = $(seald-worker-objs) ../selftests/documents/recorded_worker.o
recorded/seald-worker-libs := ipc verify wire
recorded/seald-worker-pkgs = $(seald-worker-pkgs)
recorded/seald-worker-ldlibs := $(addprefix -Wl$(comma)--wrap=,tls_open tls_handshake \
	tls_send tls_recv gnutls_handshake_set_hook_function)
$(O)/tests/record_exchange: $(O)/tests/recorded/seald-worker $(O)/tests/slow_tpm

tests += meet
meet-objs = ../selftests/documents/meet.o $(seald-stand)
meet-libs := ipc verify wire
meet-pkgs := gnutls
