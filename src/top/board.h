/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model of the live table: which sockets there are, what they move, and what has ended of late.
 * Records fill it: pages of rows, and what is told of connections between them. Pure: it knows no
 * screen and no clock; times are those of the records (CLOCK_MONOTONIC, ns).
 *
 * A socket is an entry. One that ends stays for a while, with its reason, however short it lived.
 * Room is bounded: what has none is counted.
 */
#ifndef SOCKWATCH_TOP_BOARD_H
#define SOCKWATCH_TOP_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "conn.h"
#include "top/places.h"

struct record;

#define BOARD_LINGER_NS 10000000000ull /* what has ended is shown for so long */
#define BOARD_ENTRIES 200000	       /* of sockets, at most */
#define BOARD_ENDED 50000	       /* of them, that have ended */
#define BOARD_SAMPLES 256	       /* pages whose sums are kept */
#define BOARD_HAPPENED 256	       /* things that happened last */
#define BOARD_FAILURES 1024	       /* kinds of failures that are kept apart */
#define BOARD_HOLDERS 4		       /* of a socket that are kept */
#define NONE UINT32_MAX		       /* no index */

struct board_holder {
	uint32_t pid;
	char comm[SW_COMM_LEN];
};

struct board_entry {
	struct sw_sock sock; /* as it was seen last */
	uint64_t id;	     /* from 1; no other ever has it; 0: a free place */
	uint64_t begin_ns;   /* when it began; 0: not known, but before first_ns */
	uint64_t first_ns;   /* seen first */
	uint64_t changed_ns; /* its state, or owner */
	uint64_t end_ns;     /* 0: it is there */
	uint64_t sent, received, retransmitted; /* in the last interval */
	uint64_t accepts;			/* of a listener, likewise */
	uint64_t late_sent, late_received, late_retransmitted,
		late_accepts; /* since the last page */
	struct sw_conn *conn; /* owned: what was told at its end; NULL: nothing */
	uint32_t recv_q, send_q, drops;
	uint32_t connect_us;
	uint32_t place; /* of board.places; NONE */
	uint32_t page;	/* that had it last */
	uint32_t next;	/* of its bucket, or of the free ones */
	uint32_t next_ended;
	uint32_t n_holders; /* all of them; the first few are here */
	struct board_holder holders[BOARD_HOLDERS];
	int32_t error;
	uint8_t reason;	   /* enum sw_reason */
	uint8_t direction; /* enum conn_direction */
	uint8_t kind;	   /* enum sw_event_kind of what told its end */
	bool was_there;	   /* when it all began */
	bool elsewhere;	   /* in another network namespace than we */
};

/* Of the last page. */
struct board_counts {
	uint32_t tcp; /* connections, of which ... */
	uint32_t established, opening, close_wait, time_wait;
	uint32_t listen;
	uint32_t udp;
};

/* Sums of the time between two pages. */
struct board_sample {
	uint64_t interval_ns; /* 0: there was none */
	uint64_t sent, received, retransmitted;
	uint64_t opened, closed, failed;
};

/* What fails again and again counts as one. */
struct board_failure {
	uint64_t id;
	uint64_t count;
	uint64_t first_ns, last_ns;
	struct sw_sock sock; /* of the last */
	uint32_t place;
	int32_t error;
	uint8_t reason;
	uint8_t kind;
	uint8_t direction; /* enum conn_direction */
	bool was_open;	   /* it had been established */
	bool elsewhere;	   /* as that of an entry */
};

/* A line of the event pane. */
struct board_event {
	uint64_t wall_ns;
	struct sw_sock sock;
	uint64_t age_ns;
	int32_t error;
	uint8_t kind; /* enum sw_event_kind; SW_EV_OPEN: it is new; SW_EV_LOST */
	uint8_t reason;
	uint64_t lost;
};

/* Starts as all zero. */
struct board {
	struct board_entry *all; /* owned, as all below */
	size_t n, cap;
	uint32_t free_list;
	uint32_t *buckets; /* by protocol, namespace and both addresses */
	size_t n_buckets;
	uint32_t ended_first, ended_last;
	size_t n_live, n_ended;
	struct places places;
	struct board_failure failures[BOARD_FAILURES];
	size_t n_failures;
	struct board_event happened[BOARD_HAPPENED]; /* number i is at i % BOARD_HAPPENED */
	uint64_t n_happened;
	struct board_sample samples[BOARD_SAMPLES]; /* likewise */
	uint64_t n_samples;
	struct board_sample now; /* since the last page */
	struct hash listeners;	 /* index + 1, by protocol, namespace and port */
	struct board_counts counts;
	uint32_t page;
	bool in_page, page_is_whole;
	uint64_t page_ns, page_wall_ns; /* of the last page that is complete */
	uint64_t next_page_ns, next_page_wall_ns;
	uint64_t last_id;
	uint64_t version; /* rises with what is worth to be drawn */
	uint64_t lost;	  /* told by the tracer */
	uint64_t no_room; /* sockets that had no place here */
	uint64_t cut;	  /* ended ones that had to go before their time */
	uint64_t told;	  /* records of what happened */
	bool traced;	  /* connections are told at their end; else there are pages only */
	bool has_counters;
	bool elsewhere; /* some were in another network namespace than we */
};

/* A page of rows begins and ends; now_ns: for one that has no row. */
void board_begin(struct board *b);
void board_end(struct board *b, uint64_t now_ns);

/* Takes a record: a row, or what happened. 0 or -ENOMEM. */
int board_take(struct board *b, const struct record *rec);

/* Takes away what has ended long enough ago. Whether anything was. */
bool board_age(struct board *b, uint64_t now_ns);

/* When board_age() has something to do next; 0: never. */
uint64_t board_age_due(const struct board *b);

/* The next entry that is there or lingers; *at is 0 at first. NULL: there is no more. */
const struct board_entry *board_next(const struct board *b, size_t *at);

/* That of an id; NULL: it is gone. */
const struct board_entry *board_find(const struct board *b, uint64_t id);

/* How long it is, or was, there, in ns; *ret_least: at least. */
uint64_t entry_age(const struct board *b, const struct board_entry *e, uint64_t now_ns,
		   bool *ret_least);

/* Whether all that it moved is known: of UDP's not, where it was there before. */
bool entry_has_totals(const struct board_entry *e);

/* A listener of TCP, or a datagram socket without a peer. */
bool entry_listens(const struct board_entry *e);

/* The last complete sample; all zero: there is none. */
struct board_sample board_last(const struct board *b);

/* `amount` in the interval of a sample, or of the last page, for a second. */
uint64_t sample_rate(const struct board_sample *sample, uint64_t amount);
uint64_t board_rate(const struct board *b, uint64_t amount);

/* Frees what it owns; it is empty and usable again. */
void board_free(struct board *b);

#endif
