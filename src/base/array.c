// SPDX-License-Identifier: GPL-2.0-only
#include "base/array.h"

#include <stdint.h>
#include <stdlib.h>

#define FIRST_CAP 16

void *array_doubled(void *array, size_t *cap, size_t size)
{
	size_t want = *cap ? *cap * 2 : FIRST_CAP;

	if (*cap > SIZE_MAX / 2 / size)
		return NULL;
	array = realloc(array, want * size);
	if (array)
		*cap = want;
	return array;
}
