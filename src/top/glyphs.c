// SPDX-License-Identifier: GPL-2.0-only
#include "top/glyphs.h"

#include <string.h>
#include <wchar.h>

#include "base/buf.h"

#define MARK "\xe2\x80\xa6" /* an ellipsis */

/* The next character: its bytes, and in *width its columns; -1: it is not shown as it is. */
static size_t next(const char *text, size_t len, int *width)
{
	mbstate_t state = { 0 };
	wchar_t c;
	size_t n;

	if ((unsigned char)*text < 0x80) {
		*width = (unsigned char)*text < 0x20 || *text == 0x7f ? -1 : 1;
		return 1;
	}
	n = mbrtowc(&c, text, len, &state);
	if (n == 0 || n > len) {
		*width = -1;
		return 1;
	}
	*width = wcwidth(c);
	return n;
}

static bool is_shown(const char *text, int width, bool ascii)
{
	return width >= 0 && !(ascii && (unsigned char)*text >= 0x80);
}

int glyphs_width(const char *text, size_t len)
{
	int all = 0, width;

	while (len) {
		size_t n = next(text, len, &width);

		all += width < 0 ? 1 : width;
		text += n;
		len -= n;
	}
	return all;
}

/* As much as `room` columns hold; returns how many are taken. */
static int put_some(struct buf *b, const char *text, size_t len, int room, bool ascii)
{
	int used = 0, width;

	while (len) {
		size_t n = next(text, len, &width);
		bool shown = is_shown(text, width, ascii);

		if (!shown)
			width = 1;
		if (used + width > room)
			break;
		if (shown)
			buf_put(b, text, n);
		else
			buf_putc(b, '?');
		used += width;
		text += n;
		len -= n;
	}
	return used;
}

void glyphs_put(struct buf *b, const char *text, size_t len, int width, bool right, bool ascii)
{
	int wanted = glyphs_width(text, len), used;

	if (width <= 0)
		return;
	if (wanted <= width) {
		buf_pad(b, right ? width - wanted : 0);
		used = put_some(b, text, len, width, ascii);
		buf_pad(b, right ? 0 : width - used);
		return;
	}
	used = put_some(b, text, len, width - 1, ascii);
	buf_puts(b, ascii ? ">" : MARK);
	buf_pad(b, width - 1 - used);
}
