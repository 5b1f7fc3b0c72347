/* SPDX-License-Identifier: GPL-2.0-only */
/* Columns that the user chose, in his order: text, JSON and CSV of these fields of a schema. */
#ifndef SOCKWATCH_RENDER_COLUMNS_H
#define SOCKWATCH_RENDER_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/columns.h"
#include "render/schema.h"

struct buf;
struct formatter;
struct record;
struct render;

struct chosen {
	const struct field *fields[FIELDS_MAX]; /* static; NULL: the schema has no such key */
	const char *names[FIELDS_MAX];		/* borrowed, static */
	int widths[FIELDS_MAX];			/* of text; they grow */
	size_t n;
	const struct formatter *whole; /* static: how what is about no socket is told */
};

/* The i-th column that sockets have, or Unix sockets; false: there are no more. */
bool columns_at(bool of_unix, size_t i, struct named_column *ret);

/* names: static, n of them, at most FIELDS_MAX. */
void chosen_init(struct chosen *c, const struct schema *s, const char *const *names, size_t n);

/* Whether this key is among them. */
bool chosen_has(const struct chosen *c, const char *key);

/* Makes room for an object that will come; the width of all. */
void chosen_fit(struct chosen *c, const void *object, const struct field_times *times);
int chosen_width(const struct chosen *c);

/* Each appends a line; text's titles without its end. */
void chosen_put_titles(const struct chosen *c, struct buf *b);
void chosen_put_text(struct chosen *c, struct buf *b, const void *object,
		     const struct field_times *times);
void chosen_put_json(const struct chosen *c, struct buf *b, const void *object,
		     const struct field_times *times);
void chosen_put_csv(const struct chosen *c, struct buf *b, const void *object,
		    const struct field_times *times);
void chosen_put_csv_header(const struct chosen *c, struct buf *b);

/* The formatters of records with render.chosen: text, JSON and CSV; and text's room for a row. */
extern const struct formatter render_columns_text;
extern const struct formatter render_columns_json;
extern const struct formatter render_columns_csv;
void render_columns_fit(struct render *r, const struct record *rec);

#endif
