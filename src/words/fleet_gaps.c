// SPDX-License-Identifier: GPL-2.0-only
#include "words/fleet_gaps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/compare.h"
#include "core/record.h"
#include "render/fleet_read.h"

#define SILENT_NS (90 * UINT64_C(1000000000)) /* one that runs has told something since then */

void fleet_gaps_init(struct fleet_gaps *g, uint64_t since_ns, uint64_t until_ns, uint64_t now_ns)
{
	*g = (struct fleet_gaps){ .since_ns = since_ns,
				  .until_ns = until_ns < now_ns ? until_ns : now_ns };
}

void fleet_gaps_free(struct fleet_gaps *g)
{
	for (size_t i = 0; i < g->n; i++)
		free(g->gaps[i].host);
	free(g->gaps);
	free(g->host);
	*g = (struct fleet_gaps){ 0 };
}

/* --- taking ----------------------------------------------------------------------------------- */

static int add(struct fleet_gaps *g, uint64_t from_ns, uint64_t to_ns, bool not_sent)
{
	struct fleet_gap_of gap = { .from_ns = from_ns, .to_ns = to_ns, .not_sent = not_sent };
	int err;

	if (from_ns >= to_ns)
		return 0;
	gap.host = strdup(g->host);
	err = gap.host ? ARRAY_ADD(g->gaps, g->n, g->cap, &gap) : -ENOMEM;
	if (err)
		free(gap.host);
	return err;
}

/* What of a host's time is behind its last record. */
static int end_host(struct fleet_gaps *g)
{
	int err = 0;

	if (g->host && g->until_ns > g->last_ns && g->until_ns - g->last_ns > SILENT_NS)
		err = add(g, g->last_ns, g->until_ns, true);
	free(g->host);
	g->host = NULL;
	return err;
}

static int begin_host(struct fleet_gaps *g, const struct fleet_run *run)
{
	bool silent = run->first_ns > g->since_ns && run->first_ns - g->since_ns > SILENT_NS;

	g->host = strdup(run->host);
	if (!g->host)
		return -ENOMEM;
	g->last_ns = run->last_ns;
	return g->since_ns && (run->starts || silent) ? add(g, g->since_ns, run->first_ns, true)
						      : 0;
}

int fleet_gaps_take(struct fleet_gaps *g, const struct fleet_run *run)
{
	int err = 0;

	if (!g->host || strcmp(g->host, run->host) != 0) {
		err = end_host(g);
		return err ? err : begin_host(g, run);
	}
	if (run->starts)
		err = add(g, g->last_ns, run->first_ns, false);
	if (run->last_ns > g->last_ns)
		g->last_ns = run->last_ns;
	return err;
}

static int by_end(const void *left, const void *right)
{
	const struct fleet_gap_of *a = left, *b = right;
	int order = compare_numbers(a->to_ns, b->to_ns);

	return order ? order : strcmp(a->host, b->host);
}

int fleet_gaps_end(struct fleet_gaps *g)
{
	int err = end_host(g);

	if (g->n)
		qsort(g->gaps, g->n, sizeof(*g->gaps), by_end);
	g->told = 0;
	return err;
}

/* --- telling ---------------------------------------------------------------------------------- */

static int tell(const struct fleet_gap_of *gap, log_fn fn, void *arg)
{
	static const struct sw_event event = { .kind = SW_EV_RECORDER };
	struct record rec = { .ev = &event,
			      .recorder = RECORDER_GAP,
			      .host = gap->host,
			      .not_sent = gap->not_sent,
			      .lost_since_ns = gap->from_ns,
			      .wall_ns = gap->to_ns };

	return fn(arg, &rec);
}

int fleet_gaps_tell(struct fleet_gaps *g, uint64_t next_ns, bool newest_first, log_fn fn, void *arg)
{
	int err = 0;

	while (!err && g->told < g->n) {
		size_t at = newest_first ? g->n - 1 - g->told : g->told;
		uint64_t ns = g->gaps[at].to_ns;

		if (newest_first ? ns < next_ns : ns > next_ns)
			break;
		g->told++;
		err = tell(&g->gaps[at], fn, arg);
	}
	return err;
}

int fleet_gaps_tell_rest(struct fleet_gaps *g, bool newest_first, log_fn fn, void *arg)
{
	return fleet_gaps_tell(g, newest_first ? 0 : UINT64_MAX, newest_first, fn, arg);
}
