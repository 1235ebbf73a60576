# SPDX-License-Identifier: LGPL-2.1-or-later
solibs += seal
seal-objs := libseal/socket.o libseal/words.o
seal-map := libseal/libseal.map
seal-version := 1
$(O)/obj/libseal/%.o: flags += -fvisibility=hidden
