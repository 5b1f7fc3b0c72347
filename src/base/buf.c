// SPDX-License-Identifier: GPL-2.0-only
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
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
	char *p;

	if (n <= 0)
		return;
	p = buf_room(b, (size_t)n);
	if (!p)
		return;
	memset(p, ' ', (size_t)n);
	b->len += (size_t)n;
}

static size_t count_digits(uint64_t v)
{
	size_t n = 1;

	for (; v >= 10000; v /= 10000)
		n += 4;
	return n + (v >= 10) + (v >= 100) + (v >= 1000);
}

/* Writes the last n digits of v, two at a time: a division costs more than all the rest. */
static void write_digits(char *text, uint64_t v, size_t n)
{
	static const char pairs[] = "00010203040506070809"
				    "10111213141516171819"
				    "20212223242526272829"
				    "30313233343536373839"
				    "40414243444546474849"
				    "50515253545556575859"
				    "60616263646566676869"
				    "70717273747576777879"
				    "80818283848586878889"
				    "90919293949596979899";

	for (; n >= 2; n -= 2, v /= 100)
		memcpy(text + n - 2, pairs + v % 100 * 2, 2);
	if (n)
		text[0] = (char)('0' + v % 10);
}

size_t u64_format(uint64_t v, char *text)
{
	size_t n = count_digits(v);

	write_digits(text, v, n);
	return n;
}

void buf_put_u64_width(struct buf *b, uint64_t v, int width)
{
	size_t n = count_digits(v);
	char *p = buf_room(b, U64_TEXT_MAX);

	if (!p)
		return;
	if (n < (size_t)width)
		n = (size_t)width;
	write_digits(p, v, n);
	b->len += n;
}

void buf_put_u64(struct buf *b, uint64_t v)
{
	char *p = buf_room(b, U64_TEXT_MAX);

	if (p)
		b->len += u64_format(v, p);
}

void buf_put_grouped(struct buf *b, uint64_t v)
{
	if (v < 1000) {
		buf_put_u64(b, v);
		return;
	}
	buf_put_grouped(b, v / 1000);
	buf_putc(b, ',');
	buf_put_u64_width(b, v % 1000, 3);
}

void buf_putf(struct buf *b, const char *format, ...)
{
	va_list args, again;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, args);
	if (n > 0 && buf_room(b, (size_t)n + 1)) {
		vsnprintf(b->data + b->len, (size_t)n + 1, format, again);
		b->len += (size_t)n;
	}
	va_end(again);
	va_end(args);
}
