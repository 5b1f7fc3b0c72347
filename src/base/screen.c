// SPDX-License-Identifier: GPL-2.0-only
#include "base/screen.h"

#include <string.h>

#include "base/buf.h"
#include "base/terminal.h"

#define LINES_MIN 4 /* in fewer, a header would take all */

void screen_measure(struct screen *s, int fd)
{
	struct terminal_size size = terminal_size(fd);

	*s = (struct screen){ .columns = size.columns,
			      .lines = size.lines < LINES_MIN ? 0 : size.lines };
}

/* Where a sequence that only changes colours (ESC [ ... m) ends; `at` when none begins there. */
static size_t skip_color(const char *text, size_t at, size_t end)
{
	const char *m = text[at] == '\x1b' ? memchr(text + at, 'm', end - at) : NULL;

	return m ? (size_t)(m - text) + 1 : at;
}

int screen_columns(const struct buf *b, size_t start)
{
	int columns = 0;

	for (size_t i = start; i < b->len && b->data[i] != '\n';) {
		size_t next = skip_color(b->data, i, b->len);

		if (next == i) {
			columns += (b->data[i] & 0xc0) != 0x80; /* UTF-8: not what goes on */
			next++;
		}
		i = next;
	}
	return columns;
}

/* The lines of a terminal that one line of ours takes. */
static int rows_of(const struct screen *s, const struct buf *b, size_t start)
{
	int columns = screen_columns(b, start);

	return s->columns && columns ? (columns + s->columns - 1) / s->columns : 1;
}

bool screen_take(struct screen *s, const struct buf *b, size_t start)
{
	int rows = rows_of(s, b, start);

	if (s->lines && s->used + rows >= s->lines)
		return false;
	s->used += rows;
	return true;
}

void screen_put_header(struct screen *s, struct buf *b, size_t start, const struct buf *header)
{
	size_t len = b->len - start;

	if (header->len && buf_room(b, header->len)) {
		memmove(b->data + start + header->len, b->data + start, len);
		memcpy(b->data + start, header->data, header->len);
		b->len += header->len;
	}
	s->used = rows_of(s, b, start) + rows_of(s, b, b->len - len);
}
