// SPDX-License-Identifier: GPL-2.0-only
#include "render/number.h"

#include <stdio.h>

#include "base/buf.h"

void signed_put(struct buf *b, uint64_t number, bool negative)
{
	if (negative)
		buf_putc(b, '-');
	buf_put_u64(b, number);
}

void real_put(struct buf *b, double number, int digits)
{
	char text[64];

	snprintf(text, sizeof(text), "%.*f", digits, number);
	buf_puts(b, text);
}

void bool_put(struct buf *b, bool value)
{
	buf_puts(b, value ? "true" : "false");
}
