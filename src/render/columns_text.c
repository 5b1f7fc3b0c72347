// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chosen columns as text. In a terminal's row that is too narrow for them fractions of seconds give
 * way, then how wide the columns of addresses are, the ends of titles, and how wide the columns of
 * texts are. In a line that is too long all the same it is the ends of texts that their columns
 * have no room for, then blanks between columns, and then more of the longest texts.
 */
#include "render/columns.h"

#include <string.h>

#include "base/buf.h"
#include "base/screen.h"
#include "render/conn_owners.h"
#include "render/escape.h"
#include "render/holders.h"
#include "render/share.h"

#define GROW_MAX 60	 /* what is longer pushes the rest of its own line only */
#define ADDRESS_LEAST 15 /* of IPv4 */
#define TITLE_LEAST 5	 /* of a title that is cut, ... */
#define TEXT_LEAST 8	 /* ... of a column of texts, ... */
#define HOLDERS_LEAST 12 /* ... of processes, ... */
#define CUT_LEAST 5	 /* ... of a text, with the sign for its end */
#define FRACTION_WIDTH 4 /* ".123" */

/* --- cells ------------------------------------------------------------------------------------ */

static bool is_right(const struct field *f)
{
	return f && (f->type == FIELD_NUMBER || f->type == FIELD_SIGNED || f->type == FIELD_REAL);
}

/* Names that others gave, which are known by their beginning. */
static bool is_text(const struct field *f)
{
	return f && f->type == FIELD_FOREIGN;
}

/* Behind their numbers there are names. */
static bool is_holders(const struct field *f)
{
	return f && f->type == FIELD_HOLDERS;
}

static bool is_clock(const struct field *f, enum stamp_style style)
{
	return f && f->type == FIELD_TIME && style == STAMP_CLOCK;
}

static void put_holders(struct buf *b, const struct field_value *v)
{
	if (v->conn)
		conn_owners_put_text(b, "", v->conn);
	else
		holders_put_text(b, v->holders, v->num);
}

/* Numbers and times are as in CSV. */
static void put_value(const struct chosen *c, struct buf *b, const struct field_value *v,
		      const struct field_times *times)
{
	switch ((enum field_type)v->field->type) {
	case FIELD_WORD:
	case FIELD_FOREIGN:
	case FIELD_JSON:
		escape_text(b, v->text, v->len);
		break;
	case FIELD_HOLDERS:
		put_holders(b, v);
		break;
	default:
		schema_put_cell(b, v->field, v, times);
	}
	if (c->short_time && is_clock(v->field, times->style) && b->len > FRACTION_WIDTH)
		b->len -= FRACTION_WIDTH;
}

/* A dash where there is nothing, so that each line has as many words. */
static void put_cell(const struct chosen *c, struct buf *b, const struct field *f,
		     const void *object, const struct field_times *times)
{
	struct field_value v;
	size_t start = b->len;

	if (chosen_get(f, object, &v))
		put_value(c, b, &v, times);
	if (b->len == start)
		buf_putc(b, '-');
}

/* --- columns ---------------------------------------------------------------------------------- */

static int most(int a, int b)
{
	return a > b ? a : b;
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

static int title_width(const struct chosen *c, size_t i)
{
	return (int)strlen(c->names[i]);
}

static int width_now(const struct chosen *c)
{
	int width = 0;

	for (size_t i = 0; i < c->n; i++)
		width += c->widths[i] + 1;
	return width;
}

/* What cells are known to need. */
static int cell_width(const struct chosen *c, size_t i)
{
	bool cut = c->short_time && is_clock(c->fields[i], c->time);

	return cut && c->cells[i] > FRACTION_WIDTH ? c->cells[i] - FRACTION_WIDTH : c->cells[i];
}

static int usual_width(const struct chosen *c, size_t i)
{
	bool cut = c->short_time && is_clock(c->fields[i], c->time);

	return cut && c->usual[i] > FRACTION_WIDTH ? c->usual[i] - FRACTION_WIDTH : c->usual[i];
}

/* Of all; behind the last is no blank. */
static int width_of(const struct share *all, size_t n)
{
	int width = -1;

	for (size_t i = 0; i < n; i++)
		width += all[i].width + 1;
	return width;
}

/* What each is not to go below. */
typedef int least_fn(const struct chosen *c, size_t i, int width);

/* Of texts only a guess is known: most are shorter. */
static int least_of_guess(const struct chosen *c, size_t i, int width)
{
	int known = most(most(title_width(c, i), cell_width(c, i)), TEXT_LEAST);

	return is_text(c->fields[i]) ? least(width, known) : width;
}

/* A longer one takes the room in its own row only. */
static int least_of_address(const struct chosen *c, size_t i, int width)
{
	bool is_address = c->fields[i] && (!strcmp(c->fields[i]->key, "local_addr") ||
					   !strcmp(c->fields[i]->key, "remote_addr"));

	return is_address ? least(width, ADDRESS_LEAST) : width;
}

static int least_of_title(const struct chosen *c, size_t i, int width)
{
	int known = most(usual_width(c, i), cell_width(c, i));

	if (is_text(c->fields[i]))
		known = most(cell_width(c, i), least(known, TEXT_LEAST));
	return least(width, most(known, TITLE_LEAST));
}

static int least_of_text(const struct chosen *c, size_t i, int width)
{
	if (is_holders(c->fields[i]))
		return least(width, HOLDERS_LEAST);
	return is_text(c->fields[i]) ? least(width, TEXT_LEAST) : width;
}

/* Whether all fit into so many columns (0: any). */
static bool settle_within(struct chosen *c, int room)
{
	static least_fn *const steps[] = { least_of_guess, least_of_address, least_of_title,
					   least_of_text };
	struct share all[FIELDS_MAX];
	int need;

	for (size_t i = 0; i < c->n; i++)
		all[i].width = most(most(usual_width(c, i), cell_width(c, i)), title_width(c, i));
	need = room ? width_of(all, c->n) - room : 0;
	for (size_t step = 0; step < sizeof(steps) / sizeof(steps[0]) && need > 0; step++) {
		for (size_t i = 0; i < c->n; i++)
			all[i].least = steps[step](c, i, all[i].width);
		need = share_give(all, c->n, need);
	}
	for (size_t i = 0; i < c->n; i++)
		c->widths[i] = all[i].width;
	return need <= 0;
}

static void settle(struct chosen *c)
{
	if (c->settled)
		return;
	c->settled = true;
	c->short_time = false;
	settle_within(c, 0);
	c->room = c->columns;
	if (!c->columns || width_now(c) - 1 <= c->columns)
		return;
	c->short_time = true;
	while (!settle_within(c, c->room))
		c->room += c->columns; /* one row more */
}

void chosen_fit_terminal(struct chosen *c, int columns, enum stamp_style time)
{
	c->columns = columns;
	c->time = time;
	c->settled = false;
}

static void grow(struct chosen *c, size_t i, int width)
{
	if (width <= c->cells[i] || width > GROW_MAX)
		return;
	c->cells[i] = width;
	c->settled = false;
}

void chosen_fit(struct chosen *c, const void *object, const struct field_times *times)
{
	struct stamp_cache time = { 0 }, start = { 0 }; /* a delta is from line to line */
	const struct field_times own = { times->style, &time, &start };
	struct buf b = { 0 };

	c->short_time = false;
	for (size_t i = 0; i < c->n; i++) {
		b.len = 0;
		put_cell(c, &b, c->fields[i], object, &own);
		grow(c, i, buf_failed(&b) ? 0 : screen_columns(&b, 0));
	}
	buf_free(&b);
}

int chosen_width(struct chosen *c)
{
	settle(c);
	return width_now(c);
}

/* --- lines ------------------------------------------------------------------------------------ */

static void trim(struct buf *b, size_t start)
{
	while (b->len > start && b->data[b->len - 1] == ' ')
		b->len--;
}

static void put_cut(struct buf *b, const char *text, size_t len, int width)
{
	size_t end = 0;

	for (int column = 0; end < len; end++) {
		column += (text[end] & 0xc0) != 0x80; /* UTF-8: not what goes on */
		if (column == width)
			break;
	}
	buf_put(b, text, end);
	buf_putc(b, '+');
}

/* A text of `has` columns of a terminal, and a blank behind it unless it is the last. */
static void put_in_column(const struct chosen *c, size_t i, struct buf *b, const char *text,
			  size_t len, int has, int width)
{
	int room = has < width ? width - has : 0;

	if (is_right(c->fields[i]))
		buf_pad(b, room);
	if (has > width)
		put_cut(b, text, len, width);
	else
		buf_put(b, text, len);
	if (i + 1 < c->n)
		buf_pad(b, 1 + (is_right(c->fields[i]) ? 0 : room));
}

void chosen_put_titles(struct chosen *c, struct buf *b)
{
	size_t start = b->len;

	settle(c);
	for (size_t i = 0; i < c->n; i++) {
		int title = title_width(c, i);

		put_in_column(c, i, b, c->names[i], (size_t)title, title, c->widths[i]);
	}
	trim(b, start);
}

/* A line in the making. */
struct line {
	struct buf text;		/* owned: of all cells */
	size_t ends[FIELDS_MAX];	/* of each in it */
	int widths[FIELDS_MAX];		/* of what it has there */
	struct share parts[FIELDS_MAX]; /* what it takes in the row */
};

static size_t begin_of(const struct line *l, size_t i)
{
	return i ? l->ends[i - 1] : 0;
}

/* The last column is not filled up, but for a number. */
static int filled(const struct chosen *c, size_t i, int width)
{
	return i + 1 < c->n || is_right(c->fields[i]) ? most(width, c->widths[i]) : width;
}

/* Columns are widened among rows that are there only where there is room for it. */
static void grow_among(struct chosen *c, size_t i, int width)
{
	int more = width - c->widths[i];

	if (more > 0 && (!c->room || width_now(c) - 1 + more <= c->room))
		grow(c, i, width);
}

static void make_line(struct chosen *c, struct line *l, const void *object,
		      const struct field_times *times)
{
	for (size_t i = 0; i < c->n; i++) {
		put_cell(c, &l->text, c->fields[i], object, times);
		l->ends[i] = l->text.len;
	}
	for (size_t i = 0, at = 0; i < c->n && !buf_failed(&l->text); at = l->ends[i++]) {
		const struct buf cell = { .data = l->text.data, .len = l->ends[i] };

		l->widths[i] = screen_columns(&cell, at);
		grow_among(c, i, l->widths[i]);
		settle(c);
		l->parts[i].width = filled(c, i, l->widths[i]);
	}
}

/* Blanks, the last ones first, so that columns before them stay. Returns what is still needed. */
static int give_blanks(const struct chosen *c, struct line *l, int need)
{
	for (size_t i = c->n; i-- > 0 && need > 0;) {
		int more = least(l->parts[i].width - l->widths[i], need);

		if (more <= 0)
			continue;
		l->parts[i].width -= more;
		need -= more;
	}
	return need;
}

/* What a text, or the name of one process, is not cut below. */
static int least_of(const struct chosen *c, const struct line *l, size_t i)
{
	size_t at = begin_of(l, i), len = l->ends[i] - at;
	const char *text = l->text.data + at, *slash;
	int width = l->widths[i];

	if (is_text(c->fields[i]))
		return least(width, CUT_LEAST);
	if (!is_holders(c->fields[i]))
		return width;
	slash = memchr(text, '/', len);
	if (!slash || memchr(slash, ',', len - (size_t)(slash - text)))
		return width;
	return least(width, (int)(slash - text) + CUT_LEAST);
}

/* Texts that are longer than their columns, so that those behind stay where they are. */
static int give_ends(const struct chosen *c, struct line *l, int need)
{
	for (size_t i = 0; i < c->n && need > 0; i++) {
		int width = most(c->widths[i], l->parts[i].least);

		if (l->parts[i].width <= width)
			continue;
		need -= l->parts[i].width - width;
		l->parts[i].width = width;
	}
	return need;
}

/* So that it has the fewest rows that it can have. */
static void fit_line(const struct chosen *c, struct line *l)
{
	int can = -1, need;

	for (size_t i = 0; i < c->n; i++) {
		l->parts[i].least = least_of(c, l, i);
		can += l->parts[i].least + 1;
	}
	need = width_of(l->parts, c->n) - (can + c->columns - 1) / c->columns * c->columns;
	need = give_ends(c, l, need);
	need = give_blanks(c, l, need);
	share_give(l->parts, c->n, need);
}

static void put_line(const struct chosen *c, struct buf *b, const struct line *l)
{
	size_t start = b->len;

	b->failed = b->failed || buf_failed(&l->text);
	for (size_t i = 0; i < c->n && !b->failed; i++) {
		const char *text = l->text.data + begin_of(l, i);
		size_t len = l->ends[i] - begin_of(l, i);

		put_in_column(c, i, b, text, len, l->widths[i], l->parts[i].width);
	}
	trim(b, start);
	buf_putc(b, '\n');
}

void chosen_put_text(struct chosen *c, struct buf *b, const void *object,
		     const struct field_times *times)
{
	struct line l = { 0 };

	settle(c);
	make_line(c, &l, object, times);
	if (c->room && !buf_failed(&l.text) && width_of(l.parts, c->n) > c->room)
		fit_line(c, &l);
	put_line(c, b, &l);
	buf_free(&l.text);
}
