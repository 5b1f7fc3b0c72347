// SPDX-License-Identifier: GPL-2.0-only
#include "tell.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "annotate.h"
#include "base/clock.h"
#include "cli/options.h"
#include "core/record.h"
#include "core/row.h"
#include "core/select.h"

#define CLOCK_JITTER_NS 1000000

static const struct formatter *formatter_of(enum output_format format)
{
	static const struct formatter *const formatters[] = { [OUTPUT_TEXT] = &render_text,
							      [OUTPUT_JSON] = &render_json,
							      [OUTPUT_CSV] = &render_csv };

	return formatters[format];
}

static enum stamp_style stamp_of(const struct options *o)
{
	static const enum stamp_style styles[] = { [TIME_CLOCK] = STAMP_CLOCK,
						   [TIME_ISO] = STAMP_ISO,
						   [TIME_EPOCH] = STAMP_EPOCH,
						   [TIME_DELTA] = STAMP_DELTA };

	if (o->time == TIME_DEFAULT)
		return o->format == OUTPUT_TEXT ? STAMP_CLOCK : STAMP_ISO;
	return styles[o->time];
}

int teller_open(struct teller *t, const struct options *options, struct output *out, int proc_fd)
{
	t->options = options;
	t->formatter = formatter_of(options->format);
	t->render = (struct render){ .time = stamp_of(options),
				     .extended = options->extended,
				     .timers = options->action == ACTION_LIST && options->timers,
				     .no_event = options->action == ACTION_LIST ||
						 options->action == ACTION_WHO };
	t->out = out;
	t->wall_offset = clock_wall_offset();
	if (options->extended || options->format != OUTPUT_TEXT) {
		t->annotate = annotate_new(proc_fd, options->extended);
		if (!t->annotate)
			return -ENOMEM;
	}
	return 0;
}

void teller_follow_clock(struct teller *t)
{
	int64_t offset = clock_wall_offset();

	if (llabs(offset - t->wall_offset) > CLOCK_JITTER_NS)
		t->wall_offset = offset;
}

void tell(struct teller *t, struct record *rec)
{
	rec->wall_ns = rec->ev->time_ns + (uint64_t)t->wall_offset;
	if (t->annotate)
		annotate_record(t->annotate, rec);
	t->formatter->record(&t->render, &t->out->buf, rec);
	if (t->out->buf.len >= OUTPUT_CHUNK)
		output_flush(t->out);
}

static void fit_columns(struct teller *t, const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->n_rows; i++)
		if (row_selected(&t->options->filter, snap, &snap->rows[i]))
			render_text_fit(&t->render, &snap->rows[i].tuple);
}

void tell_header(struct teller *t, const struct snapshot *snap)
{
	if (t->formatter == &render_text && snap)
		fit_columns(t, snap);
	if (t->formatter->header && !t->options->no_header)
		t->formatter->header(&t->render, &t->out->buf);
}

void tell_row(struct teller *t, const struct snapshot *snap, const struct row *row,
	      uint64_t time_ns)
{
	struct sw_event e;
	struct record rec = { .ev = &e,
			      .has_queues = !row->no_queues,
			      .recv_q = row->recv_q,
			      .send_q = row->send_q,
			      .timer = t->options->timers && row->proto == SW_PROTO_TCP
					       ? &row->timer
					       : NULL,
			      .holders = row->n_holders ? &snap->holders[row->first_holder] : NULL,
			      .n_holders = row->n_holders };

	if (t->options->action == ACTION_WHO && row->state == SW_TCP_TIME_WAIT)
		rec.blocked_ms = row->timer.ms;
	row_to_event(snap, row, time_ns, &e);
	tell(t, &rec);
}

uint64_t tell_rows(struct teller *t, const struct snapshot *snap, uint64_t time_ns)
{
	uint64_t n = 0;

	for (size_t i = 0; i < snap->n_rows && !t->out->err; i++) {
		if (!row_selected(&t->options->filter, snap, &snap->rows[i]))
			continue;
		tell_row(t, snap, &snap->rows[i], time_ns);
		n++;
	}
	return n;
}

void teller_close(struct teller *t)
{
	annotate_free(t->annotate);
	t->annotate = NULL;
}
