# SPDX-License-Identifier: GPL-2.0-or-later
libs += wire
wire-tier := parser
wire-objs := $(addprefix wire/,authenticator.o buf.o cmw.o cmw_tree.o frame.o head.o \
	hello.o log.o request.o result.o)
