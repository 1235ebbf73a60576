# SPDX-License-Identifier: GPL-2.0-or-later
#
# Honours DESTDIR, PREFIX (/usr/local) and KVER. Installs what was built; it
# does not build, so that it may run without the tools of the build.

DESTDIR ?=
PREFIX ?= /usr/local
KVER ?= $(shell uname -r)
export DESTDIR PREFIX KVER

install:
	@scripts/install

uninstall:
	@scripts/install --remove

.PHONY: install uninstall
