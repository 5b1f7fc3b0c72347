// SPDX-License-Identifier: GPL-2.0-only
#include "render/grid.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/value.h"
#include "render/csv_put.h"
#include "render/escape.h"
#include "render/json_put.h"

#define KEEP_ROWS 500
#define WIDTH_MAX 60 /* a column is not made wider for a cell beyond that */

struct grid_column {
	size_t name, name_len; /* in names: for JSON, unlike all others */
	size_t title_len;      /* of it what the answer calls it */
	size_t width;	       /* characters of a terminal */
	bool left;	       /* it has texts */
};

/* --- cells ------------------------------------------------------------------------------------ */

static void put_real(struct buf *b, double real)
{
	char text[32];

	if (isfinite(real))
		buf_put(b, text, (size_t)snprintf(text, sizeof(text), "%.15g", real));
	else
		buf_puts(b, real > 0 ? "1e999" : "-1e999"); /* as SQLite writes it; no NaN comes */
}

static void put_number(struct buf *b, const struct value *v)
{
	char text[32];

	if (v->type == VALUE_REAL)
		put_real(b, v->real);
	else
		buf_put(b, text, (size_t)snprintf(text, sizeof(text), "%" PRId64, v->integer));
}

static void put_json(const struct grid *g, struct buf *b, const struct value *cells)
{
	size_t begin = json_begin(b);

	for (size_t i = 0; i < g->n; i++) {
		const struct grid_column *c = &g->columns[i];

		if (cells[i].type == VALUE_NONE)
			continue;
		json_next(b);
		json_put_text(b, g->names.data + c->name, c->name_len);
		buf_putc(b, ':');
		if (cells[i].type == VALUE_TEXT)
			json_put_text(b, cells[i].text, cells[i].len);
		else
			put_number(b, &cells[i]);
	}
	json_end_line(b, begin);
}

static void put_csv(const struct grid *g, struct buf *b, const struct value *cells)
{
	for (size_t i = 0; i < g->n; i++) {
		if (cells[i].type == VALUE_TEXT)
			escape_csv(b, cells[i].text, cells[i].len);
		else if (cells[i].type != VALUE_NONE)
			put_number(b, &cells[i]);
		csv_next(b);
	}
	csv_end(b);
}

/* --- the table -------------------------------------------------------------------------------- */

/* Characters of valid UTF-8. */
static size_t width_of(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += (text[i] & 0xc0) != 0x80;
	return n;
}

/* The last column is not filled up. */
static void put_cell(const struct grid *g, size_t i, struct buf *b, const char *text, size_t len)
{
	size_t width = g->columns[i].width, own = width_of(text, len);
	int room = own < width ? (int)(width - own) : 0;

	if (!g->columns[i].left)
		buf_pad(b, room);
	buf_put(b, text, len);
	if (i + 1 == g->n) {
		buf_putc(b, '\n');
		return;
	}
	if (g->columns[i].left)
		buf_pad(b, room);
	buf_puts(b, "  ");
}

static void put_titles(const struct grid *g, struct buf *b)
{
	struct buf title = { 0 };

	for (size_t i = 0; i < g->n; i++) {
		title.len = 0;
		escape_text(&title, g->names.data + g->columns[i].name, g->columns[i].title_len);
		put_cell(g, i, b, title.data, title.len);
	}
	buf_free(&title);
}

/* What has no value is a dash, as in the tables of sockets. */
static void put_text(struct buf *b, const struct value *v)
{
	if (v->type == VALUE_TEXT)
		escape_text(b, v->text, v->len);
	else if (v->type == VALUE_NONE)
		buf_putc(b, '-');
	else
		put_number(b, v);
}

static void keep(struct grid *g, const struct value *cells)
{
	for (size_t i = 0; i < g->n; i++) {
		struct grid_column *c = &g->columns[i];
		size_t at = g->kept.len, len, width;

		buf_put(&g->kept, &(size_t){ 0 }, sizeof(len));
		put_text(&g->kept, &cells[i]);
		if (buf_failed(&g->kept))
			return;
		len = g->kept.len - at - sizeof(len);
		memcpy(g->kept.data + at, &len, sizeof(len));
		width = width_of(g->kept.data + at + sizeof(len), len);
		if (width > c->width && width <= WIDTH_MAX)
			c->width = width;
		c->left = c->left || cells[i].type == VALUE_TEXT;
	}
	g->n_kept++;
}

/* The widths are known. */
static void settle(struct grid *g, struct buf *b)
{
	const char *at = g->kept.data;

	if (g->flows)
		return;
	g->flows = true;
	b->failed = b->failed || buf_failed(&g->kept);
	if (!g->no_header)
		put_titles(g, b);
	for (size_t cell = 0; cell < g->n_kept * g->n && !b->failed; cell++) {
		size_t len;

		memcpy(&len, at, sizeof(len));
		put_cell(g, cell % g->n, b, at + sizeof(len), len);
		at += sizeof(len) + len;
	}
	buf_free(&g->kept);
}

static void put_line(const struct grid *g, struct buf *b, const struct value *cells)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < g->n; i++) {
		text.len = 0;
		put_text(&text, &cells[i]);
		b->failed = b->failed || buf_failed(&text);
		put_cell(g, i, b, text.data, text.len);
	}
	buf_free(&text);
}

/* --- the whole -------------------------------------------------------------------------------- */

static bool is_taken(const struct grid *g, const char *name, size_t len)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->columns[i].name_len == len &&
		    !memcmp(g->names.data + g->columns[i].name, name, len))
			return true;
	return false;
}

/* JSON's readers keep one of two members with the same key: the second is called "pid_2". */
static void add_name(struct grid *g, const char *name)
{
	struct grid_column *c = &g->columns[g->n];
	struct buf title = { 0 };
	size_t n = 1;

	c->name = g->names.len;
	c->title_len = strlen(name);
	escape_text(&title, name, c->title_len);
	c->width = width_of(title.data, title.len);
	buf_free(&title);
	do {
		g->names.len = c->name;
		buf_puts(&g->names, name);
		if (n > 1) {
			buf_putc(&g->names, '_');
			buf_put_u64(&g->names, n);
		}
		n++;
	} while (!buf_failed(&g->names) &&
		 is_taken(g, g->names.data + c->name, g->names.len - c->name));
	c->name_len = g->names.len - c->name;
	g->n++;
}

int grid_begin(struct grid *g, struct buf *b, const char *const *names, size_t n)
{
	g->columns = calloc(n, sizeof(*g->columns));
	if (!g->columns)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		add_name(g, names[i]);
	if (buf_failed(&g->names))
		return -ENOMEM;
	for (size_t i = 0; i < n && g->format == OUTPUT_CSV && !g->no_header; i++) {
		escape_csv(b, g->names.data + g->columns[i].name, g->columns[i].name_len);
		csv_next(b);
		if (i + 1 == n)
			csv_end(b);
	}
	return 0;
}

void grid_row(struct grid *g, struct buf *b, const struct value *cells)
{
	if (g->format == OUTPUT_JSON) {
		put_json(g, b, cells);
	} else if (g->format == OUTPUT_CSV) {
		put_csv(g, b, cells);
	} else if (g->flows) {
		put_line(g, b, cells);
	} else {
		keep(g, cells);
		if (g->n_kept == KEEP_ROWS)
			settle(g, b);
	}
}

void grid_end(struct grid *g, struct buf *b)
{
	b->failed = b->failed || buf_failed(&g->kept);
	if (g->format == OUTPUT_TEXT && g->n_kept)
		settle(g, b);
}

void grid_free(struct grid *g)
{
	free(g->columns);
	buf_free(&g->names);
	buf_free(&g->kept);
	*g = (struct grid){ .n = 0 };
}
