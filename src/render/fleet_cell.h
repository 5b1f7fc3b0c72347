/* SPDX-License-Identifier: GPL-2.0-only */
/* Fields of a line of ClickHouse's format TabSeparated. All work in place. */
#ifndef SOCKWATCH_RENDER_FLEET_CELL_H
#define SOCKWATCH_RENDER_FLEET_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fleet_cell {
	char *text; /* borrowed from the line */
	size_t len;
	bool null;
};

/*
 * The next one of a line, which is behind it then; NUL-terminated, its escapes as they came. *line
 * is NULL behind the last. line[len] is written to. 0; -EBADMSG: there is none.
 */
int fleet_next_cell(char **line, size_t *len, struct fleet_cell *ret);

/* The number that it is. 0; -EBADMSG: it is none. */
int fleet_cell_number(const struct fleet_cell *c, uint64_t *ret);

/* Takes its escapes away. */
void fleet_cell_text(struct fleet_cell *c);

/*
 * The next element of an array, "[1,2]" or "['a','b']", which is behind it then; without its
 * escapes, and not NUL-terminated. 1; 0: there is none; -EBADMSG: it is no array.
 */
int fleet_next_element(struct fleet_cell *array, struct fleet_cell *ret);

#endif
