// SPDX-License-Identifier: GPL-2.0-only
#include "base/priority.h"

#include <sys/resource.h>

void priority_allow(int nice)
{
	struct rlimit limit;
	rlim_t wanted = (rlim_t)(20 - nice); /* getrlimit(2) */

	if (getrlimit(RLIMIT_NICE, &limit) || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = wanted;
	if (limit.rlim_max < wanted)
		limit.rlim_max = wanted;
	setrlimit(RLIMIT_NICE, &limit);
}

int priority_get(void)
{
	return getpriority(PRIO_PROCESS, 0);
}

bool priority_set(int nice)
{
	return !setpriority(PRIO_PROCESS, 0, nice);
}
