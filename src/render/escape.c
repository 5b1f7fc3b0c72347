// SPDX-License-Identifier: GPL-2.0-only
#include "render/escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"

static bool csv_guarded;

static const char hex[] = "0123456789abcdef";

/* The length of the valid UTF-8 sequence at s (RFC 3629: shortest form, no surrogates), 0: none. */
static size_t utf8_decode(const unsigned char *s, size_t len, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80	     ? 1
		   : s[0] >> 5 == 6  ? 2
		   : s[0] >> 4 == 14 ? 3
		   : s[0] >> 3 == 30 ? 4
				     : 0;
	uint32_t c = n < 2 ? s[0] : s[0] & (0xffu >> (n + 1));

	if (n == 0 || n > len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if (s[i] >> 6 != 2)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret = c;
	return n;
}

/* Characters that move the cursor, start a line or turn the text around. */
static bool is_unsafe(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x200e || c == 0x200f || c == 0x061c ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

static void put_hex_bytes(struct buf *b, const unsigned char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char code[4] = { '\\', 'x', hex[s[i] >> 4], hex[s[i] & 15] };

		buf_put(b, code, sizeof(code));
	}
}

/* A printable character of ASCII, but no backslash. */
static bool is_plain(unsigned char c)
{
	return (c >= 0x20) & (c < 0x7f) & (c != '\\');
}

/* How many bytes need no care at all. */
static size_t plain_run(const unsigned char *s, size_t len, unsigned char also_special)
{
	size_t n = 0;

	while (n < len && is_plain(s[n]) && s[n] != also_special)
		n++;
	return n;
}

/* What is left to escape, and what it begins with: a character c of n bytes; n 0: no UTF-8. */
struct rest {
	const unsigned char *s;
	size_t len;
	size_t n;
	uint32_t c;
};

static struct rest rest_of(const char *text, size_t len)
{
	return (struct rest){ .s = (const unsigned char *)text, .len = len };
}

/* Appends what needs no care, up to a character that may; false: that was all. */
static inline bool put_plain(struct buf *b, struct rest *r, unsigned char also_special)
{
	size_t n = plain_run(r->s, r->len, also_special);

	buf_put(b, r->s, n);
	r->s += n;
	r->len -= n;
	if (!r->len)
		return false;
	r->n = utf8_decode(r->s, r->len, &r->c);
	return true;
}

/* Goes on behind that character; behind one byte that is no UTF-8. */
static inline void go_on(struct rest *r)
{
	size_t n = r->n ? r->n : 1;

	r->s += n;
	r->len -= n;
}

void escape_text(struct buf *b, const char *text, size_t len)
{
	for (struct rest r = rest_of(text, len); put_plain(b, &r, '\\'); go_on(&r)) {
		if (*r.s == '\\')
			buf_put(b, "\\\\", 2);
		else if (r.n && !is_unsafe(r.c))
			buf_put(b, r.s, r.n);
		else
			put_hex_bytes(b, r.s, r.n ? r.n : 1);
	}
}

/* Blanks of other scripts and those without width look like what stands between two names. */
static bool is_blank(uint32_t c)
{
	return c == ' ' || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200d) ||
	       c == 0x202f || c == 0x205f || c == 0x3000;
}

static bool must_quote(const char *s, size_t len, const char *marks)
{
	for (struct rest r = rest_of(s, len); r.len; go_on(&r)) {
		r.n = utf8_decode(r.s, r.len, &r.c);
		if (r.n && (is_blank(r.c) || (r.c && r.c < 0x80 && strchr(marks, (int)r.c))))
			return true;
	}
	return false;
}

void quote_name(struct buf *b, const char *s, size_t len, const char *marks)
{
	bool quote = must_quote(s, len, marks);

	if (quote)
		buf_putc(b, '"');
	for (size_t i = 0; i < len; i++) {
		if (quote && (s[i] == '"' || s[i] == '\\'))
			buf_putc(b, '\\');
		buf_putc(b, s[i]);
	}
	if (quote)
		buf_putc(b, '"');
}

void escape_name(struct buf *b, const char *s, size_t len, const char *marks)
{
	bool quote = must_quote(s, len, marks);
	const char *end = s + len;

	if (!quote) {
		escape_text(b, s, len);
		return;
	}
	buf_putc(b, '"');
	while (s < end) {
		const char *inner = memchr(s, '"', (size_t)(end - s));

		escape_text(b, s, (size_t)((inner ? inner : end) - s));
		if (inner)
			buf_puts(b, "\\\"");
		s = inner ? inner + 1 : end;
	}
	buf_putc(b, '"');
}

static void put_json_special(struct buf *b, const struct rest *r)
{
	uint32_t c = r->c;

	if (!r->n) {
		buf_puts(b, "\xef\xbf\xbd");
	} else if (c == '"' || c == '\\') {
		buf_putc(b, '\\');
		buf_putc(b, (char)c);
	} else if (c == 0x2028 || c == 0x2029) { /* some readers split lines there */
		buf_puts(b, c == 0x2028 ? "\\u2028" : "\\u2029");
	} else if (c < 0x20 || (c >= 0x7f && c <= 0x9f)) {
		char code[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

		buf_put(b, code, sizeof(code));
	} else {
		buf_put(b, r->s, r->n);
	}
}

void escape_json(struct buf *b, const char *text, size_t len)
{
	for (struct rest r = rest_of(text, len); put_plain(b, &r, '"'); go_on(&r))
		put_json_special(b, &r);
}

static const char *entity_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void escape_html(struct buf *b, const char *s, size_t len, size_t most)
{
	struct buf safe = { 0 };
	size_t characters = 0, i;

	escape_text(&safe, s, len);
	b->failed = b->failed || safe.failed;
	for (i = 0; i < safe.len; i++) {
		const char *entity = entity_of(safe.data[i]);

		characters += (safe.data[i] & 0xc0) != 0x80; /* not inside of one */
		if (most && characters > most)
			break;
		if (entity)
			buf_puts(b, entity);
		else
			buf_putc(b, safe.data[i]);
	}
	if (i < safe.len)
		buf_puts(b, "\xe2\x80\xa6");
	buf_free(&safe);
}

void escape_csv_guard(bool on)
{
	csv_guarded = on;
}

static bool is_formula(const char *s, size_t len)
{
	static const char *const wide[] = { "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
					    "\xef\xbc\xa0" };

	if (len && strchr("=+-@", s[0]) && s[0])
		return true;
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (len >= 3 && !memcmp(s, wide[i], 3))
			return true;
	return false;
}

static bool splits_cell(char c)
{
	return c == ',' || c == '"' || c == ' ' || (csv_guarded && c == ';');
}

/* True when a CSV field is these bytes as they are, as most are. */
static bool is_plain_csv(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_plain((unsigned char)s[i]) || splits_cell(s[i]))
			return false;
	return true;
}

void escape_csv(struct buf *b, const char *s, size_t len)
{
	struct buf safe = { 0 };
	bool guard = csv_guarded && is_formula(s, len), quote = guard;

	if (!guard && is_plain_csv(s, len)) {
		buf_put(b, s, len);
		return;
	}
	escape_text(&safe, s, len);
	for (size_t i = 0; i < safe.len && !quote; i++)
		quote = splits_cell(safe.data[i]);
	if (safe.failed)
		b->failed = true;
	if (!quote) {
		buf_put(b, safe.data ? safe.data : "", safe.len);
	} else {
		buf_puts(b, guard ? "\"'" : "\"");
		for (size_t i = 0; i < safe.len; i++) {
			if (safe.data[i] == '"')
				buf_putc(b, '"');
			buf_putc(b, safe.data[i]);
		}
		buf_putc(b, '"');
	}
	buf_free(&safe);
}
