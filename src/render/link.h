/* SPDX-License-Identifier: GPL-2.0-only */
/* Network interfaces: netstat's table, JSON and CSV. */
#ifndef SOCKWATCH_RENDER_LINK_H
#define SOCKWATCH_RENDER_LINK_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct link;
struct link_counters;
struct link_list;
struct schema;

/* Of a struct link_row. */
extern const struct schema link_schema;

/* One interface: all borrowed. */
struct link_row {
	const struct link *link;
	const struct link_list *list;	    /* its addresses, and the name of its master */
	const struct link_counters *growth; /* since the page before; NULL: this is the first */
	uint64_t ns;			    /* that took so long */
	uint64_t wall_ns;		    /* since 1970, UTC */
	int width;			    /* text: of the name */
};

/* rates: of pages behind the first, whose numbers are per second. */
void render_link_header(struct buf *b, int width, bool rates);
void render_link_text(struct buf *b, const struct link_row *row, bool extended);
void render_link_json(struct buf *b, const struct link_row *row);
void render_link_csv_header(struct buf *b);
void render_link_csv(struct buf *b, const struct link_row *row);

#endif
