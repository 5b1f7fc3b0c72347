/* SPDX-License-Identifier: GPL-2.0-only */
/* What of the board one looks at, in which order: sockets, or groups of them, or failures. */
#ifndef SOCKWATCH_TOP_LIST_H
#define SOCKWATCH_TOP_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "top/wants.h"

#define TREE_DEPTH 2 /* of a socket: what is above it */

struct board;
struct board_entry;
struct board_failure;

enum top_kind {
	TOP_CONNS = 1,
	TOP_PROCESSES,
	TOP_REMOTES,
	TOP_LISTENERS,
	TOP_FAILURES,
	TOP_UNITS,
	TOP_TREE, /* units, below them their processes, below these their sockets */
	TOP_KINDS,
};

/* Sockets that have something in common. */
struct top_group {
	uint64_t id;
	uint64_t key;				/* that of its row */
	const struct board_entry *any;		/* borrowed: one of them */
	uint32_t parent;			/* index of the group it is part of; NONE */
	uint64_t sent, received, retransmitted; /* in the last interval */
	uint64_t total_sent, total_received; /* valid where has_totals: of those that are known */
	bool has_totals;
	uint64_t rtt_us; /* sum, of n_rtt */
	uint32_t n_rtt;
	uint32_t conns;	      /* that are there */
	uint32_t established; /* of them */
	uint32_t close_wait;  /* of them */
	uint32_t stateless;   /* of them: in which state is not known */
	uint32_t listens;
	uint32_t ended;
	uint32_t failed;
};

/* What rows are sorted by. */
struct top_rank {
	uint64_t key; /* the least first */
	uint64_t id;
};

struct top_row {
	uint64_t key; /* to sort by */
	uint64_t id;
	struct top_rank
		above[TREE_DEPTH];	 /* of the groups that it is part of, the outermost first */
	uint32_t parent;		 /* index of the innermost of them; NONE */
	uint8_t depth;			 /* how many they are */
	const struct board_entry *entry; /* borrowed; one of the three */
	const struct board_failure *failure;
	const struct top_group *group;
};

struct top_order {
	uint64_t (*key)(const struct board *b, const struct top_row *row);
	bool falls; /* the largest first */
};

struct list_opts {
	enum top_kind kind;
	struct top_order order;
	struct wants wants;
	bool hides_ended;
	bool time_waits; /* those in TIME_WAIT, too */
	/* rows stay where they are in the list as it was, and what is new comes behind them */
	bool stays;
};

/* Starts as all zero. What is borrowed is good until the board changes. */
struct top_list {
	struct top_row *rows; /* owned, as all below */
	size_t n, cap;
	struct top_group *groups;
	size_t n_groups, cap_groups;
	struct hash by_id; /* of groups: index; of rows that stay: place */
};

/* 0 or -ENOMEM. */
int list_make(struct top_list *l, const struct board *b, const struct list_opts *opts);

/* Of what the group of a row in this view is one: a tree has units and processes. */
enum top_kind group_kind(enum top_kind view, const struct top_row *row);

/* The index of the row with this id; SIZE_MAX: it is not there. */
size_t list_find(const struct top_list *l, uint64_t id);

void list_free(struct top_list *l);

#endif
