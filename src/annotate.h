/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a socket's owner runs, and what: completes a record before it is formatted. */
#ifndef SOCKWATCH_ANNOTATE_H
#define SOCKWATCH_ANNOTATE_H

#include <stdbool.h>

struct annotate; /* opaque */
struct holder;
struct record;
struct sw_exec;
struct sw_fork;
struct who_process;

/*
 * proc_fd: borrowed, must outlive it. processes: what each owner executes, too. NULL when there is
 * no memory.
 */
struct annotate *annotate_new(int proc_fd, bool processes);

/* What the kernel side tells of processes, in the order in which it happened. */
void annotate_note_exec(struct annotate *a, const struct sw_exec *exec);
void annotate_note_fork(struct annotate *a, const struct sw_fork *fork);

/* Fills in the names that rec->ev has numbers for; they are borrowed until the next call. */
void annotate_record(struct annotate *a, struct record *rec);

/* Fills in all but the user's name; borrowed until the next call. Needs `processes`. */
void annotate_process(struct annotate *a, const struct holder *holder, struct who_process *ret);

/* NULL is fine. */
void annotate_free(struct annotate *a);

#endif
