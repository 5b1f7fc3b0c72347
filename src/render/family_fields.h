/* SPDX-License-Identifier: GPL-2.0-only */
/* Getters (render/schema.h) of what names a socket of a family without addresses of IP. */
#ifndef SOCKWATCH_RENDER_FAMILY_FIELDS_H
#define SOCKWATCH_RENDER_FAMILY_FIELDS_H

#include <stdbool.h>

struct field_value;
struct sw_sock;

/* Of such a socket only, as family_is_other() tells; local: else the other side. */
bool family_get_addr(const struct sw_sock *sock, bool local, struct field_value *v);
bool family_get_port(const struct sw_sock *sock, bool local, struct field_value *v);

/* Of any socket; the object is a struct record. */
bool family_get_type(const void *record, struct field_value *v);
bool family_get_protocol(const void *record, struct field_value *v);
bool family_get_promiscuous(const void *record, struct field_value *v);
bool family_get_groups(const void *record, struct field_value *v);
bool family_get_queue(const void *record, struct field_value *v);

#endif
