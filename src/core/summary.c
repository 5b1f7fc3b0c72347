// SPDX-License-Identifier: GPL-2.0-only
#include "core/summary.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/compare.h"
#include "core/names.h"
#include "event.h"

#define TOTAL "total"

void summary_begin(struct summary *s)
{
	free(s->was);
	s->was = s->lines;
	s->n_was = s->n;
	s->lines = NULL;
	s->n = 0;
	s->cap = 0;
	s->pages++;
}

static struct summary_line *find(struct summary_line *lines, size_t n,
				 const struct summary_line *like)
{
	for (size_t i = 0; i < n; i++)
		if (lines[i].is_kernel == like->is_kernel && !strcmp(lines[i].name, like->name) &&
		    !strcmp(lines[i].group, like->group))
			return &lines[i];
	return NULL;
}

static int count(struct summary *s, const struct summary_line *like, enum summary_family family)
{
	struct summary_line *line = find(s->lines, s->n, like);
	int err = 0;

	if (!line) {
		err = ARRAY_ADD(s->lines, s->n, s->cap, like);
		if (err)
			return err;
		line = &s->lines[s->n - 1];
	}
	line->value++;
	line->ipv4 += family == FAMILY_IPV4;
	line->ipv6 += family == FAMILY_IPV6;
	return 0;
}

int summary_count(struct summary *s, const char *group, const char *name, uint8_t rank,
		  enum summary_family family)
{
	struct summary_line total = { .group = group, .name = TOTAL };
	struct summary_line line = { .group = group, .name = name, .rank = rank };
	int err = count(s, &total, family);

	return err || !name ? err : count(s, &line, family);
}

/* A v4-mapped connection is one of an IPv6 socket, as the kernel and ss have it. */
int summary_count_row(struct summary *s, const struct sw_event *e)
{
	uint16_t family = e->sock.tuple.family;

	return summary_count(s, proto_name(e), event_state_name(e), e->sock.state,
			     family == SW_AF_INET    ? FAMILY_IPV4
			     : family == SW_AF_INET6 ? FAMILY_IPV6
						     : FAMILY_OTHER);
}

int summary_add_kernel(struct summary *s, const struct summary_line *line)
{
	struct summary_line copy = *line;

	copy.is_kernel = true;
	return ARRAY_ADD(s->lines, s->n, s->cap, &copy);
}

static uint64_t rank_of_group(const char *group)
{
	return !strcmp(group, "tcp") ? 0 : !strcmp(group, "udp") ? 1 : 2;
}

static int compare(const void *left, const void *right)
{
	const struct summary_line *a = left, *b = right;
	int order = compare_numbers(a->is_kernel, b->is_kernel);

	if (!order)
		order = compare_numbers(rank_of_group(a->group), rank_of_group(b->group));
	if (!order)
		order = strcmp(a->group, b->group);
	if (!order)
		order = compare_numbers(strcmp(a->name, TOTAL) != 0, strcmp(b->name, TOTAL) != 0);
	if (!order)
		order = compare_numbers(a->rank, b->rank);
	return order ? order : strcmp(a->name, b->name);
}

void summary_end(struct summary *s)
{
	if (s->n)
		qsort(s->lines, s->n, sizeof(*s->lines), compare);
	for (size_t i = 0; i < s->n && s->pages > 1; i++) {
		const struct summary_line *was = find(s->was, s->n_was, &s->lines[i]);

		s->lines[i].has_before = true;
		s->lines[i].before = was ? was->value : 0;
	}
}

void summary_free(struct summary *s)
{
	free(s->lines);
	free(s->was);
	*s = (struct summary){ 0 };
}
