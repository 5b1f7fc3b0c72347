/* SPDX-License-Identifier: GPL-2.0-only */
/* How columns share a row that has not room for all that they want. */
#ifndef SOCKWATCH_RENDER_SHARE_H
#define SOCKWATCH_RENDER_SHARE_H

#include <stddef.h>

struct share {
	int width;
	int least; /* it gives up what is beyond that; at most width */
};

/*
 * Takes `need` from the n of them, the widest first, so that none gives more than it must. Returns
 * what is still needed.
 */
int share_give(struct share *all, size_t n, int need);

#endif
