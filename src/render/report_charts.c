// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "base/buf.h"
#include "core/names.h"
#include "core/report.h"
#include "render/plot.h"
#include "render/report.h"
#include "render/stamp.h"
#include "render/svg.h"

#define WIDTH 960
#define SECOND 1000000000ull
#define DAY (86400 * SECOND)

static void begin_svg(struct buf *b, int width, int height, const char *title)
{
	buf_putf(b,
		 "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\">\n"
		 "<title>%s</title>\n",
		 width, height, title);
}

/* --- the timeline ----------------------------------------------------------------------------- */

#define LEFT 60
#define TOP 14
#define HEIGHT 180
#define BOTTOM (TOP + HEIGHT)
#define INNER (WIDTH - LEFT - 10)
#define HOLES_DRAWN 200
#define LABELS 8

static double x_of(const struct report *r, uint64_t ns)
{
	double end = (double)r->n_columns * (double)r->step_ns;

	return ns <= r->first_ns ? LEFT : LEFT + (double)(ns - r->first_ns) / end * INNER;
}

static uint64_t most_of(const struct report *r)
{
	uint64_t most = 1;

	for (size_t i = 0; i < r->n_columns; i++) {
		uint64_t n = r->columns[i].ended + r->columns[i].failed;

		most = n > most ? n : most;
	}
	return most;
}

/* Where nothing was recorded, behind all else. What is longest comes first. */
static void put_holes(const struct report *r, struct buf *b)
{
	buf_puts(b,
		 "<defs><pattern id=\"gap\" width=\"6\" height=\"6\" "
		 "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
		 "<line class=\"hatch\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\"/></pattern></defs>\n");
	for (size_t i = 0; i < r->n_holes && i < HOLES_DRAWN && !r->holes[i].lost; i++) {
		double from = x_of(r, r->holes[i].from_ns), to = x_of(r, r->holes[i].to_ns);

		buf_putf(b,
			 "<rect class=\"gap\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>\n",
			 from, TOP, to - from > 1 ? to - from : 1, HEIGHT);
	}
}

static void put_grid(struct buf *b, uint64_t most)
{
	for (int i = 0; i <= 2; i++) {
		int y = BOTTOM - HEIGHT * i / 2;

		if (i == 1 && most % 2)
			continue;
		buf_putf(b,
			 "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>"
			 "<text class=\"soft\" x=\"%d\" y=\"%d\" text-anchor=\"end\">",
			 LEFT, y, LEFT + INNER, y, LEFT - 6, y + 4);
		buf_put_grouped(b, most * (uint64_t)i / 2);
		buf_puts(b, "</text>\n");
	}
}

static enum local_style label_style(const struct report *r)
{
	if (r->step_ns >= DAY)
		return LOCAL_DATE;
	if (r->until_ns - r->since_ns > DAY)
		return LOCAL_DAY_MINUTE;
	return r->step_ns < 60 * SECOND ? LOCAL_CLOCK : LOCAL_MINUTE;
}

static void put_labels(const struct report *r, struct buf *b)
{
	size_t every = (r->n_columns + LABELS - 1) / LABELS;
	enum local_style style = label_style(r);

	for (size_t i = 0; i < r->n_columns; i += every) {
		uint64_t ns = r->first_ns + i * r->step_ns;

		buf_putf(b, "<text class=\"soft\" x=\"%.1f\" y=\"%d\">", x_of(r, ns), BOTTOM + 18);
		local_put(b, ns, style);
		buf_puts(b, "</text>\n");
	}
}

static void put_part(struct buf *b, const char *class, double x, double *y, double width,
		     double height)
{
	if (height <= 0)
		return;
	*y -= height;
	buf_putf(b, "<rect%s x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>", class, x, *y,
		 width, height);
}

/* What it is, for who points at it. */
static void put_title(const struct report *r, struct buf *b, size_t i)
{
	const struct report_column *c = &r->columns[i];

	buf_puts(b, "<title>");
	local_put(b, r->first_ns + i * r->step_ns, LOCAL_DATED);
	buf_puts(b, ": ");
	buf_put_grouped(b, c->ended);
	buf_puts(b, " ended, ");
	buf_put_grouped(b, c->failed);
	buf_puts(b, " failed or cut off");
	if (c->lost) {
		buf_puts(b, ", ");
		buf_put_grouped(b, c->lost);
		buf_puts(b, " events lost");
	}
	buf_puts(b, "</title>");
}

static void put_column(const struct report *r, struct buf *b, size_t i, uint64_t most)
{
	const struct report_column *c = &r->columns[i];
	double scale = (double)HEIGHT / (double)most, y = BOTTOM;
	double x = x_of(r, r->first_ns + i * r->step_ns);
	double width = (double)INNER / (double)r->n_columns;

	if (!c->ended && !c->failed && !c->lost)
		return;
	width = width > 3 ? width - 1 : width;
	buf_puts(b, "<g>");
	put_title(r, b, i);
	put_part(b, "", x, &y, width, (double)c->ended * scale);
	put_part(b, " class=\"bad\"", x, &y, width, (double)c->failed * scale);
	if (c->lost)
		buf_putf(b,
			 "<rect class=\"lost\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"5\"/>",
			 x, BOTTOM + 1, width);
	buf_puts(b, "</g>\n");
}

void report_put_timeline(const struct report *r, struct buf *b)
{
	uint64_t most = most_of(r);

	begin_svg(b, WIDTH, BOTTOM + 26, "Connections by the time when they ended");
	put_holes(r, b);
	put_grid(b, most);
	for (size_t i = 0; i < r->n_columns; i++)
		put_column(r, b, i, most);
	put_labels(r, b);
	buf_puts(b, "</svg>\n");
}

/* --- bars ------------------------------------------------------------------------------------- */

#define BARS 20
#define LINE 20
#define BAR_LEFT 270
#define BAR_WIDTH 360
#define NAME_MOST 24

static void put_moved(struct buf *b, const struct report_group *g)
{
	buf_put_grouped(b, g->n);
	if (g->failed) {
		buf_puts(b, " (");
		buf_put_grouped(b, g->failed);
		buf_puts(b, " failed)");
	}
	if (!g->sent && !g->received)
		return;
	buf_puts(b, " \xc2\xb7 sent ");
	bytes_put(b, g->sent);
	buf_puts(b, " \xc2\xb7 received ");
	bytes_put(b, g->received);
}

static void put_service(struct buf *b, const struct svg_bars *place, const struct report_group *g,
			size_t more, int y)
{
	static const char *const arrows[] = { " \xe2\x80\x93 ", " \xe2\x86\x92 ",
					      " \xe2\x86\x90 " };
	struct buf label = { 0 }, behind = { 0 };
	struct svg_bar bar = { .n = g->n, .bad = g->failed };

	if (more) {
		report_put_more(&label, more, "");
	} else {
		report_put_process(&label, &g->key, NAME_MOST);
		buf_puts(&label, arrows[g->key.direction % 3]);
		report_put_port(&label, &g->key);
	}
	put_moved(&behind, g);
	buf_putc(&label, '\0');
	buf_putc(&behind, '\0');
	b->failed = b->failed || buf_failed(&label) || buf_failed(&behind);
	if (!b->failed) {
		bar.label = label.data;
		bar.behind = behind.data;
		svg_put_bar(b, place, &bar, y);
	}
	buf_free(&label);
	buf_free(&behind);
}

void report_put_services(const struct report *r, struct buf *b)
{
	const struct report_table *t = &r->services;
	struct svg_bars place = { .left = BAR_LEFT, .width = BAR_WIDTH, .line = LINE, .most = 1 };
	size_t shown = t->n < BARS ? t->n : BARS, more;
	struct report_group rest;
	int y = 0;

	more = report_table_rest(t, shown, &rest);
	for (size_t i = 0; i < shown; i++)
		place.most = t->groups[i].n > place.most ? t->groups[i].n : place.most;
	place.most = rest.n > place.most ? rest.n : place.most;
	begin_svg(b, WIDTH, (int)(shown + (rest.n != 0)) * LINE + 8,
		  "Connections by process and port");
	for (size_t i = 0; i < shown; i++)
		put_service(b, &place, &t->groups[i], 0, y += LINE);
	if (rest.n)
		put_service(b, &place, &rest, more ? more : 1, y + LINE);
	buf_puts(b, "</svg>\n");
}

void report_put_reasons(const struct report *r, struct buf *b)
{
	struct svg_bars place = { .left = BAR_LEFT, .width = BAR_WIDTH, .line = LINE, .most = 1 };
	int n = 0, y = 0;

	for (int i = 0; i < SW_REASONS; i++) {
		place.most = r->by_reason[i] > place.most ? r->by_reason[i] : place.most;
		n += r->by_reason[i] != 0;
	}
	begin_svg(b, WIDTH, n * LINE + 8, "What failed or was cut off, by reason");
	for (uint8_t i = 0; i < SW_REASONS; i++) {
		const char *name = reason_name(i);
		struct svg_bar bar = { .label = name ? name : "other",
				       .n = r->by_reason[i],
				       .bad = r->by_reason[i] };

		if (bar.n)
			svg_put_bar(b, &place, &bar, y += LINE);
	}
	buf_puts(b, "</svg>\n");
}

void report_put_spans(const struct report *r, struct buf *b)
{
	struct plot p = { .durations = r->durations, .connects = r->connects };
	struct buf inner = { 0 };
	int y = 16;

	y = plot_put_svg_part(&p, PLOT_DURATIONS, &inner, y);
	y = plot_put_svg_part(&p, PLOT_CONNECTS, &inner, y);
	begin_svg(b, WIDTH, y - 16, "How long connections were, and connects took");
	b->failed = b->failed || buf_failed(&inner);
	buf_put(b, inner.data, inner.len);
	buf_puts(b, "</svg>\n");
	buf_free(&inner);
}
