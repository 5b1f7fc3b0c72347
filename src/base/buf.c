// SPDX-License-Identifier: GPL-2.0-only
#include "base/buf.h"

#include <stdlib.h>

bool buf_reserve(struct buf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : 4096;
	char *data;

	if (b->failed)
		return false;
	while (cap - b->len < more) {
		if (cap > SIZE_MAX / 2) {
			b->failed = true;
			return false;
		}
		cap *= 2;
	}
	data = realloc(b->data, cap);
	if (!data) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->cap = cap;
	return true;
}

void buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}

void buf_pad(struct buf *b, int n)
{
	static const char spaces[] = "                                ";

	while (n > 0) {
		int chunk = n < (int)sizeof(spaces) - 1 ? n : (int)sizeof(spaces) - 1;

		buf_put(b, spaces, (size_t)chunk);
		n -= chunk;
	}
}

void buf_put_u64_width(struct buf *b, uint64_t v, int width)
{
	char digits[20];
	int at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	while ((int)sizeof(digits) - at < width && at > 0)
		digits[--at] = '0';
	buf_put(b, digits + at, sizeof(digits) - (size_t)at);
}

void buf_put_u64(struct buf *b, uint64_t v)
{
	buf_put_u64_width(b, v, 1);
}
