/* SPDX-License-Identifier: GPL-2.0-only */
/* Getters of render/fields.c for what only events have: who did it, since when, what stood in the
 * way. */
#ifndef SOCKWATCH_RENDER_EVENT_FIELDS_H
#define SOCKWATCH_RENDER_EVENT_FIELDS_H

#include <stdbool.h>

struct field_value;

/* record: a struct record; each as the `get` of a struct field. */
bool event_get_actor_pid(const void *record, struct field_value *v);
bool event_get_actor_tid(const void *record, struct field_value *v);
bool event_get_actor_comm(const void *record, struct field_value *v);
bool event_get_age_us(const void *record, struct field_value *v);
bool event_get_state_us(const void *record, struct field_value *v);
bool event_get_datagrams_sent(const void *record, struct field_value *v);
bool event_get_datagrams_received(const void *record, struct field_value *v);
bool event_get_time_wait(const void *record, struct field_value *v);
bool event_get_lost(const void *record, struct field_value *v);
bool event_get_ppid(const void *record, struct field_value *v);
bool event_get_login_uid(const void *record, struct field_value *v);
bool event_get_recorder(const void *record, struct field_value *v);
bool event_get_from(const void *record, struct field_value *v);
bool event_get_to(const void *record, struct field_value *v);
bool event_get_held_by(const void *record, struct field_value *v);
bool event_get_blocked_ms(const void *record, struct field_value *v);
bool event_get_mptcp_token(const void *record, struct field_value *v);
bool event_get_parent_inode(const void *record, struct field_value *v);
bool event_get_community_id(const void *record, struct field_value *v);

#endif
