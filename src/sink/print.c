// SPDX-License-Identifier: GPL-2.0-only
#include "sink/print.h"

#include "base/output.h"
#include "base/terminal.h"
#include "core/opts.h"
#include "core/record.h"
#include "render/fields.h"

#define HOST_WIDTH 8 /* at least */

static struct print *print_of(struct sink *s)
{
	return (struct print *)(void *)s;
}

enum stamp_style print_stamp(const struct print_opts *o)
{
	static const enum stamp_style styles[] = { [TIME_CLOCK] = STAMP_CLOCK,
						   [TIME_ISO] = STAMP_ISO,
						   [TIME_EPOCH] = STAMP_EPOCH,
						   [TIME_DELTA] = STAMP_DELTA };

	if (o->time == TIME_DEFAULT)
		return o->format == OUTPUT_TEXT ? STAMP_CLOCK : STAMP_ISO;
	return styles[o->time];
}

bool print_in_color(const struct print_opts *o, const struct output *out)
{
	return o->color == COLOR_ALWAYS || (o->color == COLOR_AUTO && terminal_has_color(out->fd));
}

static int print_open(struct sink *s)
{
	struct print *p = print_of(s);

	p->render = (struct render){ .time = print_stamp(p->opts),
				     .extended = p->opts->extended,
				     .names = p->opts->names,
				     .wide = p->opts->wide,
				     .one_netns = p->opts->one_netns,
				     .only_tcp = p->opts->only_tcp,
				     .color = print_in_color(p->opts, p->out),
				     .timers = p->opts->timers,
				     .no_event = p->opts->rows_only,
				     .days = p->opts->days && !p->opts->n_fields,
				     .host_width = p->opts->hosts ? HOST_WIDTH : 0,
				     .chosen = p->opts->n_fields ? &p->chosen : NULL };
	return 0;
}

static bool is_text(const struct print *p)
{
	return p->opts->format == OUTPUT_TEXT;
}

/* As wide and as high as the terminal is by now, if it is one. */
static void fit_terminal(struct print *p)
{
	screen_measure(&p->screen, p->out->fd);
	p->formatter->fit_terminal(&p->render, p->opts->wide ? 0 : p->screen.columns);
	if (p->opts->no_header || p->opts->in_place)
		p->screen.lines = 0;
	p->measured = true;
}

static void print_fit(struct sink *s, const struct record *rec)
{
	struct print *p = print_of(s);

	if (!is_text(p))
		return;
	if (!p->measured)
		fit_terminal(p);
	if (p->opts->n_fields)
		render_columns_fit(&p->render, rec);
	else
		render_text_fit(&p->render, rec);
}

static void put_header(struct print *p, struct buf *b)
{
	if (p->formatter->header)
		p->formatter->header(&p->render, b);
	p->titled_width = p->render.address_width + p->render.host_width;
}

/* The header, where there is one: of text before each page. */
static int print_begin(struct sink *s)
{
	struct print *p = print_of(s);
	size_t start = p->out->buf.len;
	bool again = p->begun;

	if (is_text(p) && !p->measured)
		fit_terminal(p);
	p->begun = true;
	p->measured = false;
	if (p->opts->no_header || (again && !is_text(p)))
		return 0;
	put_header(p, &p->out->buf);
	screen_take(&p->screen, &p->out->buf, start);
	return 0;
}

/* The header comes again where the last line would push it out of sight, or moved its columns. */
static void keep_header(struct print *p, size_t start)
{
	struct buf header = { 0 };

	if (p->titled_width == p->render.address_width + p->render.host_width &&
	    screen_take(&p->screen, &p->out->buf, start))
		return;
	fit_terminal(p);
	put_header(p, &header);
	screen_put_header(&p->screen, &p->out->buf, start, &header);
	buf_free(&header);
}

/* A hash a record, for who asks for more; text has no room for it. */
static bool wants_community(const struct print *p)
{
	const struct print_opts *o = p->opts;

	if (o->n_fields)
		return p->wants_community;
	return o->format != OUTPUT_TEXT && (o->extended || o->schema != JSON_OURS);
}

static int print_record(struct sink *s, const struct record *rec)
{
	struct print *p = print_of(s);
	struct record asked;
	size_t start = p->out->buf.len;

	if (wants_community(p)) {
		asked = *rec;
		asked.community = true;
		rec = &asked;
	}
	p->formatter->record(&p->render, &p->out->buf, rec);
	if (p->screen.lines)
		keep_header(p, start);
	if (p->out->buf.len >= OUTPUT_CHUNK)
		output_flush(p->out);
	return p->out->err;
}

static int print_flush(struct sink *s)
{
	return output_flush(print_of(s)->out);
}

static void print_close(struct sink *s)
{
	(void)s;
}

/* Columns by name, in place of those of the formatter. */
static void choose(struct print *p)
{
	static const struct formatter *const chosen[] = { [OUTPUT_TEXT] = &render_columns_text,
							  [OUTPUT_JSON] = &render_columns_json,
							  [OUTPUT_CSV] = &render_columns_csv };

	if (!p->opts->n_fields)
		return;
	chosen_init(&p->chosen, &record_schema, p->opts->fields, p->opts->n_fields);
	p->chosen.whole = p->formatter;
	p->wants_community = chosen_has(&p->chosen, "community_id");
	p->formatter = chosen[p->opts->format];
}

void print_init(struct print *p, const struct print_opts *opts, struct output *out)
{
	static const struct formatter *const formatters[] = { [OUTPUT_TEXT] = &render_text,
							      [OUTPUT_JSON] = &render_json,
							      [OUTPUT_CSV] = &render_csv };
	static const struct formatter *const schemas[JSON_SCHEMAS] = { [JSON_OURS] = &render_json,
								       [JSON_ECS] = &render_ecs,
								       [JSON_OCSF] = &render_ocsf,
								       [JSON_OTEL] = &render_otel };
	static const struct sink_ops ops = { .open = print_open,
					     .fit = print_fit,
					     .begin = print_begin,
					     .record = print_record,
					     .flush = print_flush,
					     .close = print_close };

	*p = (struct print){
		.sink.ops = &ops, .opts = opts, .formatter = formatters[opts->format], .out = out
	};
	p->sink.fits_whole = opts->n_fields && opts->format == OUTPUT_TEXT;
	if (opts->conns && opts->format == OUTPUT_TEXT)
		p->formatter = &render_conns;
	if (opts->format == OUTPUT_JSON)
		p->formatter = schemas[opts->schema];
	choose(p);
}
