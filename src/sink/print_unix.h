/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of Unix sockets, which have columns of their own, behind that of the others. */
#ifndef SOCKWATCH_SINK_PRINT_UNIX_H
#define SOCKWATCH_SINK_PRINT_UNIX_H

#include <stdbool.h>

struct holder;
struct print;
struct sw_filter;
struct unix_list;

struct print_unix_job {
	const struct unix_list *list;	/* borrowed, as all below */
	const struct holder *holders;	/* of all of them */
	const struct sw_filter *filter; /* which are told */
	bool apart;			/* another table comes before */
	bool again;			/* not the first page: CSV has its header */
};

/* Appends them to the output of p, as its options say. Faults are the output's. */
void print_unix(struct print *p, const struct print_unix_job *job);

#endif
