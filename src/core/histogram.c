// SPDX-License-Identifier: GPL-2.0-only
#include "core/histogram.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_NS 60000000000ull

uint64_t span_begin(size_t i)
{
	static const uint64_t digits[] = { 1, 2, 5 };
	uint64_t ns = 1000;

	if (!i)
		return 0;
	for (size_t k = 0; k < i / 3; k++)
		ns *= 10;
	return ns * digits[i % 3];
}

void spans_add(struct spans *s, uint64_t ns)
{
	size_t i = 0;

	while (i + 1 < SPANS && ns >= span_begin(i + 1))
		i++;
	s->n[i]++;
	s->all++;
}

/* Room for the minutes from `first` on, with those that are there in their place. */
static int make_room(struct minutes *m, uint64_t first, size_t len)
{
	uint32_t *n = calloc(len, sizeof(*n));

	if (!n)
		return -ENOMEM;
	if (m->len)
		memcpy(n + (m->first - first), m->n, m->len * sizeof(*n));
	free(m->n);
	*m = (struct minutes){ .first = first, .n = n, .len = len, .outside = m->outside };
	return 0;
}

int minutes_add(struct minutes *m, uint64_t wall_ns)
{
	uint64_t minute = wall_ns / MINUTE_NS, first = m->len ? m->first : minute, end;

	end = first + m->len;
	if (minute < first)
		first = minute;
	if (minute >= end)
		end = minute + 1;
	if (end - first > MINUTES_MAX) {
		m->outside++;
		return 0;
	}
	if (end - first > m->len && make_room(m, first, end - first))
		return -ENOMEM;
	m->n[minute - m->first]++;
	return 0;
}

void minutes_free(struct minutes *m)
{
	free(m->n);
	*m = (struct minutes){ 0 };
}

uint64_t minutes_step(const struct minutes *m, size_t most)
{
	static const uint64_t steps[] = { 1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1440, 10080 };
	size_t n = sizeof(steps) / sizeof(steps[0]), i = 0;

	while (i + 1 < n && m->len > most * steps[i])
		i++;
	while (i + 1 < n && (m->first + m->len - 1) / steps[i] - m->first / steps[i] >= most)
		i++;
	return steps[i];
}
