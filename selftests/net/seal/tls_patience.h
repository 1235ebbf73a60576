/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Comes before tls.c when it is compiled: its cases may take their time, so that
 * the speed of a machine does not decide how they end.
 */
#include "kselftest_harness.h"

#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	1200
