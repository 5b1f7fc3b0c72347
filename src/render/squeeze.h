/* SPDX-License-Identifier: GPL-2.0-only */
/* What gives way where a line of a table does not fit the rows of a terminal that it could have. */
#ifndef SOCKWATCH_RENDER_SQUEEZE_H
#define SOCKWATCH_RENDER_SQUEEZE_H

#include <stddef.h>

struct buf;

/* Bytes of a buffer, from..to; both 0: there are none. */
struct squeeze_span {
	size_t from, to;
};

#define SQUEEZE_TAILS 4

/* In the order in which they give way; none is in another but in `blanks`, and `name` in a tail. */
struct squeeze {
	size_t line;		      /* where it begins */
	struct squeeze_span extra[2]; /* what says least: as a whole */
	struct squeeze_span blanks;   /* columns: of several blanks one stays, at least */
	struct squeeze_span name;     /* a process's: as far as is needed, with a '+' for its end */
	struct squeeze_span last;     /* as a whole */
	struct squeeze_span tails[SQUEEZE_TAILS]; /* likewise, one after the other */
};

/*
 * Leaves out of the line, which ends where the buffer does, what it takes of these, and no more, so
 * that it has the fewest rows of so many columns (0: any) that it can have.
 */
void squeeze_row(struct buf *b, const struct squeeze *s, int columns);

/* The name of a line's one process, "811/sshd", where that stands; of several it is none. */
struct squeeze_span squeeze_name(const struct buf *b, size_t from, size_t to);

/* Such a name with the slash before it. */
struct squeeze_span squeeze_slashed(const struct squeeze_span *name);

#endif
