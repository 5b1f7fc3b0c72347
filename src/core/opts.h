/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the user asked for, in the parts that those who do the work take: the command line fills
 * them, and nobody below it knows that there is one.
 */
#ifndef SOCKWATCH_CORE_OPTS_H
#define SOCKWATCH_CORE_OPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/columns.h"
#include "core/tally.h"
#include "core/where.h"
#include "filter.h"

enum output_format { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_CSV };
enum json_schema { JSON_OURS, JSON_ECS, JSON_OCSF, JSON_OTEL, JSON_SCHEMAS };
enum time_style { TIME_DEFAULT, TIME_CLOCK, TIME_ISO, TIME_EPOCH, TIME_DELTA };
enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
enum row_source { ROWS_AUTO, ROWS_PROC, ROWS_BPF, ROWS_WALK, ROWS_NETLINK };

/* Whether programs in the kernel may tell the rows. */
static inline bool rows_by_programs(enum row_source source)
{
	return source != ROWS_PROC && source != ROWS_NETLINK;
}

/* Which sockets. */
struct select_opts {
	struct sw_filter filter;
	struct where where; /* of complete records, in user space */
	/* which kinds (core/kinds.h): one or more are set */
	bool tcp;
	bool udp;
	bool udplite;
	bool icmp;
	bool raw;
	bool mptcp;
	bool sctp;
	bool packet;
	bool netlink;
	bool vsock;
	bool tipc;
	bool xdp;
	bool unix_sockets;
	bool kinds_named; /* by the user: then he is told of one that this kernel does not have */
};

/* How the sockets that exist are read. */
struct rows_opts {
	enum row_source source;
	bool timers; /* of TCP */
	bool waits;  /* of those, where nothing else is asked for, TIME_WAIT's: until when */
	bool every;  /* of the walk, too: TCP that is bound only and that no descriptor shows, which
			the others have by themselves; see collect_bound() */
	bool memory; /* that each takes */
	bool info;   /* what TCP knows of the way: congestion, round trips, windows */
};

/* What is watched of them, and for how long. */
struct watch_opts {
	size_t buffer_size;   /* of the ring: a power of two, at least a page */
	uint32_t max_sockets; /* that are remembered; 0: as the memory is */
	uint64_t duration_ms; /* 0: no limit */
	uint64_t count;	      /* events to tell before the end; 0: no limit */
	bool events_only;     /* no rows of what exists */
	bool retransmits;
	bool retransmits_only; /* and no other event */
	bool conns;	       /* each connection at its end, and no change before */
	bool listeners;	       /* of conns: also listeners' begin and end, and binds */
	uint32_t interim_ms;   /* of conns: how often long ones are told so far; 0: not */
	uint64_t idle_ms; /* of conns: a peer of UDP ends when nothing moved for so long; 0: not */
	bool time_wait_by_rule; /* only its beginning is told, which is cheaper */
	uint64_t rows_ms;	/* the sockets that exist are told again, so often; 0: not */
	uint64_t alive_ms; /* tells of itself (SW_EV_RECORDER), so often that it lives; 0: not */
};

/* What is kept of them, and for how long. */
struct keep_opts {
	uint64_t max_size; /* bytes, of the whole store */
	uint64_t max_age_ms;
	uint32_t keep_free;    /* per cent of the file system */
	uint64_t segment_size; /* bytes */
};

/* Where metrics go. */
enum metrics_form { METRICS_NONE, METRICS_FILE, METRICS_INET, METRICS_UNIX };

struct export_opts {
	const char *metrics; /* as it was given, borrowed; NULL: nowhere */
	enum metrics_form form;
	const char *path;   /* borrowed, of METRICS_FILE and METRICS_UNIX */
	union sw_addr addr; /* of METRICS_INET, as the next */
	uint16_t port;
	uint64_t interval_ms; /* between two looks at the sockets that exist, and two files */
	uint64_t max_series;
	bool allow_remote; /* any address of ours may be listened on */
};

/* Where records are sent: a server of ClickHouse, by HTTP. Texts are borrowed where not arrays. */
struct fleet_opts {
	const char *to;	  /* as it was given; NULL: nowhere */
	const char *from; /* likewise: the same is asked, of this one; NULL: the store */
	bool tls;
	char host[256]; /* an address of IPv6 in its brackets */
	uint16_t port;
	char db[64];
	const char *login;   /* a file with "user:password"; NULL: none */
	const char *ca;	     /* a file with certificates that are trusted; NULL: the system's */
	const char *cursor;  /* a file that says what was sent; NULL: the usual one */
	uint64_t batch;	     /* rows that are sent at a time; 0: the usual number */
	uint64_t wait_ms;    /* for that many to come together; 0: the usual time */
	bool once;	     /* what there is now, and no more */
	bool create;	     /* only make the tables */
	bool max_age;	     /* of create: rows go when they are as old as keep_opts say */
	const char *cluster; /* of create; NULL: one server alone */
	struct where_values hosts; /* of from: whose records */
};

/* The live table. */
struct top_opts {
	bool batch;	  /* frames are printed, one behind the other */
	int view;	  /* enum top_kind (top/list.h); 0: the usual one */
	const char *sort; /* static: a column; NULL: the usual one */
	bool sort_only;	  /* and nothing else sorts by it */
	bool allow_kill;  /* keys that end processes and connections do so */
};

/* Connections as a picture. */
enum plot_style { PLOT_NONE, PLOT_TEXT, PLOT_SVG };

/* How records look. */
#define TAGS_MAX 16

/* Of these no names, where others are looked up. */
struct number_opts {
	bool hosts;
	bool ports;
	bool users;
};

struct print_opts {
	enum plot_style plot; /* in place of records */
	enum output_format format;
	enum json_schema schema; /* OUTPUT_JSON: whose; but of ours only of records */
	enum time_style time;
	enum color_when color;
	bool csv_safe; /* OUTPUT_CSV: no cell is a formula to a spreadsheet */
	bool no_header;
	bool extended;
	bool details;	/* more is told of each socket than a plain table has */
	bool processes; /* what owners run is looked up: shown with `extended`, or asked for */
	bool numeric;
	struct number_opts numbers;
	bool resolve; /* names of hosts and users are looked up */
	bool names;   /* records have names, which stand for the numbers */
	bool wide;
	bool machines;	/* each record has the host and the boot that it is of */
	bool only_tcp;	/* nothing else was asked for */
	bool one_netns; /* all are of one network namespace, which was asked for */
	bool rows_only; /* no events will come: text has neither their time nor their kind */
	bool timers;	/* text: a column for them */
	bool in_place;	/* text: a page has one header, whatever its length */
	bool conns;	/* text: the table of connections */
	bool days;	/* of it: a line where another day begins */
	bool hosts;	/* of it: a column for the host */
	const char *fields[FIELDS_MAX]; /* static: keys that are columns, in this order */
	size_t n_fields;		/* 0: the usual ones */
	const char *tags[TAGS_MAX]; /* borrowed: of each line of JSON, "key=value", or a key that
				       has a value of its own */
	size_t n_tags;
};

/* What sockets are counted by, instead of being told one by one. */
struct count_opts {
	enum tally_key keys[TALLY_CELLS_MAX];
	size_t n_keys;		    /* 0: they are told */
	int sorts[TALLY_CELLS_MAX]; /* as tally_sort() takes them */
	size_t n_sorts;
	bool past; /* what was recorded: it is added up, too */
};

/* A page, once or again and again. */
struct page_opts {
	uint64_t repeat_ms; /* between two pages; 0: one is enough */
	uint64_t count;	    /* pages, or changes, to tell before the end; 0: no limit */
	bool in_place;	    /* at a terminal: each takes the place of the one before, ... */
	bool mark;	    /* ... and lines that were not there are marked */
};

#endif
