// SPDX-License-Identifier: GPL-2.0-only
#include "metrics/expose.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "core/names.h"
#include "metrics/accept.h"
#include "metrics/meter.h"
#include "render/escape.h"

#define NS 1000000000ull

struct exposing {
	struct buf *b;
	const struct meter *m;
	enum expose_form form;
	const char *name; /* of the family at hand */
	enum family_type type;
	struct buf labels; /* owned: of the series at hand, without braces */
	struct buf text;   /* owned: a value on its way through two escapes */
};

/* --- words of both forms ---------------------------------------------------------------------- */

const char *expose_type(enum expose_form form)
{
	return form == EXPOSE_OPENMETRICS
		       ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
		       : "text/plain; version=0.0.4; charset=utf-8";
}

enum expose_form expose_choose(const char *accept)
{
	unsigned int open;

	/* by its name alone: who takes anything knows the older one */
	if (!accept || !strstr(accept, "openmetrics-text"))
		return EXPOSE_PROMETHEUS;
	open = accept_quality(accept, "application", "openmetrics-text");
	return open && open >= accept_quality(accept, "text", "plain") ? EXPOSE_OPENMETRICS
								       : EXPOSE_PROMETHEUS;
}

/* Counters are called by their family and "_total"; of the older form that is the family's name. */
static const char *total_of(const struct exposing *x)
{
	return x->type == FAMILY_COUNTER ? "_total" : "";
}

static const char *type_name(const struct exposing *x)
{
	static const char *const names[] = { [FAMILY_GAUGE] = "gauge",
					     [FAMILY_COUNTER] = "counter",
					     [FAMILY_HISTOGRAM] = "histogram" };

	return names[x->type];
}

static void put_comment(struct exposing *x, const char *what, const char *text)
{
	buf_puts(x->b, "# ");
	buf_puts(x->b, what);
	buf_putc(x->b, ' ');
	buf_puts(x->b, x->name);
	if (x->form == EXPOSE_PROMETHEUS)
		buf_puts(x->b, total_of(x));
	buf_putc(x->b, ' ');
	buf_puts(x->b, text);
	buf_putc(x->b, '\n');
}

static void begin(struct exposing *x, const char *name, enum family_type type, const char *unit,
		  const char *help)
{
	x->name = name;
	x->type = type;
	put_comment(x, "HELP", help);
	put_comment(x, "TYPE", type_name(x));
	if (unit && x->form == EXPOSE_OPENMETRICS)
		put_comment(x, "UNIT", unit);
}

/* --- labels ----------------------------------------------------------------------------------- */

static void put_label(struct exposing *x, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	if (x->labels.len)
		buf_putc(&x->labels, ',');
	buf_puts(&x->labels, name);
	buf_puts(&x->labels, "=\"");
	x->text.len = 0;
	escape_text(&x->text, value, strlen(value));
	for (size_t i = 0; i < x->text.len; i++) {
		char c = x->text.data[i];

		if (c == '\\' || c == '"')
			buf_putc(&x->labels, '\\');
		buf_putc(&x->labels, c);
	}
	buf_putc(&x->labels, '"');
}

static void put_port(struct exposing *x, const struct series_one *one)
{
	char text[8];

	snprintf(text, sizeof(text), "%u", one->port);
	if (series_is_other(one))
		put_label(x, "port", "other");
	else if (one->port)
		put_label(x, "port", one->port == x->m->opts.chosen_first ? "ephemeral" : text);
}

static void set_labels(struct exposing *x, const struct series *s, const struct series_one *one)
{
	const struct family *f = &families[one->family];

	x->labels.len = 0;
	put_label(x, "exe", s->texts[one->exe].text);
	put_label(x, "unit", s->texts[one->unit].text);
	if (f->labels & LABEL_PORT)
		put_port(x, one);
	if (f->variant)
		put_label(x, f->variant, f->variant_name(one->variant));
}

/* --- samples ---------------------------------------------------------------------------------- */

/* Up to its value. bound: of a bucket; NULL: it is none. */
static void put_head(struct exposing *x, const char *suffix, const char *bound)
{
	buf_puts(x->b, x->name);
	buf_puts(x->b, suffix);
	if (x->labels.len || bound)
		buf_putc(x->b, '{');
	buf_put(x->b, x->labels.data, x->labels.len);
	if (bound) {
		buf_puts(x->b, x->labels.len ? ",le=\"" : "le=\"");
		buf_puts(x->b, bound);
		buf_putc(x->b, '"');
	}
	buf_puts(x->b, x->labels.len || bound ? "} " : " ");
}

static void put_u64(struct exposing *x, const char *suffix, uint64_t value)
{
	put_head(x, suffix, NULL);
	buf_put_u64(x->b, value);
	buf_putc(x->b, '\n');
}

static void put_seconds(struct exposing *x, const char *suffix, uint64_t ns)
{
	put_head(x, suffix, NULL);
	buf_put_u64(x->b, ns / NS);
	buf_putc(x->b, '.');
	buf_put_u64_width(x->b, ns % NS, 9);
	buf_putc(x->b, '\n');
}

/* From when on it counts: all do from the start. */
static void put_created(struct exposing *x)
{
	if (x->form == EXPOSE_OPENMETRICS && x->type != FAMILY_GAUGE && x->m->start_wall_ns)
		put_seconds(x, "_created", x->m->start_wall_ns);
}

static void put_histogram(struct exposing *x, const struct series *s, const struct series_one *one)
{
	const struct family *f = &families[one->family];
	size_t n = family_bounds(one->family);
	uint64_t count = 0;

	for (size_t i = 0; i <= n; i++) {
		count += s->buckets[one->buckets + i];
		put_head(x, "_bucket", i < n ? f->bounds[i] : "+Inf");
		buf_put_u64(x->b, count);
		buf_putc(x->b, '\n');
	}
	put_u64(x, "_count", count);
	put_seconds(x, "_sum", one->value);
	put_created(x);
}

static void put_family(struct exposing *x, const struct series *s, enum family_id id)
{
	const struct family *f = &families[id];

	begin(x, f->name, f->type, f->unit, f->help);
	for (size_t i = 0; i < s->n; i++) {
		if (s->all[i].family != id)
			continue;
		set_labels(x, s, &s->all[i]);
		if (f->type == FAMILY_HISTOGRAM) {
			put_histogram(x, s, &s->all[i]);
			continue;
		}
		put_u64(x, total_of(x), s->all[i].value);
		put_created(x);
	}
}

/* --- its own truth ---------------------------------------------------------------------------- */

static void put_one(struct exposing *x, const char *label, const char *value, uint64_t n)
{
	x->labels.len = 0;
	if (label)
		put_label(x, label, value);
	put_u64(x, total_of(x), n);
	put_created(x);
}

static void put_time(struct exposing *x, const char *name, const char *help, uint64_t wall_ns)
{
	if (!wall_ns)
		return;
	begin(x, name, FAMILY_GAUGE, "seconds", help);
	x->labels.len = 0;
	put_seconds(x, "", wall_ns);
}

static void put_events(struct exposing *x)
{
	static const char *const causes[LOSSES] = {
		[LOSS_KERNEL] = "kernel", [LOSS_PIPE] = "pipe"
	};

	begin(x, "sockwatch_events", FAMILY_COUNTER, NULL,
	      "Records that the exporter was given, by kind.");
	for (uint8_t i = SW_EV_STATE; i < METER_KINDS; i++)
		if (x->m->events[i] || i == SW_EV_CONN)
			put_one(x, "event", event_kind_name(i), x->m->events[i]);
	put_one(x, "event", "conn_so_far", x->m->so_far);
	begin(x, "sockwatch_lost_events", FAMILY_COUNTER, NULL,
	      "Events that are missing in all counters, by where they were lost.");
	for (int i = 0; i < LOSSES; i++)
		put_one(x, "cause", causes[i], x->m->lost[i]);
	begin(x, "sockwatch_owners", FAMILY_COUNTER, NULL,
	      "Connections that ended, by how their last owner was known.");
	for (uint8_t i = 0; i < SW_OWNER_SOURCES; i++)
		put_one(x, "source", owner_source_name(i), x->m->owners[i]);
}

static void put_room(struct exposing *x)
{
	const struct meter *m = x->m;

	begin(x, "sockwatch_series", FAMILY_GAUGE, NULL, "Series with labels of their own.");
	put_one(x, NULL, NULL, m->sums.cost + m->rows.cost);
	begin(x, "sockwatch_series_limit", FAMILY_GAUGE, NULL,
	      "How many series may have labels of their own.");
	put_one(x, NULL, NULL, m->sums.limit + m->rows.limit);
	begin(x, "sockwatch_series_left_out", FAMILY_COUNTER, NULL,
	      "What was added to series of other, as there was no room for more.");
	put_one(x, NULL, NULL, m->sums.left_out + m->rows.left_out);
	begin(x, "sockwatch_connections_followed", FAMILY_GAUGE, NULL,
	      "Connections that go on and count so far.");
	put_one(x, NULL, NULL, m->live.used);
	begin(x, "sockwatch_connections_not_followed", FAMILY_COUNTER, NULL,
	      "How often a connection could not count so far, and will at its end.");
	put_one(x, NULL, NULL, m->live.without_room);
}

static void put_store(struct exposing *x, const struct meter_store *s)
{
	if (!s->segments)
		return;
	begin(x, "sockwatch_store_bytes", FAMILY_GAUGE, "bytes",
	      "What the store of record takes, with what it keeps beside its segments.");
	put_one(x, NULL, NULL, s->bytes);
	begin(x, "sockwatch_store_segments", FAMILY_GAUGE, NULL, "Segments of the store.");
	put_one(x, NULL, NULL, s->segments);
	put_time(x, "sockwatch_store_oldest_time_seconds",
		 "When the oldest segment of the store begins.", s->oldest_ns);
	put_time(x, "sockwatch_store_write_time_seconds", "When the store was written last.",
		 s->written_ns);
	put_time(x, "sockwatch_store_sent_time_seconds",
		 "When the newest record of the store was made that is sent to a fleet's server.",
		 s->sent_ns);
}

static void put_itself(struct exposing *x)
{
	const struct meter *m = x->m;

	put_events(x);
	put_room(x);
	begin(x, "sockwatch_exports", FAMILY_COUNTER, NULL,
	      "How often these metrics were written or given before.");
	put_one(x, NULL, NULL, m->given);
	begin(x, "sockwatch_export_failures", FAMILY_COUNTER, NULL, "How often they could not be.");
	put_one(x, NULL, NULL, m->not_given);
	put_time(x, "sockwatch_start_time_seconds", "When all counters began at 0.",
		 m->start_wall_ns);
	put_time(x, "sockwatch_look_time_seconds",
		 "When the sockets were looked at that gauges tell of.", m->rows_wall_ns);
	put_store(x, &m->store);
	x->name = "sockwatch_build";
	buf_puts(x->b, x->form == EXPOSE_OPENMETRICS ? "# HELP sockwatch_build "
						     : "# HELP sockwatch_build_info ");
	buf_puts(x->b, "The sockwatch that measures.\n");
	buf_puts(x->b, x->form == EXPOSE_OPENMETRICS ? "# TYPE sockwatch_build info\n"
						     : "# TYPE sockwatch_build_info gauge\n");
	x->labels.len = 0;
	put_label(x, "version", SOCKWATCH_VERSION);
	put_u64(x, "_info", 1);
}

void expose(struct buf *b, const struct meter *m, enum expose_form form)
{
	struct exposing x = { .b = b, .m = m, .form = form };

	for (int id = 0; id < METRICS; id++)
		put_family(&x, id < METRIC_FIRST_SUM ? &m->rows : &m->sums, (enum family_id)id);
	put_itself(&x);
	if (form == EXPOSE_OPENMETRICS)
		buf_puts(b, "# EOF\n");
	b->failed = b->failed || buf_failed(&x.labels) || buf_failed(&x.text);
	buf_free(&x.labels);
	buf_free(&x.text);
}
