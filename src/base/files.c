// SPDX-License-Identifier: GPL-2.0-only
#include "base/files.h"

#include <sys/resource.h>

static uint64_t limit_now(struct rlimit *limit)
{
	return getrlimit(RLIMIT_NOFILE, limit) ? 0 : limit->rlim_cur;
}

uint64_t files_allow(uint64_t n)
{
	struct rlimit limit;

	if (limit_now(&limit) >= n)
		return limit.rlim_cur;
	limit.rlim_cur = n;
	if (limit.rlim_max < n)
		limit.rlim_max = n;
	if (setrlimit(RLIMIT_NOFILE, &limit) && limit_now(&limit) < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	return limit_now(&limit);
}
