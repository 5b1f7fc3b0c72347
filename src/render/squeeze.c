// SPDX-License-Identifier: GPL-2.0-only
#include "render/squeeze.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/screen.h"

#define LINE_MAX 1024 /* bytes; a longer one stays as it is */
#define NAME_GOOD 4   /* characters of a name that stay before the '+', ... */
#define NAME_LEAST 1  /* ... and where there is no other way */

/* Which bytes of a line go. */
struct plan {
	const char *text; /* of the line */
	size_t len;
	bool gone[LINE_MAX];
	bool cut; /* the name */
};

static bool goes_on(char c)
{
	return (c & 0xc0) == 0x80; /* inside of a character of UTF-8 */
}

/* Of a span, within the line. Returns the columns that are saved. */
static int leave_out(struct plan *p, size_t from, size_t to)
{
	int saved = 0;

	for (size_t i = from; i < to; i++) {
		saved += !p->gone[i] && !goes_on(p->text[i]);
		p->gone[i] = true;
	}
	return saved;
}

/* As many as are needed, and the last ones first: columns before them stay where they are. */
static int leave_blanks_out(struct plan *p, size_t from, size_t to, int need)
{
	int saved = 0;

	for (size_t i = to; i-- > from + 1 && saved < need;)
		if (p->text[i] == ' ' && p->text[i - 1] == ' ')
			saved += leave_out(p, i, i + 1);
	return saved;
}

/* Columns that its end can save, up to `most`: as many are left out, and a sign stands for them. */
static int cut_name(struct plan *p, const struct squeeze *s, size_t least, int most)
{
	size_t from = s->name.from - s->line, to = s->name.to - s->line;
	int saved = -1;

	while (to > from + least && saved < most) {
		to--;
		p->gone[to] = true;
		saved += !goes_on(p->text[to]);
	}
	p->cut = saved > 0;
	return saved > 0 ? saved : 0;
}

static void carry_out(struct buf *b, const struct squeeze *s, const struct plan *p)
{
	size_t at = s->line;

	for (size_t i = 0; i < p->len; i++)
		if (!p->gone[i])
			b->data[at++] = b->data[s->line + i];
		else if (p->cut && s->line + i + 1 == s->name.to)
			b->data[at++] = '+';
	b->len = at;
}

static int leave_span_out(struct plan *p, size_t line, const struct squeeze_span *span)
{
	return span->to ? leave_out(p, span->from - line, span->to - line) : 0;
}

static bool is_gone(const struct plan *p, const struct squeeze *s)
{
	return s->name.to && p->gone[s->name.from - s->line];
}

/*
 * Marks what is left out. step: 0, without `last`; 1, with it; from 2 on, with so many tails less
 * one. Whether that is as much as is needed.
 */
static bool make_plan(struct plan *p, const struct squeeze *s, int need, int step)
{
	size_t line = s->line;
	int saved = leave_span_out(p, line, &s->extra[0]) + leave_span_out(p, line, &s->extra[1]);

	for (int i = 0; i + 1 < step; i++)
		saved += leave_span_out(p, line, &s->tails[i]);
	if (saved < need && s->blanks.to)
		saved += leave_blanks_out(p, s->blanks.from - line, s->blanks.to - line,
					  need - saved);
	if (saved < need && step)
		saved += leave_span_out(p, line, &s->last);
	if (saved < need && s->name.to && !is_gone(p, s))
		saved += cut_name(p, s, step ? NAME_LEAST : NAME_GOOD, need - saved);
	return saved >= need;
}

static bool fit(struct buf *b, const struct squeeze *s, int need)
{
	for (int step = 0; step < 2 + SQUEEZE_TAILS; step++) {
		struct plan p = { .text = b->data + s->line, .len = b->len - s->line };

		if (make_plan(&p, s, need, step)) {
			carry_out(b, s, &p);
			return true;
		}
	}
	return false;
}

void squeeze_row(struct buf *b, const struct squeeze *s, int columns)
{
	int has = columns && !buf_failed(b) ? screen_columns(b, s->line) : 0;

	if (b->len - s->line > LINE_MAX)
		return;
	for (int room = columns; room < has; room += columns)
		if (fit(b, s, has - room))
			return;
}

struct squeeze_span squeeze_name(const struct buf *b, size_t from, size_t to)
{
	const char *slash = buf_failed(b) ? NULL : memchr(b->data + from, '/', to - from);
	size_t at = slash ? (size_t)(slash - b->data) + 1 : 0;

	if (!slash || memchr(slash, ',', to - at + 1))
		return (struct squeeze_span){ 0 };
	return (struct squeeze_span){ at, to };
}

struct squeeze_span squeeze_slashed(const struct squeeze_span *name)
{
	return name->to ? (struct squeeze_span){ name->from - 1, name->to } : *name;
}
