// SPDX-License-Identifier: GPL-2.0-only
#include "top/parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "render/stamp.h"
#include "top/board.h"
#include "top/columns.h"

#define SPARK_MAX 40
#define WIDE 115 /* there is room for the other keys */

static struct buf *text_of(const struct part *p)
{
	return &p->page->text;
}

void part_end_line(const struct part *p, size_t start, enum view_style style)
{
	page_end_line(p->page, start, p->width, style, p->v->ascii);
}

/* --- sums ------------------------------------------------------------------------------------- */

static uint64_t value_sent(const void *sample)
{
	const struct board_sample *s = sample;

	return sample_rate(s, s->sent);
}

static uint64_t value_received(const void *sample)
{
	const struct board_sample *s = sample;

	return sample_rate(s, s->received);
}

static uint64_t value_opened(const void *sample)
{
	const struct board_sample *s = sample;

	return sample_rate(s, s->opened);
}

static uint64_t value_closed(const void *sample)
{
	const struct board_sample *s = sample;

	return sample_rate(s, s->closed);
}

static uint64_t value_failed(const void *sample)
{
	const struct board_sample *s = sample;

	return sample_rate(s, s->failed);
}

void part_spark(const struct part *p, size_t columns, uint64_t (*value)(const void *sample))
{
	static const char *const bars[] = { " ",
					    "\xe2\x96\x81",
					    "\xe2\x96\x82",
					    "\xe2\x96\x83",
					    "\xe2\x96\x84",
					    "\xe2\x96\x85",
					    "\xe2\x96\x86",
					    "\xe2\x96\x87",
					    "\xe2\x96\x88" };
	static const char marks[] = " .:-=+*#@";
	const struct board *b = p->b;
	uint64_t most = 1;

	for (size_t i = 0; i < columns && i < b->n_samples && i < BOARD_SAMPLES; i++) {
		uint64_t v = value(&b->samples[(b->n_samples - 1 - i) % BOARD_SAMPLES]);

		most = v > most ? v : most;
	}
	for (size_t i = columns; i-- > 0;) {
		bool has = i < b->n_samples && i < BOARD_SAMPLES;
		uint64_t v = has ? value(&b->samples[(b->n_samples - 1 - i) % BOARD_SAMPLES]) : 0;
		size_t at = v ? 1 + (size_t)((double)v / (double)most * 7.0) : 0;

		if (p->v->ascii)
			buf_putc(text_of(p), marks[at > 8 ? 8 : at]);
		else
			buf_puts(text_of(p), bars[at > 8 ? 8 : at]);
	}
}

static void put_label(struct buf *b, const char *label, uint64_t n)
{
	buf_puts(b, label);
	buf_put_u64(b, n);
}

static void put_counts(const struct part *p)
{
	const struct board_counts *c = &p->b->counts;
	struct buf *b = text_of(p);
	struct stamp_cache cache = { 0 };
	size_t start = b->len;

	stamp_put(b, &cache, STAMP_CLOCK, p->wall_ns);
	b->len -= 4; /* whole seconds */
	put_label(b, "  tcp ", c->tcp);
	if (!p->v->past) {
		put_label(b, ": estab ", c->established);
		put_label(b, " close_wait ", c->close_wait);
		put_label(b, "  time_wait ", c->time_wait);
	}
	put_label(b, "  listen ", c->listen);
	put_label(b, "  udp ", c->udp);
	part_end_line(p, start,
		      c->close_wait > c->established && c->close_wait > 100 ? STYLE_BAD
									    : STYLE_TITLE);
}

/* A number with its history, in so many columns. */
static void put_history(const struct part *p, const char *label, uint64_t (*value)(const void *),
			bool bytes, size_t columns)
{
	struct board_sample last = board_last(p->b);
	struct buf *b = text_of(p);
	size_t start = b->len, len;

	buf_puts(b, label);
	if (bytes)
		bytes_put(b, value(&last));
	else
		buf_put_u64(b, value(&last));
	buf_puts(b, "/s ");
	len = b->len - start;
	buf_pad(b, 14 - (int)len);
	if (p->width && p->v->bar)
		part_spark(p, columns, value);
	buf_puts(b, "  ");
}

static void put_histories(const struct part *p)
{
	size_t room = p->width > 48 ? (size_t)(p->width - 48) / 3 : 0;
	struct buf *b = text_of(p);
	size_t start = b->len;

	room = room > SPARK_MAX ? SPARK_MAX : room;
	put_history(p, "down ", value_received, true, room);
	put_history(p, "up ", value_sent, true, room);
	part_end_line(p, start, STYLE_PLAIN);
	start = b->len;
	put_history(p, "opened ", value_opened, false, room);
	put_history(p, "closed ", value_closed, false, room);
	put_history(p, "failed ", value_failed, false, room);
	part_end_line(p, start, board_last(p->b).failed ? STYLE_BAD : STYLE_PLAIN);
}

/* What is not here. */
static void put_losses(const struct part *p)
{
	struct buf *b = text_of(p);
	size_t start = b->len;

	if (p->b->lost)
		put_label(b, "lost: ", p->b->lost);
	if (p->b->lost)
		buf_puts(b, " records could not be taken in time (--buffer-size).  ");
	if (p->b->no_room)
		put_label(b, "no room for sockets: ", p->b->no_room);
	if (p->b->no_room)
		buf_puts(b, ".  ");
	if (b->len > start)
		part_end_line(p, start, STYLE_BAD);
	start = b->len;
	if (!p->b->cut)
		return;
	put_label(b, "", p->b->cut);
	buf_puts(b, " that ended were shown for less than ten seconds: there are too many");
	part_end_line(p, start, STYLE_DIM);
}

void part_totals(const struct part *p)
{
	size_t start = text_of(p)->len;

	put_counts(p);
	if (!p->v->past)
		put_histories(p);
	put_losses(p);
	start = text_of(p)->len;
	if (!p->v->source)
		return;
	buf_puts(text_of(p), p->v->source);
	part_end_line(p, start, STYLE_BAD);
}

/* --- status ----------------------------------------------------------------------------------- */

void part_status(const struct part *p)
{
	const struct view *v = p->v;
	struct buf *b = text_of(p);
	size_t start = b->len;

	for (enum top_kind kind = TOP_CONNS; kind < TOP_KINDS; kind++) {
		buf_putc(b, kind == v->kind ? '[' : ' ');
		if (kind == TOP_TREE)
			buf_putc(b, 't');
		else
			buf_put_u64(b, kind);
		buf_putc(b, ' ');
		buf_puts(b, columns_of(kind)->title);
		if (kind == v->kind)
			buf_putc(b, ']');
	}
	part_end_line(p, start, STYLE_TITLE);
	start = b->len;
	put_label(b, "", v->list.n);
	buf_puts(b, v->list.n == 1 ? " row" : " rows");
	if (v->paused)
		put_label(b, "   PAUSED, since then ended: ", v->n_held);
	if (v->hides_ended)
		buf_puts(b, "   ended ones are hidden (x)");
	if (v->time_waits)
		buf_puts(b, "   with time_wait (a)");
	if (v->filter && *v->filter) {
		buf_puts(b, "   only: ");
		buf_puts(b, v->filter);
	}
	part_end_line(p, start, v->paused ? STYLE_CHANGED : STYLE_DIM);
}

void part_bar(const struct part *p)
{
	struct buf *b = text_of(p);
	size_t start = b->len;

	if (p->v->message) {
		buf_puts(b, p->v->message);
		part_end_line(p, start, p->v->message_is_bad ? STYLE_BAD : STYLE_PLAIN);
		return;
	}
	if (p->v->pane == PANE_ASK)
		ask_put_bar(b, &p->v->ask);
	else if (p->v->pane != PANE_ROWS)
		buf_puts(b, "Esc Back  Up Down  q Quit");
	else if (p->v->acts)
		buf_puts(b, "F1 Help / Filter s Sort Space Pause Enter Details k Signal K Close "
			    "q Quit");
	else
		buf_puts(b, "F1 Help / Filter s Sort Space Pause Enter Details e Events x Ended "
			    "q Quit");
	if (p->v->pane == PANE_ROWS && p->width > WIDE)
		buf_puts(b, " S Turn a Time_wait n Names w Write y Copy");
	part_end_line(p, start, STYLE_BAR);
}
