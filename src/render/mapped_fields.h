/* SPDX-License-Identifier: GPL-2.0-only */
/* Getters (render/schema.h) of what several schemas of others want, and ours does not. */
#ifndef SOCKWATCH_RENDER_MAPPED_FIELDS_H
#define SOCKWATCH_RENDER_MAPPED_FIELDS_H

#include <stdbool.h>

struct field_value;
struct record;

/* As struct mapping's `when`. */
bool mapped_is_socket(const struct record *r);
bool mapped_is_ip(const struct record *r);	 /* its addresses are those of IP */
bool mapped_is_other(const struct record *r);	 /* they are not */
bool mapped_has_ports(const struct record *r);	 /* likewise; of raw sockets those are none */
bool mapped_has_traffic(const struct record *r); /* it is no listener */
bool mapped_is_end(const struct record *r);	 /* the counters are those of a whole connection */

/* The protocol by its IANA name ("tcp", also of MPTCP, whose segments are those) and number. */
bool mapped_get_transport(const void *record, struct field_value *v);
bool mapped_get_protocol_number(const void *record, struct field_value *v);

/* Both ways: bytes; segments or datagrams. */
bool mapped_get_bytes(const void *record, struct field_value *v);
bool mapped_get_packets(const void *record, struct field_value *v);

/* Of a connection: nanoseconds. */
bool mapped_get_duration_ns(const void *record, struct field_value *v);

#endif
