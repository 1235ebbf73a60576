# SPDX-License-Identifier: GPL-2.0-or-later
#
# The front door. Everything is built in one Debian 13 tree (scripts/chroot) and
# run in machines that boot from it (scripts/vm); the host needs root and apt.

JOBS ?= $(shell nproc)
export JOBS

KERNELS ?= stock next

all: modules user

help:
	@echo 'make             modules for Debian 13 and its backports, and user space'
	@echo 'make demo        an attested NFS mount between two hosts, from nothing'
	@echo 'make check       all tests; selftests/run NAME runs one suite'
	@echo 'make check-full  the same and the long forms, hours'
	@echo 'make bench       what attestation costs'
	@echo 'make modules     build/RELEASE/seal.ko, for KERNELS="stock next debug uml"'
	@echo 'make user        build/user'
	@echo 'make install     module, programs, units, man pages; uninstall undoes it'
	@echo 'make regen       netlink tables and headers from their YAML specification'
	@echo 'make rootfs      the tree; make kernel-debug: the kernel with sanitizers'
	@echo 'make clean       removes build/; the cache is ~/.cache/seal'

rootfs:
	@scripts/rootfs

kernel-debug: rootfs
	@scripts/kernel-debug

modules: rootfs
	@scripts/module $(KERNELS)

user: rootfs
	@scripts/chroot $(MAKE) --no-print-directory -C userspace -j$(JOBS)

demo: all
	@scripts/vm --kernel stock --tpms 2 --timeout 800 -- selftests/e2e/demo

check:
	@selftests/run

check-full:
	@selftests/run --full

bench: all
	@selftests/bench/run

regen: rootfs
	@scripts/chroot scripts/ynl-regen.sh

regen-check: rootfs
	@scripts/chroot scripts/ynl-regen.sh --check

clean:
	rm -rf build

-include scripts/install.mk

.PHONY: all help rootfs kernel-debug modules user demo check check-full bench
.PHONY: regen regen-check clean
.DELETE_ON_ERROR:
