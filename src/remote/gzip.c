// SPDX-License-Identifier: GPL-2.0-only
#include "remote/gzip.h"

#include <errno.h>
#include <stdint.h>
#include <zlib.h>

#include "base/buf.h"

#define LEVEL 1
#define WINDOW (15 + 16) /* 16: with the head and the end of gzip */
#define MEMORY 8

int gzip_put(struct buf *b, const void *data, size_t len)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)data, .avail_in = (uInt)len };
	char *room;
	int err;

	if (deflateInit2(&z, LEVEL, Z_DEFLATED, WINDOW, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
		return -ENOMEM;
	z.avail_out = (uInt)deflateBound(&z, len);
	room = buf_room(b, z.avail_out);
	z.next_out = (Bytef *)room;
	err = room && deflate(&z, Z_FINISH) == Z_STREAM_END ? 0 : -ENOMEM;
	b->len += err ? 0 : z.total_out;
	deflateEnd(&z);
	return err;
}
