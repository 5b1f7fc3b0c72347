// SPDX-License-Identifier: GPL-2.0-only
/* Whatever bytes a name holds: text is harmless, JSON is valid, CSV is one record, nothing is lost.
 */
#include "unit.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "render/escape.h"

typedef void (*escape_fn)(struct buf *b, const char *s, size_t len);

/* --- a second opinion --------------------------------------------------------------------------
 */

/*
 * The character at s by the table of RFC 3629, section 4 (the code under test calculates), and its
 * length; 0: not UTF-8.
 */
static size_t utf8_at(const unsigned char *s, size_t len, uint32_t *ret)
{
	static const struct {
		unsigned char first_low, first_high, second_low, second_high;
		size_t len;
	} forms[] = {
		{ 0x00, 0x7f, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	static const unsigned char payload[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };

	for (size_t i = 0; i < COUNT(forms); i++) {
		size_t n = forms[i].len;

		if (n > len || s[0] < forms[i].first_low || s[0] > forms[i].first_high)
			continue;
		*ret = s[0] & payload[n];
		for (size_t k = 1; k < n; k++) {
			if (s[k] < (k == 1 ? forms[i].second_low : 0x80) ||
			    s[k] > (k == 1 ? forms[i].second_high : 0xbf))
				return 0;
			*ret = *ret << 6 | (s[k] & 0x3f);
		}
		return n;
	}
	return 0;
}

/* UTF-8 without control characters, line ends of any kind and marks that turn the writing around.
 */
static bool is_harmless(const struct buf *b)
{
	static const uint32_t marks[] = { 0x061c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b,
					  0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069 };
	const unsigned char *s = (const unsigned char *)b->data;

	for (size_t at = 0; at < b->len;) {
		uint32_t c = 0;
		size_t n = utf8_at(s + at, b->len - at, &c);

		if (!n || c < 0x20 || (c >= 0x7f && c <= 0x9f))
			return false;
		for (size_t i = 0; i < COUNT(marks); i++)
			if (c == marks[i])
				return false;
		at += n;
	}
	return true;
}

static int hex_value(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Takes the text form back; false when it is not of that form. */
static bool unescape_text(const struct buf *b, struct buf *ret)
{
	for (size_t i = 0; i < b->len; i++) {
		if (b->data[i] != '\\') {
			buf_putc(ret, b->data[i]);
		} else if (i + 1 < b->len && b->data[i + 1] == '\\') {
			buf_putc(ret, '\\');
			i++;
		} else if (i + 3 < b->len && b->data[i + 1] == 'x' &&
			   hex_value(b->data[i + 2]) >= 0 && hex_value(b->data[i + 3]) >= 0) {
			buf_putc(ret, (char)(hex_value(b->data[i + 2]) << 4 |
					     hex_value(b->data[i + 3])));
			i += 3;
		} else {
			return false;
		}
	}
	return true;
}

/* The inside of a string as RFC 8259 has it; every escape that we make stands for one byte. */
static bool unescape_json(const struct buf *b, struct buf *ret)
{
	const unsigned char *s = (const unsigned char *)b->data;

	for (size_t at = 0; at < b->len;) {
		uint32_t c = 0;
		size_t n = utf8_at(s + at, b->len - at, &c);

		if (!n || c < 0x20 || c == '"')
			return false;
		if (c != '\\') {
			buf_put(ret, s + at, n);
		} else if (at + 1 < b->len && (s[at + 1] == '"' || s[at + 1] == '\\')) {
			buf_putc(ret, (char)s[at + 1]);
			n = 2;
		} else if (at + 5 < b->len && !memcmp(s + at, "\\u00", 4)) {
			int high = hex_value((char)s[at + 4]), low = hex_value((char)s[at + 5]);

			if (high < 0 || low < 0)
				return false;
			if (high >= 8) /* as UTF-8 */
				buf_putc(ret, (char)0xc2);
			buf_putc(ret, (char)(high << 4 | low));
			n = 6;
		} else if (at + 5 < b->len &&
			   (!memcmp(s + at, "\\u2028", 6) || !memcmp(s + at, "\\u2029", 6))) {
			buf_put(ret, "\xe2\x80", 2);
			buf_putc(ret, s[at + 5] == '8' ? (char)0xa8 : (char)0xa9);
			n = 6;
		} else {
			return false;
		}
		at += n;
	}
	return true;
}

/* A field as RFC 4180 has it. */
static bool unquote_csv(const struct buf *b, struct buf *ret)
{
	bool quoted = b->len && b->data[0] == '"';

	if (!quoted) {
		for (size_t i = 0; i < b->len; i++)
			if (strchr(",\"\r\n", b->data[i]))
				return false;
		buf_put(ret, b->data ? b->data : "", b->len);
		return true;
	}
	if (b->len < 2 || b->data[b->len - 1] != '"')
		return false;
	for (size_t i = 1; i + 1 < b->len; i++) {
		if (b->data[i] == '"' && (i + 2 >= b->len || b->data[++i] != '"'))
			return false;
		buf_putc(ret, b->data[i]);
	}
	return true;
}

/* --- what holds for every string ---------------------------------------------------------------
 */

static bool is_utf8(const char *s, size_t len)
{
	uint32_t c;

	for (size_t at = 0, n; at < len; at += n) {
		n = utf8_at((const unsigned char *)s + at, len - at, &c);
		if (!n)
			return false;
	}
	return true;
}

static void assert_bytes(const struct buf *got, const char *want, size_t len)
{
	assert_int_equal(got->len, len);
	if (len)
		assert_memory_equal(got->data, want, len);
}

static void check_text(const char *s, size_t len)
{
	struct buf text = { 0 }, back = { 0 };

	buf_reserve(&text, 1);
	buf_reserve(&back, 1);
	escape_text(&text, s, len);
	assert_true(is_harmless(&text));
	assert_true(unescape_text(&text, &back));
	assert_bytes(&back, s, len);
	buf_free(&text);
	buf_free(&back);
}

static void check_json(const char *s, size_t len)
{
	struct buf json = { 0 }, back = { 0 };

	buf_reserve(&json, 1);
	buf_reserve(&back, 1);
	escape_json(&json, s, len);
	assert_true(unescape_json(&json, &back));
	if (is_utf8(s, len))
		assert_bytes(&back, s, len);
	buf_free(&json);
	buf_free(&back);
}

static void check_csv(const char *s, size_t len)
{
	struct buf csv = { 0 }, text = { 0 }, back = { 0 };

	buf_reserve(&csv, 1);
	buf_reserve(&text, 1);
	buf_reserve(&back, 1);
	escape_csv(&csv, s, len);
	assert_true(is_harmless(&csv));
	assert_true(unquote_csv(&csv, &text));
	assert_true(unescape_text(&text, &back));
	assert_bytes(&back, s, len);
	buf_free(&csv);
	buf_free(&text);
	buf_free(&back);
}

static void check_all(const char *s, size_t len)
{
	check_text(s, len);
	check_json(s, len);
	check_csv(s, len);
}

TEST(escape__every_single_byte)
{
	for (int c = 0; c < 256; c++) {
		char byte = (char)c;

		check_all(&byte, 1);
	}
}

TEST(escape__every_pair_of_bytes)
{
	for (int first = 0; first < 256; first++) {
		for (int second = 0; second < 256; second++) {
			char pair[2] = { (char)first, (char)second };

			check_text(pair, 2);
			check_json(pair, 2);
		}
	}
}

/* Each character of Unicode, and what would be surrogates and beyond its end. */
TEST(escape__every_character)
{
	for (uint32_t c = 0x800; c < 0x120000; c += c < 0x3000 ? 1 : 61) {
		char s[4] = { (char)(0xf0 | c >> 18), (char)(0x80 | (c >> 12 & 0x3f)),
			      (char)(0x80 | (c >> 6 & 0x3f)), (char)(0x80 | (c & 0x3f)) };

		if (c < 0x10000) {
			s[1] = (char)(0xe0 | c >> 12);
			check_text(s + 1, 3);
			check_json(s + 1, 3);
		} else {
			check_text(s, 4);
			check_json(s, 4);
		}
	}
}

TEST(escape__random_bytes)
{
	static const char likely[] = "\\\"x,\x1b\n a0\xc3\xa4\xe2\x80\xae\xf0\x9f\x90\xa7\xed\xa0";
	uint32_t seed = 0x13579bd;
	char s[64];

	for (int round = 0; round < 50000; round++) {
		size_t len;

		seed = seed * 1664525 + 1013904223;
		len = (seed >> 16) % sizeof(s);
		for (size_t i = 0; i < len; i++) {
			seed = seed * 1664525 + 1013904223;
			s[i] = seed >> 31 ? (char)(seed >> 20)
					  : likely[(seed >> 8) % (sizeof(likely) - 1)];
		}
		check_all(s, len);
	}
}

/* --- single rules ------------------------------------------------------------------------------
 */

static void check(escape_fn escape, const char *s, size_t len, const char *want)
{
	struct buf b = { 0 };

	buf_reserve(&b, 1);
	escape(&b, s, len);
	buf_putc(&b, '\0');
	assert_string_equal(b.data, want);
	assert_int_equal(b.len, strlen(want) + 1);
	buf_free(&b);
}

#define CHECK(escape, s, want) check(escape, s, sizeof(s) - 1, want)

TEST(escape_text__plain_names_stay)
{
	CHECK(escape_text, "", "");
	CHECK(escape_text, "nginx: worker [1] (a/b) \"c\" 'd'",
	      "nginx: worker [1] (a/b) \"c\" 'd'");
	CHECK(escape_text, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7",
	      "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7");
}

TEST(escape_text__control_characters_are_shown)
{
	CHECK(escape_text, "\x1b[2J", "\\x1b[2J");
	CHECK(escape_text, "a\nb\r\tc\x7f", "a\\x0ab\\x0d\\x09c\\x7f");
	CHECK(escape_text, "a\0b", "a\\x00b");
	CHECK(escape_text,
	      "\xc2\x9b"
	      "31m",
	      "\\xc2\\x9b31m");			      /* C1: a terminal takes it for ESC [ */
	CHECK(escape_text, "\xc2\x85", "\\xc2\\x85"); /* next line */
	CHECK(escape_text, "\xc2\xa0", "\xc2\xa0");
}

TEST(escape_text__backslash_is_doubled)
{
	CHECK(escape_text, "\\", "\\\\");
	CHECK(escape_text, "\\x1b", "\\\\x1b"); /* not taken for an escape code that was there */
}

TEST(escape_text__direction_marks_are_shown)
{
	CHECK(escape_text, "\xe2\x80\xae", "\\xe2\\x80\\xae");
	CHECK(escape_text, "\xe2\x81\xa6", "\\xe2\\x81\\xa6");
	CHECK(escape_text, "\xe2\x80\x8f", "\\xe2\\x80\\x8f");
	CHECK(escape_text, "\xd8\x9c", "\\xd8\\x9c");
	CHECK(escape_text, "\xe2\x80\xa8", "\\xe2\\x80\\xa8");
}

TEST(escape_text__what_is_not_utf8_is_shown_byte_by_byte)
{
	CHECK(escape_text, "\xff", "\\xff");
	CHECK(escape_text, "\x80", "\\x80");
	CHECK(escape_text, "\xc0\xaf", "\\xc0\\xaf"); /* overlong / */
	CHECK(escape_text, "\xc1\xbf", "\\xc1\\xbf");
	CHECK(escape_text, "\xe0\x80\xaf", "\\xe0\\x80\\xaf");
	CHECK(escape_text, "\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf");
	CHECK(escape_text, "\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf");
	CHECK(escape_text, "\xed\xa0\x80", "\\xed\\xa0\\x80"); /* surrogate */
	CHECK(escape_text, "\xed\xbf\xbf", "\\xed\\xbf\\xbf");
	CHECK(escape_text, "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* beyond U+10FFFF */
	CHECK(escape_text, "\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80");
	CHECK(escape_text, "\xc3(", "\\xc3(");
	CHECK(escape_text, "\xe2\x82(", "\\xe2\\x82(");
}

/* A name is cut at 15 bytes, which may be in the middle of a character. */
TEST(escape_text__cut_character_is_not_read_past_its_end)
{
	static const char euro[] = "\xe2\x82\xac", penguin[] = "\xf0\x9f\x90\xa7";

	check(escape_text, euro, 1, "\\xe2");
	check(escape_text, euro, 2, "\\xe2\\x82");
	check(escape_text, euro, 3, euro);
	check(escape_text, penguin, 3, "\\xf0\\x9f\\x90");
	check(escape_json, euro, 2, "\xef\xbf\xbd\xef\xbf\xbd");
}

static void check_name(const char *name, const char *want)
{
	struct buf b = { 0 };

	escape_name(&b, name, strlen(name), "\"',/()");
	buf_putc(&b, '\0');
	assert_string_equal(b.data, want);
	buf_free(&b);
}

TEST(escape_name__is_quoted_where_it_could_read_as_two)
{
	check_name("sshd", "sshd");
	check_name("", "");
	check_name("x by 1/systemd", "\"x by 1/systemd\"");
	check_name("a,1/systemd", "\"a,1/systemd\"");
	check_name("(inherited)", "\"(inherited)\"");
	check_name("it's", "\"it's\"");
	check_name("\",1/x\\\"", "\"\\\",1/x\\\\\\\"\"");
	check_name("a\nb", "a\\x0ab");
	check_name("a\xc2\xa0"
		   "b",
		   "\"a\xc2\xa0"
		   "b\"");
	check_name("a\xe3\x80\x80"
		   "b",
		   "\"a\xe3\x80\x80"
		   "b\"");
	check_name("\xc3\xa4\xff", "\xc3\xa4\\xff");
}

TEST(quote_name__leaves_what_the_whole_list_escapes)
{
	struct buf b = { 0 };

	quote_name(&b, "a\\", 2, "\"");
	buf_putc(&b, ' ');
	quote_name(&b, "a \"\\\n", 5, "\"");
	buf_putc(&b, '\0');
	assert_string_equal(b.data, "a\\ \"a \\\"\\\\\n\"");
	buf_free(&b);
}

TEST(escape_json__rules)
{
	CHECK(escape_json, "", "");
	CHECK(escape_json, "plain name", "plain name");
	CHECK(escape_json, "say \"hi\\\"", "say \\\"hi\\\\\\\"");
	CHECK(escape_json, "\x1b[2J\n\t\x7f", "\\u001b[2J\\u000a\\u0009\\u007f");
	CHECK(escape_json, "a\0b", "a\\u0000b");
	CHECK(escape_json, "\xc2\x9b", "\\u009b");
	CHECK(escape_json, "\xff", "\xef\xbf\xbd");
	CHECK(escape_json, "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	CHECK(escape_json, "\xf0\x9f\x90\xa7", "\xf0\x9f\x90\xa7");
}

TEST(escape_csv__rules)
{
	CHECK(escape_csv, "", "");
	CHECK(escape_csv, "curl", "curl");
	CHECK(escape_csv, "a,b", "\"a,b\"");
	CHECK(escape_csv, "a\"b", "\"a\"\"b\"");
	CHECK(escape_csv, "\"", "\"\"\"\"");
	CHECK(escape_csv, "a\nb", "a\\x0ab"); /* one record, one line */
	CHECK(escape_csv, "a\r\n,b", "\"a\\x0d\\x0a,b\"");
}

TEST(escape_csv__guarded_no_cell_is_a_formula)
{
	escape_csv_guard(true);
	CHECK(escape_csv, "=1+1", "\"'=1+1\"");
	CHECK(escape_csv, "+1", "\"'+1\"");
	CHECK(escape_csv, "-bash", "\"'-bash\"");
	CHECK(escape_csv, "@SUM(1,\"2\")", "\"'@SUM(1,\"\"2\"\")\"");
	CHECK(escape_csv,
	      "\xef\xbc\x9d"
	      "1",
	      "\"'\xef\xbc\x9d"
	      "1\"");
	CHECK(escape_csv, "a;=1", "\"a;=1\"");
	CHECK(escape_csv, "\t=1", "\\x09=1");
	CHECK(escape_csv, "", "");
	CHECK(escape_csv, "a=b", "a=b");
	escape_csv_guard(false);
	CHECK(escape_csv, "=1+1", "=1+1");
}

TEST(escape__appends_to_what_is_there)
{
	struct buf b = { 0 };

	buf_puts(&b, "comm=");
	escape_text(&b, "a\n", 2);
	escape_json(&b, "\"", 1);
	escape_csv(&b, "x,", 2);
	buf_putc(&b, '\0');
	assert_string_equal(b.data, "comm=a\\x0a\\\"\"x,\"");
	buf_free(&b);
}

/* The first byte of all is one that must be escaped: no memory is touched before there is some. */
TEST(escape__into_an_empty_buffer)
{
	static const escape_fn escapes[] = { escape_text, escape_json, escape_csv };

	for (size_t i = 0; i < COUNT(escapes); i++) {
		struct buf b = { 0 };

		escapes[i](&b, "\x1b", 1);
		assert_false(buf_failed(&b));
		assert_true(b.len >= 4);
		buf_free(&b);
	}
}
