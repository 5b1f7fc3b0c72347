// SPDX-License-Identifier: GPL-2.0-only
#include "base/clock.h"

#include <time.h>

static int64_t monotonic_ahead_ns, boot_ahead_ns;

void clock_set_namespace(int64_t monotonic_ns, int64_t boot_ns)
{
	monotonic_ahead_ns = monotonic_ns;
	boot_ahead_ns = boot_ns;
}

uint64_t clock_boot_of_namespace(uint64_t boot_ns)
{
	return boot_ns ? boot_ns - (uint64_t)boot_ahead_ns : 0;
}

static uint64_t read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

uint64_t clock_now(void)
{
	return read_clock(CLOCK_MONOTONIC) - (uint64_t)monotonic_ahead_ns;
}

uint64_t clock_boot_now(void)
{
	return read_clock(CLOCK_BOOTTIME) - (uint64_t)boot_ahead_ns;
}

int64_t clock_wall_offset(void)
{
	return (int64_t)(read_clock(CLOCK_REALTIME) - clock_now());
}

int64_t clock_boot_wall_offset(void)
{
	return (int64_t)(read_clock(CLOCK_REALTIME) - clock_boot_now());
}

uint64_t clock_wall_now(void)
{
	return read_clock(CLOCK_REALTIME);
}

uint64_t clock_cpu(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

int clock_ms_until(uint64_t deadline_ns)
{
	uint64_t now = clock_now();

	if (!deadline_ns)
		return -1;
	if (now >= deadline_ns)
		return 0;
	if (deadline_ns - now > 3600000000000u)
		return 3600000;
	return (int)((deadline_ns - now) / 1000000) + 1;
}
