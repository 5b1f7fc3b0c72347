// SPDX-License-Identifier: GPL-2.0-only
#include "render/mapped_fields.h"

#include "core/act.h"
#include "core/addr.h"
#include "core/connection.h"
#include "core/family.h"
#include "core/record.h"
#include "event.h"
#include "render/schema.h"

#define ICMP_OF_IPV6 58

static const struct record *rec(const void *record)
{
	return record;
}

static const struct sw_sock *sock(const void *record)
{
	return &rec(record)->ev->sock;
}

bool mapped_is_socket(const struct record *r)
{
	return record_is_socket(r);
}

bool mapped_is_ip(const struct record *r)
{
	return record_is_socket(r) && !family_is_other(r->ev->sock.proto);
}

bool mapped_is_other(const struct record *r)
{
	return record_is_socket(r) && family_is_other(r->ev->sock.proto);
}

bool mapped_has_traffic(const struct record *r)
{
	return record_is_socket(r) && r->ev->sock.state != SW_TCP_LISTEN &&
	       record_act(r) != ACT_LISTEN_END;
}

bool mapped_is_end(const struct record *r)
{
	return act_is_end(record_act(r));
}

bool mapped_has_ports(const struct record *r)
{
	uint8_t proto = r->ev->sock.proto;

	return mapped_is_ip(r) && proto != SW_PROTO_RAW && proto != SW_PROTO_ICMP;
}

/* 0: none. A raw socket has its own in the place of the port. */
static uint32_t protocol_number(const struct record *r)
{
	const struct sw_sock *s = &r->ev->sock;

	if (!mapped_is_ip(r))
		return 0;
	switch (s->proto) {
	case SW_PROTO_META:
		return SW_PROTO_TCP;
	case SW_PROTO_RAW:
		return s->tuple.local_port;
	case SW_PROTO_ICMP:
		return tuple_version(&s->tuple) == 4 ? SW_PROTO_ICMP : ICMP_OF_IPV6;
	default:
		return s->proto;
	}
}

bool mapped_get_transport(const void *r, struct field_value *v)
{
	switch (protocol_number(r)) {
	case SW_PROTO_TCP:
		return value_text(v, "tcp");
	case SW_PROTO_UDP:
		return value_text(v, "udp");
	case SW_PROTO_ICMP:
		return value_text(v, "icmp");
	case ICMP_OF_IPV6:
		return value_text(v, "ipv6-icmp");
	case SW_PROTO_SCTP:
		return value_text(v, "sctp");
	case SW_PROTO_UDPLITE:
		return value_text(v, "udplite");
	default:
		return false;
	}
}

bool mapped_get_protocol_number(const void *r, struct field_value *v)
{
	uint32_t number = protocol_number(r);

	return value_number(v, number, number);
}

static bool value_sum(struct field_value *v, bool has, uint64_t a, uint64_t b)
{
	return value_number(v, has && a <= UINT64_MAX - b, a + b);
}

bool mapped_get_bytes(const void *r, struct field_value *v)
{
	return value_sum(v, sock(r)->have & (SW_HAVE_COUNTERS | SW_HAVE_DATAGRAMS),
			 sock(r)->bytes_sent, sock(r)->bytes_received);
}

bool mapped_get_packets(const void *r, struct field_value *v)
{
	const struct sw_event *e = rec(r)->ev;
	const struct sw_conn *c = rec(r)->conn;

	if (e->sock.have & SW_HAVE_DATAGRAMS)
		return value_sum(v, true, e->datagrams_sent, e->datagrams_received);
	return c && value_sum(v, e->sock.have & SW_HAVE_COUNTERS, c->segments_sent,
			      c->segments_received);
}

bool mapped_get_duration_ns(const void *r, struct field_value *v)
{
	return rec(r)->conn && value_number(v, sock(r)->have & SW_HAVE_AGE, rec(r)->ev->age_ns);
}
