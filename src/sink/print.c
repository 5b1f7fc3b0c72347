// SPDX-License-Identifier: GPL-2.0-only
#include "sink/print.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/annotate.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/screen.h"
#include "base/terminal.h"
#include "cli/options.h"
#include "core/record.h"
#include "core/row.h"
#include "core/select.h"
#include "names/resolver.h"

#define CLOCK_JITTER_NS 1000000
#define NAMES_WAIT_NS                                                               \
	1500000000u /* for all names of a list; those not there by then are numbers \
		     */

static const struct formatter *formatter_of(enum output_format format)
{
	static const struct formatter *const formatters[] = { [OUTPUT_TEXT] = &render_text,
							      [OUTPUT_JSON] = &render_json,
							      [OUTPUT_CSV] = &render_csv };

	return formatters[format];
}

enum stamp_style tell_stamp(const struct options *o)
{
	static const enum stamp_style styles[] = { [TIME_CLOCK] = STAMP_CLOCK,
						   [TIME_ISO] = STAMP_ISO,
						   [TIME_EPOCH] = STAMP_EPOCH,
						   [TIME_DELTA] = STAMP_DELTA };

	if (o->time == TIME_DEFAULT)
		return o->format == OUTPUT_TEXT ? STAMP_CLOCK : STAMP_ISO;
	return styles[o->time];
}

/* At a terminal, list is netstat. */
static bool wants_names(const struct options *o)
{
	return o->resolve || (o->action == ACTION_LIST && o->format == OUTPUT_TEXT && !o->numeric &&
			      isatty(STDOUT_FILENO));
}

void teller_start_names(struct teller *t, const struct options *options)
{
	int err;

	t->names = wants_names(options);
	if (!t->names)
		return;
	err = resolver_open(&t->resolver);
	if (err)
		log_note("no names of hosts and users, but numbers: no process can be started to "
			 "look them up: %s",
			 strerror(-err));
}

bool tell_in_color(const struct options *o, const struct output *out)
{
	return o->color == COLOR_ALWAYS || (o->color == COLOR_AUTO && terminal_has_color(out->fd));
}

int teller_open(struct teller *t, const struct options *options, struct output *out, int proc_fd)
{
	bool details = options->extended || options->format != OUTPUT_TEXT;
	struct annotate_opts opts = { .proc_fd = proc_fd,
				      .place = details,
				      .processes = options->extended,
				      .names = t->names,
				      .users = details,
				      .resolver = t->resolver };

	t->options = options;
	t->formatter = formatter_of(options->format);
	t->render = (struct render){ .time = tell_stamp(options),
				     .extended = options->extended,
				     .names = t->names,
				     .wide = options->wide,
				     .color = tell_in_color(options, out),
				     .timers = options->action == ACTION_LIST && options->timers,
				     .no_event = options->action == ACTION_LIST ||
						 options->action == ACTION_WHO };
	t->out = out;
	t->wall_offset = clock_wall_offset();
	if (details || t->names) {
		t->annotate = annotate_new(&opts);
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

void teller_take_names(struct teller *t)
{
	if (t->resolver && resolver_take(t->resolver, clock_now()))
		log_note("no more names are looked up: the process that did it has ended; what has "
			 "none yet is a number");
}

/* As wide and as high as the terminal is by now, if it is one. */
static void fit_terminal(struct teller *t)
{
	const struct options *o = t->options;

	screen_measure(&t->screen, t->out->fd);
	render_text_fit_terminal(&t->render, o->wide ? 0 : t->screen.columns);
	if (o->no_header)
		t->screen.lines = 0;
}

static void put_header(struct teller *t, struct buf *b)
{
	if (t->formatter->header)
		t->formatter->header(&t->render, b);
	t->titled_width = t->render.address_width;
}

/* The header comes again where the last line would push it out of sight, or moved its columns. */
static void keep_header(struct teller *t, size_t start)
{
	struct buf header = { 0 };

	if (t->titled_width == t->render.address_width &&
	    screen_take(&t->screen, &t->out->buf, start))
		return;
	fit_terminal(t);
	put_header(t, &header);
	screen_put_header(&t->screen, &t->out->buf, start, &header);
	buf_free(&header);
}

void tell(struct teller *t, struct record *rec)
{
	size_t start = t->out->buf.len;

	rec->wall_ns = rec->ev->time_ns + (uint64_t)t->wall_offset;
	if (t->annotate)
		annotate_record(t->annotate, rec);
	t->formatter->record(&t->render, &t->out->buf, rec);
	if (t->screen.lines)
		keep_header(t, start);
	if (t->out->buf.len >= OUTPUT_CHUNK)
		output_flush(t->out);
}

void teller_wait_names(struct teller *t, const struct snapshot *snap)
{
	uint64_t deadline_ns = clock_now() + NAMES_WAIT_NS;
	struct sw_event e;

	if (!t->resolver)
		return;
	for (size_t i = 0; i < snap->n_rows; i++) {
		if (!row_selected(&t->options->filter, snap, &snap->rows[i]))
			continue;
		row_to_event(&snap->rows[i], 0, &e);
		annotate_ask(t->annotate, &e, deadline_ns);
	}
	resolver_wait(t->resolver, deadline_ns);
	teller_take_names(t);
}

/* The room that its addresses take, or the names of them. */
static void fit_row(struct teller *t, const struct sw_row *row)
{
	struct sw_event e;
	struct record rec = { .ev = &e };

	if (!t->names) {
		render_text_fit(&t->render, &row->sock.tuple);
		return;
	}
	row_to_event(row, 0, &e);
	annotate_names(t->annotate, &rec);
	render_text_fit_names(&t->render, &rec);
}

static void fit_columns(struct teller *t, const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->n_rows; i++)
		if (row_selected(&t->options->filter, snap, &snap->rows[i]))
			fit_row(t, &snap->rows[i]);
}

void tell_header(struct teller *t, const struct snapshot *snap)
{
	size_t start = t->out->buf.len;

	if (t->formatter == &render_text)
		fit_terminal(t);
	if (t->formatter == &render_text && snap)
		fit_columns(t, snap);
	if (t->options->no_header)
		return;
	put_header(t, &t->out->buf);
	screen_take(&t->screen, &t->out->buf, start);
}

void tell_row(struct teller *t, const struct snapshot *snap, const struct sw_row *row,
	      uint64_t time_ns)
{
	struct sw_event e;
	struct record rec = { .ev = &e,
			      .row = row,
			      .holders = row->n_holders ? &snap->holders[row->first_holder] : NULL,
			      .n_holders = row->n_holders };

	if (t->options->action == ACTION_WHO && row->sock.state == SW_TCP_TIME_WAIT)
		rec.blocked_ms = row->timer.ms;
	row_to_event(row, time_ns, &e);
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
	resolver_free(t->resolver);
	t->resolver = NULL;
}
