// SPDX-License-Identifier: GPL-2.0-only
#include "render/svg.h"

#include "base/buf.h"

static void put_rect(struct buf *b, const char *class, double x, int y, double width, int height)
{
	buf_putf(b, "<rect%s x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>", class, x, y,
		 width, height);
}

void svg_put_bar(struct buf *b, const struct svg_bars *bars, const struct svg_bar *bar, int y)
{
	double scale = (double)bars->width / (double)bars->most;
	double width = (double)bar->n * scale, bad = (double)bar->bad * scale;
	int left = bars->left + 8, top = y - bars->line + 5, height = bars->line - 4;

	buf_putf(b, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", bars->left, y);
	buf_puts(b, bar->label);
	buf_puts(b, "</text>");
	put_rect(b, "", left, top, width - bad, height);
	if (bar->bad)
		put_rect(b, " class=\"bad\"", left + width - bad, top, bad, height);
	buf_putf(b, "<text x=\"%.1f\" y=\"%d\">", left + 6 + width, y);
	if (bar->behind)
		buf_puts(b, bar->behind);
	else
		buf_put_u64(b, bar->n);
	buf_puts(b, "</text>\n");
}
