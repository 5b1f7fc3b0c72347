// SPDX-License-Identifier: GPL-2.0-only
#include "render/fleet_literal.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"

/* Only letters, digits and a few marks stand for themselves. */
void fleet_put_literal(struct buf *b, const char *text, size_t len)
{
	static const char digits[] = "0123456789ABCDEF";

	buf_putc(b, '\'');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x80 && (isalnum(c) || (c && strchr("._-/:@ ", c)))) {
			buf_putc(b, (char)c);
			continue;
		}
		buf_puts(b, "\\x");
		buf_putc(b, digits[c >> 4]);
		buf_putc(b, digits[c & 15]);
	}
	buf_putc(b, '\'');
}
