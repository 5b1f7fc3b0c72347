// SPDX-License-Identifier: GPL-2.0-only
#include "core/recall.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/row.h"

struct recalled {
	struct sw_tuple tuple;
	struct holder holder;
};

static bool is_connection(const struct row *row)
{
	return row->proto == SW_PROTO_TCP && row->tuple.remote_port;
}

/* FNV-1a; which connection it is, is compared in full. */
static uint64_t key_of(const struct sw_tuple *t)
{
	const unsigned char *byte = (const unsigned char *)t;
	uint64_t key = 0xcbf29ce484222325ull;

	for (size_t i = 0; i < sizeof(*t); i++)
		key = (key ^ byte[i]) * 0x100000001b3ull;
	return key;
}

/* An owner that it has, or has had: of a child that nobody accepted there was none. */
static int give_back(const struct recall *r, struct row *row, struct snapshot *s)
{
	const struct recalled *last;
	uint32_t at;

	if (row->n_holders || row->inode || row->owner_source || !is_connection(row) ||
	    !hash_get(&r->by_tuple, key_of(&row->tuple), &at))
		return 0;
	last = &r->all[at];
	if (memcmp(&last->tuple, &row->tuple, sizeof(last->tuple)))
		return 0;
	if (snapshot_add_holder(s, &last->holder))
		return -ENOMEM;
	row->first_holder = (uint32_t)s->n_holders - 1;
	row->owner_source = SW_OWNER_SNAPSHOT;
	return 0;
}

static int remember(struct recall *r, const struct row *row, const struct snapshot *s)
{
	bool known = row->n_holders || row->owner_source == SW_OWNER_SNAPSHOT;

	if (!known || !is_connection(row))
		return 0;
	r->all[r->n] = (struct recalled){ .tuple = row->tuple,
					  .holder = s->holders[row->first_holder] };
	return hash_put(&r->by_tuple, key_of(&row->tuple), (uint32_t)r->n++);
}

int recall_owners(struct recall *r, struct snapshot *s)
{
	struct recall next = { .all = calloc(s->n_rows ? s->n_rows : 1, sizeof(*next.all)) };
	int err = next.all ? 0 : -ENOMEM;

	for (size_t i = 0; i < s->n_rows && !err; i++) {
		err = give_back(r, &s->rows[i], s);
		if (!err)
			err = remember(&next, &s->rows[i], s);
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
