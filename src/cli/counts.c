// SPDX-License-Identifier: GPL-2.0-only
#include "cli/counts.h"

#include <errno.h>

int sort_of_counts(const struct count_opts *c, enum sort_key key, int *ret)
{
	static const enum tally_key cells[] = {
		[SORT_PORT] = TALLY_PORT, [SORT_PID] = TALLY_PID, [SORT_STATE] = TALLY_STATE
	};
	bool is_cell = key == SORT_PORT || key == SORT_PID || key == SORT_STATE;

	for (size_t i = 0; is_cell && i < c->n_keys; i++) {
		if (c->keys[i] != cells[key])
			continue;
		*ret = (int)i;
		return 0;
	}
	if (key != SORT_COUNT && key != SORT_GROWTH)
		return -EINVAL;
	*ret = key == SORT_COUNT ? TALLY_BY_COUNT : TALLY_BY_GROWTH;
	return 0;
}

bool counts_want_details(const struct count_opts *c)
{
	for (size_t i = 0; i < c->n_keys; i++)
		if (c->keys[i] == TALLY_UNIT || c->keys[i] == TALLY_CONTAINER ||
		    c->keys[i] == TALLY_CGROUP)
			return true;
	return false;
}
