/* SPDX-License-Identifier: GPL-2.0-only */
/* The server of ClickHouse that a fleet's records are in. */
#ifndef SOCKWATCH_WORDS_FLEET_SERVER_H
#define SOCKWATCH_WORDS_FLEET_SERVER_H

#include "base/buf.h"

struct client;
struct options;

struct fleet_server {
	const struct options *options; /* borrowed */
	struct client *client;	       /* owned, as the rest */
	struct buf login, ca;
	char url[320];
	char why[512]; /* what was wrong, of the last question */
};

/* How it was named: "--to clickhouse://..." */
#define FLEET_NAME(o) \
	(o)->fleet.from ? "--from" : "--to", (o)->fleet.from ? (o)->fleet.from : (o)->fleet.to

enum fleet_result {
	FLEET_DONE,
	FLEET_AGAIN,   /* not now: it may be done later */
	FLEET_REFUSED, /* not so: somebody must change something */
	FLEET_STOPPED, /* we were asked to end */
};

/*
 * Reads the files that it needs, while there are rights; signals are to be taken already. 0, or
 * -errno after a message.
 */
int fleet_server_open(struct fleet_server *s, const struct options *o);

/* One that is all zero is fine. */
void fleet_server_close(struct fleet_server *s);

/* Rows that are packed, behind a statement that inserts. */
enum fleet_result fleet_server_insert(struct fleet_server *s, const struct buf *statement,
				      const struct buf *packed);

/* Takes s->why from what an answer says. */
void fleet_server_explain(struct fleet_server *s, const char *text, size_t len);

/* A statement; ret: its answer, owned by the caller; NULL: not asked for. */
enum fleet_result fleet_server_run(struct fleet_server *s, const struct buf *statement,
				   struct buf *ret);

/*
 * The same, with the answer in lines, without their ends, as they come; each may be written to, its
 * end, too. fn: 0, or what *ret_err is: the rest is given up then, which is FLEET_STOPPED. The last
 * line has been told when it is FLEET_DONE; before that, what was told may be cut off.
 */
typedef int (*fleet_line_fn)(void *arg, char *line, size_t len);

enum fleet_result fleet_server_lines(struct fleet_server *s, const struct buf *statement,
				     fleet_line_fn fn, void *arg, int *ret_err);

#endif
