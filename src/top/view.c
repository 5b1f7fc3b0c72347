// SPDX-License-Identifier: GPL-2.0-only
#include "top/view.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "top/board.h"
#include "top/columns.h"
#include "top/glyphs.h"
#include "top/parts.h"

#define REST_NS 2000000000ull /* rows stay where they are so long after the cursor moved */
#define NEW_NS 2500000000ull  /* what is new, or has changed, shows it */
#define EVENT_SHARE 3	      /* of the screen: the pane of events */

void view_init(struct view *v)
{
	v->kind = TOP_CONNS;
	for (enum top_kind kind = TOP_CONNS; kind < TOP_KINDS; kind++)
		v->sorted[kind] = columns_of(kind)->sorted;
}

void view_free(struct view *v)
{
	list_free(&v->list);
}

/* --- the list --------------------------------------------------------------------------------- */

static struct top_order order_of(const struct view *v)
{
	const struct column *c = &columns_of(v->kind)->columns[v->sorted[v->kind]];

	return (struct top_order){ c->key, c->rises == v->turned[v->kind] };
}

int view_refresh(struct view *v, const struct board *b, uint64_t now_ns)
{
	bool same = v->opts.kind == v->kind;
	int err;

	v->opts.kind = v->kind;
	v->opts.order = order_of(v);
	v->opts.hides_ended = v->hides_ended;
	v->opts.time_waits = v->time_waits;
	v->opts.stays = same && v->moved_ns && now_ns < v->moved_ns + REST_NS;
	err = list_make(&v->list, b, &v->opts);
	v->version = b->version;
	return err;
}

/* --- the cursor ------------------------------------------------------------------------------- */

/* Where the row is that the cursor is at; one that is gone leaves it where it was. */
static void find_cursor(struct view *v)
{
	size_t at = v->follows ? list_find(&v->list, v->cursor) : SIZE_MAX;

	if (at == SIZE_MAX)
		at = v->cursor_at;
	if (at >= v->list.n)
		at = v->list.n ? v->list.n - 1 : 0;
	v->cursor_at = at;
	v->cursor = v->list.n ? v->list.rows[at].id : 0;
}

void view_select(struct view *v, size_t index, uint64_t now_ns)
{
	if (!v->list.n)
		return;
	v->cursor_at = index < v->list.n ? index : v->list.n - 1;
	v->cursor = v->list.rows[v->cursor_at].id;
	v->moved_ns = now_ns;
	v->follows = true;
}

void view_move(struct view *v, long by, uint64_t now_ns)
{
	size_t at;

	if (v->pane != PANE_ROWS) {
		v->scrolled = by < 0 && v->scrolled < (size_t)-by ? 0 : v->scrolled + (size_t)by;
		return;
	}
	find_cursor(v);
	at = by < 0 && v->cursor_at < (size_t)-by ? 0 : v->cursor_at + (size_t)by;
	view_select(v, at, now_ns);
}

void view_to(struct view *v, bool last, uint64_t now_ns)
{
	v->scrolled = 0;
	view_select(v, last ? v->list.n : 0, now_ns);
}

const struct top_row *view_row(const struct view *v)
{
	size_t at = list_find(&v->list, v->cursor);

	return at == SIZE_MAX ? NULL : &v->list.rows[at];
}

/* The cursor is in sight, and there are as many rows as fit. */
static void scroll(struct view *v, size_t room)
{
	v->room = room;
	find_cursor(v);
	if (v->cursor_at < v->top)
		v->top = v->cursor_at;
	if (room && v->cursor_at >= v->top + room)
		v->top = v->cursor_at - room + 1;
	if (v->top + room > v->list.n)
		v->top = v->list.n > room ? v->list.n - room : 0;
}

/* --- what it shows ---------------------------------------------------------------------------- */

/* The cursor stays at the top until it is moved: rows pass below it. */
void view_show(struct view *v, enum top_kind kind)
{
	v->kind = kind;
	v->pane = PANE_ROWS;
	v->cursor = 0;
	v->cursor_at = v->top = 0;
	v->moved_ns = 0;
	v->follows = false;
}

void view_sort(struct view *v, size_t column)
{
	if (column == v->sorted[v->kind]) {
		view_turn(v);
		return;
	}
	v->sorted[v->kind] = column;
	v->turned[v->kind] = false;
	v->moved_ns = 0;
}

void view_sort_step(struct view *v, int step)
{
	const struct column_set *set = columns_of(v->kind);
	size_t at = v->sorted[v->kind];

	do {
		at = (at + set->n + (size_t)step) % set->n;
	} while (!set->columns[at].key);
	view_sort(v, at);
}

void view_sort_by(struct view *v, const char *name)
{
	size_t column = name ? columns_find(columns_of(v->kind), name) : SIZE_MAX;

	if (column != SIZE_MAX)
		v->sorted[v->kind] = column;
}

void view_turn(struct view *v)
{
	v->turned[v->kind] = !v->turned[v->kind];
	v->moved_ns = 0;
}

size_t view_column_at(const struct view *v, int x, int width)
{
	const struct column_set *set = columns_of(v->kind);
	uint8_t widths[COLUMNS_MAX];
	int at = 0;

	columns_fit(set, width, v->netns, widths);
	for (size_t i = 0; i < set->n; i++) {
		if (!widths[i])
			continue;
		if (x >= at && x <= at + widths[i])
			return set->columns[i].key ? i : SIZE_MAX;
		at += widths[i] + 1;
	}
	return SIZE_MAX;
}

/* --- lines ------------------------------------------------------------------------------------ */

void page_end_line(struct view_page *page, size_t start, int width, enum view_style style,
		   bool ascii)
{
	struct buf *b = &page->text;
	struct buf line = { 0 };

	if (width) {
		buf_put(&line, b->data + start, b->len - start);
		b->len = start;
		glyphs_put(b, line.data, line.len, width, false, ascii);
		buf_free(&line);
	} else {
		while (b->len > start && b->data[b->len - 1] == ' ')
			b->len--;
	}
	/* for want of memory the line is missing */
	(void)ARRAY_ADD(page->lines, page->n, page->cap,
			(&(struct view_line){ start, b->len - start, style, false }));
}

/* Behind the title of the column that it is sorted by. */
static const char *mark_of(const struct view *v)
{
	bool falls = order_of(v).falls;

	if (v->ascii)
		return falls ? "v" : "^";
	return falls ? "\xe2\x96\xbc" : "\xe2\x96\xb2";
}

static void put_titles(const struct part *p, const uint8_t widths[COLUMNS_MAX])
{
	const struct column_set *set = columns_of(p->v->kind);
	struct buf *b = &p->page->text;
	size_t start = b->len;

	for (size_t i = 0; i < set->n; i++) {
		struct buf title = { 0 };
		bool sorted = i == p->v->sorted[p->v->kind] && p->v->bar;

		if (!widths[i])
			continue;
		buf_puts(&title, set->columns[i].title);
		if (sorted && title.len >= widths[i]) /* it is ASCII */
			title.len = widths[i] - 1u;
		if (sorted)
			buf_puts(&title, mark_of(p->v));
		glyphs_put(b, title.data, title.len, widths[i], set->columns[i].right, p->v->ascii);
		buf_free(&title);
		buf_putc(b, ' ');
	}
	b->len -= b->len > start;
	p->page->head = p->page->n;
	page_end_line(p->page, start, p->width, STYLE_HEAD, p->v->ascii);
}

static enum view_style style_of(const struct part *p, const struct top_row *row)
{
	const struct board_entry *e = row->entry;

	if (row->failure)
		return p->now_ns < row->failure->last_ns + NEW_NS ? STYLE_BAD : STYLE_PLAIN;
	if (!e)
		return STYLE_PLAIN;
	if (e->end_ns && (e->reason || e->error) && p->now_ns < e->end_ns + NEW_NS)
		return STYLE_BAD;
	if (e->end_ns)
		return STYLE_ENDED;
	if (!e->was_there && p->now_ns < e->first_ns + NEW_NS)
		return STYLE_NEW;
	return !e->was_there && p->now_ns < e->changed_ns + NEW_NS ? STYLE_CHANGED : STYLE_PLAIN;
}

static void put_row(const struct part *p, const struct top_row *row,
		    const uint8_t widths[COLUMNS_MAX], bool cursor)
{
	const struct column_set *set = columns_of(p->v->kind);
	struct cell cell = { p->b, p->now_ns, 0, p->v->names, p->v->ascii };
	struct buf *b = &p->page->text;
	size_t start = b->len, n = p->page->n;
	struct buf text = { 0 };

	for (size_t i = 0; i < set->n; i++) {
		if (!widths[i])
			continue;
		text.len = 0;
		cell.width = widths[i];
		set->columns[i].put(&cell, &text, row);
		glyphs_put(b, text.data, text.len, widths[i], set->columns[i].right, p->v->ascii);
		buf_putc(b, ' ');
	}
	b->len -= b->len > start;
	buf_free(&text);
	page_end_line(p->page, start, p->width, style_of(p, row), p->v->ascii);
	if (p->page->n > n)
		p->page->lines[n].cursor = cursor;
}

static void put_rows(const struct part *p, size_t first, size_t most)
{
	const struct view *v = p->v;
	uint8_t widths[COLUMNS_MAX];

	columns_fit(columns_of(v->kind), p->width, v->netns, widths);
	put_titles(p, widths);
	p->page->first_row = p->page->n;
	for (size_t i = first; i < v->list.n && i < first + most; i++)
		put_row(p, &v->list.rows[i], widths, v->bar && i == v->cursor_at);
	p->page->n_rows = p->page->n - p->page->first_row;
}

static void fill(const struct part *p, size_t until)
{
	while (p->page->n < until)
		page_end_line(p->page, p->page->text.len, p->width, STYLE_PLAIN, p->v->ascii);
}

/* Everything between the first lines and the last one. */
static void put_middle(struct view *v, const struct part *p, size_t until)
{
	size_t room = until > p->page->n ? until - p->page->n : 0;
	size_t events = v->events ? room / EVENT_SHARE : 0;

	if (v->pane == PANE_HELP) {
		part_help(p, room);
		return;
	}
	if (v->pane == PANE_DETAILS) {
		part_details(p, room);
		return;
	}
	if (v->pane == PANE_ASK) {
		part_ask(p, room);
		return;
	}
	room -= events;
	scroll(v, room ? room - 1 : 0);
	put_rows(p, v->top, room ? room - 1 : 0);
	if (!events)
		return;
	fill(p, until - events);
	part_events(p, events);
}

void view_draw(struct view *v, const struct board *b, int width, int height, uint64_t now_ns,
	       uint64_t wall_ns, struct view_page *page)
{
	struct part p = { v, b, page, width, now_ns, wall_ns };
	size_t lines = (size_t)height;

	page->text.len = 0;
	page->n = page->n_rows = 0;
	page->head = SIZE_MAX;
	v->netns = b->elsewhere;
	part_totals(&p);
	if (!height) {
		put_rows(&p, 0, SIZE_MAX - 1);
		return;
	}
	part_status(&p);
	put_middle(v, &p, lines - v->bar);
	fill(&p, lines - v->bar);
	if (page->n > lines - v->bar) /* a screen that is very low */
		page->n = lines - v->bar;
	if (v->bar)
		part_bar(&p);
}

void view_page_free(struct view_page *page)
{
	buf_free(&page->text);
	free(page->lines);
	page->lines = NULL;
	page->n = page->cap = 0;
}
