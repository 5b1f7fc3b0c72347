// SPDX-License-Identifier: GPL-2.0-only
#include "render/plot.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "render/color.h"
#include "render/stamp.h"
#include "render/svg.h"

#define BARS_MAX 64
#define MINUTE_BARS 30
#define MINUTE_NS 60000000000ull
#define LABEL_WIDTH 12
#define COUNT_WIDTH 10
#define COLUMNS 80
#define COLUMNS_MAX 120
#define EIGHTHS 8

struct bar {
	char label[24];
	uint64_t n;
};

struct bars {
	const char *title;
	const char *none; /* what is said where there is none */
	struct bar all[BARS_MAX];
	size_t n;
	uint64_t most;
};

static void add_bar(struct bars *bars, const struct buf *label, uint64_t n)
{
	struct bar *bar;

	if (bars->n == BARS_MAX || buf_failed(label))
		return;
	bar = &bars->all[bars->n++];
	snprintf(bar->label, sizeof(bar->label), "%.*s", (int)label->len, label->data);
	bar->n = n;
	if (n > bars->most)
		bars->most = n;
}

/* From the first that has some to the last. */
static void add_spans(struct bars *bars, const struct spans *s)
{
	struct buf label = { 0 };
	size_t first = 0, end = SPANS;

	if (!s->all)
		return;
	while (!s->n[first])
		first++;
	while (!s->n[end - 1])
		end--;
	for (size_t i = first; i < end; i++) {
		label.len = 0;
		buf_puts(&label, i ? "from " : "below ");
		span_put(&label, span_begin(i ? i : 1));
		add_bar(bars, &label, s->n[i]);
	}
	buf_free(&label);
}

static void add_minutes(struct bars *bars, const struct minutes *m)
{
	uint64_t step = minutes_step(m, MINUTE_BARS), at = m->first / step * step;
	struct buf label = { 0 };

	for (; m->len && at < m->first + m->len; at += step) {
		uint64_t n = 0;

		for (uint64_t k = at; k < at + step; k++)
			if (k >= m->first && k < m->first + m->len)
				n += m->n[k - m->first];
		label.len = 0;
		local_put(&label, at * MINUTE_NS, m->len > 1440 ? LOCAL_DAY_MINUTE : LOCAL_MINUTE);
		add_bar(bars, &label, n);
	}
	buf_free(&label);
}

static void make(const struct plot *p, enum plot_part which, struct bars *ret)
{
	*ret = (struct bars){ .none = "none is known" };
	switch (which) {
	case PLOT_DURATIONS:
		ret->title = "How long connections were";
		add_spans(ret, &p->durations);
		break;
	case PLOT_CONNECTS:
		ret->title = "How long it took until they were there (connect)";
		add_spans(ret, &p->connects);
		break;
	default:
		ret->title = "When they ended";
		add_minutes(ret, &p->minutes);
		break;
	}
}

/* --- text ------------------------------------------------------------------------------------- */

static void put_blocks(struct buf *b, uint64_t eighths)
{
	static const char *const parts[EIGHTHS] = { "",
						    "\xe2\x96\x8f",
						    "\xe2\x96\x8e",
						    "\xe2\x96\x8d",
						    "\xe2\x96\x8c",
						    "\xe2\x96\x8b",
						    "\xe2\x96\x8a",
						    "\xe2\x96\x89" };

	for (; eighths >= EIGHTHS; eighths -= EIGHTHS)
		buf_puts(b, "\xe2\x96\x88");
	buf_puts(b, parts[eighths]);
}

/* What is not zero has something to be seen. */
static void put_bar(struct buf *b, const struct plot_look *look, uint64_t n, uint64_t most,
		    uint64_t width)
{
	uint64_t eighths = (uint64_t)((double)n / (double)most * (double)(width * EIGHTHS));

	if (n && !eighths)
		eighths = 1;
	if (look->blocks) {
		put_blocks(b, eighths);
		return;
	}
	for (uint64_t i = 0; i < (eighths + EIGHTHS - 1) / EIGHTHS; i++)
		buf_putc(b, '#');
}

static void put_bars(const struct bars *bars, const struct plot_look *look, struct buf *b)
{
	int columns = look->columns ? look->columns : COLUMNS;
	int width = (columns > COLUMNS_MAX ? COLUMNS_MAX : columns) - LABEL_WIDTH - COUNT_WIDTH - 3;

	if (width < EIGHTHS)
		width = EIGHTHS;
	buf_puts(b, look->color ? COLOR_HEAD : "");
	buf_puts(b, bars->title);
	buf_puts(b, look->color ? COLOR_END "\n" : "\n");
	if (!bars->n) {
		buf_pad(b, 2);
		buf_puts(b, bars->none);
		buf_putc(b, '\n');
	}
	for (size_t i = 0; i < bars->n; i++) {
		const struct bar *bar = &bars->all[i];
		char count[COUNT_WIDTH + 16];

		buf_pad(b, LABEL_WIDTH - (int)strlen(bar->label));
		buf_puts(b, bar->label);
		snprintf(count, sizeof(count), "%*llu ", COUNT_WIDTH, (unsigned long long)bar->n);
		buf_puts(b, count);
		put_bar(b, look, bar->n, bars->most, (uint64_t)width);
		while (b->len && b->data[b->len - 1] == ' ')
			b->len--;
		buf_putc(b, '\n');
	}
}

void plot_put_text(const struct plot *p, const struct plot_look *look, struct buf *b)
{
	buf_put_u64(b, p->connections);
	buf_puts(b, p->connections == 1 ? " connection\n" : " connections\n");
	for (int i = 0; i < PLOT_PARTS; i++) {
		struct bars bars;

		make(p, (enum plot_part)i, &bars);
		buf_putc(b, '\n');
		put_bars(&bars, look, b);
	}
	if (!p->minutes.outside)
		return;
	buf_put_u64(b, p->minutes.outside);
	buf_puts(b, " more were at another time, too far from these\n");
}

/* --- SVG -------------------------------------------------------------------------------------- */

#define SVG_LINE 16
#define SVG_BAR 480
#define SVG_LEFT 110

/* Labels are ours: they need no escape. */
int plot_put_svg_part(const struct plot *p, enum plot_part part, struct buf *b, int y)
{
	struct svg_bars place = { .left = SVG_LEFT, .width = SVG_BAR, .line = SVG_LINE };
	struct bars bars;

	make(p, part, &bars);
	place.most = bars.most;
	buf_putf(b, "<text x=\"10\" y=\"%d\" font-weight=\"bold\">%s</text>\n", y, bars.title);
	if (!bars.n)
		buf_putf(b, "<text x=\"10\" y=\"%d\">%s</text>\n", y += SVG_LINE, bars.none);
	for (size_t i = 0; i < bars.n; i++) {
		struct svg_bar bar = { .label = bars.all[i].label, .n = bars.all[i].n };

		svg_put_bar(b, &place, &bar, y += SVG_LINE);
	}
	return y + 2 * SVG_LINE;
}

void plot_put_svg(const struct plot *p, struct buf *b)
{
	struct buf inner = { 0 };
	int y = 2 * SVG_LINE;

	for (int i = 0; i < PLOT_PARTS; i++)
		y = plot_put_svg_part(p, (enum plot_part)i, &inner, y);
	buf_putf(b,
		 "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		 "viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\" "
		 "fill=\"#333\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
		 "<g fill=\"#2a6fb0\">\n",
		 PLOT_SVG_WIDTH, y, PLOT_SVG_WIDTH, y);
	b->failed = b->failed || buf_failed(&inner);
	buf_put(b, inner.data, inner.len);
	buf_puts(b, "</g>\n</svg>\n");
	buf_free(&inner);
}
