// SPDX-License-Identifier: GPL-2.0-only
#include "flow/rows.h"

#include "core/row.h"
#include "core/select.h"
#include "core/sink.h"
#include "core/where.h"
#include "filter.h"
#include "flow/annotate.h"

void rows_settle(struct snapshot *snap, const struct sw_filter *filter)
{
	size_t n = 0;

	rows_sort(snap);
	rows_inherit(snap);
	for (size_t i = 0; filter->on && i < snap->n_rows; i++)
		if (row_selected(filter, snap, &snap->rows[i]))
			snap->rows[n++] = snap->rows[i];
	if (filter->on)
		snap->n_rows = n;
}

void row_record(const struct row_teller *t, const struct sw_row *row, struct sw_event *ev,
		struct record *ret)
{
	row_to_event(row, t->time_ns, ev);
	*ret = (struct record){ .ev = ev,
				.wall_ns = t->wall_ns,
				.row = row,
				.info = row->info ? &t->snap->infos[row->info - 1] : NULL,
				.holders = row->n_holders ? &t->snap->holders[row->first_holder]
							  : NULL,
				.n_holders = row->n_holders };
	if (!t->annotate)
		return;
	ev->sock.owner_cgroup = annotate_cgroup_of(t->annotate, &ev->sock);
	ev->ns_pid = annotate_ns_pid_of(t->annotate, &ev->sock);
	if (t->starts)
		ev->sock.start_ns = annotate_start_of(t->annotate, &ev->sock);
	annotate_record(t->annotate, ret);
}

static bool is_told(const struct row_teller *t, const struct record *rec)
{
	return !t->where || where_selected(t->where, rec);
}

/* What most columns need, without a look at each process. */
static void fit_row(const struct row_teller *t, const struct sw_row *row)
{
	struct sw_event e = { .sock = row->sock, .kind = SW_EV_SOCKET };
	struct record rec = { .ev = &e, .row = row };

	if (t->annotate)
		annotate_names(t->annotate, &rec);
	sink_fit(t->sink, &rec);
}

static void fit_whole(const struct row_teller *t, const struct sw_row *row)
{
	struct sw_event e;
	struct record rec;

	row_record(t, row, &e, &rec);
	if (is_told(t, &rec))
		sink_fit(t->sink, &rec);
}

int rows_begin(const struct row_teller *t)
{
	for (size_t i = 0; t->sink->ops->fit && i < t->snap->n_rows; i++) {
		if (t->sink->fits_whole)
			fit_whole(t, &t->snap->rows[i]);
		else
			fit_row(t, &t->snap->rows[i]);
	}
	return sink_begin(t->sink);
}

int rows_tell(const struct row_teller *t, uint64_t *told)
{
	for (size_t i = 0; i < t->snap->n_rows; i++) {
		struct sw_event ev;
		struct record rec;
		int n;

		row_record(t, &t->snap->rows[i], &ev, &rec);
		if (!is_told(t, &rec))
			continue;
		n = sink_record(t->sink, &rec);
		if (n < 0)
			return n;
		*told += !n;
	}
	return 0;
}

void rows_wait_names(struct annotate *annotate, const struct snapshot *snap, uint64_t deadline_ns)
{
	for (size_t i = 0; i < snap->n_rows; i++)
		annotate_ask(annotate, &snap->rows[i].sock, deadline_ns);
	annotate_wait(annotate, deadline_ns);
}
