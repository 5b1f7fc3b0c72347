/* SPDX-License-Identifier: GPL-2.0-only */
/* From a record into a buffer: text, JSON or CSV. */
#ifndef SOCKWATCH_RENDER_RENDER_H
#define SOCKWATCH_RENDER_RENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "render/mapped.h"
#include "render/stamp.h"

struct buf;
struct chosen;
struct record;

/* A formatter's settings and what it remembers from line to line. Starts as all zero. */
struct render {
	enum stamp_style time;
	bool extended;	/* -e */
	bool timers;	/* text: a column for the timers of TCP */
	bool names;	/* text: records have names */
	bool wide;	/* text: names of hosts are never cut */
	bool one_netns; /* text: all are of one network namespace, which was asked for */
	bool only_tcp;	/* text: nothing else was asked for */
	bool no_event;	/* text: rows only, so neither the time nor the kind of event is told */
	bool color;	/* text: states and failures */
	bool narrow;	/* text: less room for what says less, for a narrow terminal */
	bool tight;	/* text of connections: no room for the end behind the bytes */
	int columns;	/* text: of the terminal; 0: there is room for all */
	bool days;	/* text of connections: a line where another day begins */
	int host_width; /* likewise: columns of the host, which grows; 0: none is told */
	uint64_t day_ns, day_end_ns; /* begin and end of the last one; 0: none yet */
	int proto_width;	     /* text: columns of the protocol, of rows; 0: netstat's */
	int address_width;	     /* text: columns of an address field; it grows */
	int address_most; /* text: what a terminal has room for; longer ones push; 0: any */
	struct stamp_cache stamp;
	struct stamp_cache start_stamp; /* of processes: always STAMP_ISO */
	struct chosen *chosen;		/* borrowed: columns by --fields; NULL: the usual ones */
	struct mapped mapped;		/* JSON of another schema: where its keys come from */
};

struct formatter {
	const char *name;
	/* Fits the columns into a terminal's (0: none, there is room for all); NULL: it has none.
	 */
	void (*fit_terminal)(struct render *r, int columns);
	/* Appends what stands before the first record; NULL: nothing. */
	void (*header)(struct render *r, struct buf *b);
	/* Appends one record, as one line. */
	void (*record)(struct render *r, struct buf *b, const struct record *rec);
};

/* The formatters, for "text", "json" and "csv"; and the text of connections. */
extern const struct formatter render_text;
extern const struct formatter render_conns;
extern const struct formatter render_json;
extern const struct formatter render_csv;

/*
 * JSON of other schemas: the Elastic Common Schema, the Open Cybersecurity Schema Framework,
 * OpenTelemetry's logs.
 */
extern const struct formatter render_ecs;
extern const struct formatter render_ocsf;
extern const struct formatter render_otel;

/*
 * formatter.fit_terminal of render_text. Where a row of IPv4
 * with its owner would not fit, it is narrow: the stream leaves out queues (events have none), the
 * kind of an event stands in place of its state, and times are whole seconds.
 */
void render_text_fit_terminal(struct render *r, int columns);

/* Text: what -e tells behind a line, each with a label. */
void extended_put(struct render *r, struct buf *b, const struct record *rec);

/* Text: " netns=NAME" of a record that is in another network namespace than we. */
void netns_put(struct buf *b, const struct record *rec);

/* Text: " nat=" and the ends on the other side of the NAT; nothing where there are none. */
void nat_put_label(struct buf *b, const struct record *rec);

/* Text: makes room for the protocol and the addresses of a row that will come, so that its columns
 * line up. Names of a record are shown in place of its addresses; a host's may be cut. */
void render_text_fit(struct render *r, const struct record *rec);

#endif
