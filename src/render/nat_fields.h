/* SPDX-License-Identifier: GPL-2.0-only */
/* A connection as it looks on the other side of the NAT. */
#ifndef SOCKWATCH_RENDER_NAT_FIELDS_H
#define SOCKWATCH_RENDER_NAT_FIELDS_H

#include <stdbool.h>

struct buf;
struct field_value;
struct schema;
struct sw_tuple;

/* Both ends of it, as JSON tells them: of a struct sw_tuple. */
extern const struct schema nat_schema;

/* As the `get` of a struct field, of a struct record: v->ends. */
bool nat_get(const void *record, struct field_value *v);

/* Text, and a cell of CSV: "192.0.2.1:8080->203.0.113.9:40112", this side first. */
void nat_put_text(struct buf *b, const struct sw_tuple *nat);

#endif
