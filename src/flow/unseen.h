/* SPDX-License-Identifier: GPL-2.0-only */
/* What a collection of rows could not see, for who is told that nobody has something. */
#ifndef SOCKWATCH_FLOW_UNSEEN_H
#define SOCKWATCH_FLOW_UNSEEN_H

#include <stdint.h>

struct collect_opts;
struct proc_snapshot_gaps;

/*
 * From now on collect_unseen() says that these n processes, of which pid is one, did not let
 * something be seen, and `what`; n 0: all was seen.
 */
void unseen_describe(int proc_fd, uint32_t n, uint32_t pid, const char *what);

/* A collection begins: nothing was missed so far. */
void unseen_begin(void);

/* The same of what /proc did not tell, which is noted for the user as well. */
void unseen_note_gaps(const struct collect_opts *opts, const struct proc_snapshot_gaps *gaps);

#endif
