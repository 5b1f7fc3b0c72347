// SPDX-License-Identifier: GPL-2.0-only
#include "render/csv_put.h"

#include "render/number.h"

void csv_put_signed(struct buf *b, uint64_t number, bool negative)
{
	signed_put(b, number, negative);
	buf_putc(b, ',');
}

void csv_put_real(struct buf *b, double number, int digits)
{
	real_put(b, number, digits);
	buf_putc(b, ',');
}

void csv_put_time(struct buf *b, struct stamp_cache *cache, enum stamp_style style,
		  uint64_t wall_ns)
{
	stamp_put(b, cache, style, wall_ns);
	buf_putc(b, ',');
}

void csv_end(struct buf *b)
{
	if (!buf_failed(b))
		b->data[b->len - 1] = '\n';
}
