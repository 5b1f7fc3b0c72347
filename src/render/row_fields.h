/* SPDX-License-Identifier: GPL-2.0-only */
/* Getters (render/schema.h) of what only rows have, and not each: false for any other record. */
#ifndef SOCKWATCH_RENDER_ROW_FIELDS_H
#define SOCKWATCH_RENDER_ROW_FIELDS_H

#include <stdbool.h>

struct field_value;

/* A member of 32 bits, where one of these bits (enum sw_have, below 1 << 16) is set. */
#define OF_ROW(member, have) FIELD_AT(struct sw_row, member), .has = (have)
bool row_get_member(const void *record, struct field_value *v);

/* The same of a struct sw_info, by enum sw_info_bit. */
#define OF_INFO(member, have) FIELD_AT(struct sw_info, member), .has = SW_INFO_##have
bool info_get_member(const void *record, struct field_value *v);

/* A field of it (KEY of render/schema.h), by part. */
#define OF_WAY(key, member, about)                                              \
	{                                                                       \
		KEY(#key, NUMBER, info_get_member, about), OF_INFO(member, TCP) \
	}
#define OF_MEMORY(key, member, about)                                              \
	{                                                                          \
		KEY(#key, NUMBER, info_get_member, about), OF_INFO(member, MEMORY) \
	}

/* Those that may have no value yet. */
bool info_get_min_rtt(const void *record, struct field_value *v);
bool info_get_ssthresh(const void *record, struct field_value *v);
bool info_get_congestion(const void *record, struct field_value *v);

bool row_get_recv_q(const void *record, struct field_value *v);
bool row_get_send_q(const void *record, struct field_value *v);
bool row_get_backlog_full(const void *record, struct field_value *v);
bool row_get_timer(const void *record, struct field_value *v);
bool row_get_timer_ms(const void *record, struct field_value *v);
bool row_get_timer_retransmits(const void *record, struct field_value *v);
bool row_get_timer_probes(const void *record, struct field_value *v);

#endif
