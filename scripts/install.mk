# SPDX-License-Identifier: GPL-2.0-or-later
#
# Honours DESTDIR, PREFIX (/usr/local), LIBDIR, SBINDIR, LIBEXECDIR, UNITDIR (below PREFIX, see
# scripts/install), MANIFEST and KVER. Installs what was built; it does not build, so that it
# may run without the tools of the build.

DESTDIR ?=
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
KVER ?= $(shell uname -r)
export DESTDIR PREFIX LIBDIR SBINDIR LIBEXECDIR UNITDIR MANIFEST KVER

install:
	@scripts/install

uninstall:
	@scripts/install --remove

.PHONY: install uninstall
