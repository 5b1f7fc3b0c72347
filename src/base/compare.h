/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOCKWATCH_BASE_COMPARE_H
#define SOCKWATCH_BASE_COMPARE_H

#include <stdint.h>

/* For qsort(): less than, equal to or greater than 0, as a is to b. */
static inline int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

#endif
