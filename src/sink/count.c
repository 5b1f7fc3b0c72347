// SPDX-License-Identifier: GPL-2.0-only
#include "sink/count.h"

#include <string.h>

#include "base/hash.h"
#include "base/output.h"
#include "core/opts.h"
#include "core/record.h"
#include "core/unix_socket.h"
#include "render/fields.h"
#include "render/unix.h"
#include "sink/print.h"

static struct counting *counting_of(struct sink *s)
{
	return (struct counting *)(void *)s;
}

static int count_open(struct sink *s)
{
	(void)s;
	return 0;
}

/*
 * The inode, which who accepts gives it. Not the cookie: a socket has none until somebody asks, at
 * any time between two pages.
 */
static uint64_t id_of(const struct sw_sock *s)
{
	return s->inode ? s->inode : hash_bytes(HASH_EMPTY, &s->tuple, sizeof(s->tuple));
}

static int count_record(struct sink *s, const struct record *rec)
{
	struct counting *c = counting_of(s);

	if (c->count->past)
		return count_sum(&c->fields, &c->tally, rec);
	return count_object(&c->fields, &c->tally, rec, c->repeated ? id_of(&rec->ev->sock) : 0);
}

static void count_close(struct sink *s)
{
	(void)s;
}

void counting_init(struct counting *c, const struct count_opts *count,
		   const struct print_opts *print, struct output *out, bool repeated)
{
	static const struct sink_ops ops = { .open = count_open,
					     .record = count_record,
					     .close = count_close };

	*c = (struct counting){
		.sink.ops = &ops,
		.count = count,
		.print = print,
		.out = out,
		.repeated = repeated,
		.fields = count_fields_of(&record_schema, count->keys, count->n_keys),
		.unix_fields = count_fields_of(&unix_schema, count->keys, count->n_keys)
	};
}

int counting_begin(struct counting *c, uint64_t now_ns)
{
	return tally_begin(&c->tally, now_ns);
}

int counting_add_unix(struct counting *c, const struct unix_list *l, const struct holder *holders,
		      const struct sw_filter *filter)
{
	int err = 0;

	for (size_t i = 0; i < l->n && !err; i++) {
		struct unix_row row = { .socket = &l->all[i], .holders = holders };

		if (unix_selected(filter, row.socket, holders))
			err = count_object(&c->unix_fields, &c->tally, &row,
					   c->repeated ? row.socket->inode : 0);
	}
	return err;
}

void counting_put(struct counting *c, uint64_t wall_ns)
{
	const struct print_opts *o = c->print;
	struct buf *b = &c->out->buf;
	bool again = c->tally.pages > 1, header = !o->no_header;
	struct render_counts r = { .tally = &c->tally,
				   .keys = c->count->keys,
				   .n_keys = c->count->n_keys,
				   .repeated = c->repeated,
				   .sums = c->count->past,
				   .color = print_in_color(o, c->out),
				   .time = print_stamp(o),
				   .wall_ns = wall_ns };

	tally_sort(&c->tally, c->count->sorts, c->count->n_sorts);
	switch (o->format) {
	case OUTPUT_JSON:
		render_counts_json(&r, b);
		break;
	case OUTPUT_CSV:
		render_counts_csv(&r, b, header && !again);
		break;
	case OUTPUT_TEXT:
		render_counts_text(&r, b, header);
		break;
	}
}

void counting_free(struct counting *c)
{
	tally_free(&c->tally);
}
