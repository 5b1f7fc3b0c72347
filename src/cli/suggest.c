// SPDX-License-Identifier: GPL-2.0-only
#include "cli/suggest.h"

#include <string.h>

#define LONGEST 32

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Edits from a to b, a swap of neighbours counted as one (optimal string alignment). */
static size_t distance(const char *a, size_t la, const char *b, size_t lb)
{
	size_t d[LONGEST + 1][LONGEST + 1];

	for (size_t i = 0; i <= la; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= lb; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		for (size_t j = 1; j <= lb; j++) {
			d[i][j] = least(least(d[i - 1][j] + 1, d[i][j - 1] + 1),
					d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[la][lb];
}

const char *suggest(const char *word, const char *const *names, size_t n)
{
	size_t len = strlen(word), best_distance = len / 3 + 1;
	const char *best = NULL;

	if (len < 2 || len > LONGEST)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t name_len = strlen(names[i]), d;

		if (name_len > LONGEST)
			continue;
		d = distance(word, len, names[i], name_len);
		if (d < best_distance) {
			best = names[i];
			best_distance = d;
		}
	}
	return best;
}
