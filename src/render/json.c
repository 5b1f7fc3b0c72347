// SPDX-License-Identifier: GPL-2.0-only
/* JSON, one object a line (RFC 8259); a key is left out when it has no value. */
#include "render/render.h"

#include <string.h>

#include "base/buf.h"
#include "core/record.h"
#include "core/row.h"
#include "render/escape.h"
#include "render/fields.h"

static void put_string(struct buf *b, const char *s, size_t len)
{
	buf_putc(b, '"');
	escape_json(b, s, len);
	buf_putc(b, '"');
}

static void put_owners(struct buf *b, const struct holder *holders, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct holder *h = &holders[i];

		buf_puts(b, i ? ",{\"pid\":" : "[{\"pid\":");
		buf_put_u64(b, h->pid);
		buf_puts(b, ",\"comm\":");
		put_string(b, h->comm, strnlen(h->comm, SW_COMM_LEN));
		if (h->fd >= 0) {
			buf_puts(b, ",\"fd\":");
			buf_put_u64(b, (uint64_t)h->fd);
		}
		buf_putc(b, '}');
	}
	buf_putc(b, ']');
}

static void put_value(struct render *r, struct buf *b, const struct record *rec,
		      const struct field *f, const struct field_value *v)
{
	switch (f->type) {
	case FIELD_TIME:
		buf_putc(b, '"');
		stamp_put(b, &r->stamp, STAMP_ISO, v->num);
		buf_putc(b, '"');
		break;
	case FIELD_START:
		buf_putc(b, '"');
		stamp_put(b, &r->start_stamp, STAMP_ISO, v->num);
		buf_putc(b, '"');
		break;
	case FIELD_NUMBER:
		buf_put_u64(b, v->num);
		break;
	case FIELD_BOOL:
		buf_puts(b, v->num ? "true" : "false");
		break;
	case FIELD_WORD:
		buf_putc(b, '"');
		buf_put(b, v->text, v->len);
		buf_putc(b, '"');
		break;
	case FIELD_FOREIGN:
		put_string(b, v->text, v->len);
		break;
	case FIELD_OWNERS:
		put_owners(b, rec->holders, rec->n_holders);
		break;
	case FIELD_HELD_BY:
		put_owners(b, rec->held_by, rec->n_held_by);
		break;
	}
}

static void put_member(struct buf *b, const struct field *f)
{
	char *p = buf_room(b, sizeof(f->member));

	if (!p)
		return;
	memcpy(p, f->member, sizeof(f->member));
	b->len += f->member_len;
}

static void put_members(struct render *r, struct buf *b, const struct record *rec, size_t first,
			size_t end)
{
	for (size_t i = first; i < end; i++) {
		struct field_value v;

		if (!fields[i].get(rec, &v))
			continue;
		put_member(b, &fields[i]);
		put_value(r, b, rec, &fields[i], &v);
	}
}

static void json_record(struct render *r, struct buf *b, const struct record *rec)
{
	size_t start = b->len;

	put_members(r, b, rec, 0, first_name_field);
	if (rec->names)
		put_members(r, b, rec, first_name_field, end_name_field);
	put_members(r, b, rec, end_name_field, n_fields);
	if (b->len > start)
		b->data[start] = '{'; /* the first comma separates nothing */
	buf_put(b, "}\n", 2);
}

const struct formatter render_json = { .name = "json", .record = json_record };
