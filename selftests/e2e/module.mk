# SPDX-License-Identifier: GPL-2.0-or-later
progs += plain_server plain_client picky_server stuck_client listener
plain_server-objs := ../selftests/e2e/plain_server.o
stuck_client-objs := ../selftests/e2e/stuck_client.o
plain_client-objs := ../selftests/e2e/plain_client.o
picky_server-objs := ../selftests/e2e/picky_server.o libseal/socket.o libseal/words.o
listener-objs := ../selftests/e2e/listener.o
listener-pkgs := libnl-3.0 libnl-genl-3.0
