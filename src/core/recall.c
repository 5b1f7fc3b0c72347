// SPDX-License-Identifier: GPL-2.0-only
#include "core/recall.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/row.h"

static bool is_connection(const struct sw_row *row)
{
	return row->sock.proto == SW_PROTO_TCP && row->sock.tuple.remote_port;
}

/* Which connection it is, is compared in full. */
static uint64_t key_of(const struct sw_tuple *t)
{
	return hash_bytes(HASH_EMPTY, t, sizeof(*t));
}

/* An owner that it has, or has had: of a child that nobody accepted there was none. */
static void give_back(const struct recall *r, struct sw_row *row)
{
	uint32_t at;

	if (row->n_holders || row->sock.inode || row->sock.owner_source || !is_connection(row) ||
	    !hash_get(&r->by_tuple, key_of(&row->sock.tuple), &at) ||
	    memcmp(&r->all[at].tuple, &row->sock.tuple, sizeof(row->sock.tuple)))
		return;
	row_copy_owner(row, &r->all[at], SW_OWNER_SNAPSHOT);
}

static int remember(struct recall *r, const struct sw_row *row)
{
	if (row->sock.owner_source != SW_OWNER_SNAPSHOT || !is_connection(row))
		return 0;
	r->all[r->n] = row->sock;
	return hash_put(&r->by_tuple, key_of(&row->sock.tuple), (uint32_t)r->n++);
}

int recall_owners(struct recall *r, struct snapshot *s)
{
	struct recall next = { .all = calloc(s->n_rows ? s->n_rows : 1, sizeof(*next.all)) };
	int err = next.all ? 0 : -ENOMEM;

	for (size_t i = 0; i < s->n_rows && !err; i++) {
		give_back(r, &s->rows[i]);
		err = remember(&next, &s->rows[i]);
	}
	recall_free(r);
	*r = next;
	return err;
}

void recall_free(struct recall *r)
{
	free(r->all);
	hash_free(&r->by_tuple);
	*r = (struct recall){ 0 };
}
