/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Views of what was recorded, for questions in SQL: each a choice of records, with columns that are
 * keys of JSON and mean the same.
 */
#ifndef SOCKWATCH_RENDER_VIEWS_H
#define SOCKWATCH_RENDER_VIEWS_H

#include <stdbool.h>
#include <stddef.h>

#include "render/stamp.h"

struct field;
struct record;
struct value;

#define VIEW_COLUMNS_MAX 80
#define VIEW_SCRATCH 256

enum view_of { VIEW_OF_SOCKETS, VIEW_OF_RECORDS, VIEW_OF_LOSSES };

struct record_view {
	const char *name;
	const char *about; /* one line */
	enum view_of of;
	const char *const *keys; /* of the record, then of its owner; NULL behind the last */
	const char *const *owner_keys;
	/* How many rows of it a record is. */
	size_t (*rows)(const struct record *rec);
};

extern const struct record_view record_views[];
extern const size_t n_record_views;

/* A view with its columns found in the schemas. */
struct view_columns {
	const struct record_view *view;
	const struct field *fields[VIEW_COLUMNS_MAX]; /* static */
	size_t n;
	size_t first_of_owner; /* of the fields: from here on they are of conn_owner_schema */
	struct stamp_cache time, start;
};

/* Fills ret; a key that no schema has is left out (tests/unit/test_views.c). */
void view_columns_find(const struct record_view *view, struct view_columns *ret);

const char *view_column_name(const struct view_columns *c, size_t column);
bool view_column_is_number(const struct view_columns *c, size_t column);
bool view_column_is_time(const struct view_columns *c, size_t column);

/*
 * A cell of a row (0: the first) of a record: *ret, which is VALUE_NONE before, borrows from rec,
 * or is in scratch, which has room for VIEW_SCRATCH bytes. Truths are 0 and 1.
 */
void view_value(struct view_columns *c, const struct record *rec, size_t row, size_t column,
		struct value *ret, char *scratch);

#endif
