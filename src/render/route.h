/* SPDX-License-Identifier: GPL-2.0-only */
/* Routes: netstat's tables, JSON and CSV. */
#ifndef SOCKWATCH_RENDER_ROUTE_H
#define SOCKWATCH_RENDER_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "render/stamp.h"

struct buf;
struct route;
struct link_list;
struct schema;

/* What render_route_json() and render_route_csv() tell. */
extern const struct schema route_schema;

struct render_routes {
	const struct link_list *links; /* borrowed: the names of interfaces */
	bool numeric;		       /* text: 0.0.0.0, and not "default" */
	bool tables;		       /* text: a column for the table */
	bool extended;		       /* text: what else is known of it, behind */
	enum stamp_style time;	       /* text: of a change; CSV */
	int width;		       /* text: of the address columns; it only ever grows */
	struct stamp_cache stamp;
};

/* Makes room for a route that will come. */
void render_route_fit(struct render_routes *r, const struct route *route);

/* Appends the titles; changes: of lines that begin with a time and what happened. */
void render_route_header(struct render_routes *r, struct buf *b, bool changes);
void render_route_csv_header(struct buf *b);

/* Appends the first columns of a change, in text. */
void render_change_text(struct render_routes *r, struct buf *b, const char *change,
			uint64_t wall_ns);

/*
 * Appends a route: in text a line for each of its hops. change: "added", "replaced", "deleted";
 * NULL for one that is there. wall_ns: since 1970, UTC.
 */
void render_route_text(struct render_routes *r, struct buf *b, const struct route *route,
		       const char *change, uint64_t wall_ns);
void render_route_json(struct render_routes *r, struct buf *b, const struct route *route,
		       const char *change, uint64_t wall_ns);
void render_route_csv(struct render_routes *r, struct buf *b, const struct route *route,
		      const char *change, uint64_t wall_ns);

#endif
