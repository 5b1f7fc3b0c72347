// SPDX-License-Identifier: GPL-2.0-only
#include "render/row_fields.h"

#include <string.h>

#include "core/names.h"
#include "core/record.h"
#include "core/row.h"
#include "render/schema.h"

static const struct record *rec(const void *record)
{
	return record;
}

/* What only a row of the snapshot has, and not each. */
static bool has_row(const struct record *r, uint32_t have)
{
	return r->row && (r->row->sock.have & have);
}

/* A member of the row. */
bool row_get_member(const void *record, struct field_value *v)
{
	uint32_t num;

	if (!has_row(rec(record), v->field->has))
		return false;
	memcpy(&num, (const char *)rec(record)->row + v->field->at, sizeof(num));
	return value_number(v, true, num);
}

static const struct sw_info *info_with(const void *record, uint32_t bit)
{
	const struct sw_info *info = rec(record)->info;

	return info && (info->have & bit) ? info : NULL;
}

bool info_get_member(const void *record, struct field_value *v)
{
	const struct sw_info *info = info_with(record, v->field->has);
	uint32_t half;

	if (!info)
		return false;
	if (v->field->size == sizeof(v->num)) {
		memcpy(&v->num, (const char *)info + v->field->at, sizeof(v->num));
		return true;
	}
	memcpy(&half, (const char *)info + v->field->at, sizeof(half));
	return value_number(v, true, half);
}

bool info_get_min_rtt(const void *record, struct field_value *v)
{
	return info_get_member(record, v) && v->num && v->num != UINT32_MAX;
}

bool info_get_ssthresh(const void *record, struct field_value *v)
{
	return info_get_member(record, v) && v->num < INT32_MAX;
}

bool info_get_congestion(const void *record, struct field_value *v)
{
	const struct sw_info *info = info_with(record, SW_INFO_TCP);

	return info && value_comm(v, info->congestion[0], info->congestion);
}

bool row_get_recv_q(const void *record, struct field_value *v)
{
	return has_row(rec(record), SW_HAVE_QUEUES) &&
	       value_number(v, true, rec(record)->row->recv_q);
}

bool row_get_send_q(const void *record, struct field_value *v)
{
	return rec(record)->row && row_has_send_q(rec(record)->row) &&
	       value_number(v, true, rec(record)->row->send_q);
}

bool row_get_backlog_full(const void *record, struct field_value *v)
{
	return value_number(v, rec(record)->row && row_is_full(rec(record)->row), 1);
}

bool row_get_timer(const void *record, struct field_value *v)
{
	return has_row(rec(record), SW_HAVE_TIMER) &&
	       value_text(v, timer_name(rec(record)->row->timer.kind));
}

bool row_get_timer_ms(const void *record, struct field_value *v)
{
	return has_row(rec(record), SW_HAVE_TIMER) &&
	       value_number(v, rec(record)->row->timer.kind != SW_TIMER_OFF,
			    rec(record)->row->timer.ms);
}

bool row_get_timer_retransmits(const void *record, struct field_value *v)
{
	return has_row(rec(record), SW_HAVE_TIMER) &&
	       value_number(v, true, rec(record)->row->timer.retransmits);
}

bool row_get_timer_probes(const void *record, struct field_value *v)
{
	return has_row(rec(record), SW_HAVE_TIMER) &&
	       value_number(v, true, rec(record)->row->timer.probes);
}
