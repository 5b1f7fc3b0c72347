/* SPDX-License-Identifier: GPL-2.0-only */
/* Getters of render/fields.c for what only the record of a connection has. */
#ifndef SOCKWATCH_RENDER_CONN_FIELDS_H
#define SOCKWATCH_RENDER_CONN_FIELDS_H

#include <stdbool.h>

#include "core/record.h"
#include "render/schema.h"

/* record: a struct record; each as the `get` of a struct field. */
bool conn_get_connect_us(const void *record, struct field_value *v);
bool conn_get_segments_sent(const void *record, struct field_value *v);
bool conn_get_segments_received(const void *record, struct field_value *v);
bool conn_get_direction(const void *record, struct field_value *v);
bool conn_get_start(const void *record, struct field_value *v);
bool conn_get_end(const void *record, struct field_value *v);
bool conn_get_duration_us(const void *record, struct field_value *v);
bool conn_get_history(const void *record, struct field_value *v);
bool conn_get_final(const void *record, struct field_value *v);
bool conn_get_started_before(const void *record, struct field_value *v);
bool conn_get_owners_left_out(const void *record, struct field_value *v);
bool conn_get_owners(const void *record, struct field_value *v);

/* Who is at the other end: a text; the others are as above. */
bool conn_get_peer_text(const void *record, struct field_value *v);
bool conn_get_peer_pid(const void *record, struct field_value *v);
bool conn_get_peer_comm(const void *record, struct field_value *v);
bool conn_get_peer_uid(const void *record, struct field_value *v);

#define CONN_PEER_FIELDS 9
#define OF_PEER(member, about)                                            \
	{                                                                 \
		KEY("peer_" #member, FOREIGN, conn_get_peer_text, about), \
			FIELD_AT(struct record_peer, member)              \
	}

#endif
