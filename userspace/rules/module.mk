# SPDX-License-Identifier: GPL-2.0-or-later
libs += rules
rules-objs := $(addprefix rules/,parse.o format.o file.o netlink.o)
rules-pkgs := libnl-3.0 libnl-genl-3.0
