// SPDX-License-Identifier: GPL-2.0-or-later
/* Defences of the verifier against its own worker. */
#include "broken.h"
#include "seald/appraise.h"

__typeof__(appraise_said) __real_appraise_said, __wrap_appraise_said;

bool __wrap_appraise_said(const struct appraisal *a, const struct seal_hello *ours)
{
	return without("plan") || __real_appraise_said(a, ours);
}
