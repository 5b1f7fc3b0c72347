/* SPDX-License-Identifier: GPL-2.0-only */
/* The processes that owned a connection, in order. */
#ifndef SOCKWATCH_RENDER_CONN_OWNERS_H
#define SOCKWATCH_RENDER_CONN_OWNERS_H

struct buf;
struct schema;
struct sw_conn;
struct sw_conn_owner;

/* One of them; both borrowed. */
struct told_owner {
	const struct sw_conn_owner *owner;
	const struct sw_conn *conn;
};

/* Of a struct told_owner, as JSON tells it. */
extern const struct schema conn_owner_schema;

/*
 * JSON: an array of objects; CSV: "811/nginx 812/nginx" as one cell; text: with commas, behind a
 * label, and nothing where there are none.
 */
void conn_owners_put_json(struct buf *b, const struct sw_conn *c);
void conn_owners_put_csv(struct buf *b, const struct sw_conn *c);
void conn_owners_put_text(struct buf *b, const char *label, const struct sw_conn *c);

#endif
