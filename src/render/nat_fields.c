// SPDX-License-Identifier: GPL-2.0-only
#include "render/nat_fields.h"

#include "base/buf.h"
#include "core/addr.h"
#include "core/record.h"
#include "render/render.h"
#include "render/schema.h"

static bool put_addr(struct field_value *v, const union sw_addr *addr)
{
	v->len = addr_format(addr, v->scratch);
	v->text = v->scratch;
	return true;
}

static bool get_local_addr(const void *tuple, struct field_value *v)
{
	return put_addr(v, &((const struct sw_tuple *)tuple)->local);
}

static bool get_remote_addr(const void *tuple, struct field_value *v)
{
	return put_addr(v, &((const struct sw_tuple *)tuple)->remote);
}

static const struct field fields[] = {
	{ KEY("local_addr", WORD, get_local_addr, "The address of this side, there") },
	{ KEY("local_port", NUMBER, field_member, "The port of this side"),
	  FIELD_AT(struct sw_tuple, local_port) },
	{ KEY("remote_addr", WORD, get_remote_addr, "The address of the other side") },
	{ KEY("remote_port", NUMBER, field_member, "The port of the other side"),
	  FIELD_AT(struct sw_tuple, remote_port) },
};

const struct schema nat_schema = { "Keys of nat", fields, sizeof(fields) / sizeof(fields[0]) };

bool nat_get(const void *record, struct field_value *v)
{
	v->ends = ((const struct record *)record)->nat;
	return v->ends;
}

static void put_end(struct buf *b, const union sw_addr *addr, uint16_t port)
{
	bool v6 = !sw_is_v4mapped(addr);
	char text[ADDR_TEXT_MAX];

	buf_puts(b, v6 ? "[" : "");
	buf_put(b, text, addr_format(addr, text));
	buf_puts(b, v6 ? "]:" : ":");
	buf_put_u64(b, port);
}

void nat_put_text(struct buf *b, const struct sw_tuple *nat)
{
	put_end(b, &nat->local, nat->local_port);
	buf_puts(b, "->");
	put_end(b, &nat->remote, nat->remote_port);
}

void nat_put_label(struct buf *b, const struct record *rec)
{
	if (!rec->nat)
		return;
	buf_puts(b, " nat=");
	nat_put_text(b, rec->nat);
}
