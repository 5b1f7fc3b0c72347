/* SPDX-License-Identifier: GPL-2.0-only */
/* Unix sockets: netstat's second table, JSON and CSV. */
#ifndef SOCKWATCH_RENDER_UNIX_H
#define SOCKWATCH_RENDER_UNIX_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct holder;
struct render;
struct schema;
struct unix_socket;

/* Of a struct unix_row. */
extern const struct schema unix_schema;

/* One row: all borrowed. */
struct unix_row {
	const struct unix_socket *socket;
	const struct unix_socket *peer; /* NULL: none, or not known */
	const struct holder *holders;	/* of both sockets */
	uint64_t wall_ns;		/* since 1970, UTC */
};

/* The columns of the text that differ in width, and whether it has colours; starts as all zero. */
struct unix_widths {
	int owner;
	int peer;
	int columns; /* of a terminal; 0: there is room for all */
	bool narrow; /* less room for what says less */
	bool color;
};

/*
 * Makes room for a row that will come; not for one with so many holders that every other row would
 * be blanks: its own columns are then further right.
 */
void render_unix_fit(struct unix_widths *w, const struct unix_row *row);

/*
 * Behind the last fit: so many columns of a terminal (0: any). Where header and path do not fit,
 * the others become narrower; a line that is too long leaves out blanks and the end of the command.
 */
void render_unix_fit_terminal(struct unix_widths *w, int columns);

/* Each appends a line. r: as render/render.h has it for the other sockets. */
void render_unix_text_header(struct buf *b, const struct unix_widths *w);
void render_unix_text(struct buf *b, const struct unix_widths *w, const struct unix_row *row,
		      bool extended);
void render_unix_json(struct render *r, struct buf *b, const struct unix_row *row);
void render_unix_csv_header(struct buf *b);
void render_unix_csv(struct render *r, struct buf *b, const struct unix_row *row);

#endif
