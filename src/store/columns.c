// SPDX-License-Identifier: GPL-2.0-only
#include "store/columns.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "store/scratch.h"
#include "store/squeeze.h"

/* More than the columns of a record, and of a block, can take. */
#define RECORD_MOST (128 * (1 + VARINT_MAX))
#define BLOCK_MOST (128 * (2 + 2 * VARINT_MAX))

/* Bytes as they are in this machine's order: a store is read where it was written. */
struct block_head {
	uint16_t layout;
	uint16_t n;	 /* less one */
	uint32_t size;	 /* of the first part before zlib */
	uint32_t packed; /* and after it */
};

struct rest_head {
	uint32_t size; /* before zlib */
};

/* --- packing ---------------------------------------------------------------------------------- */

/* The columns from..end through zlib; plain: scratch. */
static int pack_part(struct buf *b, struct scratch *s, struct buf *plain,
		     const struct stored *records, size_t from, size_t end, int level)
{
	plain->len = 0;
	s->n_cuts = 0;
	for (size_t i = from; i < end; i++) {
		scratch_foretell(s, i, records);
		column_pack(s, &stored_columns[i], records, plain);
	}
	return buf_failed(plain) ? -ENOMEM
				 : squeeze(b, plain->data, plain->len, s->cuts, s->n_cuts, level);
}

static int pack_first(struct buf *b, struct scratch *s, struct buf *plain,
		      const struct stored *records, int level)
{
	struct block_head head = { .layout = STORE_LAYOUT, .n = (uint16_t)(s->n - 1) };
	size_t at = b->len;
	int err;

	buf_put(b, &head, sizeof(head));
	if (buf_failed(b))
		return -ENOMEM;
	err = pack_part(b, s, plain, records, 0, COLUMNS_ASKED, level);
	if (err)
		return err;
	head.size = (uint32_t)plain->len;
	head.packed = (uint32_t)(b->len - at - sizeof(head));
	memcpy(b->data + at, &head, sizeof(head));
	return 0;
}

static int pack_rest(struct buf *b, struct scratch *s, struct buf *plain,
		     const struct stored *records, int level)
{
	struct rest_head head = { 0 };
	size_t at = b->len;
	int err;

	buf_put(b, &head, sizeof(head));
	if (buf_failed(b))
		return -ENOMEM;
	err = pack_part(b, s, plain, records, COLUMNS_ASKED, n_stored_columns, level);
	if (err)
		return err;
	head.size = (uint32_t)plain->len;
	memcpy(b->data + at, &head, sizeof(head));
	return 0;
}

int columns_pack(struct buf *b, const struct stored *records, size_t n, int level,
		 size_t *ret_first)
{
	struct scratch *s = NULL;
	struct buf plain = { 0 };
	size_t before = b->len, first = 0;
	int err = -ENOMEM;

	if (!n || n > COLUMNS_MAX)
		return -EINVAL;
	s = scratch_new(n);
	if (s) {
		scratch_look(s, records);
		err = pack_first(b, s, &plain, records, level);
	}
	first = b->len - before;
	if (!err)
		err = pack_rest(b, s, &plain, records, level);
	if (err)
		b->len = before;
	else if (ret_first)
		*ret_first = first;
	buf_free(&plain);
	free(s);
	return err;
}

/* --- unpacking -------------------------------------------------------------------------------- */

struct columns {
	struct scratch s;     /* what the first part foretold is for the second, too */
	unsigned char *plain; /* owned */
	size_t room;
};

struct columns *columns_new(void)
{
	struct columns *c = malloc(sizeof(*c));

	if (c) {
		c->plain = NULL;
		c->room = 0;
	}
	return c;
}

void columns_free(struct columns *c)
{
	if (c)
		free(c->plain);
	free(c);
}

/* So that damage asks for no more memory than n records can need. */
static int make_room(struct columns *c, size_t size, size_t n)
{
	unsigned char *plain;

	if (size > BLOCK_MOST + n * RECORD_MOST)
		return -EBADMSG;
	if (size <= c->room && c->plain)
		return 0;
	plain = realloc(c->plain, size + 1);
	if (!plain)
		return -ENOMEM;
	c->plain = plain;
	c->room = size;
	return 0;
}

/* As columns_unpack_first(), of what zlib gives: the columns from..end. */
static int unpack_part(struct columns *c, const void *data, size_t size, size_t plain_size,
		       struct stored *ret, size_t from, size_t end)
{
	const unsigned char *at, *behind;
	int err = make_room(c, plain_size, c->s.n);

	if (!err)
		err = unsqueeze(data, size, c->plain, plain_size);
	if (err)
		return err;
	at = c->plain;
	behind = at + plain_size;
	for (size_t i = from; i < end; i++) {
		scratch_foretell(&c->s, i, ret);
		if (!column_unpack(&c->s, &stored_columns[i], ret, &at, behind))
			return -EBADMSG;
	}
	return at == behind ? 0 : -EBADMSG;
}

static int head_take(const void *data, size_t size, size_t room, struct block_head *ret)
{
	if (size < sizeof(*ret))
		return -EBADMSG;
	memcpy(ret, data, sizeof(*ret));
	return ret->layout != STORE_LAYOUT || ret->n >= COLUMNS_MAX || ret->n >= room ||
			       ret->packed > size - sizeof(*ret)
		       ? -EBADMSG
		       : 0;
}

static int unpack_first(struct columns *c, const void *data, const struct block_head *head,
			struct stored *ret)
{
	size_t n = (size_t)head->n + 1;
	int err;

	scratch_begin(&c->s, n);
	memset(ret, 0, n * sizeof(*ret));
	err = unpack_part(c, (const char *)data + sizeof(*head), head->packed, head->size, ret, 0,
			  COLUMNS_ASKED);
	return err ? err : (int)n;
}

int columns_unpack_first(struct columns *c, const void *data, size_t size, struct stored *ret,
			 size_t room)
{
	struct block_head head;
	int err = head_take(data, size, room, &head);

	if (!err && size != sizeof(head) + head.packed)
		err = -EBADMSG;
	return err ? err : unpack_first(c, data, &head, ret);
}

int columns_unpack_rest(struct columns *c, const void *data, size_t size, struct stored *ret,
			const uint16_t *wanted, size_t n)
{
	struct rest_head head;

	if (size < sizeof(head))
		return -EBADMSG;
	memcpy(&head, data, sizeof(head));
	c->s.wanted = n < c->s.n ? wanted : NULL;
	c->s.n_wanted = n;
	return unpack_part(c, (const char *)data + sizeof(head), size - sizeof(head), head.size,
			   ret, COLUMNS_ASKED, n_stored_columns);
}

int columns_unpack(const void *data, size_t size, struct stored *ret, size_t room)
{
	struct block_head head;
	struct columns *c;
	int n, err = head_take(data, size, room, &head);

	if (err)
		return err;
	c = columns_new();
	if (!c)
		return -ENOMEM;
	n = unpack_first(c, data, &head, ret);
	if (n > 0)
		err = columns_unpack_rest(c, (const char *)data + sizeof(head) + head.packed,
					  size - sizeof(head) - head.packed, ret, NULL, (size_t)n);
	columns_free(c);
	return err ? err : n;
}
