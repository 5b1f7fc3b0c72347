/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading a line of /proc column by column. What a function skips or takes is gone from the cursor;
 * where it returns false, part of it may be.
 */
#ifndef SOCKWATCH_PROC_CURSOR_H
#define SOCKWATCH_PROC_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

/* What is left of a line. */
struct cursor {
	const char *at;
	const char *end;
};

/* False when the next character is another one, or there is none. */
static inline bool skip_char(struct cursor *c, char want)
{
	if (c->at == c->end || *c->at != want)
		return false;
	c->at++;
	return true;
}

/* Columns are apart by one blank or more; false without any. */
static inline bool skip_blanks(struct cursor *c)
{
	const char *start = c->at;

	while (skip_char(c, ' '))
		;
	return c->at > start;
}

/* 0 to 15; -1 for a character that is none. */
static inline int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Exactly `digits` hexadecimal digits, at most eight. */
static inline bool take_hex(struct cursor *c, int digits, uint32_t *ret)
{
	uint32_t v = 0;

	for (int i = 0; i < digits; i++, c->at++) {
		int d = c->at < c->end ? hex_digit(*c->at) : -1;

		if (d < 0)
			return false;
		v = v << 4 | (uint32_t)d;
	}
	*ret = v;
	return true;
}

/* One decimal digit or more, of a value that is `most` at most. */
static inline bool take_decimal(struct cursor *c, uint64_t most, uint64_t *ret)
{
	const char *start = c->at;
	uint64_t v = 0;

	for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++) {
		uint64_t digit = (uint64_t)(*c->at - '0');

		if (v > (most - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*ret = v;
	return c->at > start;
}

#endif
