// SPDX-License-Identifier: GPL-2.0-only
#include "render/json_put.h"

#include "render/stamp.h"

static void end(struct buf *b, size_t begin, char open, char close)
{
	if (b->len == begin)
		buf_putc(b, open);
	else
		b->data[begin] = open; /* its first comma separates nothing */
	buf_putc(b, close);
}

void json_end_object(struct buf *b, size_t begin)
{
	end(b, begin, '{', '}');
}

static struct {
	const char *members; /* borrowed */
	size_t len;
} tags;

void json_set_tags(const char *members, size_t len)
{
	tags.members = members;
	tags.len = len;
}

void json_end_line(struct buf *b, size_t begin)
{
	buf_put(b, tags.members, tags.len);
	json_end_object(b, begin);
	buf_putc(b, '\n');
}

void json_end_array(struct buf *b, size_t begin)
{
	end(b, begin, '[', ']');
}

void json_put_time(struct buf *b, struct stamp_cache *cache, uint64_t wall_ns)
{
	buf_putc(b, '"');
	stamp_put(b, cache, STAMP_ISO, wall_ns);
	buf_putc(b, '"');
}
