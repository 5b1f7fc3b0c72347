// SPDX-License-Identifier: GPL-2.0-only
#include "store/squeeze.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <zlib.h>

#include "base/buf.h"

#define CUT_BYTES 256 /* what a cut may cost: a few bits, and a table of codes */

/* zlib never writes to what it reads, but does not say so. */
static void feed(z_stream *z, const void *data, size_t size)
{
	union {
		const void *from;
		Bytef *to;
	} p = { data };

	z->next_in = p.to;
	z->avail_in = (uInt)size;
}

/*
 * Columns repeat the byte before, or are noise: the fast levels look for nothing else, the others
 * take no short repetitions, which are chance. Both are faster, and leave less, than zlib's usual.
 */
static int strategy_of(bool columns, int level)
{
	if (!columns)
		return Z_DEFAULT_STRATEGY;
	return level < SQUEEZE_WELL ? Z_RLE : Z_FILTERED;
}

int squeeze(struct buf *b, const void *data, size_t size, const size_t *cuts, size_t n_cuts,
	    int level)
{
	z_stream z = { 0 };
	size_t at = 0, most;
	char *room;
	int state = Z_OK;

	if (size > INT_MAX || deflateInit2(&z, level, Z_DEFLATED, MAX_WBITS, MAX_MEM_LEVEL,
					   strategy_of(cuts, level)) != Z_OK)
		return -ENOMEM;
	most = deflateBound(&z, size) + (n_cuts + 1) * CUT_BYTES;
	room = buf_room(b, most);
	if (!room) {
		deflateEnd(&z);
		return -ENOMEM;
	}
	z.next_out = (Bytef *)room;
	z.avail_out = (uInt)most;
	for (size_t i = 0; i < n_cuts && state == Z_OK; at = cuts[i++]) {
		feed(&z, (const char *)data + at, cuts[i] - at);
		state = deflate(&z, Z_BLOCK);
	}
	feed(&z, (const char *)data + at, size - at);
	state = deflate(&z, Z_FINISH);
	if (state == Z_STREAM_END)
		b->len += z.total_out;
	deflateEnd(&z);
	return state == Z_STREAM_END ? 0 : -ENOMEM;
}

int unsqueeze(const void *data, size_t size, void *ret, size_t room)
{
	z_stream z = { 0 };
	int state;

	if (size > INT_MAX || room > INT_MAX)
		return -EBADMSG;
	if (inflateInit(&z) != Z_OK)
		return -ENOMEM;
	feed(&z, data, size);
	z.next_out = ret;
	z.avail_out = (uInt)room;
	state = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	if (state == Z_MEM_ERROR)
		return -ENOMEM;
	return state == Z_STREAM_END && z.total_out == room && z.avail_in == 0 ? 0 : -EBADMSG;
}
