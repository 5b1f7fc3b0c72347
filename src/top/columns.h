/* SPDX-License-Identifier: GPL-2.0-only */
/* The columns of each view: what stands there, how wide, and how rows are sorted by it. */
#ifndef SOCKWATCH_TOP_COLUMNS_H
#define SOCKWATCH_TOP_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "top/list.h"

struct board;
struct buf;

#define COLUMNS_MAX 16 /* of a view */
#define RANK_NETNS \
	100 /* shown where some are in another network namespace than we, and then always */

/* What a cell is made for. */
struct cell {
	const struct board *board; /* borrowed */
	uint64_t now_ns;	   /* CLOCK_MONOTONIC */
	int width;
	bool names;
	bool ascii;
};

struct column {
	const char *title;
	const char *name; /* to sort by; NULL: by that of the title in small letters */
	uint8_t least;	  /* columns of the screen */
	uint8_t good;	  /* where there is room */
	uint8_t rank;	  /* the highest is left out first; 0: never */
	bool right;	  /* numbers stand there */
	bool rises;	  /* sorted with the smallest first, unless turned round */
	void (*put)(const struct cell *c, struct buf *b, const struct top_row *row);
	uint64_t (*key)(const struct board *b,
			const struct top_row *row); /* NULL: not to sort by */
};

struct column_set {
	const char *title; /* of the view */
	const struct column *columns;
	size_t n;
	size_t sorted; /* by which one, unless told otherwise */
};

/* Those of a view. Static. */
const struct column_set *columns_of(enum top_kind kind);

/* The index of the one that has this name (any case); SIZE_MAX: none has. */
size_t columns_find(const struct column_set *set, const char *name);

/*
 * How wide each is on a screen so wide (0: any), with a blank behind each but the last; 0: it is
 * left out. netns: some are in another network namespace than we.
 */
void columns_fit(const struct column_set *set, int width, bool netns, uint8_t ret[COLUMNS_MAX]);

/* --- for columns ------------------------------------------------------------------------------ */

/* "10.0.0.5:443", as wide as there is room: the address is cut, and never the port. */
void column_put_address(const struct cell *c, struct buf *b, const struct sw_tuple *t, bool remote,
			const char *host, const char *service);

/* "811/sshd", or what stands for nobody. */
void column_put_owner(struct buf *b, const struct sw_sock *s);

/* Its network namespace, where that is another than ours: its name, else its number. */
void column_put_netns(const struct cell *c, struct buf *b, bool elsewhere, uint32_t place,
		      uint32_t netns);

/* "1.2M"; a dot for nothing. */
void column_put_amount(struct buf *b, uint64_t amount);

/* The same, a second, of what came in the last interval; '-' where there is none. */
void column_put_rate(const struct cell *c, struct buf *b, uint64_t amount);

/* A time that goes on, in whole seconds: a line that stays the same is not sent. */
void column_put_seconds(struct buf *b, uint64_t ns);

/* Of who came: our port, and whence; host may be NULL. */
void column_put_incoming(struct buf *b, const struct sw_tuple *t, const char *host);

/* The first bytes of a text as a number that sorts like it. */
uint64_t column_text_key(const char *text, size_t len);

uint64_t column_address_key(const union sw_addr *a, uint16_t port);

/* Of their files. */
extern const struct column_set conn_columns, listener_columns;
extern const struct column_set process_columns, remote_columns, unit_columns, failure_columns;
extern const struct column_set tree_columns;

#endif
