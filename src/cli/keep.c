// SPDX-License-Identifier: GPL-2.0-only
#include "cli/keep.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "core/opts.h"

#define SEGMENTS_LEAST 4 /* of which the oldest goes */
#define DAY_MS ((uint64_t)86400 * 1000)

void keep_default(struct keep_opts *k)
{
	*k = (struct keep_opts){ .max_size = (uint64_t)1 << 30,
				 .max_age_ms = 30 * DAY_MS,
				 .keep_free = 10,
				 .segment_size = (uint64_t)64 << 20 };
}

int keep_check(const struct keep_opts *k, char *why, size_t size)
{
	if (k->max_size / SEGMENTS_LEAST >= k->segment_size)
		return 0;
	snprintf(why, size,
		 "--max-size: %" PRIu64 "K is less than %d segments of %" PRIu64
		 "K: make it %" PRIu64 "K or more, or --segment %" PRIu64 "K or less",
		 k->max_size >> 10, SEGMENTS_LEAST, k->segment_size >> 10,
		 k->segment_size * SEGMENTS_LEAST >> 10, k->max_size / SEGMENTS_LEAST >> 10);
	return -EINVAL;
}
