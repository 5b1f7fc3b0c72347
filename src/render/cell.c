// SPDX-License-Identifier: GPL-2.0-only
#include "render/cell.h"

#include <string.h>

#include "base/buf.h"
#include "render/escape.h"

#define CONTAINER_WIDTH 12 /* at most */
#define CUT_LEN 200	   /* bytes */

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

void cell_put_number(struct buf *b, uint64_t number, int width)
{
	size_t start = b->len;

	buf_put_u64(b, number);
	cell_end(b, start, width);
}

void cell_put_number_right(struct buf *b, uint64_t number, int width)
{
	char digits[U64_TEXT_MAX];
	size_t n = u64_format(number, digits);

	buf_pad(b, width - (int)n);
	buf_put(b, digits, n);
	buf_putc(b, ' ');
}

void label_put_number(struct buf *b, const char *label, bool has, uint64_t number)
{
	if (!has)
		return;
	buf_puts(b, label);
	buf_put_u64(b, number);
}

void label_put_name(struct buf *b, const char *label, const char *name)
{
	if (!name)
		return;
	buf_puts(b, label);
	escape_name(b, name, strlen(name), "\"");
}

void label_put_text(struct buf *b, const char *label, const char *text)
{
	if (!text)
		return;
	buf_puts(b, label);
	escape_text(b, text, strlen(text));
}

void label_put_cut(struct buf *b, const char *label, const char *text)
{
	size_t len = text ? strnlen(text, CUT_LEN + 1) : 0;

	if (len <= CUT_LEN) {
		label_put_text(b, label, text);
		return;
	}
	for (len = CUT_LEN; len && ((unsigned char)text[len] & 0xc0) == 0x80;)
		len--; /* not within a character of UTF-8 */
	buf_puts(b, label);
	escape_text(b, text, len);
	buf_puts(b, "...");
}

static bool is_hash(const char *id)
{
	return strspn(id, "0123456789abcdef") == strlen(id);
}

void label_put_container(struct buf *b, const char *label, const char *id)
{
	if (!id)
		return;
	buf_puts(b, label);
	escape_name(b, id, is_hash(id) ? strnlen(id, CONTAINER_WIDTH) : strlen(id), "\"");
}
