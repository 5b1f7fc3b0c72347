// SPDX-License-Identifier: GPL-2.0-only
#include "render/share.h"

/* NULL: none can. */
static struct share *widest(struct share *all, size_t n)
{
	struct share *ret = NULL;

	for (size_t i = 0; i < n; i++)
		if (all[i].width > all[i].least && (!ret || all[i].width > ret->width))
			ret = &all[i];
	return ret;
}

int share_give(struct share *all, size_t n, int need)
{
	while (need > 0) {
		struct share *one = widest(all, n);

		if (!one)
			break;
		one->width--;
		need--;
	}
	return need;
}
