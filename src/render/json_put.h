/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON (RFC 8259) into a buffer: all JSON is written by these. Members and elements
 * put a comma before themselves, the first too; the end of an object or array puts the bracket in
 * its place. So all that there is to remember is where it began:
 *
 *	static const struct json_key pid = JSON_KEY("pid");
 *	size_t object = json_begin(b);
 *
 *	json_put_key(b, &pid);
 *	json_put_number(b, 811);
 *	json_end_object(b, object);		{"pid":811}
 */
#ifndef SOCKWATCH_RENDER_JSON_PUT_H
#define SOCKWATCH_RENDER_JSON_PUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "render/escape.h"

#define JSON_KEY_MAX 32 /* ,"suppress_prefixlength": */

struct stamp_cache;

/* A key as it stands between two members; copied whole, for a length that is known. */
struct json_key {
	char text[JSON_KEY_MAX];
	uint8_t len;
};

#define JSON_KEY(key)                            \
	{                                        \
		",\"" key "\":", sizeof(key) + 3 \
	}

/* Where an object or array begins: before its first member. */
static inline size_t json_begin(const struct buf *b)
{
	return b->len;
}

void json_end_object(struct buf *b, size_t begin);
void json_end_array(struct buf *b, size_t begin);

/* The end of an object that is a line of the output: the tags before it, and its end behind it. */
void json_end_line(struct buf *b, size_t begin);

/* What each such line has from now on: members with a comma before each; kept, not copied. */
void json_set_tags(const char *members, size_t len);

/* Before a member's value. */
static inline void json_put_key(struct buf *b, const struct json_key *key)
{
	char *p = buf_room(b, sizeof(key->text));

	if (!p)
		return;
	memcpy(p, key->text, sizeof(key->text));
	b->len += key->len;
}

/* Before an element's value. */
static inline void json_next(struct buf *b)
{
	buf_putc(b, ',');
}

/* --- values ----------------------------------------------------------------------------------- */

static inline void json_put_number(struct buf *b, uint64_t number)
{
	buf_put_u64(b, number);
}

/* A word of our own, that needs no escaping. */
static inline void json_put_word(struct buf *b, const char *text, size_t len)
{
	buf_putc(b, '"');
	buf_put(b, text, len);
	buf_putc(b, '"');
}

/* Text from outside. */
static inline void json_put_text(struct buf *b, const char *text, size_t len)
{
	buf_putc(b, '"');
	escape_json(b, text, len);
	buf_putc(b, '"');
}

/* wall_ns: since 1970, UTC. The cache is for STAMP_ISO. */
void json_put_time(struct buf *b, struct stamp_cache *cache, uint64_t wall_ns);

#endif
