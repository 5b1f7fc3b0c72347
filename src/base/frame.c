// SPDX-License-Identifier: GPL-2.0-only
#include "base/frame.h"

#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"

#define HOME "\x1b[H"
#define CLEAR_LINE "\x1b[K"
#define CLEAR_BELOW "\x1b[J"
#define WRAP_OFF "\x1b[?7l" /* characters that are two columns wide do not make a line two */
#define WRAP_ON "\x1b[?7h"
#define BOLD "\x1b[1m"
#define PLAIN "\x1b[0m"

/* Two lines that share it are one line to us: the second would not be marked. */
static uint64_t hash_line(const char *line, size_t len)
{
	return hash_bytes(HASH_EMPTY, line, len);
}

/* The length of the line that begins there, without its newline. */
static size_t line_length(const char *line, const char *end)
{
	const char *newline = memchr(line, '\n', (size_t)(end - line));

	return newline ? (size_t)(newline - line) : (size_t)(end - line);
}

/* The length of a sequence that only changes colours (ESC [ ... m); 0: there is none. */
static size_t color_length(const char *at, size_t len)
{
	const char *m = *at == '\x1b' ? memchr(at, 'm', len) : NULL;

	return m ? (size_t)(m - at) + 1 : 0;
}

/* What ends a colour ends the mark, too: it is set again. */
static void put_color(struct buf *out, const char *at, size_t len, bool bold)
{
	buf_put(out, at, len);
	if (bold && len == strlen(PLAIN) && !memcmp(at, PLAIN, len))
		buf_puts(out, BOLD);
}

/* How many columns a line takes. Each character counts as one, though a few are two wide. */
static int width_of(const char *line, size_t len)
{
	int width = 0;

	for (size_t i = 0; i < len;) {
		size_t color = color_length(line + i, len - i);

		width += !color && ((uint8_t)line[i] & 0xc0) != 0x80; /* UTF-8: not what goes on */
		i += color ? color : 1;
	}
	return width;
}

/* One that is too long has a mark in its last column. */
static void put_line(struct buf *out, const char *line, size_t len, int columns, bool bold)
{
	bool colored = bold, cut = columns && width_of(line, len) > columns;
	int used = 0, room = cut ? columns - 1 : columns;

	buf_puts(out, bold ? BOLD : "");
	for (size_t i = 0; i < len;) {
		size_t color = color_length(line + i, len - i);

		if (color) {
			put_color(out, line + i, color, bold);
			colored = true;
			i += color;
			continue;
		}
		used += ((uint8_t)line[i] & 0xc0) != 0x80;
		if (cut && used > room)
			break;
		buf_putc(out, line[i++]);
	}
	buf_puts(out, cut ? ">" : "");
	buf_puts(out, colored ? PLAIN CLEAR_LINE "\n" : CLEAR_LINE "\n");
}

static size_t count_lines(const char *page, const char *end)
{
	size_t n = 0;

	for (const char *line = page; line < end; line += line_length(line, end) + 1)
		n++;
	return n;
}

static void put_rest(struct buf *out, size_t n)
{
	buf_puts(out, "... and ");
	buf_put_u64(out, n);
	buf_puts(out, n == 1 ? " more line" CLEAR_LINE "\n" : " more lines" CLEAR_LINE "\n");
}

static int remember(struct frame *f, const char *page, const char *end)
{
	struct hash lines = { 0 };
	int err = 0;

	for (const char *line = page; line < end && !err; line += line_length(line, end) + 1)
		err = hash_put(&lines, hash_line(line, line_length(line, end)), 1);
	hash_free(&f->lines);
	f->lines = lines;
	return err;
}

/* Moves what the terminal shows up and out of sight: its own history has it. */
static void begin(const struct frame *f, struct buf *out, int lines)
{
	buf_puts(out, WRAP_OFF);
	for (int i = 0; i < lines && !f->drawn; i++)
		buf_putc(out, '\n');
	buf_puts(out, HOME);
}

int frame_draw(struct frame *f, const char *page, size_t len, const struct frame_opts *opts,
	       struct buf *out)
{
	const char *end = page + len;
	size_t n = count_lines(page, end), room = (size_t)opts->lines - 1, shown = n, i = 0;

	if (n > room)
		shown = room - 1;
	begin(f, out, opts->lines);
	for (const char *line = page; i < shown; i++) {
		size_t line_len = line_length(line, end);
		uint32_t was;
		bool bold = opts->mark && f->drawn &&
			    !hash_get(&f->lines, hash_line(line, line_len), &was);

		put_line(out, line, line_len, opts->columns, bold);
		line += line_len + 1;
	}
	if (n > shown)
		put_rest(out, n - shown);
	buf_puts(out, CLEAR_BELOW WRAP_ON);
	f->drawn = true;
	return opts->mark ? remember(f, page, end) : 0;
}

void frame_free(struct frame *f)
{
	hash_free(&f->lines);
	*f = (struct frame){ 0 };
}
