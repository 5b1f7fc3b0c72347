/* SPDX-License-Identifier: GPL-2.0-only */
/* How many sockets there are of each protocol and state, and what the kernel counts and limits. */
#ifndef SOCKWATCH_CORE_SUMMARY_H
#define SOCKWATCH_CORE_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sw_event;

/* The family of a socket, of which only IP's two are counted apart. */
enum summary_family { FAMILY_OTHER, FAMILY_IPV4, FAMILY_IPV6 };

struct summary_line {
	const char *group;   /* "tcp"; static, as the next */
	const char *name;    /* "total", "ESTABLISHED"; of the kernel's "memory", "orphans" */
	uint64_t value;	     /* sockets, or bytes of memory */
	uint64_t before;     /* the same on the page before; has_before */
	uint64_t ipv4, ipv6; /* those of these families: of sockets */
	uint64_t pressure;   /* from here on memory is spared; 0: there is no such thing */
	uint64_t limit;	     /* 0: none is known */
	uint8_t rank;	     /* its place in the group */
	bool has_before;
	bool is_kernel; /* the kernel counts it: not those that were listed */
	bool is_bytes;
	bool is_here; /* the kernel counts it for our network namespace only */
};

/* Starts as all zero. */
struct summary {
	struct summary_line *lines; /* owned */
	size_t n;
	size_t cap;
	struct summary_line *was; /* owned; of the page before */
	size_t n_was;
	uint64_t pages;
};

/* Begins a page. */
void summary_begin(struct summary *s);

/* Counts a socket; name: of its state, NULL for none. Both are static. 0 or -ENOMEM. */
int summary_count(struct summary *s, const char *group, const char *name, uint8_t rank,
		  enum summary_family family);

/* The same of a row. */
int summary_count_row(struct summary *s, const struct sw_event *e);

/* Adds what the kernel counts: *line is copied, is_kernel set. 0 or -ENOMEM. */
int summary_add_kernel(struct summary *s, const struct summary_line *line);

/* Ends a page: TCP first, then UDP, then the others by name; what was there before is known. */
void summary_end(struct summary *s);

/* Frees what it owns; it is empty and usable again. */
void summary_free(struct summary *s);

#endif
