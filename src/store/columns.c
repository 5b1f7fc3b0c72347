// SPDX-License-Identifier: GPL-2.0-only
#include "store/columns.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "store/scratch.h"
#include "store/squeeze.h"

#define BLOCK_VERSION 1

/* More than the columns of a record, and of a block, can take. */
#define RECORD_MOST (128 * (1 + VARINT_MAX))
#define BLOCK_MOST (128 * (2 + 2 * VARINT_MAX))

/* Bytes as they are in this machine's order: a store is read where it was written. */
struct block_head {
	uint16_t version;
	uint16_t n;    /* less one */
	uint32_t size; /* before zlib */
};

/* As columns_pack(), of records that are n; plain: scratch. */
static int pack(struct buf *b, struct scratch *s, struct buf *plain, const struct stored *records,
		int level)
{
	struct block_head head = { .version = BLOCK_VERSION, .n = (uint16_t)(s->n - 1) };

	for (size_t i = 0; i < n_stored_columns; i++) {
		scratch_foretell(s, i, records);
		column_pack(s, &stored_columns[i], records, plain);
	}
	head.size = (uint32_t)plain->len;
	buf_put(b, &head, sizeof(head));
	if (buf_failed(plain) || buf_failed(b))
		return -ENOMEM;
	return squeeze(b, plain->data, plain->len, s->cuts, s->n_cuts, level);
}

int columns_pack(struct buf *b, const struct stored *records, size_t n, int level)
{
	struct scratch *s = NULL;
	struct buf plain = { 0 };
	size_t before = b->len;
	int err = -ENOMEM;

	if (!n || n > COLUMNS_MAX)
		return -EINVAL;
	s = scratch_new(n);
	if (s)
		err = pack(b, s, &plain, records, level);
	if (err)
		b->len = before;
	buf_free(&plain);
	free(s);
	return err;
}

static int unpack_columns(const unsigned char *at, size_t size, struct stored *ret, size_t n)
{
	const unsigned char *end = at + size;
	struct scratch *s = scratch_new(n);
	bool good = true;

	if (!s)
		return -ENOMEM;
	memset(ret, 0, n * sizeof(*ret));
	for (size_t i = 0; i < n_stored_columns && good; i++) {
		scratch_foretell(s, i, ret);
		good = column_unpack(s, &stored_columns[i], ret, &at, end);
	}
	free(s);
	return good && at == end ? 0 : -EBADMSG;
}

static int head_take(const void *data, size_t size, size_t room, struct block_head *ret)
{
	if (size < sizeof(*ret))
		return -EBADMSG;
	memcpy(ret, data, sizeof(*ret));
	if (ret->version != BLOCK_VERSION || ret->n >= COLUMNS_MAX || ret->n >= room)
		return -EBADMSG;
	/* so that damage asks for no more memory than a block can need */
	return ret->size > BLOCK_MOST + ((size_t)ret->n + 1) * RECORD_MOST ? -EBADMSG : 0;
}

int columns_unpack(const void *data, size_t size, struct stored *ret, size_t room)
{
	struct block_head head;
	unsigned char *plain;
	int err = head_take(data, size, room, &head);

	if (err)
		return err;
	plain = malloc(head.size ? head.size : 1);
	if (!plain)
		return -ENOMEM;
	err = unsqueeze((const char *)data + sizeof(head), size - sizeof(head), plain, head.size);
	if (!err)
		err = unpack_columns(plain, head.size, ret, (size_t)head.n + 1);
	free(plain);
	return err ? err : head.n + 1;
}
