// SPDX-License-Identifier: GPL-2.0-only
#include "sink/plotting.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/output.h"
#include "base/terminal.h"
#include "conn.h"
#include "core/record.h"
#include "render/conn_fields.h"
#include "render/schema.h"
#include "sink/print.h"

#define NSEC_OF_USEC 1000u

static int plot_open(struct sink *s)
{
	(void)s;
	return 0;
}

/* Of connections that have ended; 1: it is none. */
static int plot_record(struct sink *s, const struct record *rec)
{
	struct plot *p = &((struct plotting *)(void *)s)->plot;
	struct field_value v = { 0 };

	if (!rec->conn || rec->conn->so_far)
		return 1;
	p->connections++;
	if (conn_get_duration_us(rec, &v))
		spans_add(&p->durations, v.num * NSEC_OF_USEC);
	if (conn_get_connect_us(rec, &v))
		spans_add(&p->connects, v.num * NSEC_OF_USEC);
	return minutes_add(&p->minutes, rec->wall_ns);
}

static void plot_close(struct sink *s)
{
	(void)s; /* what it has is drawn yet */
}

void plotting_init(struct plotting *p)
{
	static const struct sink_ops ops = { .open = plot_open,
					     .record = plot_record,
					     .close = plot_close };

	*p = (struct plotting){ .sink.ops = &ops };
}

/* By the first of these that says something, as setlocale() takes them. */
static bool locale_is_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && value[0])
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}

void plotting_put(const struct plotting *p, const struct print_opts *print, struct output *out)
{
	struct plot_look look = { .columns = terminal_size(out->fd).columns,
				  .blocks = locale_is_utf8(),
				  .color = print_in_color(print, out) };

	if (print->plot == PLOT_SVG)
		plot_put_svg(&p->plot, &out->buf);
	else
		plot_put_text(&p->plot, &look, &out->buf);
}

void plotting_free(struct plotting *p)
{
	minutes_free(&p->plot.minutes);
}
