// SPDX-License-Identifier: GPL-2.0-only
/* CSV (RFC 4180, lines end in LF): the fields of JSON, an empty field where there is no value. */
#include "render/render.h"

#include <string.h>

#include "base/buf.h"
#include "core/record.h"
#include "core/row.h"
#include "render/escape.h"
#include "render/fields.h"

/* "811/nginx 812/nginx": as one field */
static void put_owners(struct buf *b, const struct holder *holders, size_t n)
{
	struct buf list = { 0 };

	for (size_t i = 0; i < n; i++) {
		const struct holder *h = &holders[i];

		if (i)
			buf_putc(&list, ' ');
		buf_put_u64(&list, h->pid);
		buf_putc(&list, '/');
		buf_put(&list, h->comm, strnlen(h->comm, SW_COMM_LEN));
	}
	if (list.failed)
		b->failed = true;
	else
		escape_csv(b, list.data, list.len);
	buf_free(&list);
}

static void put_value(struct render *r, struct buf *b, const struct record *rec,
		      const struct field *f, const struct field_value *v)
{
	switch (f->type) {
	case FIELD_TIME:
		stamp_put(b, &r->stamp, r->time, v->num);
		break;
	case FIELD_START:
		stamp_put(b, &r->start_stamp, STAMP_ISO, v->num);
		break;
	case FIELD_NUMBER:
		buf_put_u64(b, v->num);
		break;
	case FIELD_BOOL:
		buf_puts(b, v->num ? "true" : "false");
		break;
	case FIELD_WORD:
		buf_put(b, v->text, v->len);
		break;
	case FIELD_FOREIGN:
		escape_csv(b, v->text, v->len);
		break;
	case FIELD_OWNERS:
		put_owners(b, rec->holders, rec->n_holders);
		break;
	case FIELD_HELD_BY:
		put_owners(b, rec->held_by, rec->n_held_by);
		break;
	}
}

static void csv_record(struct render *r, struct buf *b, const struct record *rec)
{
	for (size_t i = 0; i < n_fields; i++) {
		struct field_value v;

		if (i)
			buf_putc(b, ',');
		if (fields[i].get(rec, &v))
			put_value(r, b, rec, &fields[i], &v);
	}
	buf_putc(b, '\n');
}

static void csv_header(struct render *r, struct buf *b)
{
	(void)r;
	for (size_t i = 0; i < n_fields; i++) {
		if (i)
			buf_putc(b, ',');
		buf_puts(b, fields[i].key);
	}
	buf_putc(b, '\n');
}

const struct formatter render_csv = { .name = "csv", .header = csv_header, .record = csv_record };
