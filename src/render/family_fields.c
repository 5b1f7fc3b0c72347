// SPDX-License-Identifier: GPL-2.0-only
#include "render/family_fields.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/family.h"
#include "core/record.h"
#include "render/schema.h"

static struct family_addr side_of(const struct sw_sock *sock, bool local)
{
	return family_addr_get(local ? &sock->tuple.local : &sock->tuple.remote);
}

/* A socket that is not connected has no other side. */
static bool has_side(const struct sw_sock *sock, bool local, const struct family_addr *a)
{
	if (side_of(sock, true).flags & FAMILY_UNNAMED)
		return false;
	return local || (sock->proto == SW_PROTO_VSOCK ? a->id != FAMILY_ANY
						       : sock->state == SW_TCP_ESTABLISHED);
}

bool family_get_addr(const struct sw_sock *sock, bool local, struct field_value *v)
{
	struct family_addr a = side_of(sock, local);

	if (sock->proto != SW_PROTO_VSOCK || !has_side(sock, local, &a))
		return false;
	if (a.id == FAMILY_ANY)
		return value_text(v, "*");
	snprintf(v->scratch, sizeof(v->scratch), "%" PRIu32, a.id);
	return value_text(v, v->scratch);
}

bool family_get_port(const struct sw_sock *sock, bool local, struct field_value *v)
{
	struct family_addr a = side_of(sock, local);

	if (sock->proto == SW_PROTO_VSOCK)
		return value_number(v, has_side(sock, local, &a) && a.port != FAMILY_ANY, a.port);
	return value_number(v, sock->proto == SW_PROTO_NETLINK && has_side(sock, local, &a) && a.id,
			    a.id);
}

/* NULL for one of IP, or what is no socket. */
static const struct sw_sock *other(const void *record)
{
	const struct sw_event *e = ((const struct record *)record)->ev;

	return e->kind != SW_EV_LOST && family_is_other(e->sock.proto) ? &e->sock : NULL;
}

bool family_get_type(const void *record, struct field_value *v)
{
	const struct sw_sock *s = other(record);

	return s && value_text(v, sock_type_name(side_of(s, true).type));
}

bool family_get_protocol(const void *record, struct field_value *v)
{
	const struct sw_sock *s = other(record);

	return s && value_text(v, family_protocol(s, v->scratch));
}

bool family_get_promiscuous(const void *record, struct field_value *v)
{
	const struct sw_sock *s = other(record);

	return value_number(v, s && (side_of(s, true).flags & FAMILY_PROMISCUOUS), 1);
}

bool family_get_groups(const void *record, struct field_value *v)
{
	const struct sw_sock *s = other(record);
	uint32_t groups = s && s->proto == SW_PROTO_NETLINK ? side_of(s, true).groups : 0;

	return value_number(v, groups, groups);
}

bool family_get_queue(const void *record, struct field_value *v)
{
	const struct sw_sock *s = other(record);

	return value_number(v, s && s->proto == SW_PROTO_XDP && s->tuple.device,
			    s ? side_of(s, true).id : 0);
}
