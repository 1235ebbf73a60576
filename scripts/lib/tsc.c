// SPDX-License-Identifier: GPL-2.0-or-later
/* How fast the time stamp counter of this processor is, in kHz. */

#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

struct sample {
	int64_t ns;
	uint64_t ticks;
};

static int64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* Of many readings the one that took least: in others we lost the processor. */
static struct sample take(void)
{
	struct sample best = {};
	int64_t shortest = INT64_MAX;
	int i;

	for (i = 0; i < 1000; i++) {
		int64_t before = now(), took;
		uint64_t ticks = __rdtsc();

		took = now() - before;
		if (took < shortest) {
			shortest = took;
			best.ns = before + took / 2;
			best.ticks = ticks;
		}
	}
	return best;
}

int main(void)
{
	struct sample begin = take(), end;

	usleep(200000);
	end = take();
	printf("%.0f\n", (end.ticks - begin.ticks) * 1e6 / (end.ns - begin.ns));
	return 0;
}
