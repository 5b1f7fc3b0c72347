// SPDX-License-Identifier: GPL-2.0-only
/* Records as JSON, one object a line; a key is left out when it has no value. */
#include "render/render.h"

#include "core/record.h"
#include "render/fields.h"
#include "render/json_put.h"
#include "render/schema.h"

static void json_record(struct render *r, struct buf *b, const struct record *rec)
{
	const struct field_times times = { .time = &r->stamp, .start = &r->start_stamp };
	size_t begin = json_begin(b);

	schema_put_members(&record_schema, 0, first_name_field, b, rec, &times);
	if (rec->names)
		schema_put_members(&record_schema, first_name_field, end_name_field, b, rec,
				   &times);
	schema_put_members(&record_schema, end_name_field, record_schema.n, b, rec, &times);
	json_end_line(b, begin);
}

const struct formatter render_json = { .name = "json", .record = json_record };
