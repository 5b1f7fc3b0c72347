// SPDX-License-Identifier: GPL-2.0-only
#include "render/cell.h"

#include "base/buf.h"

void cell_end(struct buf *b, size_t start, int width)
{
	int room = width - (int)(b->len - start);

	buf_pad(b, room > 0 ? room + 1 : 1);
}

void cell_put(struct buf *b, const char *text, int width)
{
	size_t start = b->len;

	buf_puts(b, text);
	cell_end(b, start, width);
}
