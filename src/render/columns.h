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
	size_t n;
	/* of text: */
	int usual[FIELDS_MAX];	       /* what most lines of a stream need; 0: not known */
	int cells[FIELDS_MAX];	       /* what cells need that are known; they grow */
	int widths[FIELDS_MAX];	       /* what they have */
	int columns;		       /* of a terminal; 0: there is room for all */
	int room;		       /* all rows of it that a line takes; 0: any */
	enum stamp_style time;	       /* how times will be told */
	bool short_time;	       /* without fractions of seconds */
	bool settled;		       /* the widths are what all that is above makes them */
	const struct formatter *whole; /* static: how what is about no socket is told */
};

/* The i-th column that sockets have, or Unix sockets; false: there are no more. */
bool columns_at(bool of_unix, size_t i, struct named_column *ret);

/* names: static, n of them, at most FIELDS_MAX. */
void chosen_init(struct chosen *c, const struct schema *s, const char *const *names, size_t n);

/* Whether this key is among them. */
bool chosen_has(const struct chosen *c, const char *key);

/* *v is what an object has of a field (NULL: nothing). False: it has nothing. */
static inline bool chosen_get(const struct field *f, const void *object, struct field_value *v)
{
	v->field = f;
	return f && f->get(object, v);
}

/*
 * Text. Makes room for an object that will come; fits all into so many columns of a terminal (0:
 * there is room for all); the width of all.
 */
void chosen_fit(struct chosen *c, const void *object, const struct field_times *times);
void chosen_fit_terminal(struct chosen *c, int columns, enum stamp_style time);
int chosen_width(struct chosen *c);

/* Each appends a line; text's titles without its end. */
void chosen_put_titles(struct chosen *c, struct buf *b);
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
