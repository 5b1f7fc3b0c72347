/* SPDX-License-Identifier: GPL-2.0-only */
/* The snapshot's data model: what exists, and who holds it. Any source of rows fills it. */
#ifndef SOCKWATCH_CORE_ROW_H
#define SOCKWATCH_CORE_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"

/* A process that holds a descriptor of a socket. */
struct holder {
	uint64_t start_ns;	/* CLOCK_BOOTTIME, or in whole clock ticks; 0: not known */
	uint32_t pid;		/* thread group id */
	int32_t fd;		/* -1: not known */
	char comm[SW_COMM_LEN]; /* NUL-padded, as /proc/PID/comm has it: any byte may occur */
	bool in_cgroups;	/* it is in a cgroup that is asked for: holders_mark() */
};

struct snapshot {
	struct sw_row *rows; /* owned */
	size_t n_rows;
	size_t cap_rows;
	struct holder *holders; /* owned; within a row by start, pid, fd */
	size_t n_holders;
	size_t cap_holders;
	struct sw_info *infos; /* owned; what was asked for beyond the rows */
	size_t n_infos;
	size_t cap_infos;
};

/* Appends a copy of *row or *holder. 0, or -ENOMEM with the snapshot unchanged. */
int snapshot_add_row(struct snapshot *s, const struct sw_row *row);
int snapshot_add_holder(struct snapshot *s, const struct holder *holder);

/*
 * Appends a copy of *row, with n holders of its own in place of those it had. 0; -ENOMEM: holders
 * may be left that no row has.
 */
int snapshot_add_held(struct snapshot *s, const struct sw_row *row, const struct holder *holders,
		      size_t n);

/* Appends a copy of *info, which is *row's from then on. 0, or -ENOMEM with all unchanged. */
int snapshot_add_info(struct snapshot *s, struct sw_row *row, const struct sw_info *info);

/* Makes a holder the owner; source: enum sw_owner_source. */
void row_set_owner(struct sw_row *row, const struct holder *holder, uint8_t source);

/* Gives a row the owner of another socket. */
void row_copy_owner(struct sw_row *row, const struct sw_sock *from, uint8_t source);

/* A listener of TCP. */
bool row_is_listener(const struct sw_row *row);

/* Whether send_q is known: of a listener it is its limit, which not every source tells. */
bool row_has_send_q(const struct sw_row *row);

/* A listener that takes no more connections until one is accepted, as sk_acceptq_is_full(). */
bool row_is_full(const struct sw_row *row);

/* Frees what the snapshot owns; it is empty and usable again. */
void snapshot_free(struct snapshot *s);

#endif
