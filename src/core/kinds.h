/* SPDX-License-Identifier: GPL-2.0-only */
/* The kinds of sockets that can be asked for, and what each is called. */
#ifndef SOCKWATCH_CORE_KINDS_H
#define SOCKWATCH_CORE_KINDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct select_opts;
struct sw_filter;

struct sock_kind {
	const char *name; /* the field `proto` says it */
	size_t flag;	  /* offset of its bool in struct select_opts */
	uint8_t proto;	  /* SW_PROTO_...; 0: its rows are no struct sw_row */
	bool has_addrs;	  /* of IP, and ports */
	bool is_usual;	  /* among those that `list` shows when none is asked for */
};

extern const struct sock_kind sock_kinds[];
extern const size_t n_sock_kinds;

/* The kind with this name, or NULL. */
const struct sock_kind *kind_find(const char *name);

/* Whether a kind is asked for, and asks for it. */
bool kind_is_asked(const struct select_opts *select, const struct sock_kind *kind);
void kind_ask(struct select_opts *select, const struct sock_kind *kind);

/*
 * Whether any is asked for; any whose rows are a struct sw_row; any but TCP and UDP, the only ones
 * that BPF iterators tell.
 */
bool kinds_any(const struct select_opts *select);
bool kinds_any_row(const struct select_opts *select);
bool kinds_any_other(const struct select_opts *select);

/* True for a filter that only sockets with addresses of IP can pass: it asks for these, or ports.
 */
bool kinds_need_addrs(const struct sw_filter *filter);

/* Asks for the usual ones that have addresses of IP. */
void kinds_ask_inet(struct select_opts *select);

/* Asks for the usual ones, or with `all` for every one, of those that can pass the filter. */
void kinds_ask_usual(struct select_opts *select, bool all);

#endif
